"""A company proposes, the office releases; until then the public sees what it saw."""

from datetime import timedelta

import pytest
from django.utils import timezone

from klimapakt.states import NotPossible, TransitionNotAllowed
from klimapakt.uploads.models import Upload
from partners.duties import duties
from partners.models import Contact, DataCheck, Organisation, Partner, ProfileProposal
from partners.services import profile
from partners.services.shown import Outdated
from tests.factories import ApplicationFactory, PartnerFactory
from tests.klimapakt.uploads.sample import file
from tests.partners.company import company

S = ProfileProposal.Status


@pytest.fixture
def erika(pact) -> Contact:
    return company()


def partner_of(contact: Contact) -> Partner:
    return Partner.objects.select_related("organisation").get(organisation=contact.organisation)


def propose(contact: Contact, **changes: object) -> ProfileProposal | None:
    partner = partner_of(contact)
    return profile.propose(contact, profile.wished(partner) | changes, shown=profile.state_of(partner))


def release(proposal: ProfileProposal, by: object, **kwargs: object) -> None:
    proposal.partner.refresh_from_db()
    profile.release(proposal, by=by, shown=profile.state_of(partner_of(proposal.proposed_by)), **kwargs)


def logo(about: object, status: str = "released") -> Upload:
    return Upload.objects.create(
        status=status,
        profile="logo",
        about=f"partner:{about.pk}",
        name="logo.png",
        content=None if status == "refused" else b"png",
        content_type="image/png",
        size=3,
        received_sha256=f"{Upload.objects.count():064d}",
        problem="Zu groß." if status == "refused" else "",
    )


# --- Proposing --------------------------------------------------------------------------------------------------------


def test_a_proposal_changes_nothing_before_the_release(erika, mails):
    proposal = propose(erika, text="Neu.", website="https://neu.example/")

    assert partner_of(erika).text == "Wir backen Brot mit Strom vom eigenen Dach."
    assert partner_of(erika).organisation.website == ""
    assert proposal.changes == {"text": "Neu.", "website": "https://neu.example/"}
    [mail] = mails(kind="office_profile")
    assert "Internetseite, Profiltext" in mail.body


def test_editing_what_waits_replaces_it_and_bothers_the_office_once(erika, mails):
    first = propose(erika, text="Eins.")
    second = propose(erika, quote="Machen Sie mit!")

    first.refresh_from_db()
    assert (first.status, second.status) == (S.REPLACED, S.OPEN)
    assert second.changes == {"text": "Eins.", "quote": "Machen Sie mit!"}
    assert len(mails(kind="office_profile")) == 1


def test_typing_everything_back_withdraws_the_proposal(erika):
    proposal = propose(erika, text="Neu.")

    assert propose(erika, text="Wir backen Brot mit Strom vom eigenen Dach.") is None

    proposal.refresh_from_db()
    assert proposal.status == S.WITHDRAWN


def test_the_same_form_sent_twice_is_one_proposal(erika):
    first = propose(erika, text="Neu.")

    assert propose(erika, text="Neu.") == first
    assert ProfileProposal.objects.count() == 1


def test_who_saw_another_state_is_asked_again(erika):
    shown = profile.state_of(partner_of(erika))
    propose(erika, text="Von jemand anderem.")

    with pytest.raises(Outdated):
        profile.propose(erika, profile.wished(partner_of(erika)) | {"text": "Von mir."}, shown=shown)

    assert ProfileProposal.objects.get(status=S.OPEN).text == "Von jemand anderem."


# --- Releasing --------------------------------------------------------------------------------------------------------


def test_a_release_writes_what_the_company_changed_and_nothing_else(erika, office, mails):
    proposal = propose(erika, text="Neu.")
    Organisation.objects.update(website="https://amt.example/")

    release(proposal, office)

    partner = partner_of(erika)
    assert (partner.text, partner.organisation.website) == ("Neu.", "https://amt.example/")
    [mail] = mails(kind="profile_released")
    assert mail.to_email == erika.email


def test_a_release_of_what_nobody_compared_is_refused(erika, office):
    proposal = propose(erika, text="Neu.")
    shown = profile.state_of(partner_of(erika))
    Partner.objects.update(text="Vom Amt geändert.")

    with pytest.raises(Outdated):
        profile.release(proposal, by=office, shown=shown)

    assert partner_of(erika).text == "Vom Amt geändert."
    assert ProfileProposal.objects.get().is_open


def test_the_office_mends_and_releases_and_the_companys_words_stay_in_the_history(erika, office):
    proposal = propose(erika, text="Neu mit Feler.", quote="Ja!")

    release(proposal, office, values={"text": "Neu mit Fehler.", "website": "https://boese.example/"})

    released, theirs = ProfileProposal.objects.get(status=S.RELEASED), ProfileProposal.objects.get(status=S.MENDED)
    assert (theirs.text, released.text, released.author) == ("Neu mit Feler.", "Neu mit Fehler.", "Ottilie Amt")
    assert (released.mends, theirs.decided_by) == (theirs, office)
    assert (partner_of(erika).text, partner_of(erika).quote) == ("Neu mit Fehler.", "Ja!")
    assert partner_of(erika).organisation.website == ""


