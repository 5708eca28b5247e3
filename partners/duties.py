"""What a company has to do on its own pages, as far as this app knows."""

from django.urls import reverse
from django.utils import timezone

from partners.interfaces import Duty
from partners.models import Contact, ProfileProposal


def duties(contact: Contact) -> list[Duty]:
    """The data check that waits, and a profile that the office returned."""
    partner, found = contact.organisation.partner, []
    if check := next((one for one in partner.data_checks.all() if one.answered_at is None), None):
        found.append(
            Duty(
                "Bitte prüfen Sie, ob Ihre Daten noch stimmen",
                reverse("company:data"),
                timezone.localdate(check.due_at),
                "Ist alles richtig, genügt ein Klick.",
            )
        )
    newest = partner.proposals.exclude(status=ProfileProposal.Status.WITHDRAWN).first()
    if newest and newest.status == ProfileProposal.Status.RETURNED:
        found.append(
            Duty("Bitte sehen Sie Ihr Profil noch einmal durch", reverse("company:profile"), None, newest.reason)
        )
    for leaving in contact.organisation.contacts.exclude(hands_over_to=None).select_related("hands_over_to"):
        found.append(
            Duty(
                f"{leaving.hands_over_to} hat den Link noch nicht geöffnet",
                reverse("company:contacts"),
                None,
                f"Danach übernimmt sie oder er die Aufgaben von {leaving}.",
            )
        )
    return found
