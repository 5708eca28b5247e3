"""Logo and papers that a company adds to its application."""

from django.contrib.auth.models import AbstractUser
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from klimapakt.states import NotPossible, TransitionNotAllowed
from klimapakt.uploads.models import Upload
from klimapakt.uploads.receiving import receive
from partners.models import Applicant, Application, ApplicationFile, TimelineEntry
from partners.models.timeline import COMPANY

PROVE_FIRST = "Bitte bestätigen Sie zuerst Ihre E-Mail-Adresse: Öffnen Sie den Link in der Mail, die wir Ihnen geschickt haben. Danach können Sie Dateien hochladen."


def of_application(application: Application) -> QuerySet[Upload]:
    """Return logo and papers of an application, in every state."""
    papers = ApplicationFile.objects.filter(application=application).values("upload")
    return Upload.objects.filter(pk__in=papers) | Upload.objects.filter(pk=application.logo_id)


def may_add(application: Application) -> bool:
    """Whether files are taken: while it is filled in, and while the office has asked something."""
    return application.status in (Application.Status.DRAFT, Application.Status.QUERY)


def may_remove(application: Application, upload: Upload) -> bool:
    """Whether the company may take a file back: what the office has seen stays, what was refused need not."""
    return application.is_draft or (upload.is_refused and may_add(application))


def staff_may_read(user: AbstractUser, pk: int) -> bool:
    """Whether somebody of the office may open the files of an application: what was sent in, never a draft."""
    return user.has_perm("partners.view_application") and Application.objects.readable().filter(pk=pk).exists()


@transaction.atomic
def add_document(application: Application, file: UploadedFile, *, by: Applicant) -> tuple[Upload, bool]:
    """Receive a paper; returns it, and whether it is new: the same one sent twice is one.

    Raises ValidationError when the file is not taken, NotPossible for an address that is not proven, and
    TransitionNotAllowed when the application was sent or decided meanwhile.
    """
    application = _open(application, by)
    upload = receive(file, profile=Upload.Profile.DOCUMENT, about=application, by=str(by))
    _, is_new = ApplicationFile.objects.get_or_create(
        upload=upload, defaults={"application": application, "added_by": by}
    )
    if is_new:
        _note(application, f"Unterlage hinzugefügt: {upload.name}")
    return upload, is_new


@transaction.atomic
def set_logo(application: Application, file: UploadedFile, *, by: Applicant) -> tuple[Upload, bool]:
    """Receive a logo in place of the one before; whoever sends it says that it may be used. Otherwise like a paper."""
    application = _open(application, by)
    before = application.logo_id
    upload = receive(file, profile=Upload.Profile.LOGO, about=application, by=str(by))
    if is_new := upload.pk != before:
        Application.objects.filter(pk=application.pk).update(logo=upload, logo_rights=True)
        Upload.objects.filter(pk=before).unreferenced().delete()  # what was merged may show it too
        _note(application, "Logo hinzugefügt")
    return upload, is_new


@transaction.atomic
def remove(application: Application, upload: Upload, *, by: Applicant) -> None:
    """Take a file back. Raises TransitionNotAllowed for one that the office has received."""
    application = _open(application, by)
    upload = of_application(application).get(pk=upload.pk)
    if not may_remove(application, upload):
        raise TransitionNotAllowed("the office has received this file")
    if upload.pk == application.logo_id:
        Application.objects.filter(pk=application.pk).update(logo=None, logo_rights=False)
    upload.delete()


def _open(application: Application, by: Applicant) -> Application:
    """Return the locked application, saved now, if it takes files from this person."""
    found = application.locked()
    if not may_add(found):
        raise TransitionNotAllowed("the application takes no files any more")
    if not found.applicants.present().filter(pk=by.pk, proven_at__isnull=False).exists():
        raise NotPossible(PROVE_FIRST)
    Application.objects.filter(pk=found.pk).update(saved_at=timezone.now(), warned_at=None)
    return found


def _note(application: Application, text: str) -> None:
    if not application.is_draft:
        TimelineEntry.note(text, by=COMPANY, application=application)
