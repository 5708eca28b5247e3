"""What the office types while it reviews an application."""

import hashlib
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
from partners.mails import application as mails
from partners.models import Application
from partners.services import review, shown
from partners.steps import Step, fields_of

OLD_PAGE = "Diese Seite ist veraltet. Bitte laden Sie sie neu."


def _day(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class StepForm(forms.Form):
    done_on = _day("Tag")
    document = DocumentField(label="Dokument", required=False)
    note = ProseFormField(label="Notiz", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_done_on(self) -> date:
        day = self.cleaned_data["done_on"]
        if day > timezone.localdate() or day.year < 2000:
            raise ValidationError("Bitte geben Sie einen Tag an, der nicht in der Zukunft liegt.")
        return day


class PersonChoice(forms.ModelChoiceField):
    def label_from_instance(self, person: Any) -> str:
        return person.get_full_name() or person.get_username()


class AssignForm(forms.Form):
    person = PersonChoice(queryset=None, label="Wer kümmert sich?", empty_label="Bitte wählen")

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = review.reviewers()
        self.fields["person"].initial = application.reviewer_id


class FollowUpForm(forms.Form):
    until = _day("Wieder vorlegen am")
    note = LineFormField(label="Warum", required=False, max_length=200)

    def clean_until(self) -> date:
        day = self.cleaned_data["until"]
        if not 0 < (day - timezone.localdate()).days <= 731:
            raise ValidationError("Bitte wählen Sie einen Tag ab morgen, höchstens zwei Jahre voraus.")
        return day


class NoteForm(forms.Form):
    text = ProseFormField(
        label="Notiz",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Bitte schreiben Sie Ihre Notiz."},
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
    """Knows which proposal was read: another one in its place is neither confirmed nor returned."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, initial={"seen": shown.proposal(application)}, **kwargs)

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("seen"):
            raise ValidationError(OLD_PAGE)
        return self.cleaned_data


class ReturnProposalForm(ProposalForm):
    note = ProseFormField(label="Warum", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class RejectionForm(forms.Form):
    """The reason, and the mail that tells it. It is valid once its writer has seen exactly this mail."""

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
        help_text="Ändern Sie den Text, wie es zu diesem Unternehmen passt. Wo {begruendung} steht, kommt Ihr Grund hin.",
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, data: Any = None, files: Any = None, *, application: Application) -> None:
        super().__init__(data)
        self.application = application
        self.preview: tuple[str, str] | None = None
        self.was_changed = False
        if application.correspondent() is None:
            del self.fields["subject"], self.fields["text"]
        elif data is None:
            subject, text = mails.rejection_draft(application, Pact.load())
            self.initial = {"subject": subject, "text": text}

    @property
    def is_ready(self) -> bool:
        """Whether the next click decides."""
        return self.preview is not None or "text" not in self.fields

    def clean(self) -> dict[str, Any]:
        if "text" not in self.fields:
            return {"reason": self.cleaned_data.get("reason"), "texts": None}
        texts = self.cleaned_data.get("subject", ""), self.cleaned_data.get("text", "")
        for field, problems in rewording.check(kinds.get("application_rejected"), texts).items():
            name = "text" if field == "body" else field
            if name not in self.errors:
                self.add_error(name, problems)
        return {"reason": self.cleaned_data.get("reason"), "texts": texts}

    def is_valid(self) -> bool:
        if not super().is_valid():
            return False
        reason, texts = self.cleaned_data["reason"], self.cleaned_data["texts"]
        if texts is None:
            return True
        self.preview = mails.rejection_preview(self.application, reason, texts)
        mark = hashlib.sha256("\0".join([reason, *texts]).encode()).hexdigest()
        before = self.data.get("seen", "")
        self.was_changed = before not in ("", mark)
        self.data = self.data.copy()
        self.data["seen"] = mark
        return before == mark


SHOWN_SALT = "application-shown"


class CorrectionForm(forms.ModelForm):
    """Mends the answers of one step; knows what the page showed."""

    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Application
        fields: list[str] = []

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        try:
            before = signing.loads(self.data.get("shown", ""), salt=SHOWN_SALT)
        except signing.BadSignature:
            raise ValidationError(OLD_PAGE) from None
        if set(before) != set(self._meta.fields):
            raise ValidationError(OLD_PAGE)
        self.before = before
        return data

    @property
    def answers(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._meta.fields}

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
    form_class = forms.modelform_factory(Application, form=CorrectionForm, fields=fields_of(step, pact))
    stored = {name: getattr(application, name) for name in fields_of(step, pact)}
    return form_class(data, instance=application, initial={"shown": sealed(stored)})
