"""Whoever leaves a partner while an agreement lies before her or him: the office is told."""

from partners.models import Contact
from partners.services import contacts
from tests.factories import ContactFactory
from tests.factories.agreements import agreement_in


def leave(state: str) -> None:
    agreement = agreement_in(state)
    signatory = agreement.partner.organisation.contacts.get()
    colleague = ContactFactory(organisation=signatory.organisation, is_main=False)
    contacts.hand_over(Contact.objects.get(pk=signatory.pk), colleague, by=colleague)


def test_the_office_reads_that_an_offer_lies_before_nobody_any_more(pact, office, mails):
    leave("offered")

    [mail] = mails(kind="office_contact")
    assert "Fassung 1 der Vereinbarung liegt dieser Person zur Unterschrift vor." in mail.body


def test_nothing_is_said_of_what_waits_for_nobody(pact, office, mails):
    leave("in_force")

    [mail] = mails(kind="office_contact")
    assert "Fassung" not in mail.body
    assert "Bitte beachten Sie" not in mail.body
