"""A file is checked, counted and kept in quarantine; the same file twice is one."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.http import Http404

from klimapakt.uploads import receiving
from klimapakt.uploads.models import Upload
from klimapakt.uploads.receiving import receive
from tests.corpus import FILE_NAMES
from tests.factories import OrganisationFactory
from tests.klimapakt.uploads.sample import another, examine_all, file, received, stored


@pytest.fixture
def case(db):
    return OrganisationFactory()


def test_a_file_is_kept_in_quarantine(case):
    upload = receive(file("a png", "Aushang.PNG"), profile="document", about=case, by="Max Muster")

    upload = stored(upload)
    assert (upload.status, upload.name, upload.content_type) == ("quarantined", "Aushang.png", "image/png")
    assert bytes(upload.content) == file("a png").read()
    assert upload.by == "Max Muster"
    assert list(Upload.objects.about(case)) == [upload]


@pytest.mark.parametrize("inline", [True, False])
def test_nobody_gets_a_file_before_its_release(case, inline):
    upload = received(case)

    with pytest.raises(Http404):
        upload.response(inline=inline)


def test_an_answer_is_harmless_wherever_it_is_shown(case):
    paper, image = received(case), received(case, "a png")
    examine_all()

    for upload, inline, disposition in (
        (paper, True, "attachment"), (paper, False, "attachment"), (image, True, "inline"), (image, False, "attachment"),
    ):  # fmt: skip
        answer = stored(upload).response(inline=inline)

        assert answer["Content-Disposition"].startswith(f'{disposition}; filename="Bilanz.')
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(("called", "shown"), FILE_NAMES.items(), ids=repr)
def test_a_name_is_shown_and_never_used(case, called, shown):
    upload = receive(_named(called), profile="document", about=case)

    assert 0 < len(upload.name) <= 120
    assert upload.name.isprintable()
    assert upload.name.endswith(".pdf")
    assert "/" not in upload.name
    if shown is not None:
        assert upload.name == shown


def _named(called: str) -> SimpleUploadedFile:
    taken = file()
    taken._name = called  # a browser may say anything
    return taken


def test_the_same_file_twice_is_one(case):
    first = received(case)

    assert received(case).pk == first.pk
    assert Upload.objects.count() == 1


def test_the_same_file_is_another_for_another_case_or_purpose(case):
    received(case, "a png")

    received(OrganisationFactory(), "a png")
    received(case, "a png", profile="logo")

    assert Upload.objects.count() == 3


def test_a_file_that_was_refused_may_be_sent_again(case):
    received(case).refuse("Diese Datei ließ sich nicht prüfen.")

    assert received(case).status == "quarantined"


def test_a_sixth_file_is_one_too_many_and_a_refused_one_does_not_count(case):
    uploads = [receive(another(number), profile="document", about=case) for number in range(5)]
    with pytest.raises(ValidationError, match="Mehr als 5 Dateien"):
        receive(another(5), profile="document", about=case)

    uploads[0].refuse("Diese Datei ließ sich nicht prüfen.")

    assert receive(another(5), profile="document", about=case)


def test_all_files_of_a_case_together_have_a_limit(case, monkeypatch):
    size = len(another(0).read())
    monkeypatch.setattr(receiving, "CASE_BYTES", 2 * size)
    for number in range(2):
        receive(another(number), profile="document", about=case)

    with pytest.raises(ValidationError, match="zusammen"):
        receive(another(2), profile="document", about=case)
    assert receive(another(2), profile="document", about=OrganisationFactory())


def test_a_full_quarantine_takes_nothing_until_something_is_decided(case, monkeypatch, caplog):
    size = len(another(0).read())
    monkeypatch.setattr(receiving, "QUARANTINE_BYTES", 2 * size)
    for number in range(2):
        receive(another(number), profile="document", about=OrganisationFactory())
    with pytest.raises(ValidationError, match="sehr viele Dateien"):
        receive(another(2), profile="document", about=case)
    assert "the quarantine is full" in caplog.text

    examine_all()

    assert receive(another(2), profile="document", about=case)


def test_a_file_goes_with_its_cause(case):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        received(case)
        raise ZeroDivisionError

    assert not Upload.objects.exists()


def test_a_file_wakes_the_worker_once_for_a_transaction(case, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        receive(another(1), profile="document", about=case)
        receive(another(2), profile="document", about=case)

    assert len(callbacks) == 1


def test_lists_leave_the_bytes_in_the_database(case):
    received(case)

    assert "content" in Upload.objects.get().get_deferred_fields()


def test_the_database_itself_keeps_the_rules(case):
    upload = received(case)

    for changes in ({"status": "refused"}, {"content": None}, {"status": "refused", "content": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Upload.objects.filter(pk=upload.pk).update(**changes)
    with pytest.raises(IntegrityError), transaction.atomic():
        copy = stored(upload)
        copy.content  # noqa: B018 - deferred
        copy.pk = None
        Upload.objects.create(
            profile="document",
            about=upload.about,
            name="x",
            content=b"x",
            size=1,
            received_sha256=upload.received_sha256,
        )
