"""The office looks after companies that are interested: what is next for each, each step a button."""

from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from klimapakt.admin import ReadOnlyAdmin, ServiceAction
from klimapakt.fields import LineFormField, ProseFormField
from klimapakt.mailbox import record
from klimapakt.pact.models import Pact
from partners.admin.desk import AssignForm, CaseSearchAdmin, FollowUpForm, NoteForm
from partners.admin.links import CLOSE_LINKS, LinkUsesAdmin
from partners.admin.previewed import Mail, PreviewedForm
from partners.mails import interest as mails
from partners.models import Interest, TalkBooking
from partners.services import interest as service


def next_step(interest: Interest) -> str:
    """Say in German what is next. Reads `coming_talks` and the application as the list has loaded them."""
    if not interest.is_open:
        return f"nichts mehr: {interest.closing_reason}"
    if interest.application:
        return "Antrag ist eingegangen" if interest.application.is_confirmed else "Unternehmen füllt den Antrag aus"
    if interest.coming_talks:
        return f"Gespräch führen: {interest.coming_talks[0].slot}"
    if interest.follow_up_on:
        when = date_format(interest.follow_up_on, "d.m.Y")
        return f"Wiedervorlage {'seit' if interest.follow_up_on <= timezone.localdate() else 'am'} {when}"
    if interest.answered_at:
        return "beantwortet, das Unternehmen ist am Zug"
    return "Antworten und Gespräch vereinbaren" if interest.wants_talk else "Antworten"


# --- What the office types --------------------------------------------------------------------------------------------


