"""The office reviews an application: takes it on, hands it over, puts it off, mends, records the steps on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils import timezone
from django.utils.formats import date_format

from klimapakt.links.models import AccessLink
from klimapakt.states import NotPossible, TransitionNotAllowed
from klimapakt.uploads import shown_name
from partners import access, steps
from partners.mails import application as mails
from partners.models import Application, ApplicationStep, Note, TimelineEntry
from partners.services import talks
from partners.sheet import change_in_words


@transaction.atomic
def start_review(application: Application, *, by: AbstractUser) -> None:
    """Take the application on one's desk."""
    application.start_review(by)
    TimelineEntry.note("In Prüfung genommen", by=by, application=application)


def reviewers() -> models.QuerySet:
    """Return everybody who may review applications."""
    people = get_user_model().objects.with_perm(
        "partners.review_application", backend="django.contrib.auth.backends.ModelBackend"
    )
    return people.filter(is_staff=True).order_by("last_name", "first_name", "username")


@transaction.atomic
def assign(application: Application, person: AbstractUser | None, *, by: AbstractUser) -> None:
    """Lay the application on somebody's desk, or on nobody's."""
    application.assign(person)
    TimelineEntry.note(f"Liegt jetzt bei {application.reviewer_name or 'niemandem'}", by=by, application=application)


@transaction.atomic
def put_off(application: Application, until: date | None, note: str = "", *, by: AbstractUser) -> None:
    """Show the application again on that day and leave it in peace until then; without a day, from now on as before."""
    application.put_off(until, note if until else "")
    said = f"Wiedervorlage am {date_format(until, 'j. F Y')}" if until else "Wiedervorlage erledigt"
    TimelineEntry.note(f"{said}: {note}" if note else said, by=by, application=application)


@transaction.atomic
def write_note(application: Application, text: str, *, by: AbstractUser) -> Note:
    """Write down something for the office alone; it stays as it is. Raises TransitionNotAllowed for what is not read."""
    if not application.is_confirmed:
        raise TransitionNotAllowed("the office may not read it yet")
    application.touch()
    return Note.write(text, by=by, application=application)


NOT_EMPTY = "Diese Angaben braucht der Antrag, sie können nicht leer sein:"


def is_emptied(application: Application, field: str, answer: object) -> bool:
    """Whether this answer would leave empty what an application needs."""
    return not answer and steps.is_needed(application, field)


@dataclass(frozen=True)
class Conflict:
    """An answer that somebody else changed while it was being mended."""

    field: str
    value: object


@transaction.atomic
def correct(
    application: Application, answers: Mapping[str, object], *, shown: Mapping[str, object], by: AbstractUser
) -> list[Conflict]:
    """Mend what the company typed and leave a trace of each change.

    `answers` are named as in `steps.stored`. `shown` holds what the page showed: only an answer that differs from it
    was mended. What somebody else changed meanwhile is returned, and then nothing is stored. Raises NotPossible for a
    needed answer that would be gone, TransitionNotAllowed once the application is decided.
    """
    application = application.locked()
    if not application.is_open:
        raise TransitionNotAllowed("the application was decided meanwhile")
    before = {field: steps.stored(application, field) for field in answers}
    changes = {field: answer for field, answer in answers.items() if answer not in (shown[field], before[field])}
    if conflicts := [Conflict(field, before[field]) for field in changes if before[field] != shown[field]]:
        return conflicts
    if not changes:
        return []
    if gone := [field for field in changes if before[field] and is_emptied(application, field, changes[field])]:
        raise NotPossible(f"{NOT_EMPTY} {', '.join(steps.office_label(field) for field in gone)}.")
    Application.objects.filter(pk=application.pk).update(
        **steps.columns(application, changes), version=application.version + 1, touched_at=timezone.now()
    )
    application.refresh_from_db()
    for field, answer in changes.items():
        said = change_in_words(field, before[field], answer)
        TimelineEntry.note(f"{steps.office_label(field)} berichtigt: {said}", by=by, application=application)
    if "contact_email" in changes:
        _take_other_contact(before["contact_email"], application)
    return []


def _take_other_contact(former: str, application: Application) -> None:
    """Close the former contact's links and let the one at the mended address in, with a link as the first mail."""
    application.applicants.present().filter(email__iexact=former).update(left_at=timezone.now())
    AccessLink.objects.to(access.APPLICATION, application.pk).filter(email__iexact=former).revoke()
    if not application.contact_email:
        return
    contact = application.applicants.present().filter(email__iexact=application.contact_email).first()
    if contact is None:
        contact = application.applicants.create(name=application.contact_name, email=application.contact_email)
    if contact.is_proven:
        mails.application_link(application)
        return
    contact.is_vouched = True
    contact.save(update_fields=["is_vouched"])
    mails.application_entered(contact)


@transaction.atomic
def send_link(application: Application, *, by: AbstractUser) -> None:
    """Mail the company a new link to its status page; older links stay good until they end."""
    if not application.is_confirmed:
        raise TransitionNotAllowed("nobody has proven an address")
    if application.merged_into_id:
        raise TransitionNotAllowed("its people are those of another application now")
    application.touch()
    mails.application_link(application)
    TimelineEntry.note("Persönlichen Link erneut gesendet", by=by, application=application)


@transaction.atomic
def record_step(
    application: Application, kind: str, *, done_on: date, document: UploadedFile | None, note: str, by: AbstractUser
) -> None:
    """Record a step the pact asks for, or mend what was recorded.

    Raises NotPossible for a talk while one is booked: that one is recorded, or withdrawn first.
    """
    application = application.locked()
    if not application.is_open:
        raise TransitionNotAllowed("the application was decided meanwhile")
    if found := obstacles_to_step(application, kind):
        raise NotPossible(" ".join(found))
    values: dict[str, object] = {"done_on": done_on, "note": note, "recorded_by": by, "recorded_at": timezone.now()}
    if document:
        values |= {"document": document, "document_name": shown_name(document.name)}
    step, _ = ApplicationStep.objects.update_or_create(application=application, kind=kind, defaults=values)
    application.touch()
    TimelineEntry.note(
        f"{step}: {done_on:%d.%m.%Y}{', mit Dokument' if document else ''}", by=by, application=application
    )


def obstacles_to_step(application: Application, kind: str) -> list[str]:
    """Return why a step cannot be recorded by hand, as German sentences."""
    booked = talks.booked_for(application) if kind == ApplicationStep.Kind.ORIENTATION_TALK else None
    if booked is None:
        return []
    return [
        f"Für dieses Unternehmen ist ein Gesprächstermin gebucht: {booked.slot.when}. Bitte tragen Sie dort ein, ob "
        "das Gespräch stattgefunden hat, oder nehmen Sie den Termin vorher zurück. Sie finden ihn unter "
        "„Gesprächstermine“."
    ]
