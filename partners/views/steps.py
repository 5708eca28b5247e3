"""One step of the application: shown to its people, saved by whoever holds its page, even after the session ended."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from klimapakt.links import entry
from klimapakt.links.models import AccessLink
from klimapakt.locks import Busy, patiently
from klimapakt.states import TransitionNotAllowed
from klimapakt.uploads.trouble import NoRoom, storing
from klimapakt.when import clock
from partners import access, steps
from partners.forms import step_texts
from partners.forms.steps import PEN_LASTS, Pen, StepForm
from partners.models import Applicant
from partners.sectors import suggest
from partners.services import applying
from partners.services.applying import Conflict
from partners.sheet import in_words
from partners.views import uploads
from partners.views.access import enter, stay
from partners.views.application import BUSY, SENT_MEANWHILE

UPLOADS = {purpose.step.slug: slug for slug, purpose in uploads.PURPOSES.items()}
"""Which files belong to which step."""

AUTOSAVE = "X-Autosave"
"""Header of a saving that nobody asked for: nothing is complained about, nobody is asked to decide."""

NO_ROOM = "Wir können gerade nichts speichern. Das liegt an uns, nicht an Ihren Angaben. Bitte versuchen Sie es in einer Stunde noch einmal."


@login_not_required
@csrf_exempt  # the pen is enough where there is no session that a forged form could use; else it is checked below
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a step to somebody with a session; save it for whoever holds its pen."""
    found = steps.find(slug)
    if found is None:
        raise Http404
    if request.method == "POST":
        is_ours = not request.COOKIES and Pen.read(request.POST.get("pen", "")) is not None
        return (_save if is_ours else csrf_protect(_save))(request, found)
    opened = enter(request, access.APPLICATION, access.applicant_of)
    if opened is None:
        return render(request, "links/needed.html", status=403)
    applicant = opened.found
    if not applicant.application.is_draft:
        messages.info(request, SENT_MEANWHILE)
        return stay(request, redirect("company:application"))
    pen = Pen.new(opened.link, found, applicant.application, request.pact)
    form = StepForm(step=found, application=applicant.application, pact=request.pact, pen=pen)
    return _page(request, applicant, form, pen)


@dataclass(frozen=True)
class Saved:
    """What became of one saving."""

    form: StepForm
    pen: Pen
    conflicts: list[Conflict]


def _save(request: HttpRequest, step: steps.Step) -> HttpResponse:
    pen = Pen.read(request.POST.get("pen", ""))
    if pen is None or pen.step != step.slug:
        return _refused(request, step)
    own = AccessLink.objects.filter(pk=pen.link, purpose=access.APPLICATION).first()
    link = entry.current(request, access.APPLICATION, own.object_id) if own else None
    applicant = access.applicant_of(link) if link else None
    has_session = applicant is not None
    if not has_session and own and own.revoked_at is None and Pen.read(request.POST["pen"], max_age=PEN_LASTS):
        applicant = access.applicant_of(own)
    if applicant is None:
        return _refused(request, step)
    request.about = access.about(applicant)  # the form tells whose it is, whatever its address says
    try:
        with storing():
            saved = patiently(lambda: _store(request, step, applicant, pen))
    except TransitionNotAllowed:
        return _refused(request, step, why=SENT_MEANWHILE)
    except Busy:
        return _refused(request, step, why=BUSY, status=503)
    except NoRoom:
        return _refused(request, step, why=NO_ROOM, status=503)
    if AUTOSAVE in request.headers:
        return JsonResponse(
            {
                "pen": saved.pen.dumps(),
                "saved_at": clock(timezone.now()),
                "asks": len(saved.conflicts),
                "left": len(saved.form.errors),
            }
        )
    if not has_session:
        return _saved_without_session(request, saved)
    return stay(request, _next(request, applicant, saved))


def _store(request: HttpRequest, step: steps.Step, applicant: Applicant, pen: Pen) -> Saved:
    data = request.POST.copy()
    if data.get("take"):
        data["sector"] = data["take"]
    form = StepForm(
        data,
        step=step,
        application=applicant.application,
        pact=request.pact,
        pen=pen,
        is_strict="next" in data,
    )
    answers = {name: answer for name, answer in form.valid_answers().items() if name in pen.shown}
    conflicts = applying.save(applicant.application, step, answers, shown=pen.shown, by=applicant, page=pen.page)
    asked = {conflict.field: conflict.value for conflict in conflicts}
    now_shown = {name: answer for name, answer in answers.items() if name not in asked}
    if AUTOSAVE not in request.headers:
        now_shown |= asked  # shown beside: the next saving decides
    return Saved(form, pen.showing(now_shown), conflicts)


