"""The office decides, alone or by two, and thinks again."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from agreements.models import Agreement
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners import access
from partners.models import Application, Contact, Organisation, Partner
from partners.services import applying, asked_links, contacts, decision, questions, recognising, review, shown
from tests.factories import (
    AgreementFactory,
    ApplicantFactory,
    ApplicationFactory,
    ConsentFactory,
    ContactFactory,
    InitialPartnerFactory,
    OrganisationFactory,
    UserFactory,
)
from tests.factories.mailbox import MAY_HAVE_LEFT, bring
from tests.rows import all_rows, difference

ANSWERS = {
    "name": "Musterbäckerei GmbH", "kind": "company", "legal_form": "gmbh", "register_number": "HRB 4711",
    "street": "Backstraße 3", "postal_code": "12345", "place": "Musterstadt", "sector": "C", "employees": 25,
    "website": "https://www.musterbaeckerei.example",
    "contact_name": "Erika Muster", "contact_function": "Inhaberin", "contact_email": "erika@musterbaeckerei.example",
    "contact_phone": "0000 4711", "signatory_name": "Heinz Muster", "signatory_function": "Geschäftsführer",
    "already_doing": "Strom vom eigenen Dach.", "wishes": "Austausch über Wärme.",
    "profile_text": "Wir backen mit Strom vom Dach.", "quote": "Wärme ist zu schade zum Wegwerfen.",
    "quote_person": "Erika Muster", "links": ["https://www.musterbaeckerei.example/klima"], "offers": ["tour"],
}  # fmt: skip


def reviewed(office, **changes) -> Application:
    """An application with consents, in review."""
    consents = changes.pop("consents", ["profile", "measures"])
    application = ApplicationFactory(**{**ANSWERS, "chosen_consents": consents, **changes})
    applying.send(application, by=application.applicants.get())
    review.start_review(application, by=office)
    application.refresh_from_db()
    return application


@pytest.fixture
def colleague(office):
    """Another member of the office."""
    other = UserFactory(username="kollegin", first_name="Kim", last_name="Amt")
    other.groups.set(office.groups.all())
    return other


def timeline_of(application: Application) -> list[str]:
    return [entry.text for entry in application.timeline.order_by("pk")]


# --- accepting --------------------------------------------------------------------------------------------------------


def test_acceptance_makes_everything_from_the_application(pact, office):
    application = reviewed(office)

    partner = decision.accept(application, by=office)

    organisation = partner.organisation
    fields = decision.TAKEN_OVER
    assert {field: getattr(organisation, field) for field in fields} == {field: ANSWERS[field] for field in fields}
    assert [(c.name, c.function, c.email, c.phone, c.is_main, c.is_signatory) for c in organisation.contacts.all()] == [
        ("Erika Muster", "Inhaberin", "erika@musterbaeckerei.example", "0000 4711", True, False),
        ("Heinz Muster", "Geschäftsführer", "", "", False, True),
    ]
    assert partner.slug == "musterbaeckerei-gmbh"
    assert partner.publication == "proposed"
    assert set(organisation.consents.values_list("purpose", "application")) == {
        ("profile", application.pk),
        ("measures", application.pk),
    }
    application.refresh_from_db()
    assert application.partner == partner
    assert application.decided_at


def test_one_person_for_both_becomes_one_contact(pact, office):
    application = reviewed(office, signatory_name="Erika Muster", contact_function="", signatory_function="Inhaberin")

    partner = decision.accept(application, by=office)

    contact = partner.organisation.contacts.get()
    assert (contact.is_main, contact.is_signatory, contact.function) == (True, True, "Inhaberin")


def test_whoever_did_not_consent_is_not_proposed_for_the_list(pact, office):
    application = reviewed(office, consents=["measures"])

    partner = decision.accept(application, by=office)

    assert partner.publication == "hidden"


def test_an_initial_partner_that_joins_stays_one_organisation(pact, office):
    founder = InitialPartnerFactory(organisation__name="MUSTERBÄCKEREI GmbH")
    ContactFactory(organisation=founder.organisation, name="Vorstand")
    application = reviewed(office)

    partner = decision.accept(application, by=office)

    assert partner.organisation == founder.organisation
    assert Organisation.objects.count() == 1
    assert {contact.name: contact.is_main for contact in partner.organisation.contacts.all()} == {
        "Vorstand": True, "Erika Muster": False, "Heinz Muster": False,
    }  # fmt: skip


def test_an_organisation_becomes_a_partner_only_once(pact, office):
    decision.accept(reviewed(office), by=office)
    again = reviewed(office)
    before = all_rows()

    with pytest.raises(NotPossible, match="schon als Partner"):
        decision.accept(again, by=office)

    assert difference(before, all_rows()) == {}


def test_another_of_the_same_name_that_was_told_apart_stays_another(pact, office):
    first = decision.accept(reviewed(office), by=office)
    namesake = reviewed(office)
    recognising.tell_apart(namesake, first.organisation, by=office)

    partner = decision.accept(namesake, by=office)

    assert partner.organisation != first.organisation
    assert partner.slug != first.slug


def test_told_apart_from_an_application_it_is_apart_from_what_that_became(pact, office):
    first, namesake = reviewed(office), reviewed(office)
    recognising.tell_apart(namesake, first, by=office)
    became = decision.accept(first, by=office)

    assert decision.accept(namesake, by=office).organisation != became.organisation


def test_a_known_organisation_that_has_already_consented_keeps_one_standing_consent(pact, office):
    founder = InitialPartnerFactory(organisation__name="Musterbäckerei GmbH")
    ConsentFactory(organisation=founder.organisation)
    application = reviewed(office)

    partner = decision.accept(application, by=office)

    assert partner.organisation.consents.standing().filter(purpose="profile").count() == 1


# --- deciding and thinking again --------------------------------------------------------------------------------------

DECISIONS = {
    "accepted": lambda application, by: decision.accept(application, by=by),
    "rejected": lambda application, by: decision.reject(application, "Ihr Sitz liegt nicht in der Stadt.", by=by),
}


@pytest.mark.parametrize("decided", DECISIONS)
@pytest.mark.parametrize("minutes", [0, 5, 1440])
def test_the_mail_about_a_decision_waits_as_long_as_the_pact_says(decided, minutes, pact, office, mails):
    pact.undo_minutes = minutes
    pact.save()
    application = reviewed(office)

    DECISIONS[decided](application, office)

    application.refresh_from_db()
    [mail] = mails(kind=f"application_{decided}")
    assert mail.due_at - application.decided_at == timedelta(minutes=minutes)
    assert mail.to_email == application.contact_email
    now = application.decided_at + timedelta(minutes=minutes)
    assert mail in OutgoingMail.objects.sendable(now=now)
    assert mail not in OutgoingMail.objects.sendable(now=now - timedelta(seconds=1))


@pytest.mark.parametrize("decided", DECISIONS)
def test_a_decision_taken_back_in_time_is_told_to_nobody(decided, pact, office, mails):
    application = reviewed(office)
    DECISIONS[decided](application, office)
    written = len(mails())

    was_told = decision.undo_decision(application, by=office)

    assert was_told is False
    assert [mail.status for mail in mails(kind=f"application_{decided}")] == ["withdrawn"]
    assert len(mails()) == written
    assert timeline_of(application)[-1] == "Entscheidung zurückgenommen"


@pytest.mark.parametrize("decided", DECISIONS)
@pytest.mark.parametrize("state", MAY_HAVE_LEFT)
def test_a_decision_taken_back_is_explained_to_the_company_that_may_have_read_it(decided, state, pact, office, mails):
    application = reviewed(office)
    DECISIONS[decided](application, office)
    bring(OutgoingMail.objects.filter(kind=f"application_{decided}"), state)

    was_told = decision.undo_decision(application, by=office)

    assert was_told is MAY_HAVE_LEFT[state]
    assert [mail.to_email for mail in mails(kind="application_reopened")] == [application.contact_email] * was_told
    [mail] = mails(kind=f"application_{decided}")
    assert mail.status in ("sent", "unclear", "withdrawn", "expired") or mail.is_unwanted


def test_a_decision_that_nobody_heard_of_is_taken_back_in_silence_though_an_earlier_one_was_told(pact, office, mails):
    application = reviewed(office)
    DECISIONS["accepted"](application, office)
    bring(OutgoingMail.objects.filter(kind="application_accepted"), "sent")
    decision.undo_decision(application, by=office)
    DECISIONS["rejected"](application, office)

    assert decision.undo_decision(application, by=office) is False
    assert len(mails(kind="application_reopened")) == 1


@pytest.mark.parametrize("first", DECISIONS)
@pytest.mark.parametrize("second", DECISIONS)
def test_after_thinking_again_each_decision_is_told_anew(first, second, pact, office, mails):
    application = reviewed(office)
    DECISIONS[first](application, office)
    decision.undo_decision(application, by=office)

    DECISIONS[second](application, office)

    assert [mail.kind for mail in mails(status="queued") if mail.kind.startswith("application_") and mail.kind.endswith("ed")
            and mail.kind != "application_received"] == [f"application_{second}"]  # fmt: skip
    application.refresh_from_db()
    assert application.status == second


def test_an_undone_acceptance_leaves_nothing_behind(pact, office):
    application = reviewed(office)
    decision.accept(application, by=office)
    partner_links = AccessLink.objects.filter(purpose=access.PARTNER)
    assert partner_links.exists()

    decision.undo_decision(application, by=office)

    application.refresh_from_db()
    assert (application.status, application.partner, application.decided_at) == ("in_review", None, None)
    assert not Organisation.objects.exists()
    assert not Partner.objects.exists()
    assert not Contact.objects.exists()
    assert set(application.consents.values_list("purpose", "organisation", "withdrawn_at")) == {
        ("profile", None, None),
        ("measures", None, None),
    }
    assert not partner_links.live(now=timezone.now()).exists()
    assert "Aufgenommen" in timeline_of(application)  # what happened stays told


def test_an_undone_acceptance_leaves_a_founder_as_it_was(pact, office):
    founder = InitialPartnerFactory(organisation__name="Musterbäckerei GmbH")
    chief = ContactFactory(organisation=founder.organisation, name="Vorstand", is_main=True)
    application = reviewed(office)
    decision.accept(application, by=office)

    decision.undo_decision(application, by=office)

    founder.organisation.refresh_from_db()
    assert not hasattr(Organisation.objects.get(pk=founder.organisation_id), "partner")
    chief.refresh_from_db()
    assert [(c.name, c.is_main) for c in founder.organisation.contacts.all()] == [("Vorstand", True)]


def test_an_undone_acceptance_leaves_an_organisation_that_was_there_before(pact, office):
    known = OrganisationFactory(name="Musterbäckerei GmbH")  # say, the host of an event
    contact = ContactFactory(organisation=known, name="Hausmeisterei", is_main=False)
    application = reviewed(office)
    decision.accept(application, by=office)

    decision.undo_decision(application, by=office)

    assert Organisation.objects.filter(pk=known.pk).exists()
    assert Contact.objects.filter(pk=contact.pk).exists()


@pytest.mark.parametrize("status", ["draft", "in_force"])
def test_an_acceptance_with_an_agreement_stays(status, pact, office):
    application = reviewed(office)
    partner = decision.accept(application, by=office)
    AgreementFactory(partner=partner, **({"in_force": True} if status == "in_force" else {}))
    before = all_rows()

    with pytest.raises(NotPossible, match="Vereinbarung"):
        decision.undo_decision(application, by=office)

    assert Agreement.objects.exists()
    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("publication", ["published", "paused", "former"])
def test_an_acceptance_that_became_public_stays(publication, pact, office):
    application = reviewed(office)
    partner = decision.accept(application, by=office)
    Partner.objects.filter(pk=partner.pk).update(publication=publication)
    before = all_rows()

    with pytest.raises(NotPossible, match="veröffentlicht"):
        decision.undo_decision(application, by=office)

    assert difference(before, all_rows()) == {}


def test_the_rejection_names_its_reason(in_state, mails, office):
    application = in_state("in_review")

    decision.reject(application, "Ihr Sitz liegt nicht in der Stadt.", by=office)

    [mail] = mails(kind="application_rejected")
    assert "Ihr Sitz liegt nicht in der Stadt." in mail.body
    assert timeline_of(application)[-1] == "Abgelehnt: Ihr Sitz liegt nicht in der Stadt."


# --- a contact whose address nobody has proven ------------------------------------------------------------------------

SENDER, SLIP = "heinz@musterbaeckerei.example", "erika@musterbaekerei.example"


def sent_by_another(office, **changes) -> Application:
    """In review; only the sender has proven an address, and the contact's may be a slip of the pen."""
    application = reviewed(office, contact_name="Ada Anders", contact_email=SLIP, **changes)
    application.applicants.update(name="Heinz Muster", email=SENDER)
    return application


