"""Orientation talks: the office offers times, a company takes one, and the office notes how it went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible, TransitionNotAllowed
from klimapakt.text import sort_key
from partners.mails import talk as mails
from partners.models import Application, ApplicationStep, Interest, TalkBooking, TalkSlot
from partners.models.prospect import Prospect
from partners.models.timeline import COMPANY, PORTAL
from partners.services import prospects
from partners.talk_times import Times

TAKEN = (
    "Diesen Termin hat inzwischen jemand anderes gebucht, oder wir bieten ihn nicht mehr an. Bitte wählen Sie einen "
    "anderen."
)
ONE_IS_ENOUGH = "Sie haben schon einen Termin. Sie können ihn verschieben oder absagen."
HELD_BEFORE = "Ihr Orientierungsgespräch hat schon stattgefunden. Haben Sie noch Fragen? Melden Sie sich gern."
HAS_BEGUN = "Das Gespräch hat schon begonnen. Bitte melden Sie sich bei uns."
NO_NUMBER = "Bitte geben Sie die Telefonnummer an, unter der wir Sie zu diesem Termin erreichen."


class SlotTaken(NotPossible):
    """Somebody else was quicker."""

    def __init__(self) -> None:
        super().__init__(TAKEN)


# --- The office's offer -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """How and with whom the talks are held; `where` is an address or a link, empty for a call."""

    form: str
    where: str
    host: str


@transaction.atomic
def offer(times: Iterable[Times], place: Place, *, by: AbstractUser) -> int:
    """Offer times and return how many are new: a host who is busy then, or an offer sent twice, makes none."""
    times = sorted(times)  # in one order for everybody, so that nobody waits in a circle
    known = busy(place.host, times)
    slots = [
        TalkSlot(
            starts_at=one.start, ends_at=one.end, form=place.form, where=place.where, host=place.host, offered_by=by
        )
        for one in times
        if one not in known
    ]
    before = set(TalkSlot.objects.filter(host=place.host).values_list("pk", flat=True))
    TalkSlot.objects.bulk_create(slots, ignore_conflicts=True)  # of two offers at once, one makes them
    return TalkSlot.objects.filter(host=place.host).exclude(pk__in=before).count()


def busy(host: str, times: list[Times], *, but: TalkSlot | None = None) -> set[Times]:
    """Return those of the times at which this person already holds a talk, another one than `but`."""
    if not times:
        return set()
    others = (
        TalkSlot.objects.exclude(pk=but and but.pk)
        .filter(
            host__iexact=host,
            status=TalkSlot.Status.OFFERED,
            starts_at__lt=max(one.end for one in times),
            ends_at__gt=min(one.start for one in times),
        )
        .values_list("starts_at", "ends_at")
    )
    return {one for one in times for start, end in others if start < one.end and one.start < end}


def is_busy(host: str) -> str:
    return f"{host} hat zu dieser Zeit schon einen anderen Gesprächstermin."


@transaction.atomic
def withdraw_slot(slot: TalkSlot, *, by: AbstractUser, reason: str = "") -> TalkBooking | None:
    """Offer a time no longer. Whoever had it is told, with the reason, and finds others; returns that booking.

    Raises NotPossible once the talk has begun, TransitionNotAllowed when it was withdrawn before.
    """
    slot = TalkSlot.objects.select_for_update().get(pk=slot.pk)
    booking = slot.bookings.booked().first()
    if booking is not None and slot.starts_at <= timezone.now():
        raise NotPossible("Das Gespräch hat schon begonnen. Bitte tragen Sie ein, ob es stattgefunden hat.")
    slot.withdraw()
    if booking is not None:
        booking.cancel(only_on=slot)
        _forget_reminder(booking)
        why = f" ({reason})" if reason else ""
        prospects.note(booking.case, f"Orientierungsgespräch abgesagt: {slot.when}{why}", by=by)
        mails.withdrawn(booking, reason, goes_on=prospects.goes_on(booking.case))
    return booking


@transaction.atomic
def change_place(slot: TalkSlot, place: Place, *, by: AbstractUser) -> bool:
    """Hold the talk elsewhere, or by somebody else; whoever booked it is told. Returns whether somebody was.

    Raises TransitionNotAllowed for a time that is not offered any more, or whose talk has begun.
    """
    slot = TalkSlot.objects.select_for_update().get(pk=slot.pk)
    if not slot.is_offered or slot.starts_at <= timezone.now():
        raise TransitionNotAllowed(f"talk slot {slot.pk} is not ahead any more")
    if place == Place(slot.form, slot.where, slot.host):
        return False
    slot.form, slot.where, slot.host = place.form, place.where, place.host
    try:
        with transaction.atomic():
            slot.save(update_fields=["form", "where", "host"])
    except IntegrityError:
        raise NotPossible(is_busy(place.host)) from None
    booking = slot.bookings.booked().first()
    if booking is None:
        return False
    booking.announce_change(on=slot)
    prospects.note(booking.case, f"Orientierungsgespräch am {slot.when}: Ort oder Gesprächsperson geändert", by=by)
    mails.changed(booking)
    return True


# --- The company's choice ---------------------------------------------------------------------------------------------


@transaction.atomic
def book(prospect: Prospect, slot: TalkSlot, *, phone: str = "", by: AbstractUser | None = None) -> TalkBooking:
    """Take a time, or have somebody of the office take it for the company. The same choice sent twice is one booking.

    Raises SlotTaken when somebody was quicker, NotPossible when the company has a talk or is not open any more.
    """
    prospect = prospects.locked(prospect)
    slot = TalkSlot.objects.select_for_update().get(pk=slot.pk)
    if current := coming(prospect):
        if current.slot_id == slot.pk:
            return current
        raise NotPossible(ONE_IS_ENOUGH)
    if TalkBooking.objects.of(prospect).filter(status=TalkBooking.Status.HELD).exists():
        raise NotPossible(HELD_BEFORE)
    _ask_for(slot, phone)
    try:
        with transaction.atomic():
            booking = TalkBooking.objects.create(
                slot=slot,
                interest=prospect.interest,
                application=prospect.application,
                organisation=prospect.organisation,
                name=prospect.name,
                email=prospect.email,
                phone=phone,
            )
    except IntegrityError:
        raise SlotTaken from None
    prospects.note(booking.case, f"Orientierungsgespräch gebucht: {slot.when}", by=by or COMPANY)
    mails.booked(booking)
    if by is None:
        mails.tell_office(booking, "booked")
    return booking


def without_talk() -> list[Prospect]:
    """Return the companies that the office can book a talk for: on their way, reachable, and without one."""
    S = TalkBooking.Status
    having = TalkBooking.objects.filter(status__in=[S.BOOKED, S.HELD])
    asked = Interest.objects.open().filter(application=None).exclude(pk__in=_cases(having, "interest"))
    applying = Application.objects.filter(status__in=Application.UNDECIDED).exclude(
        pk__in=_cases(having, "application")
    )
    people = [one.correspondent() for one in applying.prefetch_related("applicants")]
    found = [prospects.of_interest(one) for one in asked]
    found += [prospects.of_applicant(person) for person in people if person]
    return sorted((one for one in found if prospects.is_open(one)), key=lambda one: sort_key(one.organisation))


def _cases(bookings: QuerySet, name: str) -> QuerySet:
    return bookings.exclude(**{name: None}).values(name)


@transaction.atomic
def move(prospect: Prospect, booking: TalkBooking, slot: TalkSlot, *, phone: str = "") -> TalkBooking:
    """Take another time instead; the former one is free again. Raises as `book` does, and TransitionNotAllowed when
    the talk was cancelled meanwhile."""
    prospect = prospects.locked(prospect)
    slot = TalkSlot.objects.select_for_update().get(pk=slot.pk)
    booking = _own(prospect, booking)
    if booking.slot_id == slot.pk:
        return booking
    before = booking.slot
    if not booking.may_be_moved(now=timezone.now()):
        raise NotPossible(HAS_BEGUN)
    _ask_for(slot, phone)
    try:
        with transaction.atomic():
            booking.move(slot, phone=phone or booking.phone)
    except IntegrityError:
        raise SlotTaken from None
    _forget_reminder(booking)
    prospects.note(booking.case, f"Orientierungsgespräch verschoben: {slot.when}, vorher {before.when}")
    mails.moved(booking, before)
    mails.tell_office(booking, "moved", before=before)
    return booking


@transaction.atomic
def cancel(prospect: Prospect, booking: TalkBooking) -> None:
    """Give the time back, also of a case that is closed.

    Raises TransitionNotAllowed when that happened before, NotPossible once the talk has begun.
    """
    prospect = prospects.held(prospect)
    booking = _own(prospect, booking)
    if not booking.may_be_moved(now=timezone.now()):
        raise NotPossible(HAS_BEGUN)
    _cancel(booking, by=COMPANY)
    mails.cancelled(booking, goes_on=prospects.is_open(prospect))


@transaction.atomic
def call_off(case: Application | Interest) -> None:
    """Cancel the coming talk of a company that does not go on: withdrawn, rejected, to be deleted, or closed.

    The talk of an inquiry that became an application belongs to that one and stays.
    """
    type(case).objects.select_for_update(of=("self",)).filter(pk=case.pk).first()  # nobody books or moves meanwhile
    own = {"application": case} if isinstance(case, Application) else {"interest": case, "application": None}
    coming = TalkBooking.objects.booked().filter(**own, slot__starts_at__gt=timezone.now())
    for booking in coming.select_related("slot", "interest", "application"):
        _cancel(booking, by=PORTAL)
        mails.ended(booking)


def call_off_ended(*, now: datetime) -> None:
    """Cancel the coming talks of companies that withdrew, or were rejected and have been told: while the office can
    take a rejection back unheard, nothing is called off. Running twice does no harm.
    """
    S = Application.Status
    coming = TalkBooking.objects.booked().filter(slot__starts_at__gt=now)
    ended = Application.objects.filter(
        Q(status=S.WITHDRAWN) | Q(status=S.REJECTED, decided_at__lte=now - Pact.load().undo_time),
        pk__in=coming.values("application"),
    )
    for pk in ended.values_list("pk", flat=True):
        with transaction.atomic():
            application = ended.select_for_update(of=("self",)).filter(pk=pk).first()
            if application is not None:  # nobody thought again meanwhile
                call_off(application)


def forget_orphans() -> int:
    """Delete the talks of companies that were deleted, with name and number; a coming one is called off first.

    Returns how many. Running twice does no harm.
    """
    orphans, forgotten = TalkBooking.objects.filter(interest=None, application=None), 0
    for pk in orphans.values_list("pk", flat=True):
        with transaction.atomic():
            booking = orphans.select_for_update(of=("self",)).select_related("slot").filter(pk=pk).first()
            if booking is None:
                continue
            if booking.may_be_moved(now=timezone.now()):
                _cancel(booking, by=PORTAL)
                mails.ended(booking)
            booking.delete()
            forgotten += 1
    return forgotten


def _cancel(booking: TalkBooking, *, by: str) -> None:
    booking.cancel(only_on=booking.slot)
    _forget_reminder(booking)
    prospects.note(booking.case, f"Orientierungsgespräch abgesagt: {booking.slot.when}", by=by)
    mails.tell_office(booking, "cancelled")


def coming(prospect: Prospect) -> TalkBooking | None:
    """Return the talk that the company has booked and that nobody has noted as held or missed."""
    return TalkBooking.objects.of(prospect).booked().select_related("slot", "interest", "application").first()


def newest(prospect: Prospect) -> TalkBooking | None:
    """Return the talk that the company has booked or that took place; None also when it missed one."""
    S = TalkBooking.Status
    found = TalkBooking.objects.of(prospect).filter(status__in=[S.BOOKED, S.HELD]).select_related("slot")
    return found.order_by("-slot__starts_at").first()


def booked_for(application: Application) -> TalkBooking | None:
    """Return the same for the office, which knows the application."""
    return TalkBooking.objects.booked().filter(application=application).select_related("slot").first()


def _own(prospect: Prospect, booking: TalkBooking) -> TalkBooking:
    found = coming(prospect)
    if found is None or found.pk != booking.pk:
        raise TransitionNotAllowed(f"talk {booking.pk} is not booked any more")
    return found


def is_number(phone: str) -> bool:
    """Whether the office can dial this: it has as many digits as the shortest local number."""
    return sum(sign.isdecimal() for sign in phone) >= 3


def _ask_for(slot: TalkSlot, phone: str) -> None:
    """Raise when a locked slot cannot be had."""
    if not TalkSlot.objects.free(now=timezone.now()).filter(pk=slot.pk).exists():
        raise SlotTaken
    if slot.form == TalkSlot.Form.PHONE and not is_number(phone):
        raise NotPossible(NO_NUMBER)


# --- Before and after -------------------------------------------------------------------------------------------------


def remind(*, now: datetime) -> int:
    """Write the reminders that are due, one day before; returns how many. Twice, or late, it writes each once."""
    written = 0
    for pk in TalkBooking.objects.to_remind(now=now).values_list("pk", flat=True):
        with transaction.atomic():
            booking = (
                TalkBooking.objects.booked()
                .select_for_update(of=("self",))
                .select_related("slot", "interest", "application")
                .filter(pk=pk)
                .first()
            )
            if booking is not None and booking.wants_reminder(now=now):
                written += mails.reminder(booking)
    return written


def _forget_reminder(booking: TalkBooking) -> None:
    OutgoingMail.objects.filter(key__startswith=mails.reminders_of(booking)).call_off()


@transaction.atomic
def record(booking: TalkBooking, *, took_place: bool, by: AbstractUser) -> None:
    """Note how it went; a talk that took place is a step of the application, now or when there is one.

    Raises NotPossible before the talk begins.
    """
    booking = (
        TalkBooking.objects.select_for_update(of=("self",)).select_related("slot", "application").get(pk=booking.pk)
    )
    if booking.slot.starts_at > timezone.now():
        raise NotPossible("Das Gespräch war noch nicht.")
    booking.record(took_place=took_place)
    if took_place:
        prospects.record_step(booking, ApplicationStep.Kind.ORIENTATION_TALK, by=by)
        text = "Orientierungsgespräch hat stattgefunden"
    else:
        prospects.take_back_step(booking)
        text = "Orientierungsgespräch hat nicht stattgefunden"
    prospects.note(booking.case, f"{text}: {booking.slot.when}", by=by)