class InterestAnswerForm(PreviewedForm):
    text = ProseFormField(
        label="Ihre Antwort",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="Anrede, Link und Gruß setzt das Portal darum herum (Mailtexte: „Antwort auf eine Anfrage“).",
        error_messages={"required": "Bitte schreiben Sie Ihre Antwort."},
    )

    def __init__(self, *args: Any, interest: Interest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.interest = interest

    def mail(self) -> Mail:
        return mails.answer_preview(self.interest, self.cleaned_data["text"])


class InterestCloseForm(forms.Form):
    reason = LineFormField(
        label="Warum",
        max_length=200,
        help_text="Zum Beispiel „Frage beantwortet“ oder „kein Interesse mehr“. Nur für die Geschäftsstelle.",
        error_messages={"required": "Bitte sagen Sie kurz, warum nichts mehr zu tun ist."},
    )


# --- Buttons ----------------------------------------------------------------------------------------------------------


def _is_open(interest: Interest) -> bool:
    return interest.is_open


def _person(interest: Interest) -> str:
    return f"{interest.name} ({interest.email})"


def _explain_closing(interest: Interest) -> str:
    talk = (
        " Das gebuchte Gespräch wird abgesagt; darüber bekommt das Unternehmen eine Mail."
        if interest.coming_talks and not interest.application
        else " Es geht keine Mail heraus."
    )
    kept = Pact.load().delete_mail_bodies_after_days
    return f"Die Anfrage verschwindet aus den offenen.{talk} Das Portal löscht sie nach {kept} Tagen; bis dahin können Sie sie wieder öffnen."


ACTIONS = [
    ServiceAction(
        name="antworten",
        label="Antworten",
        is_main=True,
        available=_is_open,
        form_for=lambda interest: partial(InterestAnswerForm, interest=interest),
        template="admin/partners/interest/answer.html",
        explain=lambda interest: (
            f"{_person(interest)} bekommt Ihre Antwort per Mail, mit dem Link zur eigenen Seite. Antworten kommen in Ihr Postfach."
        ),
        run=lambda interest, *, by, text: service.answer(interest, text, by=by) or "Ihre Antwort ist unterwegs.",
    ),
    ServiceAction(
        name="beantwortet",
        label="Als beantwortet vermerken",
        available=lambda interest: interest.is_open and interest.answered_at is None,
        explain=lambda interest: (
            "Hält fest, dass Sie auf anderem Weg geantwortet haben, zum Beispiel am Telefon. Es geht keine Mail heraus."
        ),
        run=lambda interest, *, by: service.note_answer(interest, by=by) or "Als beantwortet vermerkt.",
    ),
    ServiceAction(
        name="antrag",
        label="Antrag beginnen",
        available=lambda interest: interest.is_open and interest.application is None,
        explain=lambda interest: (
            f"Das Portal legt einen Antrag an, in dem Name, Organisation und Adresse schon stehen. {_person(interest)} bekommt eine Mail mit dem Link und füllt den Rest aus. Ein Gespräch und eine Absichtserklärung gelten für den Antrag weiter."
        ),
        run=lambda interest, *, by: (
            service.begin_application(interest, by=by) and "Der Antrag ist begonnen, der Link ist unterwegs."
        ),
    ),
    ServiceAction(
        name="zuweisen",
        label="Zuweisen",
        available=_is_open,
        form_for=lambda interest: partial(AssignForm, holder=interest.assigned_to_id),
        explain=lambda interest: "Legt fest, wer sich um die Anfrage kümmert. Es geht keine Mail heraus.",
        run=lambda interest, *, by, person: service.assign(interest, person, by=by) or "Zugewiesen.",
    ),
    ServiceAction(
        name="wiedervorlage",
        label="Wiedervorlage",
        available=_is_open,
        form=FollowUpForm,
        explain=lambda interest: (
            "Bis zu diesem Tag mahnt das Portal die Anfrage nicht an; dann steht sie auf der Übersicht. Es geht keine Mail heraus."
        ),
        run=lambda interest, *, by, until: service.follow_up(interest, until, by=by) or "Wiedervorlage gesichert.",
    ),
    ServiceAction(
        name="wiedervorlage-erledigt",
        label="Wiedervorlage erledigt",
        available=lambda interest: interest.is_open and interest.follow_up_on is not None,
        explain=lambda interest: (
            f"Streicht die Wiedervorlage am {date_format(interest.follow_up_on, 'j. F Y')}. Es geht keine Mail heraus."
        ),
        run=lambda interest, *, by: service.follow_up(interest, None, by=by) or "Die Wiedervorlage ist gestrichen.",
    ),
    ServiceAction(
        name="notiz",
        label="Notiz schreiben",
        available=lambda interest: True,
        form=NoteForm,
        explain=lambda interest: (
            "Die Notiz liest nur die Geschäftsstelle. Sie bleibt mit Ihrem Namen stehen und lässt sich nicht ändern. Es geht keine Mail heraus."
        ),
        run=lambda interest, *, by, text: service.write_note(interest, text, by=by) or "Notiz gesichert.",
    ),
    ServiceAction(
        name="link",
        label="Persönlichen Link senden",
        available=_is_open,
        explain=lambda interest: f"{_person(interest)} bekommt einen neuen Link zur eigenen Seite.",
        run=lambda interest, *, by: service.send_link(interest, by=by) or "Der Link ist unterwegs.",
    ),
    ServiceAction(
        name="abschliessen",
        label="Anfrage abschließen",
        available=_is_open,
        form=InterestCloseForm,
        is_destructive=True,
        explain=_explain_closing,
        run=lambda interest, *, by, reason: service.close(interest, reason, by=by) or "Die Anfrage ist abgeschlossen.",
    ),
    ServiceAction(
        name="oeffnen",
        label="Wieder öffnen",
        available=lambda interest: interest.status == Interest.Status.CLOSED,
        explain=lambda interest: "Die Anfrage steht dann wieder bei den offenen. Es geht keine Mail heraus.",
        run=lambda interest, *, by: service.reopen(interest, by=by) or "Die Anfrage ist wieder offen.",
    ),
]


# --- The list and the page --------------------------------------------------------------------------------------------


class WaitingFilter(admin.SimpleListFilter):
    """What somebody of the office looks for first."""

    title = "Aufgabe"
    parameter_name = "ansteht"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [
            ("offen", "offen"),
            ("antwort", "noch nicht beantwortet"),
            ("gespraech", "Gespräch gebucht"),
            ("wiedervorlage", "Wiedervorlage fällig"),
            ("liegt", "liegt zu lange"),
            ("tisch", "auf meinem Tisch"),
            ("abgeschlossen", "abgeschlossen"),
        ]

    def queryset(self, request: HttpRequest, found: QuerySet) -> QuerySet:
        now = timezone.now()
        match self.value():
            case "offen":
                return found.open()
            case "abgeschlossen":
                return found.filter(status=Interest.Status.CLOSED)
            case "antwort":
                return found.waiting()
            case "gespraech":
                return found.open().filter(talkbooking__in=TalkBooking.objects.booked()).distinct()
            case "wiedervorlage":
                return found.due(on=timezone.localdate(now))
            case "liegt":
                return found.untouched(now=now)
            case "tisch":
                return found.open().filter(assigned_to=request.user)
        return found


@admin.register(Interest)
class InterestAdmin(CaseSearchAdmin, ReadOnlyAdmin, LinkUsesAdmin):
    """Inquiries of proven addresses; others are nobody's business and are deleted in time."""

    change_form_template = "admin/partners/interest/change_form.html"
    list_display = ["__str__", "shown_next", "shown_assigned", "shown_untouched", "shown_arrival"]
    list_filter = [WaitingFilter]
    search_fields = ["organisation", "name", "email"]
    number = rf"I-{CaseSearchAdmin.number}"
    service_actions = [*ACTIONS, CLOSE_LINKS]
    fields = ["organisation", "name", "email", "question", "shown_wish"]
    readonly_fields = ["shown_wish"]
    about_list = "Anfragen erscheinen hier, sobald jemand die E-Mail-Adresse dazu bestätigt hat."

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        talks = TalkBooking.objects.booked().select_related("slot").order_by("slot__starts_at")
        found = super().get_queryset(request).readable().select_related("application", "assigned_to")
        return found.prefetch_related(Prefetch("talkbooking_set", talks, to_attr="coming_talks"))

    @admin.display(description="möchte ein Orientierungsgespräch")
    def shown_wish(self, interest: Interest) -> str:
        return "ja" if interest.wants_talk else "nein"

    @admin.display(description="Als Nächstes")
    def shown_next(self, interest: Interest) -> str:
        return next_step(interest)

    @admin.display(description="liegt bei", ordering="assigned_to")
    def shown_assigned(self, interest: Interest) -> str:
        return interest.assignee_name or "niemandem"

    @admin.display(description="zuletzt geschehen", ordering="touched_at")
    def shown_untouched(self, interest: Interest) -> str:
        return _day(interest.touched_at)

    @admin.display(description="eingegangen", ordering="confirmed_at")
    def shown_arrival(self, interest: Interest) -> str:
        return _day(interest.confirmed_at)

    def has_change_permission(self, request: HttpRequest, obj: Interest | None = None) -> bool:
        """The page is read; what can be done has buttons."""
        return super().has_change_permission(request, obj) and obj is None

    def may_act(self, request: HttpRequest, found: Interest) -> bool:
        return super().has_change_permission(request)

    def page_context(self, request: HttpRequest, found: Interest) -> dict[str, Any]:
        return {
            "next": next_step(found),
            "notes": found.notes.all(),
            "timeline": found.timeline.all(),
            "mails": record.about(found),
            "application_url": found.application
            and not found.application.is_draft
            and reverse("admin:partners_application_change", args=[found.application_id]),
        }


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "d.m.Y")
