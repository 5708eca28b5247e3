"""Two applications of one organisation become one, and are parted again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail, case_of
from klimapakt.states import NotPossible, TransitionNotAllowed
from klimapakt.uploads.models import Upload
from partners import access
from partners.models import Application, ApplicationStep, Consent, Merge, Note, TimelineEntry
from partners.services import applying, choosing, decision, files, interest, merging
from tests.factories import ApplicantFactory
from tests.factories.interest import InterestFactory
from tests.klimapakt.uploads.sample import file
from tests.partners.services.merged import TRACES
from tests.partners.test_application_states import ACTIONS
from tests.rows import all_rows, difference

pytestmark = pytest.mark.django_db

NOT_UNDER_WAY = dict.fromkeys(["draft", "unconfirmed", "accepted", "rejected", "withdrawn"], "refused")
MATRIX = {
    "kept": NOT_UNDER_WAY | {"submitted": "merged", "in_review": "merged", "query": "merged"},
    "merged": NOT_UNDER_WAY | {"submitted": "merged", "in_review": "merged", "query": "refused"},
}
"""What becomes of a merge with an application in each state, where the other one is in review."""


def rows() -> dict:
    return all_rows(without=TRACES)


def follow(application: Application, **more: object) -> None:
    """Let one of everything hang on an application."""
    ApplicantFactory(application=application, name="Kim Kollegin", email=f"kim{application.pk}@muster.example")
    Note.objects.create(application=application, text="Ruft gern an.", by="Ottilie Amt")
    TimelineEntry.note("Angerufen", by="Portal", application=application)
    application.saved_steps.create(step="organisation")
    application.steps.create(kind=ApplicationStep.Kind.ORIENTATION_TALK, done_on=timezone.localdate())
    application.questions.create(text="Wie viele Standorte?", answer="Zwei.", answered_at=timezone.now())
    Consent.objects.create(application=application, purpose="quote", text="Ja.")


@pytest.fixture
def pair(in_state) -> tuple[Application, Application]:
    """Two applications of the same organisation, both in review, with everything twice."""
    kept, merged = in_state("in_review"), in_state("in_review")
    for application in (kept, merged):
        follow(application)
    return kept, merged


@pytest.mark.parametrize(
    ("role", "state", "expected"), [(role, *cell) for role, row in MATRIX.items() for cell in row.items()]
)
def test_only_what_is_under_way_is_merged(role, state, expected, in_state, office):
    application, other = in_state(state), in_state("in_review")
    kept, merged = (application, other) if role == "kept" else (other, application)
    before = all_rows()

    if expected == "refused":
        with pytest.raises(NotPossible):
            merging.merge(kept, merged, take=[], by=office)
        assert difference(before, all_rows()) == {}
    else:
        row = merging.merge(kept, merged, take=[], by=office)
        merged.refresh_from_db()
        kept.refresh_from_db()
        assert (merged.status, merged.merged_into) == (expected, kept)
        assert kept.status == (state if role == "kept" else "in_review")
        merging.undo(row, by=office)
        merged.refresh_from_db()
        assert (merged.status, merged.merged_into) == ("in_review" if role == "kept" else state, None)


def test_people_notes_and_answers_follow_and_nothing_is_lost(pair, office):
    kept, merged = pair

    plan = merging.preview(kept, merged)
    merging.merge(kept, merged, take=["wishes"], by=office)

    assert kept.applicants.count() == 4
    assert kept.notes.count() == kept.questions.count() == 2
    assert OutgoingMail.objects.about(merged).count() == 0
    assert {stay.table._meta.model_name for stay in plan.stays} == {
        "savedstep",
        "applicationstep",
        "consent",
        "document",
    }
    assert [entry.text for entry in merged.timeline.all()] == [f"Zusammengeführt mit „{kept}“ ({kept.reference})"]


def test_undone_both_are_exactly_as_they_were_but_for_the_version_of_open_forms(pair, office):
    kept, merged = pair
    Application.objects.filter(pk=merged.pk).update(wishes="Austausch", trade_secrets=["wishes"], supports_goal=False)
    before, touched_at = rows(), kept.touched_at
    row = merging.merge(kept, merged, take=["wishes", "name", "trade_secrets", "supports_goal"], by=office)
    kept.refresh_from_db()
    assert (kept.wishes, kept.name, kept.supports_goal, kept.version) == ("Austausch", merged.name, False, 2)

    assert merging.undo(row, by=office) == 0

    assert Application.objects.get(pk=kept.pk).version == 3
    Application.objects.filter(pk=kept.pk).update(version=1, touched_at=touched_at)
    assert difference(before, rows()) == {}


ADA = {
    "contact_name": "Ada Anders", "contact_function": "Prokuristin", "contact_email": "ada@muster.example",
    "contact_phone": "",
}  # fmt: skip


def person(application: Application) -> dict[str, str]:
    return Application.objects.values(*ADA).get(pk=application.pk)


@pytest.mark.parametrize("name", ADA)
def test_a_person_is_taken_whole_whichever_of_her_fields_was_named(name, pair, office):
    kept, merged = pair
    Application.objects.filter(pk=kept.pk).update(contact_phone="0211 1")
    Application.objects.filter(pk=merged.pk).update(**ADA, quote="Es lohnt sich.", quote_person="Ada Anders")
    former = person(kept)

    row = merging.merge(kept, merged, take=[name], by=office)

    assert person(kept) == ADA
    assert Application.objects.get(pk=kept.pk).quote == ""
    merging.undo(row, by=office)
    assert person(kept) == former


def test_a_person_who_was_mended_since_stays_whole_when_the_merge_is_undone(pair, office):
    kept, merged = pair
    Application.objects.filter(pk=merged.pk).update(**ADA)
    row = merging.merge(kept, merged, take=["contact_name"], by=office)
    Application.objects.filter(pk=kept.pk).update(contact_phone="0211 2")

    merging.undo(row, by=office)

    assert person(kept) == ADA | {"contact_phone": "0211 2"}


def test_two_persons_are_compared_as_two_persons(pair):
    kept, merged = pair
    Application.objects.filter(pk=merged.pk).update(**ADA)
    merged.refresh_from_db()

    [about] = [one for one in choosing.differences(kept, merged) if one.name.startswith("contact_")]

    assert about.label == "Ansprechperson"
    assert about.kept == f"Erika Muster\nInhaberin\n{kept.contact_email}"
    assert about.other == "Ada Anders\nProkuristin\nada@muster.example"
    assert not about.is_better


@pytest.mark.parametrize(
    ("mine", "theirs", "take", "secrets"),
    [
        ("Ofen", "Lager", [], ["wishes"]),
        ("Ofen", "Lager", ["wishes"], []),
        ("", "Lager", ["other_sites"], ["wishes", "other_sites"]),
        ("Ofen", "Ofen", ["wishes"], ["wishes"]),
    ],
)
def test_an_answer_brings_its_mark_as_a_trade_secret_along(mine, theirs, take, secrets, pair, office):
    kept, merged = pair
    Application.objects.filter(pk=kept.pk).update(wishes=mine, trade_secrets=["wishes"])
    Application.objects.filter(pk=merged.pk).update(
        wishes=theirs, other_sites="Lager", trade_secrets=["other_sites"] if "other_sites" in take else []
    )
    kept.refresh_from_db()
    merged.refresh_from_db()
    assert "trade_secrets" not in {one.name for one in choosing.differences(kept, merged)}

    row = merging.merge(kept, merged, take=take, by=office)

    assert Application.objects.get(pk=kept.pk).trade_secrets == secrets
    merging.undo(row, by=office)
    assert Application.objects.get(pk=kept.pk).trade_secrets == ["wishes"]


def test_a_mark_stays_with_an_answer_that_somebody_rewrote_since(pair, office):
    kept, merged = pair
    Application.objects.filter(pk=merged.pk).update(wishes="Ofen", trade_secrets=["wishes"])
    row = merging.merge(kept, merged, take=["wishes"], by=office)
    Application.objects.filter(pk=kept.pk).update(wishes="Zwei Öfen")

    merging.undo(row, by=office)

    kept.refresh_from_db()
    assert (kept.wishes, kept.trade_secrets) == ("Zwei Öfen", ["wishes"])


@pytest.fixture
def with_logos(in_state) -> tuple[Application, Application]:
    """Two applications, each with a logo of its own; of one of them it may be used."""
    kept, merged = in_state("query"), in_state("in_review")
    for number, application in enumerate((kept, merged)):
        logo = Upload.objects.create(
            status="released", profile="logo", about=case_of(application), name=f"logo{number}.png", content=b"png",
            content_type="image/png", size=3, received_sha256=f"{number:064d}",
        )  # fmt: skip
        Application.objects.filter(pk=application.pk).update(logo=logo, logo_rights=application == merged)
        application.refresh_from_db()
    return kept, merged


def logo_of(application: Application) -> tuple[str, bool]:
    application.refresh_from_db()
    return application.logo.name, application.logo_rights


def test_the_logo_is_chosen_with_the_word_that_it_may_be_used(with_logos, office):
    kept, merged = with_logos
    [row] = [one for one in choosing.differences(kept, merged) if "logo" in one.name]
    assert (row.label, row.kept, row.other) == ("Logo", "logo0.png, 3\xa0Bytes", "logo1.png, 3\xa0Bytes")

    merge = merging.merge(kept, merged, take=["logo"], by=office)

    assert logo_of(kept) == ("logo1.png", True)
    Upload.objects.unused(now=timezone.now() + timedelta(hours=2)).delete()  # as the worker does every hour
    merging.undo(Merge.objects.get(pk=merge.pk), by=office)
    assert (logo_of(kept), logo_of(merged)) == (("logo0.png", False), ("logo1.png", True))


def test_another_logo_since_leaves_the_merged_one_its_own(with_logos, office):
    kept, merged = with_logos
    merge = merging.merge(kept, merged, take=["logo"], by=office)
    files.set_logo(kept, file("a png"), by=kept.applicants.earliest("pk"))
    newest = logo_of(kept)

    merging.undo(Merge.objects.get(pk=merge.pk), by=office)

    assert (logo_of(kept), logo_of(merged)) == (newest, ("logo1.png", True))


def test_what_came_to_the_kept_one_since_stays_there(pair, office):
    kept, merged = pair
    row = merging.merge(kept, merged, take=[], by=office)
    follow_up = Note.objects.create(application=kept, text="Neu.", by="Ottilie Amt")

    merging.undo(row, by=office)

    follow_up.refresh_from_db()
    assert follow_up.application == kept
    assert merged.notes.count() == 1


def test_the_links_of_both_open_the_kept_one(pair, office, client, open_link):
    kept, merged = pair
    person = merged.applicants.get(name="Erika Muster")
    link = AccessLink.issue(access.APPLICATION, merged.pk, email=person.email, valid_for=timedelta(days=1))

    row = merging.merge(kept, merged, take=[], by=office)
    open_link(client, link)

    assert access.applicant_of(link).application == kept
    assert kept.reference in client.get("/mein-klimapakt/antrag/").text
    merging.undo(row, by=office)
    assert access.applicant_of(link).application == merged
    assert merged.reference in client.get("/mein-klimapakt/antrag/").text


@pytest.mark.parametrize("is_in_both", [False, True])
def test_the_form_that_began_a_merged_application_leads_to_the_kept_one(is_in_both, in_state, office):
    kept, merged = in_state("in_review"), in_state("in_review")
    email = merged.contact_email
    if is_in_both:
        ApplicantFactory(application=kept, email=email.upper(), name="Erika")
    merging.merge(kept, merged, take=[], by=office)
    before = all_rows()

    found, is_new = applying.start(form_token=merged.form_token, organisation="Muster", name="Erika", email=email)

    assert (found.application, found.email.lower(), is_new) == (kept, email.lower(), False)
    assert difference(before, all_rows()) == {}


def test_an_inquiry_leads_to_the_application_that_was_kept(in_state, office, pact):
    asked = InterestFactory()
    applicant = interest.begin_application(asked)
    Application.objects.filter(pk=applicant.application_id).update(
        status="in_review", sent_at=timezone.now(), confirmed_at=timezone.now()
    )
    applicant.application.refresh_from_db()
    kept = in_state("in_review")
    merging.merge(kept, applicant.application, take=[], by=office)

    asked.refresh_from_db()

    assert interest.begin_application(asked).application == kept


def test_a_link_proves_the_address_of_somebody_who_followed(in_state, office):
    kept, merged = in_state("in_review"), in_state("in_review")
    invited = merged.applicants.create(name="Kim", email="kim@muster.example")
    link = AccessLink.issue(access.APPLICATION, merged.pk, email=invited.email, valid_for=timedelta(days=1))
    merging.merge(kept, merged, take=[], by=office)

    applying.prove(link)

    invited.refresh_from_db()
    assert invited.is_proven


def test_a_link_leads_through_two_merges_and_to_no_other_application(in_state, office):
    first, second, third = (in_state("in_review") for _ in range(3))
    link = AccessLink.issue(access.APPLICATION, first.pk, email=first.contact_email, valid_for=timedelta(days=1))
    stranger = AccessLink.issue(access.APPLICATION, first.pk, email="fremd@x.example", valid_for=timedelta(days=1))

    merging.merge(second, first, take=[], by=office)
    merging.merge(third, second, take=[], by=office)

    assert access.applicant_of(link).application == third
    assert access.applicant_of(stranger) is None


def test_somebody_in_both_keeps_one_seat_and_whoever_was_removed_stays_out(in_state, office):
    kept, merged = in_state("in_review"), in_state("in_review")
    ApplicantFactory(application=kept, email=merged.contact_email.upper(), name="Erika")
    link = AccessLink.issue(access.APPLICATION, merged.pk, email=merged.contact_email, valid_for=timedelta(days=1))

    merging.merge(kept, merged, take=[], by=office)

    assert access.applicant_of(link).application == kept
    kept.applicants.filter(name="Erika").update(left_at=timezone.now())
    assert access.applicant_of(link) is None


def test_a_proposal_to_decide_is_returned_first(pair, office):
    kept, merged = pair
    merged.propose("reject", by=office, reason="Doppelt")

    with pytest.raises(NotPossible, match="Vorschlag"):
        merging.merge(kept, merged, take=[], by=office)


def test_what_was_decided_is_not_parted_before_the_decision_is_undone(pair, office):
    kept, merged = pair
    row = merging.merge(kept, merged, take=[], by=office)
    kept.refresh_from_db()
    decision.accept(kept, by=office)

    with pytest.raises(NotPossible, match="entschieden"):
        merging.undo(row, by=office)

    kept.refresh_from_db()
    decision.undo_decision(kept, by=office)
    merging.undo(Merge.objects.get(pk=row.pk), by=office)
    merged.refresh_from_db()
    assert merged.status == "in_review"


def test_a_merged_application_takes_part_in_nothing_more(pair, office):
    kept, merged = pair
    merging.merge(kept, merged, take=[], by=office)
    merged.refresh_from_db()

    for name, act in ACTIONS.items():
        if name == "write_note":
            continue
        before = all_rows()
        with pytest.raises(TransitionNotAllowed):
            act(merged, office)
            pytest.fail(f"{name} was not refused")
        assert difference(before, all_rows()) == {}, name
    with pytest.raises(TransitionNotAllowed):
        merging.merge(merged, kept, take=[], by=office)
    assert merged not in Application.objects.undecided()
    assert case_of(merged) not in {case_of(one) for one in Application.objects.undecided()}


def test_the_matrix_has_every_state():
    assert all(set(row) | {"merged"} == set(Application.Status.values) for row in MATRIX.values())
