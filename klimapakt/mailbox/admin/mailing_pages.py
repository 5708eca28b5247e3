"""The four steps of a mailing and its progress: An wen? Text, Lesen, Senden.

No page sends anything but the last one, and that one only after the samples were shown. A page that is open in a
second tab or at a colleague's desk says so instead of overwriting.
"""

import hashlib
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from klimapakt.locks import patiently
from klimapakt.mailbox import audiences, proof
from klimapakt.mailbox import mailing as service
from klimapakt.mailbox.admin.mailing_forms import AudienceForm, SendForm, SingleForm, WordsForm
from klimapakt.mailbox.admin.mailing_frame import (
    Page,
    audience_title,
    mails,
    mode_note,
    must_be_draft,
    must_be_prepared,
    number_in,
    people,
    show,
    step_page,
    steps_of,
    url_of,
)
from klimapakt.mailbox.audiences import Recipient
from klimapakt.mailbox.frame import a_mail, shows_frames
from klimapakt.mailbox.html import shown
from klimapakt.mailbox.mailing import Selection
from klimapakt.mailbox.models import EditedMeanwhile, Mailing, OutgoingMail
from klimapakt.mailbox.moment import moment
from klimapakt.states import NotPossible, TransitionNotAllowed

S = OutgoingMail.Status

SHOWN_AT_MOST = 800
"""So many boxes fit into one form (DATA_UPLOAD_MAX_NUMBER_FIELDS)."""
MAILS_A_PAGE = 50
REFRESH_SECONDS = 5

EDITED_MEANWHILE = (
    "Inzwischen hat jemand anderes diese Rundmail geändert. Was Sie eingegeben haben, steht noch hier. Wenn Sie noch "
    "einmal sichern, gilt Ihre Fassung."
)
NOBODY = "So bekommt niemand diese Mail. Bitte wählen Sie mindestens eine Person."


# --- 1 An wen? --------------------------------------------------------------------------------------------------------


def circle(request: HttpRequest, mailing: Mailing) -> HttpResponse:
    """Choose another audience for a draft; its filters begin anew."""
    must_be_draft(mailing)
    initial = {"audience": mailing.audience}
    form = AudienceForm(request.POST) if request.method == "POST" else AudienceForm(initial=initial)
    if request.method == "POST" and form.is_valid():
        audience = form.cleaned_data["audience"]
        if audience.name != mailing.audience:
            choices = audience.first_choices()
            mailing.edit(seen=mailing.version, audience=audience.name, choices=choices, left_out=[])
        return redirect(url_of(mailing, "empfaenger"))
    return show_audiences(request, form, mailing)


def show_audiences(request: HttpRequest, form: AudienceForm, mailing: Mailing) -> HttpResponse:
    """The list of audiences, for a new mailing and for one that goes on."""
    return show(
        request,
        "audience",
        "An wen?",
        status=422 if form.errors else 200,
        mailing=mailing,
        form=form,
        audiences=audiences.all_audiences(),
        chosen=form["audience"].value(),
        steps=steps_of(mailing, "empfaenger"),
    )


def recipients(request: HttpRequest, mailing: Mailing) -> HttpResponse:
    """Narrow the audience down, see who that is, strike single ones off."""
    must_be_draft(mailing)
    try:
        audience = service.audience_of(mailing)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
        return redirect(url_of(mailing, "kreis"))
    if request.method != "POST":
        form = audience.form(mailing.choices)
        if not form.is_valid() and mailing.version == 1:
            form = audience.form_class()  # nobody has chosen yet: nothing is wrong
        return _recipients(request, mailing, form)
    choices = audience.choices_in(request.POST)
    form = audience.form(choices)
    offered = [recipient.key for recipient in _offered(_selection(mailing))]
    ticked = {*request.POST.getlist("struck")} & {*offered}
    mailing.left_out = sorted({*mailing.left_out} - {*offered} | ticked)
    if not form.is_valid():
        return _recipients(request, mailing, form, status=422)
    is_other = _without_blanks(choices) != _without_blanks(mailing.choices)
    try:
        mailing.edit(seen=number_in(request.POST.get("version")), choices=choices, left_out=mailing.left_out)
    except EditedMeanwhile:
        messages.error(request, EDITED_MEANWHILE)
        mailing.version = Mailing.objects.values_list("version", flat=True).get(pk=mailing.pk)
        mailing.choices = choices
        return _recipients(request, mailing, form, status=409)
    if "next" not in request.POST:
        return redirect(url_of(mailing, "empfaenger") + "#liste")
    if is_other:
        messages.warning(request, "Die Auswahl ist geändert. Bitte sehen Sie sich die Liste noch einmal an.")
        return redirect(url_of(mailing, "empfaenger") + "#liste")
    if not service.recipients_of(mailing).chosen:
        messages.error(request, NOBODY)
        return redirect(url_of(mailing, "empfaenger"))
    return redirect(url_of(mailing, "text"))


def _without_blanks(choices: audiences.Choices) -> audiences.Choices:
    """Return what was chosen: a form sends what was left blank, the first choices of an audience do not name it."""
    return {name: values for name, values in choices.items() if any(values)}


