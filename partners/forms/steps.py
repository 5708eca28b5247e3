"""One step of the application as a form, and the pen: what its page showed, and whose page it is."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Fieldset, Layout, Submit
from django import forms
from django.core import signing
from django.core.validators import RegexValidator
from django.utils import timezone

from klimapakt.fields import words_fit
from klimapakt.links.models import AccessLink
from klimapakt.pact.models import Pact
from partners import steps
from partners.forms import step_texts as texts
from partners.models import Application, Consent, Sector
from partners.sectors import Suggestion, suggest

PEN_SALT = "application-pen"
PEN_LASTS = timedelta(hours=24)
"""So long a page may save after its session has ended. It may never read."""

MISSING = "missing"
"""Code of what `StepForm.clean` misses; unlike „required“, nothing empty is saved for it."""

WITH_FILES = (steps.STATUS_QUO, steps.PROFILE)
"""A file that was chosen comes along with whatever button is pressed."""

PAST_YEARS = ("founded", "balance_year")

POSTAL_CODE = RegexValidator(r"^[0-9]{5}\Z", "Bitte geben Sie die Postleitzahl mit fünf Ziffern ein.")


@dataclass(frozen=True)
class Pen:
    """What a page brings along: whose link opened it, which page it is, and what its fields showed."""

    link: uuid.UUID
    step: str
    page: str
    shown: Mapping[str, object]

    @classmethod
    def new(cls, link: AccessLink, step: steps.Step, application: Application, pact: Pact) -> "Pen":
        shown = {name: steps.stored(application, name) for name in names_of(step, pact)}
        return cls(link.pk, step.slug, uuid.uuid4().hex, shown)

    @classmethod
    def read(cls, token: str, *, max_age: timedelta | None = None) -> "Pen | None":
        """Return the pen of a form that came back; None for a forged, broken or outdated one."""
        try:
            link, step, page, shown = signing.loads(token, salt=PEN_SALT, max_age=max_age)
            return cls(uuid.UUID(link), step, page, shown)
        except (signing.BadSignature, ValueError, TypeError, AttributeError):
            return None

    def dumps(self) -> str:
        return signing.dumps([str(self.link), self.step, self.page, dict(self.shown)], salt=PEN_SALT, compress=True)

    def showing(self, answers: Mapping[str, object]) -> "Pen":
        """Return the pen of the same page, which now shows these answers too."""
        return replace(self, shown={**self.shown, **answers})


def names_of(step: steps.Step, pact: Pact) -> tuple[str, ...]:
    """Return the names of all answers and ticks of a step, as `steps.stored` knows them."""
    more = ("orders_newsletter",) if step is steps.CONSENTS else ()
    return (*steps.fields_of(step, pact), *steps.ticks_of(step), *more)


class StepForm(forms.Form):
    """The fields of one step. Whoever goes on is told what is missing; whoever stops is not."""

    def __init__(
        self,
        data: Mapping[str, object] | None = None,
        *,
        step: steps.Step,
        application: Application,
        pact: Pact,
        pen: Pen,
        is_strict: bool = False,
    ) -> None:
        self.step, self.application, self.pact, self.pen = step, application, pact, pen
        self.is_strict = is_strict
        self.names = names_of(step, pact)
        super().__init__(data, initial={name: steps.stored(application, name) for name in self.names})
        for name in self.names:
            self.fields[name] = self._field(name)
        self._extras()
        self.order_fields(_order_on_page(step))  # the summary of errors follows it
        self.helper = FormHelper()
        self.helper.form_id = "schritt"
        self.helper.attrs = {"novalidate": True}
        if step in WITH_FILES:
            self.helper.attrs["enctype"] = "multipart/form-data"
        self.helper.layout = Layout(HTML(texts.PEN + texts.ENTER), *_layout(self), texts.FILES_OF_STEP, _buttons())

    def _field(self, name: str) -> forms.Field:
        column, item = steps.column_of(name)
        if name.startswith(steps.SECRET):
            field = forms.BooleanField(label="Diese Angabe enthält Betriebsgeheimnisse", required=False)
        elif item:
            field = forms.BooleanField(label=Consent.TEXTS[Consent.Purpose(item)], required=False)
        else:
            field = Application._meta.get_field(column).formfield()
            field.label = texts.LABELS.get(name, field.label)
        field.help_text = texts.HELP.get(name, "").format(city=self.pact.city, goal=self.pact.climate_neutral_by)
        is_needed = name in self.step.needed
        field.required = is_needed and self.is_strict
        field.hide_optional = is_needed or isinstance(field, forms.BooleanField)
        field.error_messages["required"] = texts.REQUIRED.get(name, "Bitte füllen Sie dieses Feld aus.")
        if name in PAST_YEARS:
            field.validators.append(_is_past)
        field.widget.is_required = field.required
        field.widget.attrs.update(texts.AUTOFILL.get(name, {}))
        if isinstance(field.widget, forms.Textarea):
            field.widget.attrs["rows"] = 4
            field.validators.append(words_fit)
        return field

    def _extras(self) -> None:
        if "postal_code" in self.fields:
            self.fields["postal_code"].validators.append(POSTAL_CODE)
        if "sector" in self.fields:
            self.fields["sector"].choices = [("", "Bitte wählen"), *Sector.choices]
            self.fields["sector_search"] = forms.CharField(
                label="Branche suchen", required=False, max_length=60, help_text=texts.HELP["sector_search"]
            )
            self.fields["sector_search"].hide_optional = True
            self.fields["sector_search"].widget.attrs.update({"autocomplete": "off"})
        if "signatory_name" in self.fields:
            self.fields["signatory_is_contact"] = forms.BooleanField(
                label="Die Ansprechperson unterschreibt auch", required=False
            )
            self.fields["signatory_is_contact"].hide_optional = True
            stored = self.application
            self.initial["signatory_is_contact"] = bool(stored.signatory_name) and (
                (stored.signatory_name, stored.signatory_function) == (stored.contact_name, stored.contact_function)
            )
            for name in ("signatory_name", "signatory_function"):
                self.fields[name].required = False  # judged in `clean`: the tick may stand for them

    def clean(self) -> dict[str, object]:
        answers = super().clean()
        if "signatory_is_contact" not in self.fields:
            return answers
        if self.is_strict:
            self._check_deputy(answers)
        if answers.get("signatory_is_contact"):
            for name in ("name", "function"):
                self._errors.pop(f"signatory_{name}", None)
                if f"contact_{name}" in answers:
                    answers[f"signatory_{name}"] = answers[f"contact_{name}"]
            if self.is_strict and not answers.get("contact_function") and "contact_function" not in self.errors:
                self.add_error("contact_function", texts.REQUIRED["contact_function"])
        elif self.is_strict:
            for name in ("signatory_name", "signatory_function"):
                if not answers.get(name) and name not in self.errors:
                    self.add_error(name, forms.ValidationError(texts.REQUIRED[name], code=MISSING))
        return answers

    def _check_deputy(self, answers: Mapping[str, object]) -> None:
        """A deputy is a person to whom the office can write."""
        typed = Application(**{name: answers.get(name, "") for name in ("deputy_name", "deputy_email")})
        typed.pk = self.application.pk  # knows the co-workers
        for name in steps.half_named(typed):
            if name not in self.errors:
                self.add_error(name, forms.ValidationError(texts.REQUIRED[name], code=MISSING))

    def _post_clean(self) -> None:
        """Check the columns' own rules, such as the largest number, where the field itself has none."""
        for name in self.names:
            column, item = steps.column_of(name)
            if item or name not in self.cleaned_data or name in self.errors:
                continue
            value = self.cleaned_data[name]
            if value in (None, "", []):
                continue
            try:
                Application._meta.get_field(column).run_validators(value)
            except forms.ValidationError as error:
                self.add_error(name, error)
        self._excuse_what_others_filled()

    def _excuse_what_others_filled(self) -> None:
        """Miss nothing that somebody else has filled in since this page was opened; it stays as it is stored."""
        for name, errors in list(self.errors.as_data().items()):
            is_left_empty = errors[0].code in ("required", MISSING) and self.pen and not self.pen.shown.get(name)
            if is_left_empty and name in self.names and steps.stored(self.application, name):
                del self.errors[name]

    def valid_answers(self) -> dict[str, object]:
        """Return what can be saved, whatever is wrong elsewhere; an emptied field is an answer too."""
        self.is_valid()
        answers = {name: self.cleaned_data[name] for name in self.names if name in self.cleaned_data}
        for name in self.errors:  # a needed field left empty is saved as empty, if the column knows emptiness
            if name in self.names and self.errors.as_data()[name][0].code == "required":
                empty = Application._meta.get_field(steps.column_of(name)[0]).get_default()
                if name != "kind":
                    answers[name] = empty
        return answers

    def suggestions(self) -> list[Suggestion]:
        """Return sections for what was typed into „Branche suchen“."""
        return suggest(self["sector_search"].value() or "") if "sector_search" in self.fields else []


