"""Pages of the signatory, entered by the personal link to one version; and the files of what is in force."""

from collections.abc import Callable
from functools import partial, wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agreements import access, content, pdf
from agreements.forms import ChangeForm, DeclineForm, SigningForm
from agreements.models import Agreement, Response, Signature, Version
from agreements.services import answering
from klimapakt.documents.models import Document
from klimapakt.links import codes, entry
from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.locks import Busy, patiently
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.access import PARTNER
from partners.models import Contact
from partners.views.access import contact_of, opened_by_link

View = Callable[..., HttpResponse]

BUSY = "Gerade wird diese Vereinbarung von jemand anderem bearbeitet. Es ist nichts geschehen. Bitte versuchen Sie es noch einmal."


def for_signatory(view: View) -> View:
    """Let in whoever opened a live link to a version, and hand the view link and version.

    A browser can hold several: the form's hash, or `?fassung=`, tells which one the page was about.
    """

    @login_not_required
    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        opened = _opened(request)
        if not opened:
            return render(request, "links/needed.html", status=403)
        wanted = request.POST.get("sha256") or request.GET.get("fassung", "")
        link, version = next((found for found in opened if wanted and found[1].sha256.startswith(wanted)), opened[0])
        if request.method == "POST":
            if wanted != version.sha256:
                return _outdated(request, version)
            link = _with_a_code([link, *(other for other, about in opened if about == version)])
        return view(request, link, version)

    return wrapper


def _opened(request: HttpRequest) -> list[tuple[AccessLink, Version]]:
    links = entry.open_links(request, access.AGREEMENT)
    versions = Version.objects.with_reader().select_related("agreement__partner__organisation")
    found = versions.in_bulk([link.object_id for link in links])
    return [(link, found[link.object_id]) for link in links if link.object_id in found]


def _with_a_code(links: list[AccessLink]) -> AccessLink:
    """Return the link whose code somebody may be typing: one sent again meanwhile must not take its place."""
    waiting = OneTimeCode.objects.filter(used_at=None, expires_at__gt=timezone.now(), link__in=links)
    with_code = set(waiting.values_list("link_id", flat=True))
    return next((link for link in links if link.pk in with_code), links[0])


@require_safe
@for_signatory
def agreement(request: HttpRequest, link: AccessLink, version: Version) -> HttpResponse:
    """The version as it was frozen, where it stands, and what its signatory can do."""
    return _page(request, version)


def _page(
    request: HttpRequest,
    version: Version,
    *,
    change_form: ChangeForm | None = None,
    decline_form: DeclineForm | None = None,
    nothing_happened: bool = False,
    status: int = 200,
) -> HttpResponse:
    agreement = Agreement.objects.get(pk=version.agreement_id)
    signatures = {signature.party: signature for signature in version.signatures.all()}
    return render(
        request,
        "agreements/agreement.html",
        {
            "agreement": agreement,
            "version": version,
            "wording": content.read(version.content),
            "stage": _stage(agreement, version),
            "signatures": signatures,
            "is_on_paper": any(signature.method == Signature.Method.PAPER for signature in signatures.values()),
            "wishes": version.responses.filter(kind=Response.Kind.CHANGE),
            "change_form": change_form or ChangeForm(version=version),
            "decline_form": decline_form or DeclineForm(version=version),
            "nothing_happened": nothing_happened,
        },
        status=status,
    )


def _stage(agreement: Agreement, version: Version) -> str:
    """Return the agreement's state as this version sees it: once another was frozen, it is superseded."""
    return agreement.status if agreement.newest_version() == version else "superseded"


def _outdated(request: HttpRequest, version: Version) -> HttpResponse:
    """Say that nothing was done, because things stand otherwise than the person's page showed."""
    return _page(request, version, nothing_happened=True, status=409)


def _path(name: str, version: Version) -> str:
    return f"{reverse(f'agreements:{name}')}?fassung={version.short_sha256}"


