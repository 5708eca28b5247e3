"""What whoever has no link (any more) is told, and what was typed into a page of the link, to be copied."""

import re

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from partners.forms.application import InviteForm
from partners.forms.contacts import ColleagueForm, HandOverForm
from partners.forms.letter import LetterForm
from partners.forms.profile import OffersForm, ProfileForm
from partners.forms.status import MendAddressForm
from partners.forms.talk import TalkForm

FORMS = (InviteForm, MendAddressForm, ColleagueForm, HandOverForm, LetterForm, TalkForm, OffersForm, ProfileForm)
"""Whose texts are given back. A step of an application gives back its own (`partners/views/steps.py`)."""

TEXTS = {"text", "email", "tel", "url", "number"}
NOT_GIVEN_BACK = {"code"}
ANSWER = re.compile(r"(answer|value)_\d+")


def _labels() -> dict[str, str]:
    fields = {name: field for form in FORMS for name, field in form.base_fields.items()}
    labels = {
        name: str(field.label) for name, field in fields.items() if _is_typed(field) and name not in NOT_GIVEN_BACK
    }
    return labels | {"name": "Name"}  # of a person or an organisation


def _is_typed(field: forms.Field) -> bool:
    return isinstance(field.widget, forms.Textarea) or getattr(field.widget, "input_type", "") in TEXTS


LABELS = _labels()


def typed(request: HttpRequest) -> list[dict[str, str]]:
    """Return the texts that somebody typed: no file, no code, and nothing that a page brought along itself."""
    found = []
    for name, values in request.POST.lists():
        label = LABELS.get(name) or ("Ihre Antwort" if ANSWER.fullmatch(name) else "")
        if label and (text := "\n".join(values).strip()):
            found.append({"label": label, "text": text})
    return found


def needed(request: HttpRequest) -> HttpResponse:
    """Ask for the personal link, and lose nothing that was typed before it ended."""
    return render(request, "links/needed.html", {"typed": typed(request)}, status=403)
