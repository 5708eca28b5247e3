"""The office asks the company, several things at once; takes a question back; writes down what was said on the phone."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError

from klimapakt.admin import ServiceAction
from klimapakt.fields import ProseFormField
from partners import steps
from partners.admin.previewed import Mail, PreviewedForm
from partners.mails import application as mails
from partners.models import Application, ApplicationQuestion
from partners.services import questions

MOST_AT_ONCE = 5
"""So many questions fit into one mail that people still read to its end."""

S = Application.Status


def _fields_by_step() -> list[tuple[str, Any]]:
    groups = [
        (step.office_title, [(field, steps.office_label(field)) for field in step.fields])
        for step in steps.STEPS
        if step.fields
    ]
    return [("", "keine bestimmte Angabe"), *groups]


class Row(NamedTuple):
    """A question on the page and the field that it is about."""

    number: int
    fields: list[forms.BoundField]


class QuestionForm(PreviewedForm):
    """One question or a few; `cleaned_data` holds them as `asked`."""

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.application = application
        self.has_mail = application.correspondent() is not None
        for number in range(1, MOST_AT_ONCE + 1):
            self.fields[f"text_{number}"] = ProseFormField(
                label="Ihre Frage",
                max_length=2000,
                required=number == 1,
                widget=forms.Textarea(attrs={"rows": 4}),
                error_messages={"required": "Bitte schreiben Sie Ihre Frage."},
            )
            self.fields[f"field_{number}"] = forms.ChoiceField(
                label="Zu welcher Angabe?",
                required=False,
                choices=_fields_by_step,
                help_text="Das Unternehmen kann diese Angabe dann gleich berichtigen." if self.has_mail else "",
            )

    @property
    def rows(self) -> list[Row]:
        return [Row(n, [self[f"text_{n}"], self[f"field_{n}"]]) for n in range(1, MOST_AT_ONCE + 1)]

    @property
    def has_more(self) -> bool:
        """Whether something beyond the first question was filled in; then it must not be folded away."""
        return any(field.errors or field.value() for row in self.rows[1:] for field in row.fields)

    def clean(self) -> dict[str, Any]:
        asked = []
        for row in self.rows:
            text, field = row.fields
            words, about = self.cleaned_data.get(text.name), self.cleaned_data.get(field.name)
            if words:
                asked.append(questions.Asked(words, about or ""))
            elif about and not text.errors:
                self.add_error(text.name, "Bitte schreiben Sie, was Sie zu dieser Angabe wissen möchten.")
        return {"asked": asked}

    def mail(self) -> Mail:
        asked = [ApplicationQuestion(text=one.text, field=one.field) for one in self.cleaned_data["asked"]]
        return mails.preview(self.application, "application_question", questions=asked)


def _waiting(application: Application) -> list[tuple[int, str]]:
    return [(question.pk, str(question)) for question in application.questions.open()]


class TakeBackForm(forms.Form):
    chosen = forms.TypedMultipleChoiceField(
        label="Was hat sich erledigt?",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Bitte wählen Sie mindestens eine Frage."},
    )

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = _waiting(application)
        self.fields["chosen"].choices = choices
        if len(choices) == 1:
            self.fields["chosen"].initial = [choices[0][0]]


class SpokenAnswersForm(forms.Form):
    """What the company said on the phone or by mail; `cleaned_data` holds it as `replies`."""

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting = dict(_waiting(application))
        for pk, text in self.waiting.items():
            self.fields[f"answer_{pk}"] = ProseFormField(
                label=text, max_length=3000, required=False, widget=forms.Textarea(attrs={"rows": 4})
            )

    def clean(self) -> dict[str, Any]:
        texts = {pk: self.cleaned_data.get(f"answer_{pk}", "") for pk in self.waiting}
        if not any(texts.values()) and not self.errors:
            raise ValidationError("Bitte schreiben Sie zu mindestens einer Frage, was das Unternehmen geantwortet hat.")
        return {"replies": [questions.Reply(pk, text) for pk, text in texts.items() if text]}


def _ask(application: Application, *, by: object, asked: list[questions.Asked]) -> str:
    made = questions.ask(application, asked, by=by)
    return "Ihre Frage ist gestellt." if len(made) == 1 else f"Ihre {len(made)} Fragen sind gestellt."


def _explain_ask(application: Application) -> str:
    person = application.correspondent()
    if person is None:
        return (
            "Zu diesem Antrag gibt es keine E-Mail-Adresse: Es geht keine Mail heraus. Bitte fragen Sie am Telefon oder mit"
            " einem Brief und tragen Sie die Antwort danach hier ein."
        )
    return (
        f"{person.name} ({person.email}) bekommt eine Mail mit allen Fragen und antwortet auf der Statusseite. Bis zur"
        " letzten Antwort wartet der Antrag."
    )


def _about_proposal(application: Application) -> str:
    """A proposed decision ends with the review it was for."""
    what = application.get_proposed_decision_display()
    return f" Der Vorschlag „{what}“ gilt dann nicht mehr." if what else ""


def _explain_take_back(application: Application) -> str:
    what = "Auf diese Fragen erwarten Sie dann keine Antwort mehr. Ist keine mehr offen, geht die Prüfung weiter"
    if application.correspondent() is None:
        return f"{what}. Es geht keine Mail heraus."
    return f"{what}, und eine Mail, die noch nicht heraus ist, geht nicht mehr."


def _take_back(application: Application, *, by: object, chosen: list[int]) -> str:
    was_told = questions.take_back(application, chosen, by=by)
    if application.correspondent() is None:
        return "Zurückgenommen."
    return "Zurückgenommen. " + (
        "Auf der Statusseite steht, dass sich die Frage erledigt hat."
        if was_told
        else "Die Mail war noch nicht heraus und geht nicht mehr."
    )


def _record(application: Application, *, by: object, replies: list[questions.Reply]) -> str:
    questions.answer(application, replies, by=by)
    return "Die Antwort ist eingetragen."


def _form_for(form: type[forms.Form]) -> Callable[[Application], Callable[..., forms.Form]]:
    return lambda application: partial(form, application=application)


ASK = ServiceAction(
    name="rueckfrage",
    label="Rückfrage stellen",
    available=lambda application: application.status in (S.IN_REVIEW, S.QUERY),
    form_for=_form_for(QuestionForm),
    template="admin/partners/application/ask.html",
    explain=lambda application: _explain_ask(application) + _about_proposal(application),
    run=_ask,
)
RECORD_ANSWER = ServiceAction(
    name="antwort",
    label="Antwort eintragen",
    available=lambda application: application.status == S.QUERY,
    form_for=_form_for(SpokenAnswersForm),
    explain=lambda application: (
        "Für Antworten am Telefon oder per Mail. Ist danach keine Frage mehr offen, geht die Prüfung weiter. Es geht keine Mail heraus."
    ),
    run=_record,
)
TAKE_BACK = ServiceAction(
    name="rueckfrage-zuruecknehmen",
    label="Rückfrage zurücknehmen",
    available=lambda application: application.status == S.QUERY,
    form_for=_form_for(TakeBackForm),
    explain=_explain_take_back,
    run=_take_back,
)

ACTIONS = [ASK, RECORD_ANSWER, TAKE_BACK]
