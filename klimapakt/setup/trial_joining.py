"""What a trial shows of the way into the pact: who asks, who talks with the office, whose profile waits for release."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from agreements.services import offering
from klimapakt.documents.models import Document
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail, case_of
from klimapakt.pact.models import Pact
from klimapakt.setup.trial_agreements import OFFICE
from klimapakt.uploads.models import Upload
from partners import access
from partners.models import Application, Interest, LetterOfIntent, Partner, ProfileProposal, TalkBooking, TalkSlot
from partners.models.profile import FIELDS
from partners.services import profile

Table = Mapping[str, Any]

LETTER = """Mustertext für den Testbetrieb. Bevor Unternehmen ihn lesen, setzt die Geschäftsstelle ihren eigenen ein.

{organisation} unterstützt das Ziel der Stadt {stadt}, klimaneutral zu werden, und beabsichtigt, dem Pakt „{pakt}“ beizutreten."""


def prepare(pact: Pact) -> None:
    """Switch on what people want to try out, where the city has not said how it does it."""
    Pact.objects.filter(pk=pact.pk, uses_orientation_talk=True).update(books_talks_online=True)
    Pact.objects.filter(pk=pact.pk, uses_letter_of_intent=True, letter_of_intent="").update(letter_of_intent=LETTER)


def tidy(pact: Pact) -> None:
    """Take back what `prepare` did: the invented letter, and the booking once no real talk is offered."""
    Pact.objects.filter(pk=pact.pk, letter_of_intent=LETTER).update(letter_of_intent="")
    if not TalkSlot.objects.exists():
        Pact.objects.filter(pk=pact.pk).update(books_talks_online=False)


def create(tables: list[Table], *, now: datetime) -> None:
    """Make the rows of the tables, as the services would have left them."""
    slots: list[TalkSlot] = []
    for table in sorted(tables, key=lambda table: table["what"], reverse=True):  # talks before who books one
        match table["what"]:
            case "talk" if Pact.load().books_talks_online:
                slots += _slots(table, now=now)
            case "proposal":
                _proposal(table, now=now)
            case "interest":
                _interest(table, slots, now=now)


def _slots(table: Table, *, now: datetime) -> list[TalkSlot]:
    day = _workday(timezone.localdate(now) + timedelta(days=table["in_days"]))
    starts = [_at(day, hour) for hour in table["hours"]]
    return TalkSlot.objects.bulk_create(
        TalkSlot(
            starts_at=start,
            ends_at=start + timedelta(minutes=table["minutes"]),
            form=TalkSlot.Form.PHONE,
            host=OFFICE,
            offered_at=now - timedelta(days=5),
            is_invented=True,
        )
        for start in starts
    )


def _workday(day: date) -> date:
    """Return that day, or the next one on which offices work."""
    while day.weekday() > 4 or (day.month, day.day) >= (12, 19) or (day.month, day.day) <= (1, 6):
        day += timedelta(days=1)
    return day


def _at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def _interest(table: Table, slots: list[TalkSlot], *, now: datetime) -> None:
    asked_at = now - timedelta(hours=table["hours_ago"])
    name, email = table["contact"]
    interest = Interest.objects.create(
        status=Interest.Status.OPEN,
        organisation=table["organisation"],
        name=name,
        email=email,
        question=table["question"],
        wants_talk=table.get("wants_talk", False),
        created_at=asked_at,
        confirmed_at=asked_at + timedelta(minutes=9),
        touched_at=asked_at + timedelta(minutes=9),
    )
    if "books" in table and slots:
        TalkBooking.objects.create(
            slot=slots[table["books"]],
            interest=interest,
            organisation=interest.organisation,
            name=name,
            email=email,
            phone="0000 888888",
            booked_at=asked_at + timedelta(minutes=20),
            placed_at=asked_at + timedelta(minutes=20),
            is_invented=True,
        )


def _proposal(table: Table, *, now: datetime) -> None:
    partner = Partner.objects.select_related("organisation").filter(organisation__name=table["partner"]).first()
    if partner is None:  # the pact has so many real partners that this one was left out
        return
    base = profile.data_of(partner)
    author = partner.organisation.contacts.get(is_main=True)
    ProfileProposal.objects.create(
        partner=partner,
        base=base,
        **base | {field: table[field] for field in FIELDS if field in table},
        proposed_by=author,
        author=author.name,
        proposed_at=now - timedelta(hours=table["hours_ago"]),
    )


def remove(applications: list[Application], partners: list[Partner]) -> None:
    """Take out invented inquiries, talks and letters, and what people made of them while they tried the portal."""
    interests = list(Interest.objects.filter(offering.of_nobody("email")))
    letters = list(LetterOfIntent.objects.filter(is_invented=True))
    cases = [case_of(case) for case in (*interests, *letters, *applications, *partners)]
    for purpose, rows in ((access.INTEREST, interests), (access.APPLICATION, applications)):
        AccessLink.objects.filter(purpose=purpose, object_id__in=[row.pk for row in rows]).delete()
    AccessLink.objects.filter(offering.of_nobody("email"), purpose=access.RETURN).delete()
    OutgoingMail.objects.filter(about__in=cases).delete()
    Document.objects.filter(about__in=[case_of(letter) for letter in letters], is_invented=True).delete()
    Document.objects.filter(about__in=cases, is_kept=False).delete()
    TalkBooking.objects.filter(offering.of_nobody("email")).delete()
    TalkSlot.objects.filter(is_invented=True, bookings=None).delete()
    LetterOfIntent.objects.filter(pk__in=[letter.pk for letter in letters]).delete()
    Interest.objects.filter(pk__in=[interest.pk for interest in interests]).delete()
    Upload.objects.filter(about__in=cases).delete()