def _is_past(year: int) -> None:
    if year > (now := timezone.localdate().year):
        raise forms.ValidationError(f"Bitte geben Sie ein Jahr bis {now} ein.")


def _order_on_page(step: steps.Step) -> list[str]:
    shown = [row for _, rows in texts.GROUPS[step.slug] for row in rows if not isinstance(row, HTML)]
    names = [name for row in shown for name in ((row,) if isinstance(row, str) else row)]
    return [one for name in names for one in (name, steps.SECRET + name)]


def _buttons() -> Div:
    return Div(
        Submit("next", "Speichern und weiter"),
        Submit("later", "Speichern, später weiter", css_class="kern-btn--secondary"),
        css_class="form-actions",
    )


def _layout(form: StepForm) -> Iterable[object]:
    for legend, rows in texts.GROUPS[form.step.slug]:
        parts = [part for row in rows if (part := _part(form, row))]
        if parts:
            yield Fieldset(legend, *parts)


def _part(form: StepForm, row: str | tuple[str, ...] | HTML) -> object | None:
    if isinstance(row, HTML):
        return row
    if isinstance(row, tuple):
        return Div(*row, css_class="form-row form-row--postal")
    if row == "consents":
        return Div(
            *(Field(name, template="kern/consent.html") for name in form.names), css_class="form-section consents"
        )
    if row not in form.fields:
        return None
    if steps.SECRET + row in form.fields:
        return Div(row, steps.SECRET + row, css_class="with-secret")
    if row.startswith("signatory_") and row != "signatory_is_contact":
        return Div(row, css_class="if-other-signatory")
    return row