def _next(request: HttpRequest, applicant: Applicant, saved: Saved) -> HttpResponse:
    """Go on when all is said; else show what is wrong, beside what somebody else typed."""
    step, form = saved.form.step, saved.form
    slug = UPLOADS.get(step.slug)
    file = uploads.settle(request, applicant, slug) if slug and uploads.is_meant(request) else uploads.Outcome()
    looks_for_a_sector = "suggest" in request.POST or "take" in request.POST
    if form.errors or saved.conflicts or file.form or looks_for_a_sector:
        for conflict in saved.conflicts:
            form.add_error(conflict.field, _said_by_somebody_else(conflict))
        applicant.application.refresh_from_db()
        code = 409 if saved.conflicts else 422 if form.errors else file.status
        return _page(
            request, applicant, form, saved.pen, file=file, conflicts=saved.conflicts, is_saved=True, status=code
        )
    if file.words:
        file.announce(request)
        if not {"next", "later"} & request.POST.keys():
            return redirect(f"{reverse('company:step', args=[step.slug])}#dateien-{slug}")
    if "next" not in request.POST:
        messages.success(request, "Gespeichert. Sie können jederzeit weitermachen.")
        return redirect("company:application")
    following = steps.STEPS.index(step) + 1
    if following == len(steps.STEPS):
        return redirect("company:check")
    return redirect("company:step", slug=steps.STEPS[following].slug)


def _said_by_somebody_else(conflict: Conflict) -> str:
    return (
        f"{conflict.by or 'Jemand'} hat das inzwischen geändert. Oben steht, wie. Speichern Sie noch einmal, dann gilt "
        "Ihre Eingabe."
    )


def _page(
    request: HttpRequest,
    applicant: Applicant,
    form: StepForm,
    pen: Pen,
    *,
    file: uploads.Outcome | None = None,
    conflicts: list[Conflict] = (),
    is_saved: bool = False,
    status: int = 200,
) -> HttpResponse:
    progress = steps.progress(applicant.application)
    own = next(one for one in progress if one.step == form.step)
    slug = UPLOADS.get(form.step.slug)
    return render(
        request,
        "partners/application_step.html",
        {
            "application": applicant.application,
            "applicant": applicant,
            "form": form,
            "pen": pen.dumps(),
            "step": form.step,
            "number": steps.STEPS.index(form.step) + 1,
            "of": len(steps.STEPS) + 1,
            "intro": step_texts.INTRO[form.step.slug],
            "progress": progress,
            "saved": own.saved,
            "is_saved": is_saved,
            "conflicts": [
                {"conflict": one, "label": form.fields[one.field].label, "text": _in_words(one)} for one in conflicts
            ],
            "suggestions": form.suggestions() if form.is_bound else [],
            "is_searched": form.is_bound and bool(form.data.get("sector_search")),
            "uploads": uploads.section(applicant, slug, outcome=file, is_in_step=True) if slug else None,
        },
        status=status,
    )


def _in_words(conflict: Conflict) -> str:
    column, item = steps.column_of(conflict.field)
    if item or column == "orders_newsletter":
        return "angekreuzt" if conflict.value else "nicht angekreuzt"
    return in_words(column, conflict.value) or "nichts"


def _saved_without_session(request: HttpRequest, saved: Saved) -> HttpResponse:
    """Say what was saved, and show nothing that was not on the page before."""
    left = [*saved.form.errors, *(conflict.field for conflict in saved.conflicts)]
    return render(
        request,
        "partners/application_saved.html",
        {
            "step": saved.form.step,
            "left": _typed(saved.form, left),
            "is_file_left": uploads.is_meant(request) and "remove" not in request.POST,
        },
    )


def _refused(request: HttpRequest, step: steps.Step, *, why: str = "", status: int = 403) -> HttpResponse:
    """Say that nothing was saved, and give back what was typed, so that it can be copied."""
    if AUTOSAVE in request.headers:
        return JsonResponse({"refused": True}, status=status)
    typed = [
        {"label": steps.label_of(field), "text": text}
        for field in step.fields
        if (text := "\n".join(request.POST.getlist(field)).strip())
    ]
    return render(request, "partners/application_lost.html", {"step": step, "why": why, "typed": typed}, status=status)


def _typed(form: StepForm, names: list[str]) -> list[dict[str, str]]:
    return [
        {"label": form.fields[name].label, "text": "\n".join(form.data.getlist(name))}
        for name in dict.fromkeys(names)
        if name in form.fields
    ]


@login_not_required
@require_safe
def sectors(request: HttpRequest) -> JsonResponse:
    """Sections of the WZ 2025 for everyday words, for the form's search as you type."""
    found = suggest(request.GET.get("q", "")[:60])
    return JsonResponse(
        {"suggestions": [{"trade": one.trade, "value": one.sector.value, "label": one.sector.label} for one in found]}
    )