def _recipients(request: HttpRequest, mailing: Mailing, form: Any, *, status: int = 200) -> HttpResponse:
    selection = _selection(mailing) if not form.errors else None
    offered = _offered(selection)
    return step_page(
        request,
        mailing,
        "empfaenger",
        status=status,
        form=form,
        audience=service.audience_of(mailing),
        selection=selection,
        offered=[(recipient, recipient.key in selection.struck) for recipient in offered],
        not_shown=len(selection.reachable) - len(offered) if selection else 0,
    )


def _selection(mailing: Mailing) -> Selection | None:
    try:
        return service.recipients_of(mailing)
    except NotPossible:
        return None


def _offered(selection: Selection | None) -> list[Recipient]:
    """Those with a box of their own; whoever is struck off stands first when there are too many."""
    if selection is None:
        return []
    found = selection.reachable
    if len(found) > SHOWN_AT_MOST:
        found = sorted(found, key=lambda recipient: recipient.key not in selection.struck)
    return found[:SHOWN_AT_MOST]


# --- 2 Text -----------------------------------------------------------------------------------------------------------


@shows_frames
def text(request: HttpRequest, mailing: Mailing) -> HttpResponse:
    """Write subject and text; see them as one of the recipients will."""
    must_be_draft(mailing)
    selection = _selection(mailing)
    if selection is None or not selection.chosen:
        messages.error(request, NOBODY)
        return redirect(url_of(mailing, "empfaenger"))
    audience = service.audience_of(mailing)
    show_it = partial(_text, request, mailing, chosen=selection.chosen)
    if request.method != "POST":
        given = {"subject": mailing.subject, "body": mailing.body, "version": mailing.version}
        return show_it(WordsForm(audience=audience, initial=given), preview=number_in(request.GET.get("vorschau")))
    form = WordsForm(request.POST, audience=audience)
    if not form.is_valid():
        return show_it(form, status=422)
    words = {name: form.cleaned_data[name] for name in ("subject", "body")}
    try:
        mailing.edit(seen=form.cleaned_data["version"], **words)
    except EditedMeanwhile:
        mailing.refresh_from_db()
        form = WordsForm({**words, "version": mailing.version}, audience=audience)
        form.add_error(None, EDITED_MEANWHILE)
        return show_it(form, status=409)
    if "next" not in request.POST:
        at = number_in(request.POST.get("preview")) or 1
        return redirect(f"{url_of(mailing, 'text')}?vorschau={at}#vorschau")
    patiently(lambda: service.prepare(mailing))
    return redirect(url_of(mailing, "lesen"))


def _text(
    request: HttpRequest,
    mailing: Mailing,
    form: WordsForm,
    *,
    chosen: list[Recipient],
    preview: int = 0,
    status: int = 200,
) -> HttpResponse:
    at = min(preview, len(chosen)) if mailing.body else 0
    return step_page(
        request,
        mailing,
        "text",
        status=status,
        form=form,
        audience=service.audience_of(mailing),
        people=people(len(chosen)),
        number=len(chosen),
        preview=service.preview(mailing, chosen[at - 1]) if at else None,
        preview_url=url_of(mailing, "vorschau", at),
        reader=chosen[at - 1] if at else None,
        at=at,
        before=at - 1 if at > 1 else 0,
        after=at + 1 if 0 < at < len(chosen) else 0,
    )


@require_safe
@a_mail
def preview(request: HttpRequest, mailing: Mailing, at: int) -> HttpResponse:
    """Show the draft as the mail program of one recipient will."""
    chosen = service.recipients_of(mailing).chosen
    if not mailing.body or not 0 < at <= len(chosen):
        raise Http404
    return HttpResponse(shown(service.preview(mailing, chosen[at - 1]).html))


# --- 3 Lesen ----------------------------------------------------------------------------------------------------------


@shows_frames
def read(request: HttpRequest, mailing: Mailing) -> HttpResponse:
    """Show three of the mails as they will be, and all of them in a list; the button says that one has read them."""
    must_be_prepared(mailing)
    if request.method == "POST":
        mailing.note_reading()
        return redirect(url_of(mailing, "senden"))
    rows = mailing.mails.order_by("pk").defer("body", "html")
    return step_page(
        request,
        mailing,
        "lesen",
        progress=service.progress(mailing),
        samples=proof.samples(mailing),
        mails=Paginator(rows, MAILS_A_PAGE).get_page(request.GET.get("seite")),
    )


@require_POST
def sample(request: HttpRequest, mailing: Mailing) -> HttpResponse:
    """Send the first sample to whoever asks."""
    must_be_prepared(mailing)
    mail = next(iter(proof.samples(mailing, 1)), None)
    if mail is None:
        raise NotPossible("Alle Mails sind gestrichen. So bekommt niemand etwas.")
    proof.send_sample(mail, to=request.user)
    messages.success(request, f"Die Testmail geht an Ihre Adresse {request.user.email}.")
    return redirect(url_of(mailing, "lesen"))


