"""The office reviews an application: all of it on one page, each step a button."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from klimapakt.admin import ReadOnlyAdmin, ServiceAction, ServiceActionsAdmin
from klimapakt.fields import ProseFormField
from klimapakt.mailbox import record
from klimapakt.pact.models import Pact
from klimapakt.uploads import DocumentField
from partners.models import Application, ApplicationStep
from partners.services import joining
from partners.services.joining import CORRECTABLE


class QuestionForm(forms.Form):
    text = ProseFormField(
        label="Ihre Frage",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Bitte schreiben Sie Ihre Frage."},
    )


class ReasonForm(forms.Form):
    reason = ProseFormField(
        label="Grund, so wie ihn das Unternehmen liest",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Bitte nennen Sie den Grund. Das Unternehmen soll ihn verstehen können."},
    )


class StepForm(forms.Form):
    done_on = forms.DateField(label="Tag", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    document = DocumentField(label="Dokument", required=False)
    note = ProseFormField(label="Notiz", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_done_on(self) -> Any:
        day = self.cleaned_data["done_on"]
        if day > timezone.localdate() or day.year < 2000:
            raise ValidationError("Bitte geben Sie einen Tag an, der nicht in der Zukunft liegt.")
        return day


def _accept(application: Application, *, by: object) -> str:
    partner = joining.accept(application, by=by)
    return f"„{partner}“ ist aufgenommen. Als Nächstes: Vereinbarung abstimmen und eintragen."


def _explain_accept(application: Application) -> str:
    pact = Pact.load()
    known = joining.known_organisation(application)
    base = (
        f"Die Organisation „{known}“ gibt es schon; sie wird auch Partner."
        if known
        else f"Das Portal legt „{application.name}“ als Organisation und Partner an, mit Ansprechpersonen und Einwilligungen."
    )
    return f"{base} {_mail_after(application, pact)}"


def _obstacles_to_accept(application: Application) -> list[str]:
    missing = joining.missing_steps(application, Pact.load())
    return [f"Bitte tragen Sie zuerst ein: {', '.join(missing)}."] if missing else []


def _explain_reject(application: Application) -> str:
    return f"Der Antrag wird abgelehnt. {_mail_after(application, Pact.load())} Der Grund steht in der Mail."


def _mail_after(application: Application, pact: Pact) -> str:
    when = (
        f"in {pact.undo_minutes} Minuten; so lange können Sie die Entscheidung zurücknehmen, ohne dass jemand davon erfährt"
        if pact.undo_minutes
        else "sofort"
    )
    return f"Eine Mail an {application.contact_name} ({application.contact_email}) geht {when}."


def _explain_undo(application: Application) -> str:
    if application.status == Application.Status.ACCEPTED:
        what = "Organisation, Partner und Ansprechpersonen, die dabei angelegt wurden, werden wieder entfernt. "
    else:
        what = ""
    return f"{what}Der Antrag ist dann wieder in Prüfung. Ist die Mail über die Entscheidung schon heraus, schreibt das Portal dem Unternehmen, dass neu geprüft wird."


def _undo(application: Application, *, by: object) -> str:
    was_told = joining.undo_decision(application, by=by)
    return "Zurückgenommen. " + (
        "Das Unternehmen bekommt eine Mail." if was_told else "Es geht keine Mail heraus, niemand hat davon erfahren."
    )


def _step(kind: str, name: str, used: Any) -> ServiceAction:
    label = ApplicationStep.Kind(kind).label

    def run(application: Application, *, by: object, done_on: Any, document: Any, note: str) -> str:
        joining.record_step(application, kind, done_on=done_on, document=document, note=note, by=by)
        return f"{label} ist eingetragen."

    return ServiceAction(
        name=name,
        label=f"{label} eintragen",
        available=lambda application: application.is_open and used(Pact.load()),
        explain=lambda application: (
            f"Hält fest, wann: {label}. Es geht keine Mail heraus. Ein früherer Eintrag wird ersetzt."
        ),
        run=run,
        form=StepForm,
    )


def _is(*states: str) -> Any:
    return lambda application: application.status in states


S = Application.Status
ACTIONS = [
    ServiceAction(
        name="pruefen",
        label="In Prüfung nehmen",
        available=_is(S.SUBMITTED),
        is_main=True,
        explain=lambda application: (
            "Der Antrag liegt dann bei Ihnen. Das Unternehmen sieht auf seiner Statusseite, dass geprüft wird. Es geht keine Mail heraus."
        ),
        run=lambda application, *, by: joining.start_review(application, by=by) or "Der Antrag liegt jetzt bei Ihnen.",
    ),
    ServiceAction(
        name="aufnehmen",
        label="Aufnehmen",
        available=_is(S.IN_REVIEW),
        is_main=True,
        explain=_explain_accept,
        obstacles=_obstacles_to_accept,
        run=_accept,
    ),
    ServiceAction(
        name="rueckfrage",
        label="Rückfrage stellen",
        available=_is(S.IN_REVIEW),
        form=QuestionForm,
        explain=lambda application: (
            f"{application.contact_name} ({application.contact_email}) bekommt Ihre Frage per Mail und antwortet auf der Statusseite."
        ),
        run=lambda application, *, by, text: joining.ask(application, text, by=by) and "Ihre Frage ist gestellt.",
    ),
    _step(ApplicationStep.Kind.ORIENTATION_TALK, "gespraech", lambda pact: pact.uses_orientation_talk),
    _step(ApplicationStep.Kind.LETTER_OF_INTENT, "absichtserklaerung", lambda pact: pact.uses_letter_of_intent),
    ServiceAction(
        name="ablehnen",
        label="Ablehnen",
        available=_is(S.IN_REVIEW),
        form=ReasonForm,
        is_destructive=True,
        explain=_explain_reject,
        run=lambda application, *, by, reason: (
            joining.reject(application, reason, by=by) or "Der Antrag ist abgelehnt."
        ),
    ),
    ServiceAction(
        name="zuruecknehmen",
        label="Entscheidung zurücknehmen",
        available=_is(S.ACCEPTED, S.REJECTED),
        is_destructive=True,
        explain=_explain_undo,
        run=_undo,
    ),
    ServiceAction(
        name="bestaetigung",
        label="Bestätigungsmail erneut senden",
        available=_is(S.UNCONFIRMED),
        explain=lambda application: (
            "Die Person, die den Antrag gestellt hat, bekommt den Link zur Bestätigung noch einmal. Der frühere Link gilt dann nicht mehr."
        ),
        run=lambda application, *, by: (
            joining.resend_confirmation(application, by=by) or "Die Bestätigungsmail ist unterwegs."
        ),
    ),
    ServiceAction(
        name="link",
        label="Persönlichen Link senden",
        available=lambda application: application.is_confirmed,
        explain=lambda application: (
            f"{application.contact_name} ({application.contact_email}) bekommt einen neuen Link zur Statusseite."
        ),
        run=lambda application, *, by: joining.send_link(application, by=by) or "Der Link ist unterwegs.",
    ),
]


class CorrectionForm(forms.ModelForm):
    """Mends typos; knows which version of the application it was shown."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Application
        fields = CORRECTABLE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "version" in self.fields:
            self.fields["version"].initial = self.instance.version

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("version") != Application.objects.values_list("version", flat=True).get(pk=self.instance.pk):
            raise ValidationError(
                "Jemand hat diesen Antrag inzwischen geändert. Bitte laden Sie die Seite neu und tragen Sie Ihre Änderung noch einmal ein."
            )
        return data


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin, ServiceActionsAdmin):
    """Until the address is proven, staff see only name, time and „unbestätigt“."""

    form = CorrectionForm
    change_form_template = "admin/partners/application/change_form.html"
    list_display = ["name", "status", "created_at", "shown_reviewer"]
    list_filter = ["status", "created_at"]
    list_select_related = ["reviewer"]
    search_fields = ["name"]
    service_actions = ACTIONS
    fieldsets = [
        (
            "Organisation",
            {"fields": ["name", "kind", "street", ("postal_code", "place"), "sector", "employees", "website"]},
        ),
        ("Ansprechperson", {"fields": ["contact_name", "contact_function", "contact_email", "contact_phone"]}),
        ("Wer unterschreibt", {"fields": ["signatory_name", "signatory_function"]}),
        ("Klimaschutz", {"fields": ["already_doing", "wishes", "version"]}),
    ]
    unconfirmed_fields = ["name", "created_at", "status"]

    @admin.display(description="in Prüfung bei", ordering="reviewer")
    def shown_reviewer(self, application: Application) -> str:
        return application.reviewer_name

    def get_fieldsets(self, request: HttpRequest, obj: Application | None = None) -> list:
        if obj is not None and not obj.is_confirmed:
            return [(None, {"fields": self.unconfirmed_fields})]
        if not self.has_change_permission(request, obj):
            return [
                (name, {"fields": [f for f in options["fields"] if f != "version"]}) for name, options in self.fieldsets
            ]
        return self.fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Application | None = None) -> list[str]:
        return self.unconfirmed_fields if obj is not None and not obj.is_confirmed else []

    def has_change_permission(self, request: HttpRequest, obj: Application | None = None) -> bool:
        """The form mends only what is under way; a decided application is read."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.is_open)

    def may_act(self, request: HttpRequest, found: Application) -> bool:
        return request.user.has_perm("partners.review_application")

    def save_model(self, request: HttpRequest, obj: Application, form: CorrectionForm, change: bool) -> None:
        answers = {name: form.cleaned_data[name] for name in CORRECTABLE}
        joining.correct(obj, answers, version=form.cleaned_data["version"], by=request.user)

    def page_context(self, request: HttpRequest, found: Application) -> dict[str, Any]:
        if not found.is_confirmed:
            return {"unconfirmed": True}
        return {
            "questions": found.questions.all(),
            "steps": found.steps.all(),
            "missing_steps": joining.missing_steps(found, request.pact) if found.is_open else [],
            "consents": found.consents.all(),
            "timeline": found.timeline.all(),
            "mails": record.about(found),
            "is_outside": found.place.casefold() != request.pact.city.casefold(),
            "partner_url": found.partner_id and reverse("admin:partners_partner_change", args=[found.partner_id]),
        }

    def get_urls(self) -> list:
        document = path(
            "<int:object_id>/dokument/<int:step_id>/",
            self.admin_site.admin_view(self.document_view),
            name="partners_application_document",
        )
        return [document, *super().get_urls()]

    def document_view(self, request: HttpRequest, object_id: int, step_id: int) -> HttpResponse:
        """Hand out a recorded document, always as a download."""
        if not self.has_view_permission(request):
            raise Http404
        step = get_object_or_404(ApplicationStep, pk=step_id, application=object_id)
        if not step.document:
            raise Http404
        return FileResponse(step.document.open("rb"), as_attachment=True, filename=step.document_name or "dokument")