def test_the_good_news_goes_to_whoever_proved_an_address_and_the_contact_is_only_invited(pact, office, mails):
    application = sent_by_another(office)

    partner = decision.accept(application, by=office)

    application.refresh_from_db()
    [news], [invitation] = mails(kind="application_accepted"), mails(kind="contact_invited")
    assert (news.to_email, news.link.purpose, news.link.email) == (SENDER, access.APPLICATION, SENDER)
    assert "Guten Tag Heinz Muster" in news.body
    assert f"Den Link zu „Mein Klimapakt“ bekommt die Ansprechperson: Ada Anders ({SLIP})." in news.body
    assert (invitation.to_email, invitation.is_proven, invitation.link.purpose) == (SLIP, False, access.PARTNER)
    said = invitation.subject + invitation.body + invitation.to_name
    assert [word for word in ("Anders", "bäckerei", application.reference) if word in said] == []
    assert news.due_at == invitation.due_at == application.decided_at + pact.undo_time
    contact = partner.organisation.contacts.get(email=SLIP)
    assert (contact.is_main, contact.has_access) == (True, False)


def test_opening_the_invitation_gives_the_contact_access(pact, office, mails):
    partner = decision.accept(sent_by_another(office), by=office)

    contacts.prove(mails(kind="contact_invited")[0].link)

    assert partner.organisation.contacts.get(email=SLIP).has_access


