"""Model and form fields for typed text, so that no form can forget the cleaning.

Migrations see the plain Django field: cleaning is no matter of the schema.
"""

import re
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import Truncator

from klimapakt.text import clean_line, clean_prose

PROSE_MAX = 5000
"""Characters a free text may have."""


class LineFormField(forms.CharField):
    """One line of text."""

    def to_python(self, value: Any) -> str:
        return clean_line(super().to_python(value) or "")


class _SaysTooMuch:
    """A text whose limit the server names at the field: by `maxlength` a browser cuts what is pasted, without a word."""

    widget = forms.Textarea

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class ProseFormField(_SaysTooMuch, forms.CharField):
    """Text of several lines."""

    def to_python(self, value: Any) -> str:
        return clean_prose(super().to_python(value) or "")


class MailFormField(forms.EmailField):
    """A mail address of the public net: with a dot in its domain, no IP literal, in canonical spelling.

    Raises ValidationError with a sentence that says what to do.
    """

    default_error_messages = {
        "required": "Bitte geben Sie eine E-Mail-Adresse ein.",
        "invalid": "Bitte geben Sie eine vollständige E-Mail-Adresse ein, zum Beispiel name@firma.de.",
        "sharp_s": "Adressen mit „ß“ nach dem @ erreichen wir nicht sicher. Bitte geben Sie eine andere Adresse an.",
    }

    def __init__(self, *, max_length: int = 254, **kwargs: Any) -> None:
        """An address has 254 characters at most (RFC 5321, 4.5.3.1.3), and so has every column for one."""
        super().__init__(max_length=max_length, **kwargs)

    def to_python(self, value: Any) -> str:
        address = super().to_python(value) or ""
        local, at, domain = address.rpartition("@")
        if not at:
            return address
        if "ß" in domain.lower():  # Python's codec would make „ss“ of it: somebody else's domain
            raise ValidationError(self.error_messages["sharp_s"], code="invalid")
        try:
            domain = domain.encode("idna").decode("ascii").lower()
        except UnicodeError:
            domain = domain.lower()
        return f"{local}@{domain}"

    def clean(self, value: Any) -> str:
        address = super().clean(value)
        if address and (
            "." not in address.rpartition("@")[2]
            or "[" in address
            or address[0] in "-=+@'"
            or not re.fullmatch(r"[\x21-\x7e]+", address)
        ):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return address


class CountFormField(forms.IntegerField):
    """A whole number as Germans write it: „1.000“, „1 000“ and „ca. 1000“ are a thousand."""

    default_error_messages = {
        "required": "Bitte geben Sie eine Zahl ein.",
        "invalid": "Bitte geben Sie eine ganze Zahl ein, zum Beispiel 25.",
    }
    widget = forms.TextInput

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str):
            value = re.sub(r"(?i)^(ca\.?|circa|etwa|rund)\s*(?=[0-9])", "", value.strip())
            if re.fullmatch(r"[0-9]{1,3}([.\s][0-9]{3})+", value):
                value = re.sub(r"[.\s]", "", value)
            elif value and not re.fullmatch(r"[0-9]+", value):
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        return {**super().widget_attrs(widget), "inputmode": "numeric"}


class WebFormField(forms.URLField):
    """A web address; `www.firma.de` is understood as https."""

    default_error_messages = {"invalid": "Bitte geben Sie eine Internetadresse ein, zum Beispiel www.firma.de."}
    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(assume_scheme="https", **kwargs)

    def clean(self, value: Any) -> str:
        address = super().clean(value)
        if address and not address.startswith(("http://", "https://")):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return address


MOST_LINKS = 5


class LinksFormField(_SaysTooMuch, forms.CharField):
    """Web addresses, one a line; `cleaned_data` holds them as a list."""

    def __init__(self, *, base_field: Any = None, max_length: int | None = None, **kwargs: Any) -> None:
        """`base_field` and `max_length` speak of the column's items; here a line is checked like any web address."""
        super().__init__(max_length=2000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        lines = [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]
        if len(lines) > MOST_LINKS:
            raise ValidationError(f"Bitte geben Sie höchstens {MOST_LINKS} Adressen an, jede in einer eigenen Zeile.")
        found, wrong = [], []
        for number, line in enumerate(lines, start=1):
            try:
                found.append(WebFormField(max_length=200).clean(line))
            except ValidationError as error:
                which = f"{number}. Adresse („{Truncator(line).chars(60)}“): " if len(lines) > 1 else ""
                wrong += [ValidationError(which + message, code="invalid") for message in error.messages]
        if wrong:
            raise ValidationError(wrong)
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class _Plain:
    """Appear in migrations as the Django field below."""

    def deconstruct(self) -> tuple[str, str, list, dict]:
        name, path, args, kwargs = super().deconstruct()
        return name, self.plain, args, kwargs


FIRST_YEAR, LAST_YEAR = 1990, 2100
"""A date outside is a slip of the pen."""


def plausible_date(value: date | datetime) -> None:
    """Raise ValidationError for a day that no pact can mean."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(f"Bitte prüfen Sie das Jahr: Es muss zwischen {FIRST_YEAR} und {LAST_YEAR} liegen.")


LONGEST_WORD = 200


def words_fit(text: str) -> None:
    """Raise ValidationError for a word that no line of a PDF can hold: to lay it out takes the renderer minutes."""
    if re.search(rf"\S{{{LONGEST_WORD + 1},}}", text):
        raise ValidationError(
            f"Bitte trennen Sie sehr lange Wörter: Mehr als {LONGEST_WORD} Zeichen ohne Leerzeichen passen in keine Zeile.",
            code="long_word",
        )


class LineField(_Plain, models.CharField):
    plain = "django.db.models.CharField"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 200)
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        if self.choices is not None:
            return super().formfield(**kwargs)
        return super().formfield(**{"form_class": LineFormField, **kwargs})


class ProseField(_Plain, models.TextField):
    plain = "django.db.models.TextField"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", PROSE_MAX)
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": ProseFormField, **kwargs})


class MailField(_Plain, models.EmailField):
    plain = "django.db.models.EmailField"

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": MailFormField, **kwargs})


class CountField(_Plain, models.PositiveIntegerField):
    plain = "django.db.models.PositiveIntegerField"

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": CountFormField, **kwargs})


class WebField(_Plain, models.URLField):
    plain = "django.db.models.URLField"

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": WebFormField, **kwargs})


class SeveralField(_Plain, ArrayField):
    """Several of a few choices, ticked in boxes."""

    plain = "django.contrib.postgres.fields.ArrayField"

    def __init__(self, verbose_name: str | None = None, *, choices: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("base_field", models.CharField(max_length=20, choices=choices))
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(verbose_name=verbose_name, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        options = {
            "form_class": forms.TypedMultipleChoiceField,
            "choices": self.base_field.choices,
            "widget": forms.CheckboxSelectMultiple,
            "coerce": str,
            "empty_value": [],
            "show_hidden_initial": False,
        }
        return models.Field.formfield(self, **{**options, **kwargs})

    def shown(self, values: list[str]) -> str:
        """Return the labels of stored values, in the order of the choices."""
        return ", ".join(str(label) for value, label in self.base_field.choices if value in values)


class LinksField(_Plain, ArrayField):
    """A few web addresses, one a line."""

    plain = "django.contrib.postgres.fields.ArrayField"

    def __init__(self, verbose_name: str | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("base_field", models.URLField(max_length=200))
        kwargs.setdefault("default", list)
        super().__init__(verbose_name=verbose_name, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": LinksFormField, "show_hidden_initial": False, **kwargs})