@require_POST
@for_signatory
def send_code(request: HttpRequest, link: AccessLink, version: Version) -> HttpResponse:
    """Mail the code for the signature and go on to the form."""
    try:
        answering.send_code(version, request=request, link=link)
    except TransitionNotAllowed:
        return _outdated(request, version)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    return redirect(_path("sign", version))


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@for_signatory
def sign(request: HttpRequest, link: AccessLink, version: Version) -> HttpResponse:
    """Ask for name, function, tick and code, and sign exactly the version that was shown."""
    if request.method != "POST":
        if _stage(version.agreement, version) != Agreement.Status.OFFERED:
            return redirect(_path("agreement", version))
        return _signing_page(request, version, SigningForm(version=version))
    if "new_code" in request.POST:
        return _send_another_code(request, link, version)
    form = SigningForm(request.POST, version=version)
    if not form.is_valid():
        return _signing_page(request, version, form, status=422)
    try:
        code = codes.check(request, link, form.cleaned_data["code"])
        sha256 = form.cleaned_data["sha256"]
        act = partial(answering.sign, version, sha256=sha256, signatory=form.signatory(), code=code, link=link)
        patiently(act)
    except Busy:
        form.add_error(None, BUSY)
        return _signing_page(request, version, form, status=503)
    except codes.WrongCode as wrong:
        if _stage(Agreement.objects.get(pk=version.agreement_id), version) != Agreement.Status.OFFERED:
            return _outdated(request, version)  # pressed twice: the code was spent by the first time
        form.add_error("code", str(wrong))
        return _signing_page(request, version, form, status=422)
    except TransitionNotAllowed:
        return _outdated(request, version)
    return redirect(_path("agreement", version))


def _send_another_code(request: HttpRequest, link: AccessLink, version: Version) -> HttpResponse:
    try:
        answering.send_code(version, request=request, link=link)
    except TransitionNotAllowed:
        return _outdated(request, version)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Ein neuer Code ist unterwegs. Ältere Codes gelten nicht mehr.")
    typed = {name: request.POST.get(name, "") for name in ("name", "function", "agrees")}
    return _signing_page(request, version, SigningForm(version=version, typed=typed))


def _signing_page(request: HttpRequest, version: Version, form: SigningForm, status: int = 200) -> HttpResponse:
    context = {"version": version, "wording": content.read(version.content), "form": form}
    return render(request, "agreements/signing.html", context, status=status)


@require_POST
@for_signatory
def request_change(request: HttpRequest, link: AccessLink, version: Version) -> HttpResponse:
    """Take the wish for another wording."""
    form = ChangeForm(request.POST, version=version)
    if not form.is_valid():
        return _page(request, version, change_form=form, status=422)
    try:
        patiently(lambda: answering.request_change(version, form.cleaned_data["text"]))
    except Busy:
        form.add_error(None, BUSY)
        return _page(request, version, change_form=form, status=503)
    except TransitionNotAllowed:
        return _outdated(request, version)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    return redirect(_path("agreement", version))


@require_POST
@for_signatory
def decline(request: HttpRequest, link: AccessLink, version: Version) -> HttpResponse:
    """Take a refusal with its reason."""
    form = DeclineForm(request.POST, version=version)
    if not form.is_valid():
        return _page(request, version, decline_form=form, status=422)
    try:
        patiently(lambda: answering.decline(version, form.cleaned_data["reason"]))
    except Busy:
        form.add_error(None, BUSY)
        return _page(request, version, decline_form=form, status=503)
    except TransitionNotAllowed:
        return _outdated(request, version)
    return redirect(_path("agreement", version))


@require_safe
@for_signatory
def file(request: HttpRequest, link: AccessLink, version: Version) -> HttpResponse:
    """The version as PDF; once in force, with both signatures."""
    agreement = version.agreement
    is_signed = _stage(agreement, version) in (Agreement.Status.IN_FORCE, Agreement.Status.REPLACED)
    return _answer(request, pdf.signed_copy(agreement) if is_signed else pdf.copy_to_read(version))


@require_safe
@opened_by_link(PARTNER, contact_of)
def file_of_company(request: HttpRequest, contact: Contact, sha256: str) -> HttpResponse:
    """The signed file of an agreement in force, for every contact that opened its link to „Mein Klimapakt“."""
    bound = Agreement.objects.bound().filter(partner__organisation=contact.organisation_id)
    files = (document for document in pdf.signed_copies(bound).values() if document.sha256 == sha256)
    return _answer(request, next(files, None))


def _answer(request: HttpRequest, document: Document | None) -> HttpResponse:
    if document is None:
        raise Http404
    if not document.is_ready:
        return render(request, "agreements/file.html", {"document": document})
    return document.response(download=True)
