"""Times for talks, and companies that want one."""

from datetime import datetime, timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from klimapakt.links.models import AccessLink
from partners.mails.application import application_access
from partners.mails.interest import interest_access
from partners.models import Application, LetterOfIntent, TalkBooking, TalkSlot
from partners.models.letter import fingerprint
from partners.models.prospect import Prospect
from partners.services import prospects
from tests.factories import ApplicationFactory
from tests.factories.interest import InterestFactory


def office_hour(days: int, hour: int = 10) -> datetime:
    """Return a full hour so many days from today: a talk never ends on another day, whenever the test runs."""
    day = timezone.localtime() + timedelta(days=days)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


class TalkSlotFactory(DjangoModelFactory):
    """45 minutes, free, in ten days or more; each later than the one before."""

    class Meta:
        model = TalkSlot

    starts_at = factory.Sequence(lambda n: office_hour(10 + n // 8, 9 + n % 8))
    ends_at = factory.LazyAttribute(lambda slot: slot.starts_at + timedelta(minutes=45))
    form = TalkSlot.Form.PLACE
    where = "Rathaus, Zimmer 12"
    host = "Ottilie Amt"


class TalkBookingFactory(DjangoModelFactory):
    """Somebody who applies has booked a talk."""

    class Meta:
        model = TalkBooking

    slot = factory.SubFactory(TalkSlotFactory)
    application = factory.SubFactory(ApplicationFactory)
    organisation = factory.LazyAttribute(lambda one: (one.application or one.interest).name)
    name = "Erika Muster"
    email = factory.LazyAttribute(lambda one: one.application.contact_email if one.application else one.interest.email)
    cancelled_at = factory.LazyAttribute(lambda one: timezone.now() if one.status == "cancelled" else None)
    status = "booked"


class LetterFactory(DjangoModelFactory):
    """A company that applies has signed its letter."""

    class Meta:
        model = LetterOfIntent

    application = factory.SubFactory(ApplicationFactory)
    organisation = factory.LazyAttribute(lambda letter: letter.application.name)
    name = "Erika Muster"
    function = "Inhaberin"
    email = factory.LazyAttribute(lambda letter: letter.application.contact_email)
    text = "Wir möchten beitreten."
    sha256 = factory.LazyAttribute(lambda letter: fingerprint(letter.text))
    statement = "Ich bin berechtigt."


def applying_company(**options: object) -> Prospect:
    """Return a company that fills its application."""
    application: Application = ApplicationFactory(**options)
    return prospects.of_applicant(application.applicants.get())


def interested_company(**options: object) -> Prospect:
    """Return a company that has only asked."""
    return prospects.of_interest(InterestFactory(**options))


def link_of(prospect: Prospect) -> AccessLink:
    """Return a personal link as it is mailed."""
    if prospect.application:
        return application_access(prospect.application.applicants.get(email=prospect.email))
    return interest_access(prospect.interest)


LETTER = "Wir, {organisation}, möchten dem Pakt „{pakt}“ in {stadt} beitreten.\n\nWir nennen bald unsere Ziele."
