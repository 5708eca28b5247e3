"""What a company may say on the status page of its application."""

from collections.abc import Sequence

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout, Submit
from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.urls import reverse

from klimapakt.fields import MailFormField, ProseFormField
from klimapakt.pact.models import Pact
from partners import steps
from partners.access import about
from partners.forms.steps import StepForm
from partners.models import Application, ApplicationQuestion
from partners.services.questions import Conflict, Reply
from partners.sheet import in_words

SHOWN_SALT = "application-answer-shown"

DAMAGED = "Dieses Formular ist beschädigt. Bitte laden Sie die Seite neu."


class Asked(Div):
    """A question above the fields of its answer. Its words stay data: crispy reads legends as templates."""

    template = "partners/_asked.html"

    def __init__(
        self, question: ApplicationQuestion, application: Application, conflict: Conflict | None, *fields: str
    ) -> None:
        super().__init__(*fields)
        self.question = question
        self.files_url = reverse("company:files") + about(application)
        self.is_conflict = conflict is not None
        self.stored = in_words(question.field, conflict.value) if conflict else ""


class AnswerForm(forms.Form):
    """The company's answers to the open questions, and the fields asked about. One answer is enough to send it."""

    def __init__(
        self, data: object = None, *, application: Application, pact: Pact, questions: Sequence[ApplicationQuestion]
    ) -> None:
        super().__init__(data)
        self.application, self.questions = application, list(questions)
        for question in self.questions:
            pk = question.pk
            if question.field:
                stored = getattr(application, question.field)
                self.fields[f"shown_{pk}"] = forms.CharField(
                    widget=forms.HiddenInput, initial=signing.dumps(stored, salt=SHOWN_SALT), required=False
                )
                self.fields[f"value_{pk}"] = _field(question.field, application, pact)
            self.fields[f"answer_{pk}"] = ProseFormField(
                label="Ihre Antwort",
                max_length=3000,
                required=False,
                widget=forms.Textarea(attrs={"rows": 4}),
                help_text="Stimmt die Angabe so, schreiben Sie das kurz dazu." if question.field else "",
            )
            for name in self._names(pk):
                self.fields[name].hide_optional = True
        self.helper = FormHelper()
        self.helper.form_action = reverse("company:answer") + about(application)
        self.helper.attrs = {"novalidate": True}
        self._lay_out({})

    def ask_again(self, conflicts: Sequence[Conflict]) -> None:
        """Show what somebody else has stored meanwhile, beside what was typed here; sending once more decides."""
        self.data = self.data.copy()
        for conflict in conflicts:
            self.data[f"shown_{conflict.question.pk}"] = signing.dumps(conflict.value, salt=SHOWN_SALT)
        self._lay_out({conflict.question.pk: conflict for conflict in conflicts})

    def _lay_out(self, conflicts: dict[int, Conflict]) -> None:
        parts = [
            Asked(question, self.application, conflicts.get(question.pk), *self._names(question.pk))
            for question in self.questions
        ]
        button = "Antwort senden" if len(self.questions) == 1 else "Antworten senden"
        self.helper.layout = Layout(*parts, Submit("send", button))

    def _names(self, pk: int) -> list[str]:
        return [name for name in (f"shown_{pk}", f"value_{pk}", f"answer_{pk}") if name in self.fields]

    def clean(self) -> dict[str, object]:
        replies = [self._reply(question) for question in self.questions]
        given = [reply for reply in replies if reply and (reply.text or reply.value != reply.shown)]
        if not given and not self.errors:
            self.add_error(f"answer_{self.questions[0].pk}", "Bitte schreiben Sie eine Antwort.")
        return {"replies": given}

    def _reply(self, question: ApplicationQuestion) -> Reply | None:
        pk = question.pk
        text = self.cleaned_data.get(f"answer_{pk}", "")
        if not question.field:
            return Reply(pk, text)
        try:
            shown = signing.loads(self.cleaned_data.get(f"shown_{pk}", ""), salt=SHOWN_SALT)
        except signing.BadSignature:
            raise ValidationError(DAMAGED) from None
        name = f"value_{pk}"
        typed = self[name]
        if not typed.field.has_changed(shown, typed.data):
            self.errors.pop(name, None)  # what the office left standing is not this person's mistake
            return Reply(pk, text, shown, shown)
        return Reply(pk, text, self.cleaned_data[name], shown) if name in self.cleaned_data else None


def _field(name: str, application: Application, pact: Pact) -> forms.Field:
    """Return the field of the application's own form, as strict as there."""
    step = steps.step_of(name)
    form = StepForm(step=step, application=application, pact=pact, pen=None, is_strict=True)
    field = form.fields[name]
    field.required = name in step.needed
    field.initial = form.initial[name]
    of_column = Application._meta.get_field(name).validators  # there, `_post_clean` asks them
    field.validators.extend(one for one in of_column if one not in field.validators)
    return field


class MendAddressForm(forms.Form):
    """Another address, while the one that was given is not proven."""

    email = MailFormField(label="Ihre E-Mail-Adresse")

    def __init__(self, data: object = None, *, application: Application) -> None:
        super().__init__(data)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.helper = FormHelper()
        self.helper.form_action = reverse("company:mend_address") + about(application)
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout("email", Submit("send", "Adresse berichtigen"))
