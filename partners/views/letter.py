"""The letter of intent as a company reads, signs and takes it back."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from klimapakt.links import codes
from klimapakt.links.models import AccessLink
from klimapakt.locks import Busy, patiently
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.forms.letter import LetterForm
from partners.models.prospect import Prospect
from partners.services import letters, prospects
from partners.views.prospect import BUSY, for_prospect


@require_safe
@for_prospect
def letter(request: HttpRequest, link: AccessLink, prospect: Prospect) -> HttpResponse:
    """The words to sign, or who signed them."""
    return _page(request, prospect)


def _page(
    request: HttpRequest, prospect: Prospect, *, nothing_happened: bool = False, status: int = 200
) -> HttpResponse:
    signed = letters.current(prospect)
    if signed is None and not letters.is_used(request.pact):
        raise Http404
    return render(
        request,
        "partners/letter_page.html",
        {
            "prospect": prospect,
            "letter": signed,
            "document": letters.file_of(signed) if signed else None,
            "wording": signed or letters.wording_for(prospect, request.pact),
            "is_open": prospects.is_open(prospect),
            "nothing_happened": nothing_happened,
        },
        status=status,
    )


def _outdated(request: HttpRequest, prospect: Prospect) -> HttpResponse:
    """Say that nothing was signed, because things stand otherwise than the person's page showed."""
    return _page(request, prospect, nothing_happened=True, status=409)


@require_POST
@for_prospect
def send_code(request: HttpRequest, link: AccessLink, prospect: Prospect) -> HttpResponse:
    """Mail the code for the signature and go on to the form."""
    _only_if_used(request)
    if request.POST.get("sha256") != letters.wording_for(prospect, request.pact).sha256:
        return _outdated(request, prospect)
    try:
        letters.send_code(prospect, request=request, link=link)
    except TransitionNotAllowed:
        return _outdated(request, prospect)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    return redirect("company:letter_sign")


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@for_prospect
def sign(request: HttpRequest, link: AccessLink, prospect: Prospect) -> HttpResponse:
    """Ask for name, function, tick and code, and sign exactly the words that were shown."""
    _only_if_used(request)
    if letters.current(prospect) or not prospects.is_open(prospect):
        return _outdated(request, prospect) if request.method == "POST" else redirect("company:letter")
    wording = letters.wording_for(prospect, request.pact)
    if request.method != "POST":
        return _signing_page(request, prospect, _form(request, prospect, wording))
    if request.POST.get("sha256") != wording.sha256:
        return _outdated(request, prospect)
    if "new_code" in request.POST:
        return _send_another_code(request, link, prospect, wording)
    form = _form(request, prospect, wording, request.POST)
    if not form.is_valid():
        return _signing_page(request, prospect, form, status=422)
    data = form.cleaned_data
    try:
        code = codes.check(request, link, data["code"])
        patiently(
            partial(
                letters.sign,
                prospect,
                sha256=data["sha256"],
                name=data["name"],
                function=data["function"],
                code=code,
                link=link,
            )
        )
    except Busy:
        form.add_error(None, BUSY)
        return _signing_page(request, prospect, form, status=503)
    except codes.WrongCode as wrong:
        if letters.current(prospect):
            return _outdated(request, prospect)  # pressed twice: the code was spent by the first time
        form.add_error("code", str(wrong))
        return _signing_page(request, prospect, form, status=422)
    except (TransitionNotAllowed, NotPossible):
        return _outdated(request, prospect)
    messages.success(request, "Vielen Dank, Ihre Absichtserklärung ist unterschrieben. Eine Kopie kommt per Mail.")
    return redirect("company:letter")


def _form(
    request: HttpRequest,
    prospect: Prospect,
    wording: letters.Wording,
    data: object = None,
    *,
    typed: dict[str, str] | None = None,
) -> LetterForm:
    action = reverse("company:letter_sign") + request.about
    return LetterForm(data, prospect=prospect, wording=wording, action=action, typed=typed)


def _only_if_used(request: HttpRequest) -> None:
    if not letters.is_used(request.pact):
        raise Http404


def _send_another_code(
    request: HttpRequest, link: AccessLink, prospect: Prospect, wording: letters.Wording
) -> HttpResponse:
    try:
        letters.send_code(prospect, request=request, link=link)
    except TransitionNotAllowed:
        return _outdated(request, prospect)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Ein neuer Code ist unterwegs. Ältere Codes gelten nicht mehr.")
    typed = {name: request.POST.get(name, "") for name in ("name", "function", "agrees")}
    return _signing_page(request, prospect, _form(request, prospect, wording, typed=typed))


def _signing_page(request: HttpRequest, prospect: Prospect, form: LetterForm, status: int = 200) -> HttpResponse:
    context = {"prospect": prospect, "form": form}
    return render(request, "partners/letter_signing.html", context, status=status)


@require_safe
@for_prospect
def file(request: HttpRequest, link: AccessLink, prospect: Prospect) -> HttpResponse:
    """The signed letter as PDF."""
    signed = letters.current(prospect)
    document = letters.file_of(signed) if signed else None
    if document is None:
        raise Http404
    if not document.is_ready:
        return render(request, "partners/letter_file.html", {"document": document})
    return document.response(download=True)


@require_POST
@for_prospect
def withdraw(request: HttpRequest, link: AccessLink, prospect: Prospect) -> HttpResponse:
    """Take the letter back."""
    signed = letters.current(prospect)
    try:
        if signed is None:
            raise TransitionNotAllowed("there is no letter")
        patiently(lambda: letters.withdraw(prospect, signed))
    except Busy:
        messages.error(request, BUSY)
    except TransitionNotAllowed:
        messages.warning(request, "Die Absichtserklärung war schon zurückgezogen.")
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Die Absichtserklärung ist zurückgezogen. Sie bekommen eine Mail darüber.")
    return redirect("company:letter")
