"""„Mailtexte“: the office reads and changes the words of each mail, beside a preview with a real recipient."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from klimapakt.fields import PROSE_MAX, LineFormField, ProseFormField
from klimapakt.mailbox import html, kinds, outbox, proof, rewording, wording
from klimapakt.mailbox.frame import a_mail, shows_frames
from klimapakt.mailbox.kinds import Example, Kind
from klimapakt.mailbox.models import MailWording, shown
from klimapakt.mailbox.rewording import ChangedMeanwhile, Texts
from klimapakt.pact.models import Pact
from klimapakt.text import clean_line

DRAFT = "mail_draft"
"""Where the session keeps what was typed last, for the frame that shows its design. Nothing else reads it."""


class WordingForm(forms.Form):
    """Subject and text of one kind of mail."""

    subject = LineFormField(label="Betreff", max_length=wording.LONGEST_SUBJECT)
    body = ProseFormField(
        label="Text",
        max_length=PROSE_MAX,
        widget=forms.Textarea(attrs={"rows": 24}),
        help_text="Alle Platzhalter stehen weiter unten.",
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=32_000)

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["subject"].widget.attrs |= {"class": "vTextField"}

    def clean(self) -> None:
        typed = self.cleaned_data.get("subject", ""), self.cleaned_data.get("body", "")
        for field, problems in rewording.check(self.kind, typed).items():
            if field not in self.errors:
                self.add_error(field, problems)

    @property
    def texts(self) -> Texts:
        return self.cleaned_data["subject"], self.cleaned_data["body"]


@dataclass(frozen=True)
class Row:
    """One kind of mail in the list; `wording` is the office's newest version."""

    kind: Kind
    wording: MailWording | None

    @property
    def is_changed(self) -> bool:
        return self.wording is not None and not self.wording.is_shipped


@dataclass(frozen=True)
class PlaceholderShown:
    name: str
    explanation: str
    sample: str
    is_needed: bool