def test_a_contact_who_left_the_application_is_only_invited(pact, office, mails):
    application = reviewed(office)
    ApplicantFactory(application=application, name="Heinz Muster", email=SENDER)
    application.applicants.filter(email=application.contact_email).update(left_at=timezone.now())

    decision.accept(application, by=office)

    assert [mail.to_email for mail in mails(kind="application_accepted")] == [SENDER]
    assert [mail.to_email for mail in mails(kind="contact_invited")] == [application.contact_email]


def test_a_proven_contact_is_told_as_ever_and_invited_to_nothing(pact, office, mails):
    partner = decision.accept(reviewed(office), by=office)

    [news] = mails(kind="application_accepted")
    assert (news.to_email, news.link.purpose) == (ANSWERS["contact_email"], access.PARTNER)
    assert "Einwilligungen jederzeit widerrufen" in news.body
    assert mails(kind="contact_invited") == []
    assert partner.organisation.contacts.get(is_main=True).has_access


def test_an_invitation_leaves_no_more_once_the_acceptance_is_undone(pact, office, mails):
    application = sent_by_another(office)
    decision.accept(application, by=office)

    was_told = decision.undo_decision(application, by=office)

    assert was_told is False
    [invitation] = mails(kind="contact_invited")
    assert invitation.status == "withdrawn"
    assert not AccessLink.objects.live(now=timezone.now()).filter(pk=invitation.link_id).exists()
    assert mails(kind="application_reopened") == []


