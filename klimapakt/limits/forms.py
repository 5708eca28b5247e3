"""What every form has that anybody can send: a token, a trap for programs, a limit. No captcha."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from crispy_forms.layout import Field
from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from klimapakt.limits import guard

AGAIN = "Bitte senden Sie das Formular noch einmal ab."
"""For whoever was too quick or fell into the trap: a program learns nothing from it, a person loses nothing."""

TRAP = ("form_token", Field("homepage", wrapper_class="honeypot"))
"""Belongs into the layout: `Layout(*TRAP, …)`."""

TOO_MANY_REQUESTS = 429


class GuardedForm(forms.Form):
    """A public form. One page is one form: its token, signed and dated, makes a second sending harmless.

    A view asks `form.is_valid() and form.guard(request)` and answers with `form.status`. A form with an address names
    the field `email`. `cleaned_data["form_token"]` is a UUID for a unique column.
    """

    form_name: str
    """Keeps the token of one form from passing in another."""
    counts_once = False
    """Whether the token goes into a unique column: the same page sent again then has no effect, and costs nothing."""

    form_token = forms.CharField(widget=forms.HiddenInput, error_messages={"required": AGAIN})
    homepage = forms.CharField(
        label="Bitte leer lassen",
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.is_refused = False
        self.initial["form_token"] = new_token(self.form_name)

    def clean_form_token(self) -> uuid.UUID:
        try:
            token, self.shown_at = _read(self.form_name, self.cleaned_data["form_token"])
        except (signing.BadSignature, ValueError):
            raise ValidationError(AGAIN) from None
        return token

    def clean(self) -> dict[str, Any] | None:
        """Refuse what only programs do: fill a field that nobody sees, or the whole form in a moment."""
        cleaned = super().clean()
        if self.cleaned_data.get("homepage"):
            self.add_error(None, AGAIN)
            self._put("homepage", "")  # a browser's helpful guess must not stand in the way twice
        elif "form_token" in self.cleaned_data and timezone.now() < self.shown_at + _quickest():
            self.add_error(None, AGAIN)
        if "form_token" in self.errors:
            self._put("form_token", self.initial["form_token"])
        return cleaned

    def _put(self, name: str, value: str) -> None:
        """Show something else than what was sent, the next time."""
        self.data = self.data.copy()
        self.data[self.add_prefix(name)] = value

    def guard(self, request: HttpRequest) -> bool:
        """Count this sending. False when it is one too many: nothing may be done then, the page says why."""
        copy = str(self.cleaned_data["form_token"]) if self.counts_once else ""
        refusal = guard.check(request, self.form_name, self.cleaned_data.get("email", ""), copy=copy)
        if refusal:
            self.is_refused = True
            self.add_error(None, refusal)
        return not refusal

    @property
    def status(self) -> int:
        """The status of the page that shows this form."""
        if self.is_refused:
            return TOO_MANY_REQUESTS
        return 422 if self.errors else 200


def new_token(form_name: str) -> str:
    """Return a token as a page holds it: a new UUID, signed, with the time."""
    return signing.dumps(str(uuid.uuid4()), salt=_salt(form_name))


def _read(form_name: str, token: str) -> tuple[uuid.UUID, datetime]:
    """Return the UUID and the time of a token. Raises BadSignature or ValueError."""
    identifier = uuid.UUID(signing.loads(token, salt=_salt(form_name)))
    stamp = token.rsplit(":", 2)[1]
    return identifier, datetime.fromtimestamp(signing.b62_decode(stamp), tz=UTC)


def _salt(form_name: str) -> str:
    return f"form:{form_name}"


def _quickest() -> timedelta:
    return timedelta(seconds=settings.FORM_SECONDS)
