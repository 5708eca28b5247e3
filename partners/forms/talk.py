"""The choice of a time for an orientation talk, by a company."""

from itertools import groupby
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from klimapakt.fields import LineFormField
from partners.models import TalkSlot
from partners.services import talks


class SlotField(forms.ModelChoiceField):
    def label_from_instance(self, slot: TalkSlot) -> str:
        return f"{slot.hours}, {slot.how}, mit {slot.host}"


class TalkForm(forms.Form):
    """One of the free times, grouped by day; a telephone number where the office calls."""

    slot = SlotField(
        label="Freie Termine",
        queryset=TalkSlot.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Bitte wählen Sie einen Termin.", "invalid_choice": talks.TAKEN},
    )
    phone = LineFormField(label="Ihre Telefonnummer", max_length=40, required=False)

    def __init__(
        self, data: Any = None, *, slots: QuerySet[TalkSlot], action: str, is_move: bool, phone: str = ""
    ) -> None:
        super().__init__(data, initial={"phone": phone})
        self.slots = list(slots)
        self.fields["slot"].queryset = slots
        self.fields["slot"].choices = [(slot.pk, self.fields["slot"].label_from_instance(slot)) for slot in self.slots]
        self.fields["phone"].widget.attrs["autocomplete"] = "tel"
        self.fields["phone"].help_text = "Für einen Termin am Telefon: Wir rufen Sie unter dieser Nummer an."
        self.fields["phone"].hide_optional = True  # it is needed, for some of the times
        needs_phone = any(slot.form == TalkSlot.Form.PHONE for slot in self.slots)
        if not needs_phone:
            del self.fields["phone"]
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.form_action = action
        self.helper.layout = Layout(
            Field("slot", template="partners/_talk_slots.html"),
            *(["phone"] if needs_phone else []),
            Submit("send", "Auf diesen Termin verschieben" if is_move else "Termin buchen"),
        )

    def days(self) -> list[tuple[str, list[Any]]]:
        """Return the radio buttons of each day."""
        pairs = zip(self.slots, self["slot"].subwidgets, strict=True)
        return [
            (day, [button for _, button in buttons]) for day, buttons in groupby(pairs, key=lambda pair: pair[0].day)
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        slot = data.get("slot")
        if (
            slot
            and slot.form == TalkSlot.Form.PHONE
            and "phone" not in self.errors
            and not talks.is_number(data.get("phone", ""))
        ):
            self.add_error("phone", ValidationError(talks.NO_NUMBER, code="required"))
        return data

    @property
    def is_taken(self) -> bool:
        """Whether the time that was sent is none of the free ones (any more)."""
        return self.has_error("slot", "invalid_choice")
