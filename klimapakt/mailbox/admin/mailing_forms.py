"""What the office types and chooses for a mailing. The filters of an audience are the audience's own form."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from klimapakt.fields import LineFormField, ProseFormField, plausible_date
from klimapakt.mailbox import audiences, mailing
from klimapakt.mailbox.audiences import Audience

LONGEST_BODY = 10_000
FARTHEST = timedelta(days=180)
"""So far ahead a mailing can be put; beyond that the list of people is of no use, and personal links have ended."""


class AudienceForm(forms.Form):
    """To whom. One form makes one mailing, however often it is sent."""

    audience = forms.ChoiceField(
        label="Empfängerkreis",
        widget=forms.RadioSelect,
        error_messages={"required": "Bitte wählen Sie, an wen die Mail gehen soll."},
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["audience"].choices = [(one.name, one.title) for one in audiences.all_audiences()]

    def clean_audience(self) -> Audience:
        return audiences.get(self.cleaned_data["audience"])


class WordsForm(forms.Form):
    """The text to all. `version` is the one that the page showed."""

    subject = LineFormField(label="Betreff", max_length=250, widget=forms.TextInput(attrs={"class": "vTextField"}))
    body = ProseFormField(
        label="Text",
        max_length=LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": 16, "class": "office-text"}),
        help_text="Leerzeile: neuer Absatz. Zeilen, die mit „- “ beginnen: Liste. Gruß, Absender, Grund der Mail und Impressum"
        " stehen automatisch darunter.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, audience: Audience, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.audience = audience

    def clean(self) -> dict[str, Any]:
        try:
            mailing.check_words(self.audience, self.cleaned_data.get("subject", ""), self.cleaned_data.get("body", ""))
        except ValidationError as error:
            self.add_error(None, error)
        return self.cleaned_data


class SingleForm(forms.Form):
    """The words of one prepared mail. `seen` stands for those that the page showed."""

    subject = LineFormField(label="Betreff", max_length=250, widget=forms.TextInput(attrs={"class": "vTextField"}))
    body = ProseFormField(
        label="Text",
        max_length=2 * LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": 16, "class": "office-text"}),
        help_text="„[persönlicher Link]“ wird beim Senden zum Link dieser Person.",
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


class SendForm(forms.Form):
    """Now, or when; in the time of Berlin."""

    NOW, LATER = "now", "later"

    when = forms.ChoiceField(
        label="Wann",
        choices=[(NOW, "sofort"), (LATER, "zu einem Zeitpunkt")],
        initial=NOW,
        widget=forms.RadioSelect,
        error_messages={"required": "Bitte wählen Sie, wann die Mails gesendet werden."},
    )
    day = forms.DateField(
        label="Tag",
        required=False,
        validators=[plausible_date],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    time = forms.TimeField(
        label="Uhrzeit (deutsche Zeit)",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        data["send_at"] = None
        if data.get("when") != self.LATER:
            return data
        for field, sentence in (("day", "Bitte geben Sie den Tag an."), ("time", "Bitte geben Sie die Uhrzeit an.")):
            if data.get(field) is None and field not in self.errors:
                self.add_error(field, sentence)
        if self.errors:
            return data
        data["send_at"] = timezone.make_aware(datetime.combine(data["day"], data["time"]))
        now = timezone.now()
        if data["send_at"] <= now:
            self.add_error("day", "Dieser Zeitpunkt ist schon vorbei.")
        elif data["send_at"] > now + FARTHEST:
            self.add_error("day", f"Bitte wählen Sie einen Tag in den nächsten {FARTHEST.days} Tagen.")
        return data


class CopyForm(forms.Form):
    """Makes one copy, however often the button is pressed."""

    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