@admin.register(MailWording)
class MailWordingAdmin(admin.ModelAdmin):
    """Versions are written by saving a text, and never changed or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody begins with an empty form; see `_may_change`."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: MailWording | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: MailWording | None = None) -> bool:
        return False

    def get_urls(self) -> list:
        pages = [
            ("", self.changelist_view, "changelist"),
            ("<int:object_id>/change/", self.change_view, "change"),
            ("<slug:name>/", self.edit_view, "edit"),
            ("<slug:name>/ansicht/", self.look, "look"),
            ("<slug:name>/fassung/<int:number>/", self.version_view, "version"),
        ]
        view = self.admin_site.admin_view
        return [path(route, view(page), name=f"mailbox_mailwording_{name}") for route, page, name in pages]

    # --- The list -----------------------------------------------------------------------------------------------------

    @method_decorator(require_safe)
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show all kinds by group; `q` finds those that hold all its words."""
        self._let_in(request)
        newest = MailWording.objects.order_by("kind", "-number").distinct("kind").select_related("created_by")
        changed = {found.kind: found for found in newest}
        words = clean_line(request.GET.get("q", ""))[:100]
        groups: dict[str, list[Row]] = {}
        for kind in sorted(kinds.all_kinds(), key=lambda kind: kind.to_office):
            row = Row(kind, changed.get(kind.name))
            if all(word in _searched(row) for word in words.casefold().split()):
                groups.setdefault(kind.group, []).append(row)
        return self._page(request, "list", title="Mailtexte", groups=groups, q=words)

    def change_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Lead from the log of changes, which knows a version by its row, to its page."""
        self._let_in(request)
        found = get_object_or_404(MailWording, pk=object_id)
        return redirect("admin:mailbox_mailwording_version", found.kind, found.number)

    # --- One text -----------------------------------------------------------------------------------------------------

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    @method_decorator(shows_frames)
    def edit_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show the text and how it reads (GET); show, mail or save what was typed (POST)."""
        self._let_in(request)
        kind = _kind(name)
        if request.method == "POST":
            return self._answer(request, kind)
        texts = rewording.current_texts(kind)
        words = {"subject": texts[0], "body": texts[1], "seen": rewording.number_of(kind)}
        if _problem(kind, texts):
            return self._editor(request, kind, WordingForm(words, kind=kind), None, is_outdated=True)
        return self._editor(request, kind, WordingForm(kind=kind, initial=words), texts)

    def _answer(self, request: HttpRequest, kind: Kind) -> HttpResponse:
        if not _may_change(request):
            raise PermissionDenied
        form = WordingForm(request.POST, kind=kind)
        if not form.is_valid():
            return self._editor(request, kind, form, None, status=422)
        if "save" in request.POST:
            return self._save(request, kind, form)
        if "test" in request.POST:
            self._send_trial(request, kind, form.texts)
        request.session[DRAFT] = [kind.name, *form.texts]
        return self._editor(request, kind, form, form.texts, is_draft=True)

    def _save(self, request: HttpRequest, kind: Kind, form: WordingForm) -> HttpResponse:
        if form.texts == rewording.current_texts(kind):
            messages.info(request, "Der Text ist, wie er war. Es gab nichts zu sichern.")
            return redirect("admin:mailbox_mailwording_edit", kind.name)
        try:
            saved = rewording.save(kind, form.texts, seen=form.cleaned_data["seen"], by=request.user)
        except ChangedMeanwhile:
            form.data = {**form.data.dict(), "seen": rewording.number_of(kind)}  # whoever saves now has read it
            return self._editor(request, kind, form, None, status=409, other=_newest(kind))
        request.session.pop(DRAFT, None)
        self.log_addition(request, saved, f"Mailtext „{kind.title}“ geändert.")
        messages.success(
            request, f"Gesichert als Fassung {saved.number}. Alle neuen Mails „{kind.title}“ lauten ab jetzt so."
        )
        return redirect("admin:mailbox_mailwording_edit", kind.name)

    def _send_trial(self, request: HttpRequest, kind: Kind, texts: Texts) -> None:
        if not request.user.email:
            messages.error(request, proof.NO_ADDRESS)
            return
        rewording.send_trial(kind, texts, to=request.user)
        said = f"Die Testmail geht an {request.user.email}, mit Beispielwerten und ohne echten Link."
        if not outbox.sending_is_on(Pact.load()):
            said += " Zurzeit verlassen keine Mails das Portal; sie wartet so lange."
        messages.success(request, said)

    def _editor(
        self,
        request: HttpRequest,
        kind: Kind,
        form: WordingForm,
        texts: Texts | None,
        *,
        is_draft: bool = False,
        is_outdated: bool = False,
        other: MailWording | None = None,
        status: int = 200,
    ) -> HttpResponse:
        examples = list(kind.examples())
        chosen = _chosen(request, examples)
        rendered = texts and rewording.render(kind, texts, None if chosen is None else examples[chosen])
        look = {"beispiel": "" if chosen is None else chosen, **({"entwurf": 1} if is_draft else {})}
        return self._page(
            request,
            "edit",
            status=status,
            title=kind.title,
            kind=kind,
            form=form,
            other=other,
            is_outdated=is_outdated,
            is_draft=is_draft,
            may_change=_may_change(request),
            examples=[(number, example.label) for number, example in enumerate(examples)],
            chosen=chosen,
            preview=rendered,
            preview_text=rendered and shown(rendered.text),
            look=f"{reverse('admin:mailbox_mailwording_look', args=[kind.name])}?{urlencode(look)}",
            placeholders=_placeholders(kind),
            versions=MailWording.objects.filter(kind=kind.name).order_by("-number").select_related("created_by"),
        )

    @method_decorator(require_safe)
    @method_decorator(a_mail)
    def look(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show the design of the mail, of the words as they are or (`entwurf`) as they were typed last."""
        self._let_in(request)
        kind = _kind(name)
        texts = rewording.current_texts(kind)
        draft = request.session.get(DRAFT)
        if "entwurf" in request.GET and draft and draft[0] == kind.name:
            texts = draft[1], draft[2]
        if _problem(kind, texts):
            raise Http404
        examples = list(kind.examples())
        chosen = _chosen(request, examples)
        rendered = rewording.render(kind, texts, None if chosen is None else examples[chosen])
        # Nothing shows where the focus is once it is inside a frame; and no link leads anywhere from here.
        return HttpResponse(html.shown(rendered.html).replace("<a ", '<a tabindex="-1" '))

    # --- Versions -----------------------------------------------------------------------------------------------------

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def version_view(self, request: HttpRequest, name: str, number: int) -> HttpResponse:
        """Show one version, 0 being the shipped text (GET), and write with it again (POST)."""
        self._let_in(request)
        kind = _kind(name)
        found = MailWording.objects.filter(kind=kind.name, number=number).select_related("created_by").first()
        if number and found is None:
            raise Http404
        is_shipped = found is None or found.is_shipped
        texts = rewording.shipped_texts(kind) if is_shipped else (found.subject, found.body)
        problem = _problem(kind, texts)
        if request.method == "POST":
            if not _may_change(request):
                raise PermissionDenied
            if not problem:
                return self._use(request, kind, texts, is_shipped=is_shipped)
        return self._page(
            request,
            "version",
            title="Mitgelieferter Text" if is_shipped else f"Fassung {number}",
            kind=kind,
            found=found,
            texts=texts,
            is_shipped=is_shipped,
            is_current=texts == rewording.current_texts(kind),
            problem=problem,
            seen=rewording.number_of(kind),
            may_change=_may_change(request),
        )

    def _use(self, request: HttpRequest, kind: Kind, texts: Texts, *, is_shipped: bool) -> HttpResponse:
        seen = request.POST.get("seen", "")
        try:
            if not (seen.isascii() and seen.isdecimal() and len(seen) < 6):
                raise ChangedMeanwhile
            saved = rewording.save(kind, texts, seen=int(seen), by=request.user, is_shipped=is_shipped)
        except ChangedMeanwhile:
            messages.error(
                request, "Jemand hat den Text inzwischen geändert. Bitte sehen Sie nach, wie er jetzt lautet."
            )
        else:
            what = "auf den mitgelieferten Text zurückgesetzt" if is_shipped else "auf eine frühere Fassung gesetzt"
            self.log_addition(request, saved, f"Mailtext „{kind.title}“ {what}.")
            messages.success(request, f"Alle neuen Mails „{kind.title}“ lauten ab jetzt so.")
        return redirect("admin:mailbox_mailwording_edit", kind.name)

    # --- What all have in common --------------------------------------------------------------------------------------

    def _let_in(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _page(
        self, request: HttpRequest, template: str, *, title: str, status: int = 200, **context: Any
    ) -> TemplateResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, f"mailbox/admin/wording_{template}.html", {**frame, **context}, status=status)


def _may_change(request: HttpRequest) -> bool:
    return request.user.has_perm("mailbox.add_mailwording")


def _kind(name: str) -> Kind:
    if not kinds.is_registered(name):
        raise Http404
    return kinds.get(name)


def _newest(kind: Kind) -> MailWording | None:
    return MailWording.objects.current(kind.name)


def _searched(row: Row) -> str:
    subject, body = (row.wording.subject, row.wording.body) if row.is_changed else rewording.shipped_texts(row.kind)
    return " ".join([row.kind.title, row.kind.group, row.kind.when, subject, body]).casefold()


def _chosen(request: HttpRequest, examples: list[Example]) -> int | None:
    """Return which example the preview shows: the first, or the one asked for; None for invented values."""
    asked = request.POST.get("beispiel", request.GET.get("beispiel"))
    if asked is None:
        return 0 if examples else None
    return int(asked) if asked in map(str, range(len(examples))) else None


def _placeholders(kind: Kind) -> list[PlaceholderShown]:
    samples = rewording.samples(kind, {"pact": Pact.load(), "base_url": settings.PORTAL_BASE_URL})
    return [
        PlaceholderShown(name, one.explanation, samples[name], name in kind.needed)
        for name, one in kind.allowed.items()
    ]


def _problem(kind: Kind, texts: Texts) -> str:
    """Say why a version cannot be used any more: this release may know other placeholders."""
    return " ".join(sentence for sentences in rewording.check(kind, texts).values() for sentence in sentences)
