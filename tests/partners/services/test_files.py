"""Logo and papers of an application: taken while it is filled in or the office has asked, and taken back before it sees them."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from klimapakt.states import NotPossible, TransitionNotAllowed
from klimapakt.uploads.models import Upload
from partners.models import Application, TimelineEntry
from partners.services import files
from tests.factories import ApplicationFactory
from tests.klimapakt.uploads.sample import another, examine_all, file, stored

STATES = ["draft", "unconfirmed", "submitted", "in_review", "query", "accepted", "rejected", "withdrawn"]


@pytest.fixture
def draft(pact) -> Application:
    return ApplicationFactory()


def person(application: Application):
    return application.applicants.get()


@pytest.mark.parametrize("state", STATES)
def test_files_are_taken_in_a_draft_and_while_the_office_has_asked(state, in_state):
    application = in_state(state)
    by = application.applicants.first()

    for add, kind in ((files.add_document, "a pdf"), (files.set_logo, "a png")):
        if state in ("draft", "query"):
            upload, is_new = add(application, file(kind), by=by)
            assert upload.is_waiting
            assert is_new
        else:
            with pytest.raises(TransitionNotAllowed):
                add(application, file(kind), by=by)

    assert Upload.objects.count() == (2 if state in ("draft", "query") else 0)


@pytest.mark.parametrize("state", STATES)
def test_files_are_taken_back_only_from_a_draft(state, in_state):
    application = in_state("draft")
    by = person(application)
    paper, _ = files.add_document(application, file(), by=by)
    logo, _ = files.set_logo(application, file("a png"), by=by)
    Application.objects.filter(pk=application.pk).update(
        status=state, sent_at=timezone.now(), confirmed_at=timezone.now(), rejection_reason="Grund"
    )

    for upload in (paper, logo):
        if state == "draft":
            files.remove(application, upload, by=by)
        else:
            with pytest.raises(TransitionNotAllowed):
                files.remove(application, upload, by=by)

    application.refresh_from_db()
    assert (application.logo_id, application.logo_rights) == ((None, False) if state == "draft" else (logo.pk, True))
    assert Upload.objects.count() == (0 if state == "draft" else 2)


def test_a_refused_file_may_be_taken_back_while_the_office_has_asked(in_state):
    application = in_state("query")
    upload, _ = files.add_document(application, file(), by=person(application))
    upload.refuse("Diese Datei ließ sich nicht prüfen.")

    files.remove(application, upload, by=person(application))

    assert not Upload.objects.exists()


def test_whoever_has_not_proven_an_address_uploads_nothing(pact):
    application = ApplicationFactory(applicant__is_proven=False)

    with pytest.raises(NotPossible, match="bestätigen Sie zuerst"):
        files.add_document(application, file(), by=person(application))

    assert not Upload.objects.exists()


def test_whoever_was_removed_uploads_nothing(draft):
    by = person(draft)
    draft.applicants.update(left_at=timezone.now())

    with pytest.raises(NotPossible):
        files.add_document(draft, file(), by=by)


def test_another_logo_takes_the_place_of_the_one_before(draft):
    first, _ = files.set_logo(draft, file("a png"), by=person(draft))
    draft.refresh_from_db()

    second, _ = files.set_logo(draft, file("a jpeg"), by=person(draft))

    draft.refresh_from_db()
    assert draft.logo_id == second.pk
    assert not Upload.objects.filter(pk=first.pk).exists()


def test_a_logo_that_is_refused_at_once_leaves_the_one_before(draft):
    first, _ = files.set_logo(draft, file("a png"), by=person(draft))

    with pytest.raises(ValidationError):
        files.set_logo(draft, file("an svg"), by=person(draft))

    draft.refresh_from_db()
    assert draft.logo_id == first.pk


def test_the_same_paper_sent_twice_is_one(draft):
    told = [files.add_document(draft, file(), by=person(draft))[1] for _ in range(2)]

    assert told == [True, False]
    assert draft.files.count() == 1


def test_an_upload_keeps_a_draft_from_being_deleted(draft):
    Application.objects.update(saved_at=timezone.now() - timedelta(days=50), warned_at=timezone.now())

    files.add_document(draft, file(), by=person(draft))

    draft.refresh_from_db()
    assert (timezone.now() - draft.saved_at).total_seconds() < 60
    assert draft.warned_at is None


def test_the_office_reads_of_a_file_only_once_the_application_was_sent(in_state):
    draft, query = in_state("draft"), in_state("query")

    files.add_document(draft, file(), by=person(draft))
    files.add_document(query, file(), by=person(query))

    assert [str(entry.text) for entry in TimelineEntry.objects.filter(text__contains="Bilanz")] == [
        "Unterlage hinzugefügt: Bilanz.pdf"
    ]


@pytest.mark.parametrize("state", STATES)
def test_the_office_opens_what_was_sent_in_and_never_a_draft(state, in_state, office_client):
    application = in_state(state)
    upload = files.receive(file(), profile="document", about=application)
    application.files.create(upload=upload)
    address = f"/admin/uploads/upload/{upload.pk}/datei/"
    assert office_client.get(address).status_code == 404, "before its release nobody does"

    examine_all()

    assert office_client.get(address).status_code == (404 if state in ("draft", "unconfirmed") else 200)


def test_staff_without_the_right_to_read_applications_open_none_of_their_files(in_state, client, django_user_model):
    application = in_state("in_review")
    upload = files.receive(file(), profile="document", about=application)
    examine_all()
    user = django_user_model.objects.create(username="nurlesen", is_staff=True)
    client.force_login(user)
    address = f"/admin/uploads/upload/{upload.pk}/datei/"
    assert client.get(address).status_code == 404

    user.user_permissions.add(Permission.objects.get(codename="view_application"))

    assert client.get(address).status_code == 200


def test_a_list_of_papers_leaves_their_bytes_in_the_database(draft):
    for number in range(3):
        files.add_document(draft, another(number), by=person(draft))

    with CaptureQueriesContext(
        connection,
    ) as queries:
        names = [paper.upload.name for paper in draft.files.select_related("upload", "added_by")]

    assert len(names) == 3
    assert len(queries) == 1
    assert '"content"' not in queries[0]["sql"]


def test_a_refused_file_is_seen_with_its_reason(draft):
    upload, _ = files.set_logo(draft, file("a png of 20 million points"), by=person(draft))

    examine_all()

    assert list(files.of_application(Application.objects.get())) == [stored(upload)]
    assert "beschädigt" in stored(upload).problem
