"""Logo and papers of an application: added, looked at and taken back by the company.

In a draft they stand inside the form of their step, which is saved along (`partners.views.steps`). With JavaScript
(static/js/uploads.js) the addresses here answer with the section alone, and the page around it stays.
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
from partners.views.access import opened_by_link

ARRIVED = "Die Datei ist angekommen. Wir prüfen sie jetzt, das dauert meist wenige Sekunden."
OUTDATED = "Der Antrag nimmt gerade keine Dateien an. Bitte sehen Sie nach, wie es jetzt steht."
NO_ROOM = "Wir können gerade keine Dateien speichern. Das liegt an uns, nicht an Ihrer Datei. Bitte versuchen Sie es in einer Stunde noch einmal."
ALREADY_THERE = "Diese Datei liegt schon vor: {}"
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
    add: Callable[..., tuple[Upload, bool]]


PURPOSES = {
    purpose.slug: purpose
    for purpose in (
        Purpose(
            "logo",
            Upload.Profile.LOGO,
            steps.PROFILE,
            "Ihr Logo",
            "Wir zeigen es auf Ihrer Profilseite, wenn Sie der Veröffentlichung von Zitat und Logo zugestimmt haben. Das ist freiwillig.",
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


@dataclass(frozen=True)
class Outcome:
    """What became of a file: words about it, or its form that says what is wrong."""

    words: str = ""
    form: FileForm | None = None
    status: int = 200
    is_warning: bool = False

    def announce(self, request: HttpRequest) -> None:
        """Say it on the next page."""
        messages.add_message(request, messages.WARNING if self.is_warning else messages.SUCCESS, self.words)


def section(
    applicant: Applicant, slug: str, *, outcome: Outcome | None = None, is_in_step: bool = False
) -> dict[str, object]:
    """Return what `partners/_uploads.html` shows under the name `uploads`; `slug` is „logo“ or „unterlagen“."""
    outcome = outcome or Outcome()
    purpose, application = PURPOSES[slug], applicant.application
    uploads = files.of_application(application).filter(profile=purpose.profile).order_by("created_at")
    rows = [{"upload": upload, "may_remove": files.may_remove(application, upload)} for upload in uploads]
    return {
        "purpose": purpose,
        "rows": rows,
        "is_waiting": any(row["upload"].is_waiting for row in rows),
        "url": reverse("company:file_add", args=[slug]) + access.about(applicant),
        "page": _page(applicant, slug),
        "fresh": _page(applicant, slug).partition("#")[0],  # without JavaScript, a # alone would load nothing
        "form": (outcome.form or purpose.form()) if files.may_add(application) and applicant.is_proven else None,
        "why_not": "" if applicant.is_proven else files.PROVE_FIRST,
        "replaces": rows[-1]["upload"].name if rows and slug == "logo" else "",
        "words": outcome.words,
        "is_in_step": is_in_step,
    }


def is_meant(request: HttpRequest) -> bool:
    """Whether a form brings a file along, or takes one back; whichever of its buttons was pressed."""
    return bool({"upload", "remove"} & request.POST.keys() or len(request.FILES))


def settle(request: HttpRequest, applicant: Applicant, slug: str) -> Outcome:
    """Take the file that came with the form of a step, or take back the one whose button was pressed."""
    if "remove" not in request.POST:
        return _take(request, applicant, slug)
    there = {str(upload.pk): upload for upload in files.of_application(applicant.application)}
    upload = there.get(request.POST["remove"])
    return _take_back(applicant, upload) if upload else Outcome(OUTDATED, is_warning=True)


def _take(request: HttpRequest, applicant: Applicant, slug: str) -> Outcome:
    form = PURPOSES[slug].form(request.POST, request.FILES)
    if not form.is_valid():
        return Outcome(form=form, status=422)
    try:
        with storing():
            upload, is_new = patiently(
                lambda: PURPOSES[slug].add(applicant.application, form.cleaned_data["file"], by=applicant)
            )
    except ValidationError as refusal:
        form.add_error("file", refusal)
        return Outcome(form=form, status=422)
    except (NoRoom, Busy) as trouble:
        form.add_error("file", NO_ROOM if isinstance(trouble, NoRoom) else BUSY)
        return Outcome(form=form, status=503)
    except NotPossible as refusal:
        return Outcome(str(refusal), is_warning=True)
    except TransitionNotAllowed:
        return Outcome(OUTDATED, is_warning=True)
    return Outcome(ARRIVED if is_new else ALREADY_THERE.format(upload.name), is_warning=not is_new)


def _take_back(applicant: Applicant, upload: Upload) -> Outcome:
    try:
        patiently(lambda: files.remove(applicant.application, upload, by=applicant))
    except (TransitionNotAllowed, NotPossible, Upload.DoesNotExist):
        return Outcome(OUTDATED, is_warning=True)
    except Busy:
        return Outcome(BUSY, is_warning=True)
    return Outcome(f"„{upload.name}“ ist entfernt.")


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
    outcome = _take(request, applicant, slug) if request.method == "POST" else Outcome()
    return _answer(request, applicant, slug, outcome)


@require_POST
@opened_by_link(access.APPLICATION, access.applicant_of)
def remove(request: HttpRequest, applicant: Applicant, pk: UUID) -> HttpResponse:
    """Take a file back."""
    upload = get_object_or_404(files.of_application(applicant.application), pk=pk)
    slug = next(slug for slug, purpose in PURPOSES.items() if purpose.profile == upload.profile)
    return _answer(request, applicant, slug, _take_back(applicant, upload))


@require_safe
@opened_by_link(access.APPLICATION, access.applicant_of)
def show(request: HttpRequest, applicant: Applicant, pk: UUID) -> HttpResponse:
    """The file itself, once it is released: an image is shown, a paper is saved."""
    return get_object_or_404(files.of_application(applicant.application).released(), pk=pk).response(inline=True)


def _page(applicant: Applicant, slug: str) -> str:
    """Return where the section stands: in its step of the form, or by itself once the application was sent."""
    if applicant.application.is_draft:
        step = reverse("company:step", args=[PURPOSES[slug].step.slug])
        return f"{step}{access.about(applicant)}#dateien-{slug}"
    return reverse("company:file_add", args=[slug]) + access.about(applicant)


def _answer(request: HttpRequest, applicant: Applicant, slug: str, outcome: Outcome) -> HttpResponse:
    is_of_script = request.headers.get("X-Requested-With") == "XMLHttpRequest"
    if outcome.words and not is_of_script:
        outcome.announce(request)
        return redirect(_page(applicant, slug))
    applicant.application.refresh_from_db(fields=["status", "logo", "logo_rights"])
    uploads = section(applicant, slug, outcome=outcome)
    if is_of_script:  # the section itself says what is wrong
        return render(request, "partners/_uploads.html", {"uploads": uploads, "form": outcome.form})
    context = {"sections": [uploads], "form": outcome.form}
    return render(request, "partners/application_files.html", context, status=outcome.status)
