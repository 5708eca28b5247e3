"""Whose mail address is known, and to which case an answer belongs."""

from klimapakt.mailbox import correspondents
from tests.factories import ApplicationFactory, ContactFactory, InitialPartnerFactory, PartnerFactory
from tests.factories.interest import InterestFactory


def test_contacts_lead_to_their_partner_and_applicants_to_their_application(in_state):
    partner, application, unproven = PartnerFactory(), in_state("query"), ApplicationFactory()
    ContactFactory(organisation=partner.organisation, email="Max.Muster@musterbetrieb.example")
    ContactFactory(organisation=InitialPartnerFactory().organisation, email="kammer@kammer.example")

    found = correspondents.find(
        [
            "MAX.muster@musterbetrieb.example",
            application.contact_email,
            unproven.contact_email,
            "kammer@kammer.example",
            "fremd@anderswo.example",
            "",
        ]
    )

    assert found == {
        "max.muster@musterbetrieb.example": f"partner:{partner.pk}",
        application.contact_email: f"application:{application.pk}",
    }


def test_who_became_a_partner_writes_as_one(in_state):
    application = in_state("accepted")

    found = correspondents.find([application.contact_email])

    assert found == {application.contact_email: f"partner:{application.partner.pk}"}


def test_who_asked_leads_to_the_inquiry_once_the_address_is_proven(pact):
    proven, unproven = InterestFactory(), InterestFactory(unconfirmed=True)

    found = correspondents.find([proven.email, unproven.email])

    assert found == {proven.email: f"interest:{proven.pk}"}


def test_looking_up_many_addresses_takes_three_queries(db, django_assert_num_queries):
    with django_assert_num_queries(3):
        correspondents.find([f"a{number}@x.example" for number in range(50)])
