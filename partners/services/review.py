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
from klimapakt.states import TransitionNotAllowed
from klimapakt.uploads import shown_name
from partners import access, steps
from partners.mails import application as mails
from partners.models import Application, ApplicationStep, Note, TimelineEntry
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
def assign(application: Application, person: AbstractUser, *, by: AbstractUser) -> None:
    """Lay the application on somebody's desk."""
    application.assign(person)
    TimelineEntry.note(f"Liegt jetzt bei {application.reviewer_name}", by=by, application=application)


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

    `shown` holds what the page showed: only an answer that differs from it was mended. What somebody else changed
    meanwhile is returned, and then nothing is stored. Raises TransitionNotAllowed once the application is decided.
    """
    application = application.locked()
    if not application.is_open:
        raise TransitionNotAllowed("the application was decided meanwhile")
    before = {field: getattr(application, field) for field in answers}
    changes = {field: answer for field, answer in answers.items() if answer not in (shown[field], before[field])}
    if conflicts := [Conflict(field, before[field]) for field in changes if before[field] != shown[field]]:
        return conflicts
    if not changes:
        return []
    Application.objects.filter(pk=application.pk).update(
        **changes, version=application.version + 1, touched_at=timezone.now()
    )
    application.refresh_from_db()
    for field, answer in changes.items():
        said = change_in_words(field, before[field], answer)
        TimelineEntry.note(f"{steps.label_of(field)} berichtigt: {said}", by=by, application=application)
    if "contact_email" in changes:
        _take_other_contact(before["contact_email"], application)
    return []


def _take_other_contact(former: str, application: Application) -> None:
    """Close the former contact's links and let the one at the mended address in; the office vouches for it."""
    application.applicants.present().filter(email__iexact=former).update(left_at=timezone.now())
    AccessLink.objects.to(access.APPLICATION, application.pk).filter(email__iexact=former).revoke()
    if not application.contact_email:
        return
    found = application.applicants.present().filter(email__iexact=application.contact_email)
    if not found.update(proven_at=timezone.now()):
        application.applicants.create(
            name=application.contact_name, email=application.contact_email, proven_at=timezone.now()
        )
    mails.application_link(application)


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
    """Record a step the pact asks for, or mend what was recorded."""
    application = application.locked()
    if not application.is_open:
        raise TransitionNotAllowed("the application was decided meanwhile")
    values: dict[str, object] = {"done_on": done_on, "note": note, "recorded_by": by, "recorded_at": timezone.now()}
    if document:
        values |= {"document": document, "document_name": shown_name(document.name)}
    step, _ = ApplicationStep.objects.update_or_create(application=application, kind=kind, defaults=values)
    application.touch()
    TimelineEntry.note(
        f"{step}: {done_on:%d.%m.%Y}{', mit Dokument' if document else ''}", by=by, application=application
    )