@pytest.mark.parametrize("state", MAY_HAVE_LEFT)
def test_an_invitation_that_may_have_left_is_explained_though_the_news_waits(state, pact, office, mails):
    application = sent_by_another(office)
    decision.accept(application, by=office)
    bring(OutgoingMail.objects.filter(kind="contact_invited"), state)

    was_told = decision.undo_decision(application, by=office)

    assert was_told is MAY_HAVE_LEFT[state]
    assert [mail.to_email for mail in mails(kind="application_reopened")] == [SENDER] * was_told


def test_nobody_named_at_the_acceptance_counts_as_proven_but_who_proved_it(pact, office):
    application = reviewed(
        office, deputy_name="Kim Muster", deputy_email="kim@musterbaeckerei.example", events_email="post@verein.example"
    )
    ApplicantFactory(application=application, email="KIM@musterbaeckerei.example", is_proven=False)
    ApplicantFactory(application=application, email="POST@verein.example")

    partner = decision.accept(application, by=office)

    assert {one.email: one.has_access for one in partner.organisation.contacts.exclude(email="")} == {
        ANSWERS["contact_email"]: True, "kim@musterbaeckerei.example": False, "post@verein.example": True,
    }  # fmt: skip
    assert [one.is_proven for one in asked_links.belongings("kim@musterbaeckerei.example")] == [False]


