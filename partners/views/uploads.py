"""Logo and papers of an application: added, looked at and taken back by the company, each by a form of its own.

With JavaScript (static/js/uploads.js) the same addresses answer with the section alone, and the page around it stays.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from klimapakt.locks import Busy, patiently
from klimapakt.states import NotPossible, TransitionNotAllowed
from klimapakt.uploads.models import Upload
from klimapakt.uploads.trouble import NoRoom, storing
from partners import access, steps
from partners.forms.files import DocumentForm, FileForm, LogoForm
from partners.models import Applicant
from partners.services import files
from partners.steps import Step
from partners.views.access import about, opened_by_link

ARRIVED = "Die Datei ist angekommen. Wir prüfen sie jetzt, das dauert meist wenige Sekunden."
OUTDATED = "Der Antrag nimmt gerade keine Dateien an. Bitte sehen Sie nach, wie es jetzt steht."
NO_ROOM = "Wir können gerade keine Dateien speichern. Das liegt an uns, nicht an Ihrer Datei. Bitte versuchen Sie es in einer Stunde noch einmal."
BUSY = "Gerade wird eine andere Datei gespeichert. Bitte versuchen Sie es gleich noch einmal."


@dataclass(frozen=True)
class Purpose:
    """What is uploaded on a page: its part of the address, its words, its form and the service."""

    slug: str
    profile: str
    step: Step
    title: str
    intro: str
    form: type[FileForm]
    add: Callable[..., Upload]


PURPOSES = {
    purpose.slug: purpose
    for purpose in (
        Purpose(
            "logo",
            Upload.Profile.LOGO,
            steps.PROFILE,
            "Ihr Logo",
            "Wir zeigen es auf Ihrer Profilseite, wenn Sie der Veröffentlichung von Zitat und Bild zugestimmt haben.",
            LogoForm,
            files.set_logo,
        ),
        Purpose(
            "unterlagen",
            Upload.Profile.DOCUMENT,
            steps.STATUS_QUO,
            "Unterlagen",
            "Zum Beispiel eine Klimabilanz, ein Zertifikat oder ein Energieaudit. Das ist freiwillig; bis zu fünf Dateien, zusammen höchstens 25 MB.",
            DocumentForm,
            files.add_document,
        ),
    )
}


def section(applicant: Applicant, slug: str, *, form: FileForm | None = None) -> dict[str, object]:
    """Return what `partners/_uploads.html` shows under the name `uploads`; `slug` is „logo“ or „unterlagen“."""
    purpose, application = PURPOSES[slug], applicant.application
    uploads = files.of_application(application).filter(profile=purpose.profile).order_by("created_at")
    rows = [{"upload": upload, "may_remove": files.may_remove(application, upload)} for upload in uploads]
    return {
        "purpose": purpose,
        "rows": rows,
        "is_waiting": any(row["upload"].is_waiting for row in rows),
        "url": reverse("company:file_add", args=[slug]) + about(applicant),
        "page": _page(applicant, slug),
        "fresh": _page(applicant, slug).partition("#")[0],  # without JavaScript, a # alone would load nothing
        "form": (form or purpose.form()) if files.may_add(application) and applicant.is_proven else None,
        "why_not": "" if applicant.is_proven else files.PROVE_FIRST,
    }


@require_safe
@opened_by_link(access.APPLICATION, access.applicant_of)
def all_files(request: HttpRequest, applicant: Applicant) -> HttpResponse:
    """Logo and papers on one page."""
    sections = [section(applicant, slug) for slug in PURPOSES]
    return render(request, "partners/application_files.html", {"sections": sections})


@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_link(access.APPLICATION, access.applicant_of)
def add(request: HttpRequest, applicant: Applicant, slug: str) -> HttpResponse:
    """Take a file, or show how it stands with those that are there."""
    if slug not in PURPOSES:
        raise Http404
    if request.method != "POST":
        return _answer(request, applicant, slug)
    form = PURPOSES[slug].form(request.POST, request.FILES)
    if not form.is_valid():
        return _answer(request, applicant, slug, form=form, status=422)
    try:
        with storing():
            patiently(lambda: PURPOSES[slug].add(applicant.application, form.cleaned_data["file"], by=applicant))
    except ValidationError as refusal:
        form.add_error("file", refusal)
        return _answer(request, applicant, slug, form=form, status=422)
    except (NoRoom, Busy) as trouble:
        form.add_error("file", NO_ROOM if isinstance(trouble, NoRoom) else BUSY)
        return _answer(request, applicant, slug, form=form, status=503)
    except NotPossible as refusal:
        return _done(request, applicant, slug, str(refusal), is_warning=True)
    except TransitionNotAllowed:
        return _done(request, applicant, slug, OUTDATED, is_warning=True)
    return _done(request, applicant, slug, ARRIVED)


@require_POST
@opened_by_link(access.APPLICATION, access.applicant_of)
def remove(request: HttpRequest, applicant: Applicant, pk: UUID) -> HttpResponse:
    """Take a file back."""
    upload = get_object_or_404(files.of_application(applicant.application), pk=pk)
    slug = next(slug for slug, purpose in PURPOSES.items() if purpose.profile == upload.profile)
    try:
        patiently(lambda: files.remove(applicant.application, upload, by=applicant))
    except (TransitionNotAllowed, NotPossible, Upload.DoesNotExist):
        return _done(request, applicant, slug, OUTDATED, is_warning=True)
    except Busy:
        return _done(request, applicant, slug, BUSY, is_warning=True)
    return _done(request, applicant, slug, f"„{upload.name}“ ist entfernt.")


@require_safe
@opened_by_link(access.APPLICATION, access.applicant_of)
def show(request: HttpRequest, applicant: Applicant, pk: UUID) -> HttpResponse:
    """The file itself, once it is released: an image is shown, a paper is saved."""
    return get_object_or_404(files.of_application(applicant.application).released(), pk=pk).response(inline=True)


def _page(applicant: Applicant, slug: str) -> str:
    """Return where the section stands: in its step of the form, or by itself once the application was sent."""
    if applicant.application.is_draft:
        return f"{reverse('company:step', args=[PURPOSES[slug].step.slug])}#dateien-{slug}"
    return reverse("company:file_add", args=[slug])


def _wants_section(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"


def _done(
    request: HttpRequest, applicant: Applicant, slug: str, words: str, *, is_warning: bool = False
) -> HttpResponse:
    if _wants_section(request):
        return _answer(request, applicant, slug, words=words)
    messages.add_message(request, messages.WARNING if is_warning else messages.SUCCESS, words)
    return redirect(_page(applicant, slug))


def _answer(
    request: HttpRequest,
    applicant: Applicant,
    slug: str,
    *,
    form: FileForm | None = None,
    words: str = "",
    status: int = 200,
) -> HttpResponse:
    applicant.application.refresh_from_db(fields=["status", "logo", "logo_rights"])
    uploads = {**section(applicant, slug, form=form), "words": words}
    if _wants_section(request):
        return render(request, "partners/_uploads.html", {"uploads": uploads, "form": form})  # the section says it
    return render(request, "partners/application_files.html", {"sections": [uploads], "form": form}, status=status)
