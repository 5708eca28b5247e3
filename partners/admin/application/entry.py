"""An application on paper, by mail or on the phone, entered by the office: all steps on one page, as strict as online."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from klimapakt.admin import ask_for_files_again, rewind, with_patience
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible
from klimapakt.uploads import DocumentField
from partners import steps
from partners.forms.step_texts import GROUPS
from partners.forms.steps import StepForm
from partners.models import Application, Consent
from partners.services import applying

TOKEN_SALT = "application-entry"  # noqa: S105 - a salt, public by nature

SOURCES = [(one.value, one.label) for one in Application.Source if one is not Application.Source.ONLINE]

LEFT_OUT = ("sector_search",)
"""What helps companies only."""

TITLES = {
    "Was Sie schon tun": "Maßnahmen und Siegel",
    "Was Sie sich wünschen": "Wünsche",
    "Was Sie anbieten können": "Angebote",
    "Was Sie zusagen": "Zusagen",
    "Was die Öffentlichkeit über Sie liest": "Öffentlicher Text",
}
"""Headings for those who read about a company, where the form's own speak to it."""

REQUIRED = {
    "kind": "Bitte wählen Sie die Art der Organisation.",
    "sector": "Bitte wählen Sie die Branche.",
    "employees": "Bitte geben Sie an, wie viele Menschen dort arbeiten, ungefähr als Zahl.",
    "supports_goal": "Das Klimaziel zu unterstützen gehört zum Pakt. Ohne diese Zusage ist der Antrag nicht vollständig.",
    "sets_measures": "Maßnahmen zu vereinbaren gehört zum Pakt. Ohne diese Zusage ist der Antrag nicht vollständig.",
    "accepts_monitoring": "Zu berichten gehört zum Pakt. Ohne diese Zusage ist der Antrag nicht vollständig.",
}

HELPFUL = (
    "place", "other_sites", "company_size", "emissions_trading", "audit_duty", "events_email", "other_certificates",
    "balance_tool", "balance_scopes",
)  # fmt: skip
"""Fields whose help does not speak to the company."""


@dataclass(frozen=True)
class Group:
    """Fields under one heading."""

    title: str
    fields: list[forms.BoundField]


class EntryForm(forms.Form):
    """The fields of all steps, checked by the steps' own forms, and what only paper has.

    `cleaned_data` holds what `applying.enter` takes.
    """

    form_token = forms.CharField(widget=forms.HiddenInput)
    source = forms.ChoiceField(label="Wie kam der Antrag?", choices=SOURCES)
    received_on = forms.DateField(
        label="Eingegangen am",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Ab diesem Tag zählt Ihre Antwortfrist.",
    )
    scan = DocumentField(label="Scan des Antrags", required=False)
    consents = forms.MultipleChoiceField(
        label="Schriftlich erteilte Einwilligungen",
        required=False,
        choices=[(purpose.value, Consent.TEXTS[purpose]) for purpose in Consent.Purpose],
        widget=forms.CheckboxSelectMultiple,
        help_text="Nur was unterschrieben vorliegt.",
    )
    consented_on = forms.DateField(
        label="Unterschrieben am",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Any = None, files: Any = None, *, pact: Pact) -> None:
        token = signing.dumps(str(uuid.uuid4()), salt=TOKEN_SALT)
        super().__init__(data, files, initial={"form_token": token, "received_on": timezone.localdate()})
        self.parts = [
            StepForm(data, step=step, application=Application(), pact=pact, pen=None, is_strict=True)
            for step in steps.STEPS
            if step.fields
        ]
        for part in self.parts:
            if "contact_email" in part.fields:
                part.fields["contact_email"].required = False
            _speak_to_the_office(part)
            self.fields |= {name: field for name, field in part.fields.items() if name not in LEFT_OUT}
            self.initial |= part.initial

    def groups(self) -> Iterator[Group]:
        """Return the fields in the order of the form, under its headings."""
        yield Group("Eingang", [self["source"], self["received_on"], self["scan"]])
        for part in self.parts:
            for title, rows in GROUPS[part.step.slug]:
                names = [name for row in rows for name in (row if isinstance(row, tuple) else [row])]
                shown = [
                    self[field] for name in names for field in (name, steps.SECRET + str(name)) if field in self.fields
                ]
                if shown:
                    yield Group(f"{part.step.office_title}: {TITLES.get(title, title)}", shown)
        yield Group("Einwilligungen", [self["consents"], self["consented_on"]])

    def clean_form_token(self) -> uuid.UUID:
        try:
            return uuid.UUID(signing.loads(self.cleaned_data["form_token"], salt=TOKEN_SALT))
        except (signing.BadSignature, ValueError):
            raise ValidationError("Dieses Formular ist beschädigt. Bitte laden Sie die Seite neu.") from None

    def clean_received_on(self) -> Any:
        return _no_later_than_today(self.cleaned_data["received_on"])

    def clean_consented_on(self) -> Any:
        return _no_later_than_today(self.cleaned_data["consented_on"])

    def clean(self) -> dict[str, Any]:
        own = self.cleaned_data
        answers: dict[str, Any] = {}
        for part in self.parts:
            for name, errors in part.errors.as_data().items():
                if name not in self.errors:
                    self.add_error(name, errors)
            answers |= {name: part.cleaned_data[name] for name in part.names if name in part.cleaned_data}
        if own.get("consents"):
            if not own.get("consented_on") and "consented_on" not in self.errors:
                self.add_error("consented_on", "Bitte geben Sie an, wann die Einwilligungen unterschrieben wurden.")
            if own.get("source") == Application.Source.PHONE:
                self.add_error(
                    "consents",
                    "Am Telefon lässt sich nicht einwilligen. Bitte lassen Sie das Unternehmen schriftlich einwilligen und tragen Sie es danach ein.",
                )
        secrets = [field for field in steps.MAY_HOLD_SECRETS if answers.pop(steps.SECRET + field, False)]
        kept = ("form_token", "source", "received_on", "scan", "consents", "consented_on")
        return {name: own.get(name) for name in kept} | {"answers": answers | {"trade_secrets": secrets}}


