"""Documents are ordered with their cause, made once, kept or forgotten; a broken one stops no other."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from klimapakt.documents import archive
from klimapakt.documents.models import FORGOTTEN_AFTER, LEASE, MOST_ATTEMPTS, READABLE_FOR, RETRY_AFTER, Document
from klimapakt.documents.work import broken_documents
from tests.klimapakt.documents.sample import plain_page

BROKEN = '<img alt="x" src="x.png">'
"""Wants a file: cannot be made."""


@pytest.fixture
def order(pact):
    """Order a sheet about the pact."""

    def order(key: str = "sheet:1", **options: object) -> Document:
        options = {"name": "Blatt.pdf", "html": plain_page(), "about": pact, "is_kept": True, **options}
        return archive.order("sheet", key=key, **options)

    return order


@pytest.fixture
def ready():
    """Listen to documents of kind „sheet“ as they become ready."""
    heard: list[Document] = []
    archive.register("sheet", heard.append)
    yield heard
    archive._on_ready.pop("sheet")


def made(document: Document) -> Document:
    """Return the stored row."""
    return Document.objects.get(pk=document.pk)


def render_all(tries: int = 20) -> None:
    for _ in range(tries):
        if not archive.render_next():
            return


def test_an_ordered_document_is_made_and_told(order, ready, pact):
    document = order()
    assert document.is_waiting

    render_all()

    document = made(document)
    assert document.is_ready
    assert document.content.startswith(b"%PDF-1.7")
    assert document.content_type == "application/pdf"
    assert [(heard.pk, heard.content) for heard in ready] == [(document.pk, document.content)]
    assert list(Document.objects.about(pact)) == [document]


def test_the_checksum_is_that_of_the_bytes(order):
    import hashlib

    document = order()
    assert document.sha256 is None

    render_all()

    document = made(document)
    assert document.sha256 == hashlib.sha256(document.content).hexdigest()


def test_the_same_key_is_the_same_document(order, ready):
    first = order(html=plain_page("Zuerst"))

    again = order(html=plain_page("Später"))
    render_all()

    assert again.pk == first.pk
    assert "Zuerst" in made(first).html
    assert len(ready) == 1


def test_an_order_goes_with_its_cause(order):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        order()
        raise ZeroDivisionError

    assert not Document.objects.exists()


def test_an_order_wakes_the_worker_once_for_a_transaction(order, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        order("sheet:1")
        order("sheet:2")

    assert len(callbacks) == 1


def test_what_is_made_is_not_made_again(order, ready):
    order()

    render_all()
    render_all()

    assert len(ready) == 1


def test_of_two_workers_with_the_same_document_one_fills_it(order, ready):
    order()
    document = Document.objects.claim(now=timezone.now())

    archive._finish(document, b"first")
    archive._finish(document, b"second")

    assert made(document).content == b"first"
    assert len(ready) == 1


def test_when_what_follows_fails_the_document_is_not_ready_either(order):
    def fail(document: Document) -> None:
        raise RuntimeError("no mail")

    archive.register("sheet", fail)
    document = order()

    render_all()
    archive._on_ready.pop("sheet")

    document = made(document)
    assert document.is_waiting
    assert document.content is None


def test_the_names_of_files_are_harmless(order):
    names = {
        name: order(f"sheet:{name}", name=name).name for name in ["A/B\\C", "Blatt.pdf", "..", "ä" * 190, "x\r\ny"]
    }

    assert names == {
        "A/B\\C": "A-B-C.pdf", "Blatt.pdf": "Blatt.pdf", "..": "Dokument.pdf", "ä" * 190: "ä" * 150 + ".pdf", "x\r\ny": "x y.pdf",
    }  # fmt: skip


# --- One at a time, and none stops another ----------------------------------------------------------------------------


def test_while_one_is_rendered_there_is_none_to_claim(order):
    order("sheet:1")
    order("sheet:2")
    now = timezone.now()

    first = Document.objects.claim(now=now)

    assert first.attempts == 1
    assert Document.objects.claim(now=now + LEASE - timedelta(seconds=1)) is None


def test_a_lease_that_ran_out_brings_the_document_back(order):
    document = order()
    now = timezone.now()
    Document.objects.claim(now=now)

    again = Document.objects.claim(now=now + LEASE)

    assert again == document
    assert again.attempts == 2


def test_short_documents_come_before_long_ones_and_fresh_before_tried(order):
    long, short = order("long", html=plain_page("x" * 1000)), order("short")
    tried = order("tried", html="x")
    Document.objects.filter(pk=tried.pk).update(attempts=1)
    now = timezone.now()

    claimed = [Document.objects.claim(now=now + number * LEASE) for number in range(2)]
    Document.objects.filter(pk__in=[long.pk, short.pk]).update(due_at=now + timedelta(days=1))

    assert claimed[0] == short
    assert claimed[1] == long
    assert Document.objects.claim(now=now + 3 * LEASE) == tried


def test_a_broken_document_is_tried_three_times_and_stops_no_other(order, time_machine):
    broken = [order(f"broken:{number}", html=BROKEN) for number in range(3)]
    document = order(html=plain_page("Länger als die kaputten. " * 50))

    render_all()
    assert made(document).is_ready
    assert all(made(one).is_waiting for one in broken)
    for _ in range(MOST_ATTEMPTS - 1):
        time_machine.move_to(timezone.now() + RETRY_AFTER)
        render_all()

    for one in map(made, broken):
        assert one.attempts == MOST_ATTEMPTS
        assert one.is_broken
        assert one.problem == archive.CANNOT_BE_MADE
    time_machine.move_to(timezone.now() + timedelta(days=1))
    assert not archive.render_next()


def test_a_document_whose_workers_all_vanished_is_given_up(order):
    document = order()
    now = timezone.now() - 3 * LEASE
    Document.objects.filter(pk=document.pk).update(due_at=now)
    for number in range(MOST_ATTEMPTS):
        Document.objects.claim(now=now + number * LEASE)

    assert not archive.render_next()

    assert made(document).problem == archive.CANNOT_BE_MADE


def test_a_worker_that_comes_late_cannot_give_up_what_another_is_rendering(order):
    order()
    now = timezone.now()
    late = Document.objects.claim(now=now)
    Document.objects.claim(now=now + LEASE)

    late.give_up("Zu spät.")
    late.retry_later("Zu spät.", now=now)

    document = made(late)
    assert document.problem == ""
    assert document.lease_until == now + 2 * LEASE


def test_a_broken_document_can_be_tried_again(order, ready):
    document = order()
    document.give_up("Kaputt.")

    assert document.try_again()
    render_all()

    assert made(document).is_ready
    assert made(document).problem == ""
    assert not document.try_again()


def test_the_office_sees_what_is_broken(order, office, initial_partner_user):
    order("sheet:1").give_up("Kaputt.")
    order("sheet:2")

    assert [item.count for item in broken_documents(office)] == [1]
    assert broken_documents(initial_partner_user) == []


# --- Uploads ----------------------------------------------------------------------------------------------------------


def test_a_stored_file_is_there_at_once_and_kept(pact):
    document = archive.store(
        "scan", key="scan:1", name="Vertrag.jpg", content=b"JPEG", content_type="image/jpeg", about=pact
    )

    assert document.is_ready
    assert document.is_kept
    assert (made(document).content, document.name, document.content_type) == (b"JPEG", "Vertrag.jpg", "image/jpeg")


def test_a_file_is_stored_once_and_not_replaced(pact):
    options = {"key": "scan:1", "name": "Vertrag.pdf", "content_type": "application/pdf", "about": pact}
    first = archive.store("scan", content=b"%PDF-1", **options)

    assert archive.store("scan", content=b"%PDF-1", **options) == first
    with pytest.raises(ValueError, match="another file"):
        archive.store("scan", content=b"%PDF-2", **options)

    assert made(first).content == b"%PDF-1"


# --- What is not kept -------------------------------------------------------------------------------------------------


def test_what_is_not_kept_goes_a_day_after_it_was_made(order, time_machine):
    kept, list_ = order("kept"), order("list", is_kept=False)
    render_all()

    archive.delete_outdated()
    assert Document.objects.count() == 2
    time_machine.move_to(timezone.now() + READABLE_FOR + timedelta(minutes=1))
    archive.delete_outdated()
    archive.delete_outdated()

    assert list(Document.objects.all()) == [kept]
    assert order("list", is_kept=False).pk != list_.pk


def test_what_is_not_kept_and_broken_is_seen_for_a_week(order, time_machine):
    order(is_kept=False).give_up("Kaputt.")

    time_machine.move_to(timezone.now() + READABLE_FOR + timedelta(days=1))
    archive.delete_outdated()
    assert Document.objects.count() == 1
    time_machine.move_to(timezone.now() + FORGOTTEN_AFTER)
    archive.delete_outdated()

    assert not Document.objects.exists()


def test_loading_a_document_leaves_its_bytes_in_the_database(order, django_assert_num_queries):
    document = order()
    render_all()

    with django_assert_num_queries(1):
        loaded = Document.objects.get(pk=document.pk)
        assert (loaded.is_ready, loaded.is_waiting, loaded.is_broken, str(loaded)) == (True, False, False, "Blatt.pdf")
    assert loaded.get_deferred_fields() == {"html", "content"}


# --- Reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("download", "how"), [(True, "attachment"), (False, "inline")])
def test_a_document_is_answered_as_a_file_with_its_german_name(order, download, how):
    document = order(name="Vereinbarung Müller & Söhne „Bäckerei“.pdf")
    render_all()

    response = made(document).response(download=download)

    assert response.content == made(document).content
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == (
        f"{how}; filename*=utf-8''Vereinbarung%20M%C3%BCller%20%26%20S%C3%B6hne%20%E2%80%9EB%C3%A4ckerei%E2%80%9C.pdf"
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'; frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert ("sandbox" in response["Content-Security-Policy"]) == download