# --- whom the office knows afterwards ---------------------------------------------------------------------------------


def contacts_of(partner: Partner) -> set[tuple]:
    """Name, address, and who is what: main, signatory, for events."""
    return {(c.name, c.email, c.is_main, c.is_signatory, c.is_for_events) for c in partner.organisation.contacts.all()}


def test_everybody_whom_the_application_names_becomes_a_contact_with_a_role(pact, office):
    application = reviewed(
        office, deputy_name="Kim Muster", deputy_email="kim@musterbaeckerei.example", events_email="post@verein.example"
    )

    partner = decision.accept(application, by=office)

    assert contacts_of(partner) == {
        ("Erika Muster", "erika@musterbaeckerei.example", True, False, False),
        ("Kim Muster", "kim@musterbaeckerei.example", False, False, False),
        ("Heinz Muster", "", False, True, False),
        ("Musterbäckerei GmbH", "post@verein.example", False, False, True),
    }


@pytest.mark.parametrize("address", ["kim@musterbaeckerei.example", "KIM@musterbaeckerei.example"])
def test_nobody_becomes_a_contact_twice(address, pact, office):
    application = reviewed(
        office, deputy_name="Kim Müller", deputy_email="kim@musterbaeckerei.example", signatory_name="KIM MÜLLER",
        signatory_function="Prokura", events_email=address,
    )  # fmt: skip

    partner = decision.accept(application, by=office)

    assert len(contacts_of(partner)) == 2
    deputy = partner.organisation.contacts.get(email="kim@musterbaeckerei.example")
    assert (deputy.is_signatory, deputy.function, deputy.is_for_events) == (True, "Prokura", True)


def test_without_another_address_invitations_go_to_the_contact(pact, office):
    partner = decision.accept(reviewed(office), by=office)

    assert partner.organisation.contacts.get(is_for_events=True).email == "erika@musterbaeckerei.example"


def test_what_was_written_for_the_profile_is_there_and_nobody_sees_it_yet(pact, office):
    partner = decision.accept(reviewed(office), by=office)

    partner.refresh_from_db()
    assert (partner.text, partner.quote, partner.offers) == (ANSWERS["profile_text"], ANSWERS["quote"], ["tour"])
    assert not Partner.objects.released().exists()


def test_what_the_organisation_does_not_take_stays_with_the_application(pact, office):
    application = reviewed(office)
    said = {field: getattr(application, field) for field in ANSWERS}

    decision.accept(application, by=office)

    application.refresh_from_db()
    assert {field: getattr(application, field) for field in ANSWERS} == said


