"""Nobody is forgotten: whatever waits for a decision is on the start page, and in the morning mail when it lies."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from klimapakt import worklist
from klimapakt.mailbox import digest
from klimapakt.mailbox.models import OutgoingMail
from partners.models import Application, Interest, ProfileProposal
from partners.services import decision, review
from tests.factories import UserFactory
from tests.partners.company import company
from tests.partners.services.test_profile import propose

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2027, 2, 1, 8, 0, tzinfo=BERLIN)


def items(user) -> dict[str, int]:
    return {item.title: item.count for item in worklist.work_of(user)}


def morning_mail(now: datetime) -> str:
    """Return what the office reads that morning, the opening apart; empty when there is no mail."""
    if not digest.send(now=now):
        return ""
    return OutgoingMail.objects.filter(kind=digest.KIND).latest("pk").body


def ago(days: int, now: datetime = MORNING) -> datetime:
    return now - timedelta(days=days)


# --- the start page ---------------------------------------------------------------------------------------------------


def test_the_start_page_counts_what_waits_in_each_state(in_state, office):
    for state in ("draft", "unconfirmed", "submitted", "in_review", "query", "accepted", "rejected", "withdrawn"):
        in_state(state)

    found = items(office)

    assert {title: count for title, count in found.items() if "ntr" in title or "Tisch" in title} == {
        "Neue Anträge": 1, "Anträge in Prüfung": 1, "Anträge mit offener Rückfrage": 1, "Unbestätigte Anträge": 1,
        "Auf meinem Tisch": 2,
    }  # fmt: skip


def test_a_proposal_is_work_for_everybody_but_who_made_it(in_state, office, pact):
    colleague = UserFactory(username="kollegin")
    colleague.groups.set(office.groups.all())
    decision.propose_acceptance(in_state("in_review"), by=office)

    assert "Vorschläge zu bestätigen" not in items(office)
    assert items(colleague)["Vorschläge zu bestätigen"] == 1


def test_each_line_of_the_start_page_leads_to_a_list_with_as_many_rows(in_state, office, office_client):
    for state in ("unconfirmed", "submitted", "in_review", "query"):
        in_state(state)
    decision.propose_acceptance(in_state("in_review"), by=UserFactory(username="kollegin"))
    Application.objects.filter(status="submitted").update(touched_at=timezone.now() - timedelta(days=15))
    Application.objects.filter(status="query").update(follow_up_on=timezone.localdate())

    lines = [item for item in worklist.work_of(office) if "/partners/application/" in item.url]

    assert len(lines) == 8
    for item in lines:
        assert office_client.get(item.url).context["cl"].result_count == item.count, item.title


def test_who_may_not_review_sees_no_work(in_state, initial_partner_user):
    in_state("submitted")

    assert worklist.work_of(initial_partner_user) == []


# --- the morning mail -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(Application.UNDECIDED))
def test_whatever_is_undecided_is_named_once_it_lies(state, in_state, pact):
    application = in_state(state)

    for days, is_named in ((13, False), (14, True), (15, True)):
        Application.objects.update(touched_at=ago(days, MORNING + timedelta(days=days)))
        assert (application.reference in morning_mail(MORNING + timedelta(days=days))) is is_named


def test_without_the_source_what_lies_would_be_forgotten(in_state, monkeypatch):
    """The control: the walk above finds what the source reports, nothing else."""
    application = in_state("query")
    Application.objects.update(touched_at=ago(20))
    monkeypatch.setattr(digest, "_sources", [])

    assert application.reference not in morning_mail(MORNING)


@pytest.mark.parametrize("state", ["draft", "unconfirmed", "accepted", "rejected", "withdrawn"])
def test_what_is_not_the_offices_turn_is_not_named(state, in_state):
    application = in_state(state)
    Application.objects.update(touched_at=ago(300))

    assert application.reference not in morning_mail(MORNING)


def test_what_is_put_off_is_named_on_its_day_with_the_reason(in_state, office):
    application = in_state("in_review")
    Application.objects.update(touched_at=ago(40), follow_up_on=MORNING.date(), follow_up_note="Chefin ist zurück")

    before, on_the_day = morning_mail(MORNING - timedelta(days=1)), morning_mail(MORNING)

    assert application.reference not in before
    assert f"{application} ({application.reference}): Chefin ist zurück, liegt bei Ottilie Amt" in on_the_day


def test_an_inquiry_that_nobody_touched_is_named(pact):
    asked = Interest.objects.create(
        status="open", name="Erika Muster", organisation="Musterbäckerei GmbH", email="erika@musterbaeckerei.example",
        confirmed_at=ago(20), touched_at=ago(20),
    )  # fmt: skip

    assert asked.reference in morning_mail(MORNING)


def test_each_case_in_the_morning_mail_has_its_address_and_the_button_leads_to_what_waits(in_state, settings):
    application = in_state("submitted")
    Application.objects.update(touched_at=ago(15))

    said = morning_mail(MORNING)

    assert f"\n  {settings.PORTAL_BASE_URL}/admin/partners/application/{application.pk}/change/\n" in said
    assert f"\n{settings.PORTAL_BASE_URL}/admin/\n" in said
    assert "/admin/mailbox/" not in said


def test_a_profile_that_waits_for_its_release_is_named_once_it_lies(pact):
    proposal = propose(company(listed=True), text="Neu.")

    for days, is_named in ((13, False), (14, True)):
        ProfileProposal.objects.update(proposed_at=ago(days, MORNING + timedelta(days=days)))
        assert (str(proposal.partner) in morning_mail(MORNING + timedelta(days=days))) is is_named
    ProfileProposal.objects.update(status="released")
    assert str(proposal.partner) not in morning_mail(MORNING + timedelta(days=15))


def test_the_morning_mail_comes_once_a_day_as_long_as_something_lies(in_state, office):
    application = in_state("submitted")
    Application.objects.update(touched_at=ago(20))

    mornings = [digest.send(now=MORNING), digest.send(now=MORNING), digest.send(now=MORNING + timedelta(days=1))]
    Application.objects.update(touched_at=MORNING)

    assert mornings == [True, False, True]
    assert digest.send(now=MORNING + timedelta(days=2)) is False
    assert application.name in OutgoingMail.objects.filter(kind=digest.KIND).first().body


def test_of_many_some_are_named_and_the_others_counted(in_state):
    first = in_state("submitted")
    for _ in range(digest.NAMED + 2):
        in_state("submitted")
    Application.objects.update(touched_at=ago(20))
    Application.objects.filter(pk=first.pk).update(touched_at=ago(30))

    body = morning_mail(MORNING)

    assert "und 3 weitere" in body
    assert first.reference in body  # what lies longest comes first


def test_a_note_or_an_assignment_is_no_secret_way_to_be_forgotten(in_state, office):
    """Whoever touches an application starts the days again, and no more than that."""
    application = in_state("submitted")
    review.write_note(application, "Am Telefon sehr freundlich.", by=office)
    application.refresh_from_db()

    assert list(Application.objects.untouched(now=application.touched_at + timedelta(days=14))) == [application]