def test_the_office_puts_no_words_into_anybodys_mouth(erika, office):
    proposal = propose(erika, quote="Wir sparen Strom.", quote_person="Erika Muster")

    for values in ({"quote": "Wir sparen viel Strom."}, {"quote_person": "Ottilie Amt"}):
        with pytest.raises(NotPossible, match="nur kürzen"):
            release(proposal, office, values=values)

    assert ProfileProposal.objects.get().is_open


def test_a_return_carries_the_reason_to_whoever_proposed(erika, office, mails):
    proposal = propose(erika, text="Neu.")

    profile.give_back(proposal, "Bitte kürzer.", by=office)

    [mail] = mails(kind="profile_returned")
    assert "Bitte kürzer." in mail.body
    assert partner_of(erika).text != "Neu."


ACTIONS = {
    "release": lambda proposal, erika, office: release(proposal, office),
    "give_back": lambda proposal, erika, office: profile.give_back(proposal, "Kürzer.", by=office),
    "withdraw": lambda proposal, erika, office: profile.withdraw(erika, proposal),
}


def decided(state: str, erika: Contact, office: object) -> ProfileProposal:
    proposal = propose(erika, text="Neu.")
    match state:
        case "released":
            release(proposal, office)
        case "returned":
            profile.give_back(proposal, "Kürzer.", by=office)
        case "withdrawn":
            profile.withdraw(erika, proposal)
        case "replaced":
            propose(erika, text="Neuer.")
        case "mended":
            release(proposal, office, values={"text": "Ganz anders."})
    return proposal


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", S.values)
def test_only_what_is_open_is_decided_and_what_was_returned_can_be_let_go(state, action, erika, office, mails):
    proposal = decided(state, erika, office)
    stale = ProfileProposal.objects.select_related("partner__organisation").get(pk=proposal.pk)
    before = len(mails())

    if state == S.OPEN or (state, action) == (S.RETURNED, "withdraw"):
        ACTIONS[action](stale, erika, office)
        assert ProfileProposal.objects.get().status not in (S.OPEN, state)
    else:
        with pytest.raises(TransitionNotAllowed):
            ACTIONS[action](stale, erika, office)
        assert len(mails()) == before


# --- The picture ------------------------------------------------------------------------------------------------------


def test_a_picture_in_quarantine_holds_the_release_up(erika, office):
    proposal = propose(erika, logo_id=str(logo(partner_of(erika), "quarantined").pk))

    with pytest.raises(NotPossible, match="noch geprüft"):
        release(proposal, office)


def test_a_refused_picture_is_left_out_and_the_rest_released(erika, office):
    proposal = propose(erika, text="Neu.", logo_id=str(logo(partner_of(erika), "refused").pk))

    release(proposal, office)

    assert (partner_of(erika).text, partner_of(erika).logo_id) == ("Neu.", None)


def test_pictures_of_decided_proposals_make_room(erika, office):
    picture = logo(partner_of(erika))
    release(propose(erika, logo_id=str(picture.pk)), office)
    assert partner_of(erika).logo_id == picture.pk

    release(propose(erika, logo_id=None), office)

    assert partner_of(erika).logo_id is None
    assert not Upload.objects.exists()


def returned(contact: Contact, office: object, **changes: object) -> ProfileProposal:
    proposal = propose(contact, **changes)
    profile.give_back(proposal, "Bitte kürzer.", by=office)
    return proposal


def test_what_the_office_returned_keeps_its_picture_and_is_sent_once_more_with_it(erika, office, mails):
    picture = logo(partner_of(erika))
    first = returned(erika, office, text="Zu lang.", logo_id=str(picture.pk))

    second = profile.propose(erika, {"text": "Kurz."}, shown=profile.state_of(partner_of(erika)))

    first.refresh_from_db()
    assert second.changes == {"text": "Kurz.", "logo_id": str(picture.pk)}
    assert (first.status, first.reason, first.decided_by) == (S.REPLACED, "Bitte kürzer.", office)
    assert len(mails(kind="office_profile")) == 2
    release(second, office)
    assert partner_of(erika).logo_id == picture.pk


def test_what_was_returned_can_be_sent_once_more_as_it_is(erika, office):
    returned(erika, office, text="So soll es bleiben.")
    partner = partner_of(erika)

    again = profile.propose(erika, profile.draft(partner), shown=profile.state_of(partner))

    assert again.is_open
    assert again.changes == {"text": "So soll es bleiben."}