# --- the rules of the pact --------------------------------------------------------------------------------------------


def test_what_is_missing_keeps_everybody_out(pact, office):
    application = reviewed(office)
    Application.objects.update(employees=None)
    before = all_rows()

    with pytest.raises(NotPossible, match="„Zahl der Beschäftigten“"):
        decision.accept(application, by=office, exception="Wir wollen sie trotzdem.")

    assert difference(before, all_rows()) == {}


def test_against_a_rule_of_the_pact_nobody_is_accepted_without_a_written_reason(pact, office):
    application = reviewed(office, place="Anderswo")
    before = all_rows()

    with pytest.raises(NotPossible, match="warum"):
        decision.accept(application, by=office)
    assert difference(before, all_rows()) == {}

    decision.accept(application, by=office, exception="Die Zentrale zieht im Mai hierher.")

    assert timeline_of(application)[-1].endswith("nicht alle Regeln erfüllt sind: Die Zentrale zieht im Mai hierher.")


# --- the mail about a rejection ---------------------------------------------------------------------------------------


def test_the_office_writes_the_mail_about_a_rejection_itself(in_state, mails, office):
    application = in_state("in_review")
    texts = "Zu Ihrem Antrag", "Liebe Bäckerei,\n\nleider nein: {begruendung}\n\nMelden Sie sich 2028 noch einmal."

    decision.reject(application, "Ihr Sitz liegt nicht in der Stadt.", by=office, texts=texts)

    [mail] = mails(kind="application_rejected")
    assert mail.subject == "Zu Ihrem Antrag"
    assert mail.body.startswith(
        "Liebe Bäckerei,\n\nleider nein: Ihr Sitz liegt nicht in der Stadt.\n\nMelden Sie sich 2028 noch einmal."
    )


# --- two people -------------------------------------------------------------------------------------------------------


@pytest.fixture
def by_two(pact):
    pact.needs_second_person = True
    pact.save()


PROPOSALS = {
    "accepted": lambda application, by: decision.propose_acceptance(application, by=by),
    "rejected": lambda application, by: decision.propose_rejection(
        application, "Ihr Sitz liegt nicht in der Stadt.", by=by, texts=("Absage", "Leider: {begruendung}")
    ),
}


def proposed(office, target: str) -> Application:
    application = reviewed(office)
    PROPOSALS[target](application, office)
    application.refresh_from_db()
    return application


@pytest.mark.parametrize("decided", DECISIONS)
def test_where_two_decide_one_cannot(decided, by_two, office):
    application = reviewed(office)
    before = all_rows()

    with pytest.raises(NotPossible, match="zwei Personen"):
        DECISIONS[decided](application, office)

    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("target", PROPOSALS)
def test_a_proposal_tells_nobody_and_decides_nothing(target, by_two, office, mails):
    application = reviewed(office)
    written = len(mails())

    PROPOSALS[target](application, office)

    application.refresh_from_db()
    assert application.status == "in_review"
    assert len(mails()) == written
    assert not Partner.objects.exists()


@pytest.mark.parametrize("target", PROPOSALS)
def test_another_person_confirms_and_all_happens_as_proposed(target, by_two, office, colleague, mails):
    application = proposed(office, target)

    decision.confirm(application, seen=shown.proposal(application), by=colleague)

    application.refresh_from_db()
    assert (application.status, application.proposed_by, application.decided_by) == (target, office, colleague)
    [mail] = mails(kind=f"application_{target}")
    if target == "rejected":
        assert application.rejection_reason == "Ihr Sitz liegt nicht in der Stadt."
        assert (mail.subject, mail.body[:42]) == ("Absage", "Leider: Ihr Sitz liegt nicht in der Stadt.")
    else:
        assert application.partner == Partner.objects.get()


@pytest.mark.parametrize("target", PROPOSALS)
def test_nobody_confirms_an_own_proposal(target, by_two, office):
    application = proposed(office, target)
    before = all_rows()

    with pytest.raises(NotPossible, match="andere Person"):
        decision.confirm(application, seen=shown.proposal(application), by=office)

    assert difference(before, all_rows()) == {}


