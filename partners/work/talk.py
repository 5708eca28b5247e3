"""What waits for the office about talks and letters of intent."""

from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.urls import reverse
from django.utils import timezone

from klimapakt.mailbox import digest
from klimapakt.mailbox.digest import Section
from klimapakt.pact.models import Pact
from klimapakt.worklist import WorkItem
from partners.models import LetterOfIntent, TalkBooking, TalkSlot


def waiting(user: AbstractUser) -> list[WorkItem]:
    """Talks whose outcome is missing, letters that nobody has read, and whether times to book run out."""
    now, items = timezone.now(), []
    slots = reverse("admin:partners_talkslot_changelist")
    if user.has_perm("partners.change_talkslot"):
        items.append(
            WorkItem(
                "Gespräche ohne Ergebnis",
                TalkBooking.objects.to_record(now=now).count(),
                f"{slots}?stand=eintragen",
                "Bitte eintragen, ob sie stattgefunden haben.",
            )
        )
    if user.has_perm("partners.add_talkslot") and Pact.load().books_talks_online:
        none_free = not TalkSlot.objects.free(now=now).exists()
        items.append(
            WorkItem(
                "Kein Gesprächstermin frei",
                int(none_free),
                reverse("admin:partners_talkslot_add"),
                "Unternehmen können zurzeit keinen buchen. Bitte neue anbieten.",
            )
        )
    if user.has_perm("partners.change_letterofintent"):
        items.append(
            WorkItem(
                "Neue Absichtserklärungen",
                LetterOfIntent.objects.standing().filter(seen_at=None).count(),
                f"{reverse('admin:partners_letterofintent_changelist')}?stand=neu",
                "Bitte zur Kenntnis nehmen.",
            )
        )
    return items


def lying(now: datetime) -> list[Section]:
    """Return for the morning mail what nobody has touched for the pact's number of days."""
    days = Pact.load().untouched_after_days
    talks, letters = TalkBooking.objects.untouched(now=now), LetterOfIntent.objects.untouched(now=now)
    return [
        digest.named(
            f"Gespräche, deren Ergebnis seit {days} Tagen fehlt",
            talks.select_related("slot").order_by("slot__starts_at"),
            str,
            page=lambda booking: booking.slot,
        ),
        digest.named(f"Absichtserklärungen, seit {days} Tagen ungelesen", letters.order_by("signed_at"), str),
    ]