def test_another_logo_takes_the_returned_words_along(erika, office):
    returned(erika, office, text="Gut.", logo_id=str(logo(partner_of(erika)).pk))

    proposal = profile.propose_logo(erika, file("a png"))

    assert proposal.text == "Gut."
    assert str(Upload.objects.get().pk) == proposal.logo_id


@pytest.mark.parametrize("how", ["withdrawn", "typed back", "no logo"])
def test_who_lets_go_of_what_was_returned_is_done_and_its_picture_is_deleted(how, erika, office):
    proposal = returned(erika, office, logo_id=str(logo(partner_of(erika)).pk))
    partner = partner_of(erika)
    assert duties(erika)

    match how:
        case "withdrawn":
            profile.withdraw(erika, proposal)
        case "typed back":
            assert profile.propose(erika, profile.data_of(partner), shown=profile.state_of(partner)) is None
        case "no logo":
            assert profile.propose_logo(erika, None) is None

    proposal.refresh_from_db()
    assert (proposal.status, proposal.decided_by) == (S.WITHDRAWN, office)
    assert not duties(erika)
    assert not Upload.objects.exists()


# --- Offers, and what came with the application -----------------------------------------------------------------------


def test_offers_count_at_once(erika):
    partner = partner_of(erika)

    changed = profile.change_offers(
        erika, {"offers": ["tour"], "offers_text": "Heizung", "needs": []}, shown=profile.state_of_offers(partner)
    )

    assert changed
    assert (partner_of(erika).offers, partner_of(erika).offers_text) == (["tour"], "Heizung")


def test_what_an_application_said_becomes_the_hidden_profile(pact):
    partner = PartnerFactory(text="")
    application = ApplicationFactory(
        profile_text="Wir backen.", quote="Ja!", quote_person="E. M.", links=["https://x.example/"], offers=["room"]
    )

    profile.from_application(partner, application)

    assert (partner.text, partner.quote, partner.links, partner.offers) == (
        "Wir backen.",
        "Ja!",
        ["https://x.example/"],
        ["room"],
    )
    assert partner.publication == Partner.Publication.HIDDEN
    assert ProfileProposal.objects.count() == 0


# --- Is the data still right? -----------------------------------------------------------------------------------------

NOW = timezone.now()


def aged(contact: Contact, days: int) -> None:
    Partner.objects.filter(organisation=contact.organisation).update(created_at=NOW - timedelta(days=days))


def test_partners_are_asked_once_in_the_pacts_months(erika, mails):
    aged(erika, 366)

    asked = [profile.ask_for_data_checks(now=NOW) for _ in range(2)]

    assert asked == [1, 0]
    assert [mail.to_email for mail in mails(kind="data_check")] == [erika.email]


@pytest.mark.parametrize(("days", "asked"), [(364, 0), (366, 1)])
def test_a_new_partner_has_time(days, asked, erika):
    aged(erika, days)

    assert profile.ask_for_data_checks(now=NOW) == asked


def test_whoever_confirmed_unasked_is_asked_a_year_later(erika):
    aged(erika, 800)
    profile.confirm_data(erika, shown=profile.state_of_everything(partner_of(erika)))

    asked = [profile.ask_for_data_checks(now=timezone.now() + timedelta(days=days)) for days in (300, 366)]

    assert asked == [0, 1]


def test_one_reminder_after_thirty_days_and_none_after_the_answer(erika, mails):
    aged(erika, 400)
    profile.ask_for_data_checks(now=NOW)
    later = NOW + timedelta(days=30)

    reminded = [profile.remind_of_data_checks(now=moment) for moment in (NOW + timedelta(days=29), later, later)]

    assert reminded == [0, 1, 0]
    assert len(mails(kind="data_check_reminder")) == 1


def test_who_answered_is_not_reminded(erika):
    aged(erika, 400)
    profile.ask_for_data_checks(now=NOW)
    profile.confirm_data(erika, shown=profile.state_of_everything(partner_of(erika)))

    assert profile.remind_of_data_checks(now=NOW + timedelta(days=40)) == 0
    assert DataCheck.objects.get().answered_by == "Erika Muster"


def test_nobody_confirms_what_was_not_shown(erika):
    shown = profile.state_of_everything(partner_of(erika))
    Contact.objects.update(phone="0123")

    with pytest.raises(Outdated):
        profile.confirm_data(erika, shown=shown)

    assert DataCheck.objects.count() == 0


def test_partners_that_cannot_be_asked_are_left_for_the_office(erika, mails):
    aged(erika, 400)
    Contact.objects.update(email="")

    assert profile.ask_for_data_checks(now=NOW) == 0
    assert mails() == []


def test_former_partners_are_left_alone(erika):
    aged(erika, 400)
    Partner.objects.update(publication="former")

    assert profile.ask_for_data_checks(now=NOW) == 0