def _speak_to_the_office(part: StepForm) -> None:
    """Put a step's fields into words for those who type what somebody else has written."""
    for name, field in part.fields.items():
        if name in part.names and not name.startswith(steps.SECRET):
            field.label = steps.office_label(name)
        if name not in HELPFUL:
            field.help_text = ""
        if name in REQUIRED:
            field.error_messages["required"] = REQUIRED[name]


def _no_later_than_today(day: Any) -> Any:
    if day and (day > timezone.localdate() or day.year < 2000):
        raise ValidationError("Bitte geben Sie einen Tag an, der nicht in der Zukunft liegt.")
    return day


class EntryAdmin(admin.ModelAdmin):
    """Offers „Antrag eintragen“ on the list of applications."""

    add_label = "Antrag eintragen"

    def has_add_permission(self, request: HttpRequest, *args: object) -> bool:
        return request.user.has_perm("partners.add_application")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Take an application that did not come online, once however often the form is sent."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        is_sent = request.method == "POST"
        form = EntryForm(*((request.POST, request.FILES) if is_sent else ()), pact=request.pact)
        if is_sent and form.is_valid():
            try:
                application, is_new = with_patience(partial(_enter, form, request))
            except NotPossible as refusal:
                form.add_error(None, str(refusal))
            except ValidationError as refusal:  # there is no room for the scan
                form.add_error("scan", refusal)
            else:
                if is_new:
                    self.log_addition(request, application, "Antrag eingetragen.")
                messages.success(request, _done(application))
                return redirect(reverse("admin:partners_application_change", args=[application.pk]))
        if form.errors:
            ask_for_files_again(form)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.add_label,
            "form": form,
            "groups": list(form.groups()),
            "back": reverse("admin:partners_application_changelist"),
        }
        return TemplateResponse(
            request, "admin/partners/application/entry.html", context, status=422 if form.errors else 200
        )


def _enter(form: EntryForm, request: HttpRequest) -> tuple[Application, bool]:
    rewind(request.FILES)  # it may run twice
    return applying.enter(**form.cleaned_data, by=request.user)


def _done(application: Application) -> str:
    if application.contact_email:
        return (
            f"Der Antrag ist eingetragen. {application.contact_name} bekommt den Link zur Statusseite. Die"
            " Eingangsbestätigung folgt, sobald der Link geöffnet ist."
        )
    return (
        "Der Antrag ist eingetragen. Ohne E-Mail-Adresse geht keine Mail heraus: Bitte antworten Sie mit einem Brief."
    )
