"""The database itself refuses to change what was ordered or filled, and to delete what is kept."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from klimapakt.documents import archive
from klimapakt.documents.models import Document

COLUMNS = {
    "id": "id + 1000",
    "key": "'other'",
    "kind": "'other'",
    "about": "'other'",
    "name": "'other'",
    "html": "'other'",
    "content_type": "'text/html'",
    "is_kept": "NOT is_kept",
    "is_invented": "NOT is_invented",
    "created_at": "now() - interval '1 day'",
}
ONLY_WHEN_FILLED = {
    "content": "'other'::bytea",
    "ready_at": "now() - interval '1 day'",
    "due_at": "now() - interval '1 day'",
    "lease_until": "now()",
    "attempts": "attempts + 1",
    "problem": "'other'",
}


@pytest.fixture
def waiting(pact) -> Document:
    return archive.order("sheet", key="waiting", name="x.pdf", html="x", about=pact, is_kept=True)


@pytest.fixture
def filled(pact) -> Document:
    return archive.store(
        "scan", key="filled", name="x.pdf", content=b"%PDF-", content_type="application/pdf", about=pact
    )


def refused(sql: str, *params: object) -> bool:
    """Say it as the role the portal itself uses."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, params)
    except IntegrityError:
        return True
    return False


def test_every_column_is_looked_at():
    assert {*COLUMNS, *ONLY_WHEN_FILLED, "sha256"} == {field.column for field in Document._meta.concrete_fields}


@pytest.mark.parametrize("column", COLUMNS)
def test_what_was_ordered_cannot_be_changed(waiting, column):
    assert refused(f"UPDATE documents_document SET {column} = {COLUMNS[column]} WHERE id = %s", waiting.pk)


@pytest.mark.parametrize("column", ONLY_WHEN_FILLED)
def test_the_worker_may_note_its_work_until_the_document_is_filled(waiting, column):
    also = {"content": ", ready_at = now()", "ready_at": ", content = 'x'"}.get(column, "")
    value = ONLY_WHEN_FILLED[column]

    assert not refused(f"UPDATE documents_document SET {column} = {value}{also} WHERE id = %s", waiting.pk)


@pytest.mark.parametrize("column", COLUMNS | ONLY_WHEN_FILLED)
def test_a_filled_document_cannot_be_changed(filled, column):
    value = (COLUMNS | ONLY_WHEN_FILLED)[column]

    assert refused(f"UPDATE documents_document SET {column} = {value} WHERE id = %s", filled.pk)


def test_a_checksum_cannot_be_written(filled):
    with pytest.raises(Exception, match="can only be updated to DEFAULT"), transaction.atomic():
        refused("UPDATE documents_document SET sha256 = 'x' WHERE id = %s", filled.pk)


def test_what_is_kept_cannot_be_deleted(waiting, filled):
    for document in (waiting, filled):
        assert refused("DELETE FROM documents_document WHERE id = %s", document.pk)
        with pytest.raises(IntegrityError), transaction.atomic():
            document.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.all().delete()

    assert Document.objects.count() == 2


def test_the_orm_is_refused_too(filled):
    filled.name = "other.pdf"

    with pytest.raises(IntegrityError), transaction.atomic():
        filled.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.update(content=b"other")
    assert not filled.fill(b"other", now=timezone.now())

    assert Document.objects.get().content == b"%PDF-"


def test_what_is_invented_or_not_kept_can_be_deleted(pact):
    archive.store(
        "scan", key="1", name="x.pdf", content=b"x", content_type="application/pdf", about=pact, is_invented=True
    )
    archive.order("sheet", key="2", name="x.pdf", html="x", about=pact, is_kept=False)

    Document.objects.all().delete()

    assert not Document.objects.exists()


def test_content_comes_with_its_time_and_never_with_a_problem(waiting):
    assert refused("UPDATE documents_document SET content = 'x' WHERE id = %s", waiting.pk)
    assert refused(
        "UPDATE documents_document SET content = 'x', ready_at = now(), problem = 'x' WHERE id = %s", waiting.pk
    )
