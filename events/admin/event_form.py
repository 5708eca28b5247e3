"""The form of an event: before it saves what people were told, it says who will hear of the change."""

from copy import copy
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils import timezone

from events.admin.wording import names_of, people, shortened
from events.models import AgendaItem
from events.services import event as service
from events.services.event import Plan
from klimapakt.admin import TableInline
from klimapakt.states import NotPossible

NOTIFY = "notify"
TELL, QUIETLY = "on", "off"
"""What is sent for it; a box that is ticked sends „on“ too."""


class EventForm(forms.ModelForm):
    """Writes only what this person changed, and asks for a tick before anybody gets a mail.

    Each field travels with the value it had when the page was opened: so a change by somebody else meanwhile is
    told from one's own.
    """

    notify = forms.CharField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan: Plan | None = None
        self.before = copy(self.instance)
        for name, field in self.fields.items():
            field.show_hidden_initial = name != NOTIFY
        self._repeat_hidden_dates()

    def _repeat_hidden_dates(self) -> None:
        """Let a date keep its hidden value when the form comes back.

        Django repeats a hidden value only when it finds the field's own name in the data; date and time are sent
        under two names, and without this the form would come back with the new date as the old one.
        """
        sent = {
            self.add_initial_prefix(name) for name in self.fields if f"{self.add_initial_prefix(name)}_0" in self.data
        }
        if sent:
            self.data = self.data.copy()
            self.data.update(dict.fromkeys(sent, ""))

    @property
    def is_asking(self) -> bool:
        """Whether people would get a mail: the page shows who, and a box to tick."""
        return self.plan is not None and len(self.plan.guests) > 0

    @property
    def who(self) -> dict[str, str]:
        """Who would get a mail, by reason."""
        reasons = {"told": self.plan.audience, "moving_up": self.plan.moving_up, "reminded": self.plan.reminded}
        return {reason: shortened(names_of(guests)) for reason, guests in reasons.items() if len(guests)}

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is to hear of it."""
        return self.cleaned_data.get(NOTIFY) == QUIETLY

    @property
    def only_asks(self) -> bool:
        """Whether nothing but the tick is missing."""
        return list(self.errors) == [NOTIFY]

    @property
    def changes(self) -> dict[str, object]:
        """What this person changed, by field."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in self._meta.fields}

    def clean_capacity(self) -> int | None:
        capacity = self.cleaned_data["capacity"]
        if refusal := service.why_capacity_is_too_small(self.instance, capacity):
            raise forms.ValidationError(refusal)
        return capacity

    def clean(self) -> None:
        super().clean()
        if self.instance.pk is None:
            return
        for name in self.changed_data:
            if name != NOTIFY and self._changed_by_somebody_else(self[name]):
                self.add_error(
                    name,
                    "Jemand hat diese Angabe inzwischen geändert. Bitte laden Sie die Seite neu, und tragen Sie Ihre "
                    "Änderung noch einmal ein.",
                )

    def _changed_by_somebody_else(self, box: BoundField) -> bool:
        if box.html_initial_name not in self.data:
            return False  # not sent by our page
        seen = self._widget_data_value(box.field.hidden_widget(), box.html_initial_name)
        return box.field.has_changed(box.initial, seen) and box.field.has_changed(box.initial, box.data)

    def _post_clean(self) -> None:
        """Ask once all rules of an event hold; what would break them is nothing to tell people of."""
        super()._post_clean()
        if self.before.pk is not None and not self.errors:
            self._ask_before_telling()

    def _ask_before_telling(self) -> None:
        try:
            self.plan = service.plan_change(self.before, self.changes, now=timezone.now())
        except NotPossible as refusal:
            self.add_error(None, str(refusal))
            return
        if self.is_asking:
            self.fields[NOTIFY].label = f"{people(len(self.plan.guests))} per Mail benachrichtigen"
            answers = {TELL, QUIETLY} if self.plan.may_be_quiet else {TELL}
            if self.cleaned_data[NOTIFY] not in answers:
                self.add_error(NOTIFY, "Bitte kreuzen Sie an, dass diese Mails herausgehen sollen.")


class AgendaInline(TableInline):
    model = AgendaItem
    extra = 1  # works without JavaScript too
