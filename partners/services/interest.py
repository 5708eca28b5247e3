"""An inquiry: asked by anybody, read by the office once the address is proven, answered, closed, or taken back."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from klimapakt.states import TransitionNotAllowed
from partners import access
from partners.mails import interest as mails
from partners.models import Applicant, Application, Interest, Note, TimelineEntry
from partners.models.timeline import COMPANY, PORTAL
from partners.services import applying, letters, prospects, talks

APPLIED = "Antrag eingegangen"


# --- The company ------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask(
    *, form_token: UUID, name: str, email: str, organisation: str = "", question: str = "", wants_talk: bool = False
) -> Interest:
    """Keep an inquiry and ask whoever reads the address to confirm it; the same form sent again finds the first one."""
    try:
        with transaction.atomic():
            interest = Interest.objects.create(
                form_token=form_token, name=name, email=email, organisation=organisation, question=question,
                wants_talk=wants_talk,
            )  # fmt: skip
    except IntegrityError:
        return Interest.objects.get(form_token=form_token)
    mails.interest_received(interest)
    return interest


@transaction.atomic
def confirm(link: AccessLink) -> Interest:
    """Take the address as proven: the office may read the inquiry. Opening the link again changes nothing.

    Raises TransitionNotAllowed when the inquiry was taken back or the link closed meanwhile.
    """
    interest = Interest.objects.select_for_update(of=("self",)).filter(pk=link.object_id, email=link.email).first()
    if interest is None or not AccessLink.objects.live(now=timezone.now()).filter(pk=link.pk).exists():
        raise TransitionNotAllowed("the inquiry is gone, or the link was closed while it was used")
    if not interest.is_confirmed:
        interest.confirm()
        TimelineEntry.note("Anfrage eingegangen, E-Mail-Adresse bestätigt", by=COMPANY, interest=interest)
        mails.tell_office_of_interest(interest)
    return interest


@transaction.atomic
def begin_application(interest: Interest, *, by: AbstractUser | str = COMPANY) -> Applicant:
    """Begin the application of somebody who asked first: prefilled, the address proven already.

    Asked twice, the application that is there goes on, also when the inquiry is closed since it was sent. Raises
    TransitionNotAllowed for a closed inquiry without one, and when somebody removed this person from it.
    """
    interest = _locked(interest)
    if interest.application:
        return _own_part(interest)
    if not interest.is_open:
        raise TransitionNotAllowed("the inquiry is not open")
    applicant, is_new = applying.start(
        form_token=interest.form_token,
        organisation=interest.organisation,
        name=interest.name,
        email=interest.email,
        is_proven=True,
    )
    if is_new:
        interest.touch(application=applicant.application)
        prospects.carry_over(interest, applicant.application)
        TimelineEntry.note("Antrag begonnen", by=by, interest=interest)
    return applicant


def _own_part(interest: Interest) -> Applicant:
    """Return whoever asked, as one of the people of the application that grew out of it."""
    found = interest.application.applicants.present().filter(email__iexact=interest.email).first()
    if found is None:
        raise TransitionNotAllowed("this person takes part no longer")
    return found


@transaction.atomic
def withdraw(interest: Interest) -> None:
    """Delete an inquiry at the company's wish, with its talk, links and mails; an application that grew out of it stays.

    Raises TransitionNotAllowed when it was taken back before.
    """
    interest = _locked(interest)
    was_read, reference = interest.is_confirmed, interest.reference
    _delete(interest)
    talks.forget_orphans()
    if was_read:
        mails.tell_office_of_withdrawal(reference)


# --- The office -------------------------------------------------------------------------------------------------------


@transaction.atomic
def answer(interest: Interest, text: str, *, by: AbstractUser) -> None:
    """Answer by mail. Several answers are several mails."""
    interest = _open(interest)
    mails.interest_answer(interest, text)
    _answered(interest, "Anfrage per Mail beantwortet", by=by)


@transaction.atomic
def note_answer(interest: Interest, *, by: AbstractUser) -> None:
    """The office has answered on another way, on the phone for example."""
    _answered(_open(interest), "Anfrage beantwortet", by=by)


def _answered(interest: Interest, fact: str, *, by: AbstractUser) -> None:
    interest.touch(answered_at=timezone.now(), assigned_to=interest.assigned_to or by)
    TimelineEntry.note(fact, by=by, interest=interest)


@transaction.atomic
def write_note(interest: Interest, text: str, *, by: AbstractUser) -> None:
    """Keep the office's own words about it."""
    interest = _locked(interest)
    Note.write(text, by=by, interest=interest)
    interest.touch()