def test_the_database_too_knows_that_two_are_needed(by_two, office):
    application = proposed(office, "rejected")

    with pytest.raises(IntegrityError, match="nobody_confirms_an_own_proposal"), transaction.atomic():
        application.reject("Ihr Sitz liegt nicht in der Stadt.", by=office)


def test_a_proposal_that_was_replaced_meanwhile_is_not_confirmed(by_two, office, colleague):
    application = proposed(office, "rejected")
    read = shown.proposal(application)
    decision.return_proposal(application, seen=read, by=office)
    decision.propose_acceptance(application, by=office)
    before = all_rows()

    with pytest.raises(TransitionNotAllowed):
        decision.confirm(application, seen=read, by=colleague)
    with pytest.raises(TransitionNotAllowed):
        decision.return_proposal(application, seen=read, by=colleague)

    assert difference(before, all_rows()) == {}


def test_a_proposal_waits_for_no_second_one(by_two, office, colleague):
    application = proposed(office, "accepted")
    before = all_rows()

    for propose in PROPOSALS.values():
        with pytest.raises(TransitionNotAllowed):
            propose(application, colleague)

    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize(("person", "said"), [
    ("office", "Vorschlag „Aufnahme“ zurückgenommen"), ("colleague", "Vorschlag „Aufnahme“ nicht bestätigt: Bitte erst fragen."),
])  # fmt: skip
def test_a_returned_proposal_leaves_the_application_in_review(person, said, by_two, office, colleague):
    application = proposed(office, "accepted")
    note = "Bitte erst fragen." if person == "colleague" else ""

    decision.return_proposal(
        application, seen=shown.proposal(application), by={"office": office, "colleague": colleague}[person], note=note
    )

    application.refresh_from_db()
    assert (application.status, application.proposed_decision, application.proposed_by) == ("in_review", "", None)
    assert timeline_of(application)[-1] == said


@pytest.mark.parametrize("event", ["asked", "withdrawn"])
def test_a_proposal_ends_when_the_review_stops(event, by_two, office, colleague):
    application = proposed(office, "accepted")

    if event == "asked":
        questions.ask(application, [questions.Asked("Wie viele Standorte?")], by=colleague)
    else:
        applying.withdraw(application)

    application.refresh_from_db()
    assert (application.proposed_decision, application.proposed_at) == ("", None)
    with pytest.raises(TransitionNotAllowed):
        decision.confirm(application, seen=shown.proposal(application), by=colleague)


def test_an_exception_is_confirmed_with_its_reason(by_two, office, colleague):
    application = reviewed(office, place="Anderswo")
    with pytest.raises(NotPossible, match="warum"):
        decision.propose_acceptance(application, by=office)
    decision.propose_acceptance(application, by=office, exception="Die Zentrale zieht im Mai hierher.")
    application.refresh_from_db()

    decision.confirm(application, seen=shown.proposal(application), by=colleague)

    assert timeline_of(application)[-1].endswith("Die Zentrale zieht im Mai hierher.")


def test_when_the_pact_lets_one_decide_again_an_open_proposal_is_still_settled_first(by_two, pact, office, colleague):
    application = proposed(office, "accepted")
    pact.needs_second_person = False
    pact.save()

    with pytest.raises(TransitionNotAllowed):
        decision.reject(application, "Nicht in der Stadt.", by=colleague)
    decision.confirm(application, seen=shown.proposal(application), by=colleague)

    application.refresh_from_db()
    assert application.status == "accepted"


def test_an_undone_decision_forgets_the_proposal(by_two, office, colleague):
    application = proposed(office, "accepted")
    decision.confirm(application, seen=shown.proposal(application), by=colleague)

    decision.undo_decision(application, by=office)

    application.refresh_from_db()
    assert (application.status, application.proposed_decision, application.decided_by) == ("in_review", "", None)
