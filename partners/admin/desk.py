"""What the office types about any case that lies on somebody's desk, an application or an inquiry."""

import re
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from klimapakt.fields import ProseFormField
from partners.services import review

LONGEST_REST = 731
"""Days. A date further ahead is a slip of the pen."""


def day_field(label: str) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class CaseSearchAdmin(admin.ModelAdmin):
    """Finds a case by its number too, as it stands in mails and is quoted on the phone: „2026-0017“."""

    number = r"(?P<year>\d{4})-(?P<number>\d{1,9})"

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, term: str) -> tuple[QuerySet, bool]:
        if quoted := re.fullmatch(self.number, term.strip(), flags=re.IGNORECASE):
            return self.with_number(queryset, int(quoted["year"]), int(quoted["number"])), False
        return super().get_search_results(request, queryset, term)

    def with_number(self, queryset: QuerySet, year: int, number: int) -> QuerySet:
        return queryset.filter(pk=number, created_at__year=year)


class PersonChoice(forms.ModelChoiceField):
    def label_from_instance(self, person: Any) -> str:
        return person.get_full_name() or person.get_username()


class AssignForm(forms.Form):
    """`holder` has the case now."""

    person = PersonChoice(queryset=None, label="Wer kümmert sich?", required=False, empty_label="niemand")

    def __init__(self, *args: Any, holder: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = review.reviewers()
        self.fields["person"].initial = holder


class FollowUpForm(forms.Form):
    until = day_field("Wieder vorlegen am")

    def clean_until(self) -> date:
        day = self.cleaned_data["until"]
        if not 0 < (day - timezone.localdate()).days <= LONGEST_REST:
            raise ValidationError("Bitte wählen Sie einen Tag ab morgen, höchstens zwei Jahre voraus.")
        return day


class NoteForm(forms.Form):
    text = ProseFormField(
        label="Notiz, nur für die Geschäftsstelle",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Bitte schreiben Sie Ihre Notiz."},
    )
