"""What the pages of texts with placeholders share: the list of what stands for what, and rows in order."""

from dataclasses import dataclass

from django import forms

from agreements import content
from agreements.models import Agreement
from agreements.placeholders import PLACEHOLDERS
from klimapakt.pact.models import Pact

STEP = 10
"""Between two rows there is room for others."""


@dataclass(frozen=True)
class PlaceholderShown:
    """`value` is what the reader will see; empty where nobody has entered it yet, at the place `source` names."""

    name: str
    explanation: str
    value: str
    source: str


def placeholders_for(agreement: Agreement) -> list[PlaceholderShown]:
    """Return all placeholders with what they stand for in this agreement."""
    values = content.placeholder_values(agreement, Pact.load())
    return [
        PlaceholderShown(f"{{{name}}}", placeholder.explanation, values[name], placeholder.source)
        for name, placeholder in PLACEHOLDERS.items()
    ]


class OrderedFormSet(forms.BaseInlineFormSet):
    """Offers a new row the place after the last."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        if index is None or index >= self.initial_form_count():
            form.initial["position"] = self._last_position() + STEP

    def _last_position(self) -> int:
        return max((row.position for row in self.get_queryset()), default=0)
