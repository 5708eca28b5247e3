"""The buttons that keep an application in order, and the one that ends it at the company's wish."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.utils.formats import date_format

from klimapakt.admin import ServiceAction
from klimapakt.pact.models import Pact
from partners import rules
from partners.admin.application.forms import FollowUpForm, StepForm, WithdrawalForm
from partners.admin.desk import AssignForm, NoteForm
from partners.admin.talk import what_becomes_of_talk
from partners.mails import application as mails
from partners.models import Application, ApplicationStep
from partners.services import applying, review

S = Application.Status


def _is(*states: str) -> Callable[[Application], bool]:
    return lambda application: application.status in states


def _step(kind: str, name: str) -> ServiceAction:
    label = ApplicationStep.Kind(kind).label

    def run(application: Application, *, by: AbstractUser, done_on: Any, document: Any, note: str) -> str:
        review.record_step(application, kind, done_on=done_on, document=document, note=note, by=by)
        return f"{label} ist eingetragen."

    return ServiceAction(
        name=name,
        label=f"{label} eintragen",
        available=lambda application: application.is_open and kind in rules.wanted_steps(Pact.load()),
        explain=lambda application: (
            f"{label}: Hält den Tag fest. Es geht keine Mail heraus. Ein früherer Eintrag wird ersetzt."
        ),
        obstacles=lambda application: review.obstacles_to_step(application, kind),
        run=run,
        form=StepForm,
    )


TALK = _step(ApplicationStep.Kind.ORIENTATION_TALK, "gespraech")
LETTER = _step(ApplicationStep.Kind.LETTER_OF_INTENT, "absichtserklaerung")


def _assign(application: Application, *, by: AbstractUser, person: AbstractUser | None) -> str:
    review.assign(application, person, by=by)
    return f"Der Antrag liegt jetzt bei {application.reviewer_name or 'niemandem'}."


def _put_off(application: Application, *, by: AbstractUser, until: Any, note: str) -> str:
    review.put_off(application, until, note, by=by)
    return f"Der Antrag steht am {date_format(until, 'j. F Y')} wieder auf der Übersicht und in der Morgenmail."


ASSIGN = ServiceAction(
    name="zuweisen",
    label="Zuweisen",
    available=lambda application: application.is_open,
    explain=lambda application: (
        f"Der Antrag liegt {f'bei {application.reviewer_name}' if application.reviewer else 'noch bei niemandem'}. Wer ihn bekommt, sieht ihn unter „Auf meinem Tisch“. Es geht keine Mail heraus."
    ),
    form_for=lambda application: partial(AssignForm, holder=application.reviewer_id),
    run=_assign,
)
PUT_OFF = ServiceAction(
    name="wiedervorlage",
    label="Wiedervorlage",
    available=lambda application: application.is_open,
    explain=lambda application: (
        "Bis zu diesem Tag gilt der Antrag nicht als liegen geblieben. Dann steht er auf der Übersicht und in der Morgenmail. Das Unternehmen erfährt davon nichts."
    ),
    form=FollowUpForm,
    run=_put_off,
)
FOLLOWED_UP = ServiceAction(
    name="wiedervorlage-erledigt",
    label="Wiedervorlage erledigt",
    available=lambda application: application.is_open and application.follow_up_on is not None,
    explain=lambda application: (
        f"Streicht die Wiedervorlage am {date_format(application.follow_up_on, 'j. F Y')}. Es geht keine Mail heraus."
    ),
    run=lambda application, *, by: review.put_off(application, None, by=by) or "Die Wiedervorlage ist gestrichen.",
)
NOTE = ServiceAction(
    name="notiz",
    label="Notiz schreiben",
    available=lambda application: application.is_confirmed,
    explain=lambda application: (
        "Die Notiz liest nur die Geschäftsstelle. Sie bleibt mit Ihrem Namen stehen und lässt sich nicht ändern."
    ),
    form=NoteForm,
    run=lambda application, *, by, text: review.write_note(application, text, by=by) and "Die Notiz ist gesichert.",
)
PROOF = ServiceAction(
    name="bestaetigung",
    label="Bestätigungsmail erneut senden",
    available=_is(S.UNCONFIRMED),
    explain=lambda application: (
        "Die Person, die den Antrag gestellt hat, bekommt den Link zur Bestätigung noch einmal. Es steht nichts aus dem Antrag darin."
    ),
    run=lambda application, *, by: (
        applying.ask_for_proof(application.sent_by, by=by) or "Die Bestätigungsmail ist unterwegs."
    ),
)


def _explain_link(application: Application) -> str:
    person = application.correspondent()
    return f"{person.name} ({person.email}) bekommt einen neuen Link zur Statusseite. Frühere Links gelten weiter."


LINK = ServiceAction(
    name="link",
    label="Persönlichen Link senden",
    available=lambda application: (
        application.is_confirmed and not application.merged_into_id and application.correspondent() is not None
    ),
    explain=_explain_link,
    run=lambda application, *, by: review.send_link(application, by=by) or "Der Link ist unterwegs.",
)


def _explain_withdrawal(application: Application) -> str:
    person = application.correspondent()
    mail = (
        f"{person.name} ({person.email}) bekommt darüber die Mail unten."
        if person
        else "Es geht keine Mail heraus, weil keine E-Mail-Adresse bekannt ist."
    )
    talk = what_becomes_of_talk(application)
    return f"Für Unternehmen, die Ihnen schreiben oder am Telefon sagen, dass sie nicht weitermachen. Der Antrag ist dann abgeschlossen. {mail} {talk}".strip()


def _withdraw(application: Application, *, by: AbstractUser, note: str) -> str:
    applying.withdraw(application, note=note, by=by)
    return "Der Antrag ist zurückgezogen."


WITHDRAW = ServiceAction(
    name="zurueckziehen",
    label="Zurückgezogen eintragen",
    available=lambda application: application.is_open,
    is_destructive=True,
    explain=_explain_withdrawal,
    form=WithdrawalForm,
    run=_withdraw,
    template="admin/partners/application/decide.html",
    page_context=lambda application: {"preview": mails.preview(application, "application_withdrawn")},
)
