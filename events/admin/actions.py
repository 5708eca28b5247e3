"""The buttons of an event. Each says who gets a mail, and when, before anything happens."""

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from events.admin.patience import patient
from events.admin.wording import NO_MAIL, names_of, people, shortened, time_to_think_again, who_gets_a_mail
from events.models import Event
from events.services import event as service
from klimapakt.admin import ServiceAction
from klimapakt.fields import ProseFormField, plausible_date
from klimapakt.pact.models import Pact


class CancellationForm(forms.Form):
    reason = ProseFormField(
        label="Grund, so wie ihn die Eingeladenen und Angemeldeten lesen (freiwillig)",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class CopyForm(forms.Form):
    starts_at = forms.DateTimeField(
        label="Beginn der neuen Veranstaltung",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        validators=[plausible_date],
        error_messages={"required": "Bitte geben Sie an, wann die neue Veranstaltung beginnt."},
    )

    def clean_starts_at(self) -> datetime:
        starts_at = self.cleaned_data["starts_at"]
        if starts_at <= timezone.now():
            raise ValidationError("Bitte geben Sie einen Zeitpunkt an, der in der Zukunft liegt.")
        return starts_at


def _explain_publish(event: Event) -> str:
    if not event.takes_registrations:
        who = "Eine Anmeldung ist nicht vorgesehen."
    elif event.is_for_partners:
        who = "Anmelden kann sich, wen Sie danach einladen, und wer als Ansprechperson eines Klimapartners bekannt ist."
    else:
        who = "Anmelden können sich alle."
    return f"„{event}“ steht dann sofort unter „Veranstaltungen“. {who} {NO_MAIL}"


def _explain_cancel(event: Event) -> str:
    audience = service.audience_of(event, now=timezone.now())
    sentences = [
        f"„{event}“ bleibt öffentlich und ist als abgesagt gekennzeichnet.",
        who_gets_a_mail(names_of(audience)),
        *([time_to_think_again(Pact.load())] if audience else []),
    ]
    return " ".join(sentences)


def _cancel(event: Event, *, reason: str, by: object) -> str:
    told = patient(service.cancel_event)(event, reason, by=by)
    return f"Die Veranstaltung ist abgesagt. {_mails_to(told)}"


def _explain_reinstate(event: Event) -> str:
    plan = service.plan_reinstatement(event, now=timezone.now())
    sentences = [
        f"„{event}“ findet dann wieder statt.",
        "Mails über die Absage, die noch warten, gehen nicht mehr heraus.",
        who_gets_a_mail(names_of(plan.guests)),
        *([f"Von der Warteliste rücken nach: {shortened(names_of(plan.moving_up))}."] if plan.moving_up else []),
        *([f"Die Erinnerung ist fällig für: {shortened(names_of(plan.reminded))}."] if plan.reminded else []),
    ]
    return " ".join(sentences)


def _reinstate(event: Event, *, by: object) -> str:
    mailed = patient(service.reinstate_event)(event, by=by)
    return f"Die Absage ist zurückgenommen. {_mails_to(mailed)}"


def _mails_to(people_mailed: int) -> str:
    return f"Eine Mail geht an {people(people_mailed)}." if people_mailed else NO_MAIL


def _obstacles_to_unpublish(event: Event) -> list[str]:
    return list(filter(None, [service.why_not_unpublished(event)]))


def _copy(event: Event, *, starts_at: datetime, by: object) -> HttpResponse:
    return redirect("admin:events_event_change", service.copy_event(event, starts_at, by=by).pk)


ACTIONS = [
    ServiceAction(
        name="veroeffentlichen",
        label="Veröffentlichen",
        available=lambda event: event.may_be_published,
        is_main=True,
        explain=_explain_publish,
        run=lambda event, *, by: event.publish() or "Die Veranstaltung ist veröffentlicht.",
    ),
    ServiceAction(
        name="zurueckziehen",
        label="Nicht mehr zeigen",
        available=lambda event: event.may_be_unpublished,
        explain=lambda event: f"„{event}“ ist dann wieder ein Entwurf und nicht öffentlich. {NO_MAIL}",
        obstacles=_obstacles_to_unpublish,
        run=lambda event, *, by: (
            patient(service.unpublish_event)(event, by=by) or "Die Veranstaltung ist wieder ein Entwurf."
        ),
    ),
    ServiceAction(
        name="absage-zuruecknehmen",
        label="Absage zurücknehmen",
        available=lambda event: event.may_be_reinstated,
        is_main=True,
        explain=_explain_reinstate,
        run=_reinstate,
    ),
    ServiceAction(
        name="kopieren",
        label="Kopieren",
        available=lambda event: True,
        permission="events.add_event",
        form=CopyForm,
        explain=lambda event: (
            "Die Kopie ist ein Entwurf mit demselben Text, demselben Programm und denselben Regeln für die Anmeldung, "
            f"ohne Einladungen, Anmeldungen und Ergebnisse. {NO_MAIL}"
        ),
        run=_copy,
    ),
    ServiceAction(
        name="absagen",
        label="Absagen",
        available=lambda event: event.may_be_cancelled,
        is_destructive=True,
        form=CancellationForm,
        explain=_explain_cancel,
        run=_cancel,
    ),
]
