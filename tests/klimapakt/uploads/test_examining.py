"""The worker releases what is clean, refuses what is not, and leaves in quarantine what nobody could examine."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from klimapakt.states import TransitionNotAllowed
from klimapakt.uploads import examining
from klimapakt.uploads.models import KEPT_UNUSED, LEASE, MOST_ATTEMPTS, RETRY_AFTER, WAITS_TOO_LONG, Upload
from klimapakt.uploads.work import waiting_files
from tests.clamd_peer import FOUND, HANG_UP
from tests.factories import ApplicationFactory, OrganisationFactory
from tests.klimapakt.uploads.sample import examine_all, later, received, stored


@pytest.fixture
def case(db):
    return OrganisationFactory()


@pytest.mark.parametrize("scanned", [False, True])
def test_a_clean_document_is_released_as_it_came(case, request, scanned):
    peer = request.getfixturevalue("clamd") if scanned else None
    upload = received(case)
    before = bytes(stored(upload).content)

    examine_all()

    upload = stored(upload)
    assert upload.is_released
    assert bytes(upload.content) == before
    assert upload.decided_at
    assert peer is None or peer.scanned == [before]


def test_an_image_is_released_drawn_again(case):
    upload = received(case, "a jpeg with a place")
    assert b"MARKE" in stored(upload).content

    examine_all()

    upload = stored(upload)
    assert upload.is_released
    assert b"MARKE" not in upload.content
    assert upload.size == len(upload.content)


def test_a_webp_logo_becomes_a_png_and_is_called_so(case):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from klimapakt.uploads.receiving import receive
    from tests.corpus import LOGOS

    upload = receive(SimpleUploadedFile("logo.webp", LOGOS["a webp"][0]()), profile="logo", about=case)
    assert upload.name == "logo.webp"

    examine_all()

    upload = stored(upload)
    assert (upload.name, upload.content_type) == ("logo.png", "image/png")
    assert bytes(upload.content).startswith(b"\x89PNG")


def test_a_virus_is_refused_and_its_bytes_are_gone(case, clamd):
    clamd.next(FOUND)
    upload = received(case)

    examine_all()

    upload = stored(upload)
    assert upload.is_refused
    assert upload.content is None
    assert "Schadsoftware" in upload.problem


def test_an_image_that_cannot_be_drawn_is_refused_with_a_sentence(case):
    upload = received(case, "a png of 20 million points")

    examine_all()

    upload = stored(upload)
    assert upload.is_refused
    assert upload.problem == examining.BROKEN_IMAGE


@pytest.mark.parametrize("answer", [HANG_UP, "stream: something else", "ERROR"])
def test_a_file_stays_in_quarantine_while_the_scanner_errs(case, clamd, answer):
    clamd.always(answer)
    upload = received(case)

    for _ in range(MOST_ATTEMPTS + 2):  # it is not the file's fault
        examine_all()
        assert stored(upload).is_waiting
        assert stored(upload).due_at > timezone.now() + RETRY_AFTER / 2
        later(upload)

    clamd.always("")
    examine_all()

    assert stored(upload).is_released
    assert stored(upload).waits_for == ""


def test_a_file_stays_in_quarantine_while_the_scanner_is_unreachable(case, no_clamd):
    first, second = received(case), received(case, "a png")

    examine_all()

    assert stored(first).is_waiting
    assert "Virenscanner" in stored(first).waits_for
    assert stored(second).attempts == 0, "the next one would fare no better"


def test_the_office_sees_what_waits_for_too_long(
    pact, case, no_clamd, office, office_client, initial_partner_user, client
):
    upload = received(case)
    examine_all()
    assert [item.count for item in waiting_files(office)] == [0]

    Upload.objects.filter(pk=upload.pk).update(created_at=timezone.now() - WAITS_TOO_LONG)

    assert [item.count for item in waiting_files(office)] == [1]
    assert waiting_files(initial_partner_user) == []
    page = office_client.get(reverse("admin:uploads_upload_changelist")).content.decode()
    assert "Virenscanner" in page
    assert upload.name not in page
    assert client.get("/health/ready").json()["uploads"] == "files wait too long"


def test_what_has_killed_its_worker_again_and_again_is_refused(case):
    upload = received(case)
    for _ in range(MOST_ATTEMPTS):
        assert Upload.objects.claim(now=timezone.now()).pk == upload.pk
        later(upload)

    examine_all()

    assert stored(upload).problem == examining.CANNOT_BE_EXAMINED


def test_a_file_whose_worker_vanished_is_found_again(case):
    upload = received(case)
    Upload.objects.claim(now=timezone.now() - LEASE - timedelta(seconds=1))

    examine_all()

    assert stored(upload).is_released


def test_one_file_is_examined_at_a_time(case):
    received(case)
    received(case, "a png")
    now = timezone.now()

    assert Upload.objects.claim(now=now)
    assert Upload.objects.claim(now=now) is None


def test_of_two_workers_with_the_same_file_one_decides(case):
    upload = received(case)
    mine, theirs = stored(upload), stored(upload)
    mine.release(content=b"%PDF-1", content_type="application/pdf", name="a.pdf")

    with pytest.raises(TransitionNotAllowed):
        theirs.refuse("zu spät")

    assert stored(upload).is_released
    examining._decide(theirs.refuse, "zu spät")  # the worker only notes it


@pytest.mark.parametrize("state", ["released", "refused"])
def test_what_is_decided_stays_decided(case, state):
    upload = received(case)
    examine_all() if state == "released" else upload.refuse("Grund")

    examine_all()

    with pytest.raises(TransitionNotAllowed):
        stored(upload).refuse("anders")
    with pytest.raises(TransitionNotAllowed):
        stored(upload).release(content=b"x", content_type="x", name="x")
    assert stored(upload).status == state


def test_what_nothing_refers_to_is_deleted_after_a_while(pact):
    application = ApplicationFactory()
    logo, paper, forgotten, fresh = (
        received(application, "a png", "logo"), received(application), received(OrganisationFactory()),
        received(OrganisationFactory()),
    )  # fmt: skip
    type(application).objects.filter(pk=application.pk).update(logo=logo)
    application.files.create(upload=paper)
    Upload.objects.exclude(pk=fresh.pk).update(created_at=timezone.now() - KEPT_UNUSED)

    for _ in range(2):  # a task may run twice
        examining.delete_unused()

    assert set(Upload.objects.all()) == {logo, paper, fresh}
    assert not Upload.objects.filter(pk=forgotten.pk).exists()


def test_a_draft_takes_its_files_along(pact):
    application = ApplicationFactory()
    application.files.create(upload=received(application))
    Upload.objects.update(created_at=timezone.now() - KEPT_UNUSED)

    application.delete()
    examining.delete_unused()

    assert not Upload.objects.exists()
