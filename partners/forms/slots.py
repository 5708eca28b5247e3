"""What the office types to offer times for talks."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from klimapakt.fields import LineFormField, WebFormField, plausible_date
from klimapakt.mailbox.models import case_of
from partners.models import TalkSlot
from partners.services import talks
from partners.services.talks import Place
from partners.talk_times import LONGEST_SERIES, NoSuchTime, Series, Times, TooMany

GONE = "Dieses Unternehmen hat inzwischen einen Termin, oder es macht nicht weiter. Bitte wählen Sie ein anderes."
WEEKDAYS = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]


class PlaceForm(forms.Form):
    """How the talk is held, where, and by whom."""

    form = forms.ChoiceField(
        label="Art",
        choices=TalkSlot.Form,
        widget=forms.RadioSelect,
        initial=TalkSlot.Form.VIDEO,
        error_messages={"required": "Bitte wählen Sie, wie das Gespräch stattfindet."},
    )
    where = LineFormField(
        label="Ort oder Link",
        max_length=300,
        required=False,
        help_text="Vor Ort: die Anschrift. Per Video: die Internetadresse; nur wer gebucht hat, sieht sie, und sie lässt "
        "sich nachtragen. Am Telefon: leer, das Unternehmen gibt seine Nummer an.",
    )
    host = LineFormField(
        label="Wer das Gespräch führt",
        max_length=200,
        error_messages={"required": "Bitte nennen Sie die Person, die das Gespräch führt."},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        kind, where = data.get("form"), data.get("where", "")
        if kind == TalkSlot.Form.PLACE and not where and "where" not in self.errors:
            self.add_error("where", "Bitte geben Sie an, wo das Gespräch stattfindet.")
        if kind == TalkSlot.Form.PHONE and where:
            self.add_error("where", "Bitte leer lassen: Das Unternehmen gibt beim Buchen seine Telefonnummer an.")
        if kind == TalkSlot.Form.VIDEO and where:
            try:
                data["where"] = WebFormField(max_length=300).clean(where)
            except ValidationError:
                self.add_error(
                    "where",
                    "Bitte geben Sie die Internetadresse des Videogesprächs ein, zum Beispiel https://video.example/raum. "
                    "Haben Sie sie noch nicht, lassen Sie das Feld leer.",
                )
        return data

    def place(self) -> Place:
        """Return what was typed. Call after `is_valid()`."""
        return Place(self.cleaned_data["form"], self.cleaned_data["where"], self.cleaned_data["host"])


class OtherPlaceForm(PlaceForm):
    """Another place, link or person for one time."""

    def __init__(self, *args: Any, slot: TalkSlot) -> None:
        super().__init__(*args, initial={"form": slot.form, "where": slot.where, "host": slot.host})
        self.slot = slot

    def clean_host(self) -> str:
        host = self.cleaned_data["host"]
        if talks.busy(host, [Times(self.slot.starts_at, self.slot.ends_at)], but=self.slot):
            raise ValidationError(talks.is_busy(host))
        return host


class WithdrawForm(forms.Form):
    reason = LineFormField(
        label="Was Sie dem Unternehmen dazu schreiben",
        max_length=300,
        required=False,
        help_text="Ein Satz für die Mail, zum Beispiel „Wir sind an diesem Tag leider verhindert.“",
    )


class BookForm(forms.Form):
    """For which company the office takes a time: it has called, for example."""

    company = forms.ChoiceField(
        label="Für wen",
        error_messages={"required": "Bitte wählen Sie das Unternehmen.", "invalid_choice": GONE},
    )
    phone = LineFormField(label="Unter welcher Nummer Sie anrufen", max_length=40, required=False)

    def __init__(self, *args: Any, slot: TalkSlot) -> None:
        super().__init__(*args)
        self.companies = {case_of(one.case): one for one in talks.without_talk()}
        self.fields["company"].choices = [("", "Bitte wählen")] + [
            (key, f"{one.organisation}, {one.name} ({one.case.reference})") for key, one in self.companies.items()
        ]
        if slot.form != TalkSlot.Form.PHONE:
            del self.fields["phone"]

    def clean_phone(self) -> str:
        phone = self.cleaned_data["phone"]
        if not talks.is_number(phone):
            raise ValidationError("Bitte geben Sie die Telefonnummer des Unternehmens ein.", code="required")
        return phone

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "company" in data:
            data["prospect"] = self.companies[data.pop("company")]
        return data


class SlotsForm(PlaceForm):
    """One time, or a series of them."""

    first_day = forms.DateField(
        label="Tag, oder erster Tag einer Reihe",
        error_messages={"required": "Bitte geben Sie einen Tag an."},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[plausible_date],
    )
    last_day = forms.DateField(
        label="Letzter Tag der Reihe",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[plausible_date],
        help_text="Leer: nur an diesem einen Tag.",
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="An diesen Wochentagen",
        choices=list(enumerate(WEEKDAYS)),
        coerce=int,
        required=False,
        initial=[0, 1, 2, 3, 4],
        widget=forms.CheckboxSelectMultiple,
        help_text="Zählt nur für eine Reihe von Tagen.",
    )
    begins = forms.TimeField(
        label="Beginn",
        error_messages={"required": "Bitte geben Sie an, wann das erste Gespräch beginnt."},
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        initial="10:00",
    )
    until = forms.TimeField(
        label="Letztes Gespräch endet spätestens um",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="Mehrere Gespräche am Tag, eines nach dem anderen. Leer: nur eines.",
    )
    minutes = forms.IntegerField(
        label="Minuten je Gespräch", min_value=10, max_value=240, initial=45, help_text="10 bis 240."
    )
    pause = forms.IntegerField(
        label="Minuten Pause dazwischen", min_value=0, max_value=240, initial=15, help_text="0 bis 240."
    )
    field_order = ["first_day", "last_day", "weekdays", "begins", "until", "minutes", "pause", "form", "where", "host"]

    times: list[Times]
    """What was asked for and still lies ahead, after `is_valid()`."""

    def clean_first_day(self) -> Any:
        day = self.cleaned_data["first_day"]
        if day < timezone.localdate():
            raise ValidationError("Bitte wählen Sie einen Tag, der nicht vorbei ist.")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.errors:
            return data
        first, last = data["first_day"], data["last_day"] or data["first_day"]
        if last < first:
            self.add_error("last_day", "Der letzte Tag liegt vor dem ersten.")
        elif last - first > LONGEST_SERIES:
            self.add_error("last_day", "Bitte wählen Sie höchstens ein Jahr.")
        elif last > first and not data["weekdays"]:
            self.add_error("weekdays", "Bitte kreuzen Sie mindestens einen Wochentag an.")
        else:
            self._plan(data, first, last)
        return data

    def _plan(self, data: dict[str, Any], first: Any, last: Any) -> None:
        weekdays = data["weekdays"] if last > first else range(7)
        series = Series(first, last, weekdays, data["begins"], data["until"], data["minutes"], data["pause"])
        try:
            planned = series.times()
        except (NoSuchTime, TooMany) as refusal:
            self.add_error("begins" if isinstance(refusal, NoSuchTime) else "last_day", str(refusal))
            return
        self.times = [one for one in planned if one.start > timezone.now()]
        if not planned and data["until"]:
            self.add_error("until", "In diese Zeit passt kein Gespräch.")
        elif not self.times:
            self.add_error("first_day", "Zu diesen Angaben gibt es keinen Termin, der noch kommt.")