@shows_frames
def single(request: HttpRequest, mailing: Mailing, mail_id: int) -> HttpResponse:
    """Show one mail; while it is prepared, its words can change."""
    mail = get_object_or_404(mailing.mails, pk=mail_id)
    if not (mailing.is_prepared and mail.status == S.DRAFT):
        return redirect("admin:mailbox_outgoingmail_change", mail.pk)
    words = proof.own_words(mail)
    given = {"subject": mail.subject, "body": words, "seen": _fingerprint(words)}
    form = SingleForm(request.POST) if request.method == "POST" else SingleForm(initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            seen = words if form.cleaned_data["seen"] == _fingerprint(words) else ""
            subject, body = form.cleaned_data["subject"], form.cleaned_data["body"]
            proof.edit_single(mail, subject=subject, body=body, seen=seen)
        except NotPossible as refusal:
            form.add_error("body", str(refusal))
        except TransitionNotAllowed:
            form = SingleForm({**form.cleaned_data, "seen": _fingerprint(words)})
            form.add_error(None, EDITED_MEANWHILE)
        else:
            messages.success(request, f"Die Mail an {mail.to_name or mail.to_email} ist geändert.")
            return redirect(url_of(mailing, "mail", mail.pk))
    status = 422 if form.errors else 200
    return show(
        request,
        "mail",
        f"Mail an {mail.to_name or mail.to_email}",
        status=status,
        mailing=mailing,
        mail=mail,
        form=form,
        steps=steps_of(mailing, "lesen"),
    )


@require_POST
def drop(request: HttpRequest, mailing: Mailing, mail_id: int) -> HttpResponse:
    """Strike one prepared mail off."""
    mail = get_object_or_404(mailing.mails, pk=mail_id)
    proof.drop_single(mail)
    messages.success(request, f"{mail.to_name or mail.to_email} bekommt diese Mail nicht.")
    return redirect(url_of(mailing, "lesen") + "#alle")


def _fingerprint(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


# --- 4 Senden ---------------------------------------------------------------------------------------------------------


def send(request: HttpRequest, mailing: Mailing) -> HttpResponse:
    """Say how many people get a mail, and when; the button sends."""
    must_be_prepared(mailing)
    if mailing.read_at is None:
        messages.warning(request, "Bitte sehen Sie sich zuerst die Beispiele an.")
        return redirect(url_of(mailing, "lesen"))
    form = SendForm(request.POST) if request.method == "POST" else SendForm()
    if request.method == "POST" and form.is_valid():
        send_at = form.cleaned_data["send_at"]
        number = service.release(mailing, send_at=send_at)
        when = f"ab {moment(send_at)}" if send_at else "ab sofort"
        messages.success(request, f"{mails(number)} {'geht' if number == 1 else 'gehen'} {when} heraus.")
        return redirect(url_of(mailing, "verlauf"))
    progress = service.progress(mailing)
    return step_page(
        request,
        mailing,
        "senden",
        status=422 if form.errors else 200,
        form=form,
        progress=progress,
        people=people(progress.drafts),
        mails=mails(progress.drafts),
        minutes=service.minutes_for(progress.drafts + OutgoingMail.objects.waiting().count()),
        per_minute=settings.MAIL_PER_MINUTE,
        changes=service.changes_since(mailing),
        mode=mode_note(),
    )


@require_safe
def watch(request: HttpRequest, mailing: Mailing, *, buttons: list[tuple[Any, str]]) -> HttpResponse:
    """How far it is, as a bar and in words; loads itself again while mails leave."""
    progress = service.progress(mailing)
    is_ahead = mailing.is_released and mailing.send_at > timezone.now()
    is_moving = mailing.is_released and not is_ahead and not progress.is_over
    return show(
        request,
        "verlauf",
        "Verlauf",
        mailing=mailing,
        progress=progress,
        is_ahead=is_ahead,
        is_moving=is_moving,
        refresh=REFRESH_SECONDS if is_moving and "ruhig" not in request.GET else 0,
        minutes=service.minutes_for(progress.open),
        audience=audience_title(mailing),
        buttons=buttons,
        mode=mode_note(),
    )


PAGES = [
    Page("kreis/", circle, "mailbox_mailing_kreis", "mailbox.change_mailing"),
    Page("empfaenger/", recipients, "mailbox_mailing_empfaenger", "mailbox.change_mailing"),
    Page("text/", text, "mailbox_mailing_text", "mailbox.change_mailing"),
    Page("text/ansicht/<int:at>/", preview, "mailbox_mailing_vorschau", "mailbox.change_mailing"),
    Page("lesen/", read, "mailbox_mailing_lesen", "mailbox.change_mailing"),
    Page("probe/", sample, "mailbox_mailing_probe", "mailbox.change_mailing"),
    Page("mails/<int:mail_id>/", single, "mailbox_mailing_mail", "mailbox.change_mailing"),
    Page("mails/<int:mail_id>/streichen/", drop, "mailbox_mailing_streichen", "mailbox.change_mailing"),
    Page("senden/", send, "mailbox_mailing_senden", "mailbox.change_mailing"),
]
