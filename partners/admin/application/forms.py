"""What the office types while it reviews an application."""

from datetime import date
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils import timezone

from klimapakt.fields import PROSE_MAX, LineFormField, ProseFormField
from klimapakt.mailbox import kinds, rewording, wording
from klimapakt.pact.models import Pact
from klimapakt.uploads import DocumentField
from partners import steps
from partners.admin import desk
from partners.admin.previewed import Mail, PreviewedForm
from partners.mails import application as mails
from partners.models import Application
from partners.services import review, shown
from partners.steps import Step

OLD_PAGE = "Diese Seite ist veraltet. Bitte laden Sie sie neu."
EMPTIED = "Diese Angabe braucht der Antrag: Sie lässt sich ändern, aber nicht leeren."
READ_AGAIN = "Inzwischen hat sich der Vorschlag oder eine Angabe im Antrag geändert. Bitte sehen Sie noch einmal nach und bestätigen Sie dann."


class StepForm(forms.Form):
    done_on = desk.day_field("Tag")
    document = DocumentField(label="Dokument", required=False)
    note = ProseFormField(label="Notiz", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_done_on(self) -> date:
        day = self.cleaned_data["done_on"]
        if day > timezone.localdate() or day.year < 2000:
            raise ValidationError("Bitte geben Sie einen Tag an, der nicht in der Zukunft liegt.")
        return day


class FollowUpForm(desk.FollowUpForm):
    note = LineFormField(label="Warum", required=False, max_length=200)


class WithdrawalForm(forms.Form):
    note = LineFormField(
        label="Wie Sie davon erfahren haben",
        required=False,
        max_length=200,
        help_text="Zum Beispiel „Brief vom 3. Mai“. Steht im Verlauf.",
    )


class ExceptionForm(forms.Form):
    """Why somebody is accepted against a rule of the pact."""

    exception = ProseFormField(
        label="Warum Sie den Antrag trotzdem annehmen",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Steht im Verlauf. Das Unternehmen liest es nicht.",
        error_messages={"required": "Bitte schreiben Sie den Grund auf. Er steht später im Verlauf."},
    )


class ProposalForm(forms.Form):
    """Knows which proposal was read: another one in its place is neither confirmed nor returned unread."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        self.state = shown.proposal(application)
        super().__init__(*args, initial={"seen": self.state}, **kwargs)

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("seen"):
            raise ValidationError(OLD_PAGE)
        if self.cleaned_data["seen"] != self.state:
            self.data = self.data.copy()
            self.data["seen"] = self.state
            raise ValidationError(READ_AGAIN)
        return self.cleaned_data


class ReturnProposalForm(ProposalForm):
    note = ProseFormField(label="Warum", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class RejectionForm(PreviewedForm):
    """The reason, and the mail that tells it."""

    reason = ProseFormField(
        label="Grund, so wie ihn das Unternehmen liest",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Steht auf der Statusseite, und in der Mail dort, wo {begruendung} steht.",
        error_messages={"required": "Bitte nennen Sie den Grund. Das Unternehmen soll ihn verstehen können."},
    )
    subject = LineFormField(label="Betreff der Mail", max_length=wording.LONGEST_SUBJECT)
    text = ProseFormField(
        label="Text der Mail",
        max_length=PROSE_MAX,
        widget=forms.Textarea(attrs={"rows": 14, "class": "office-text"}),
        help_text="Ändern Sie den Text, wie es zu diesem Unternehmen passt. {begruendung} muss stehen bleiben: Dort kommt Ihr Grund hin.",
    )

    def __init__(self, data: Any = None, files: Any = None, *, application: Application) -> None:
        super().__init__(data)
        self.application = application
        self.has_mail = application.correspondent() is not None
        if not self.has_mail:
            del self.fields["subject"], self.fields["text"]
        elif data is None:
            subject, text = mails.rejection_draft(application, Pact.load())
            self.initial = {"subject": subject, "text": text}

    def clean(self) -> dict[str, Any]:
        if not self.has_mail:
            return {"reason": self.cleaned_data.get("reason"), "texts": None}
        texts = self.cleaned_data.get("subject", ""), self.cleaned_data.get("text", "")
        for field, problems in rewording.check(kinds.get("application_rejected"), texts).items():
            name = "text" if field == "body" else field
            if name not in self.errors:
                self.add_error(name, problems)
        return {"reason": self.cleaned_data.get("reason"), "texts": texts}

    def mail(self) -> Mail:
        return mails.rejection_preview(self.application, self.cleaned_data["reason"], self.cleaned_data["texts"])


SHOWN_SALT = "application-shown"


class CorrectionForm(forms.ModelForm):
    """Mends the answers of one step, and which of them hold trade secrets; knows what the page showed."""

    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Application
        fields: list[str] = []

    def __init__(self, data: Any, *, step: Step, application: Application) -> None:
        ticks = steps.ticks_of(step)
        self.names = (*self._meta.fields, *ticks)
        stored = {name: steps.stored(application, name) for name in self.names}
        super().__init__(data, instance=application, initial={**stored, "shown": sealed(stored)})
        for name in self._meta.fields:
            self.fields[name].label = steps.office_label(name)
        for name in ticks:
            self.fields[name] = forms.BooleanField(label="Enthält Betriebsgeheimnisse", required=False)

    @property
    def rows(self) -> list[forms.BoundField]:
        """The fields as people read them, each tick below its answer."""
        names = (name for field in self._meta.fields for name in (field, steps.SECRET + field))
        return [self[name] for name in names if name in self.fields]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        try:
            before = signing.loads(self.data.get("shown", ""), salt=SHOWN_SALT)
        except signing.BadSignature:
            raise ValidationError(OLD_PAGE) from None
        if set(before) != set(self.names):
            raise ValidationError(OLD_PAGE)
        self.before = before
        for name in self._meta.fields:
            if before[name] and name not in self.errors and review.is_emptied(self.instance, name, data.get(name)):
                self.add_error(name, EMPTIED)
        return data

    @property
    def answers(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.names}

    def show(self, stored: dict[str, Any]) -> None:
        """Say that the page shows these values now."""
        self.data = self.data.copy()
        self.data["shown"] = sealed(stored)

    def _post_clean(self) -> None:
        """Validate as the model does, and leave the instance as it is stored."""
        stored = {name: getattr(self.instance, name) for name in self._meta.fields}
        super()._post_clean()
        for name, value in stored.items():
            setattr(self.instance, name, value)


def sealed(values: dict[str, Any]) -> str:
    return signing.dumps(values, salt=SHOWN_SALT, compress=True)


def correction_form(step: Step, application: Application, pact: Pact, data: Any = None) -> CorrectionForm:
    """Return the form of one step's answers as they are stored, or as they were typed."""
    form_class = forms.modelform_factory(Application, form=CorrectionForm, fields=steps.fields_of(step, pact))
    return form_class(data, step=step, application=application)