@transaction.atomic
def assign(interest: Interest, to: AbstractUser | None, *, by: AbstractUser) -> None:
    """Say on whose desk it lies."""
    interest = _open(interest)
    interest.touch(assigned_to=to)
    who = (to.get_full_name() or to.get_username()) if to else "niemandem"
    TimelineEntry.note(f"Liegt jetzt bei {who}", by=by, interest=interest)


@transaction.atomic
def follow_up(interest: Interest, on: date | None, *, by: AbstractUser) -> None:
    """Let it rest until a day, or end the rest."""
    interest = _open(interest)
    interest.touch(follow_up_on=on)
    TimelineEntry.note(
        f"Wiedervorlage am {date_format(on, 'j. F Y')}" if on else "Wiedervorlage gestrichen", by=by, interest=interest
    )


@transaction.atomic
def close(interest: Interest, reason: str, *, by: AbstractUser | str) -> None:
    """Nothing more is to be done; a talk that was booked is called off, unless it belongs to an application."""
    interest = _locked(interest)
    interest.close(reason)
    if interest.application_id is None:
        talks.call_off(interest)
    TimelineEntry.note(f"Anfrage abgeschlossen: {reason}", by=by, interest=interest)


@transaction.atomic
def reopen(interest: Interest, *, by: AbstractUser) -> None:
    """Go on with what was closed."""
    interest.reopen()
    TimelineEntry.note("Anfrage wieder geöffnet", by=by, interest=interest)


@transaction.atomic
def send_link(interest: Interest, *, by: AbstractUser) -> None:
    """Mail the personal link once more."""
    mails.interest_link(interest)
    TimelineEntry.note("Persönlichen Link gesendet", by=by, interest=interest)


# --- Deadlines --------------------------------------------------------------------------------------------------------


def close_applied() -> int:
    """Close inquiries whose application has reached the office; returns how many."""
    closed = 0
    for interest in Interest.objects.open().filter(application__in=Application.objects.readable()):
        try:
            close(interest, APPLIED, by=PORTAL)
        except TransitionNotAllowed:
            continue  # somebody else was quicker
        closed += 1
    return closed


def delete_unconfirmed(*, now: datetime) -> int:
    """Delete inquiries whose address nobody proved in the pact's time; returns how many."""
    limit = now - timedelta(days=Pact.load().delete_unconfirmed_after_days)
    return _delete_each(Interest.objects.unconfirmed_since(limit))


def delete_closed(*, now: datetime) -> int:
    """Delete what is long done, in the time that the pact gives to letters; returns how many."""
    limit = now - timedelta(days=Pact.load().delete_mail_bodies_after_days)
    return _delete_each(Interest.objects.closed_since(limit))


def _delete_each(outdated: "object") -> int:
    deleted = 0
    for pk in outdated.values_list("pk", flat=True):
        with transaction.atomic():
            found = outdated.select_for_update(of=("self",)).filter(pk=pk).first()
            if found is None:
                continue  # confirmed or reopened at the last moment
            _delete(found)
            deleted += 1
    return deleted


def _delete(interest: Interest) -> None:
    AccessLink.objects.to(access.INTEREST, interest.pk).delete()
    OutgoingMail.objects.about(interest).delete()
    letters.end_with(interest)
    interest.delete()


def _open(interest: Interest) -> Interest:
    interest = _locked(interest)
    if not interest.is_open:
        raise TransitionNotAllowed("the inquiry is not open")
    return interest


def _locked(interest: Interest) -> Interest:
    """Raises TransitionNotAllowed for an inquiry that was taken back."""
    found = Interest.objects.select_for_update(of=("self",)).filter(pk=interest.pk).first()
    if found is None:
        raise TransitionNotAllowed("the inquiry was taken back")
    return found
