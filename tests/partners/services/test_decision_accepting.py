"""An acceptance makes a partner and its contacts from the application, as far as the rules of the pact allow it."""

import pytest
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible
from partners import access
from partners.models import Application, Organisation, Partner
from partners.services import asked_links, contacts, decision, recognising
from tests.factories import ApplicantFactory, ConsentFactory, ContactFactory, InitialPartnerFactory
from tests.factories.mailbox import MAY_HAVE_LEFT, bring
from tests.partners.services.in_review import ANSWERS, reviewed, timeline_of
from tests.rows import all_rows, difference

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
