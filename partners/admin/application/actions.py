"""What the office can do with an application: each a service as a button, with an honest preview."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractUser
from django.utils.formats import date_format

from klimapakt.admin import ServiceAction
from klimapakt.pact.models import Pact
from partners import rules
from partners.admin.application import questions
from partners.admin.application.forms import (
    AssignForm,
    ExceptionForm,
    FollowUpForm,
    NoteForm,
    ProposalForm,
    RejectionForm,
    ReturnProposalForm,
    StepForm,
)
from partners.mails import application as mails
from partners.models import Application, ApplicationStep, Contact
from partners.services import applying, decision, review

S = Application.Status


def _is(*states: str) -> Callable[[Application], bool]:
    return lambda application: application.status in states


def _form_for(form: type[forms.Form]) -> Callable[[Application], Callable[..., forms.Form]]:
    return lambda application: partial(form, application=application)


# --- Deciding ---------------------------------------------------------------------------------------------------------


def _decides(*, by_two: bool) -> Callable[[Application], bool]:
    return lambda application: (
        application.status == S.IN_REVIEW
        and not application.proposed_decision
        and Pact.load().needs_second_person == by_two
    )


def _has_proposal(application: Application) -> bool:
    return application.status == S.IN_REVIEW and bool(application.proposed_decision)


def _exceptions(application: Application) -> list[rules.Check]:
    return rules.exceptions(rules.checks(application, Pact.load()))


def _exception_form(application: Application) -> type[forms.Form] | None:
    return ExceptionForm if _exceptions(application) else None


def _mail_after(address: str, name: str, pact: Pact) -> str:
    if not address:
        return "Es geht keine Mail heraus, weil keine E-Mail-Adresse bekannt ist. Bitte sagen Sie selbst Bescheid."
    when = (
        f"in {pact.undo_minutes} Minuten; so lange können Sie die Entscheidung zurücknehmen, ohne dass jemand davon erfährt"
        if pact.undo_minutes
        else "sofort"
    )
    return f"Die Mail unten an {name} ({address}) geht {when}."


def _explain_accept(application: Application) -> str:
    known = decision.known_organisation(application)
    base = (
        f"Die Organisation „{known}“ gibt es schon; sie wird auch Partner."
        if known
        else f"Das Portal legt „{application.name}“ als Organisation und Partner an, mit Ansprechpersonen, Einwilligungen und Profil. Öffentlich ist davon noch nichts."
    )
    return f"{base} {_explain_acceptance_mails(application)}"


def _explain_acceptance_mails(application: Application) -> str:
    reader = mails.reader_of_acceptance(application) if application.contact_email else None
    if not application.contact_email or isinstance(reader, Contact):
        return _mail_after(application.contact_email, application.contact_name, Pact.load())
    doubt = (
        f"Die Adresse der Ansprechperson ({application.contact_email}) hat noch niemand bestätigt. Dorthin geht zur selben "
        "Zeit nur ein persönlicher Link, ohne Namen und Angaben: Bitte vergewissern Sie sich vorher, dass sie stimmt."
    )
    return f"{_mail_after(reader.email, str(reader), Pact.load())} {doubt}" if reader else doubt


def _obstacles(application: Application) -> list[str]:
    return decision.obstacles(application, Pact.load())


def _acceptance(application: Application) -> dict[str, Any]:
    return {"preview": mails.acceptance_preview(application), "exceptions": _exceptions(application)}


def _accept(application: Application, *, by: AbstractUser, exception: str = "") -> str:
    return _accepted(decision.accept(application, by=by, exception=exception))


def _accepted(partner: object) -> str:
    return f"„{partner}“ ist aufgenommen. Als Nächstes: Vereinbarung abstimmen und eintragen."


def _propose_acceptance(application: Application, *, by: AbstractUser, exception: str = "") -> str:
    decision.propose_acceptance(application, by=by, exception=exception)
    return "Ihr Vorschlag ist notiert. Jetzt bestätigt ihn eine andere Person."


def _explain_reject(application: Application) -> str:
    person = application.correspondent()
    mail = _mail_after(person.email if person else "", person.name if person else "", Pact.load())
    return f"Der Antrag wird abgelehnt. {mail}"


def _reject(application: Application, *, by: AbstractUser, reason: str, texts: decision.Texts | None) -> str:
    decision.reject(application, reason, by=by, texts=texts)
    return "Der Antrag ist abgelehnt."


def _propose_rejection(application: Application, *, by: AbstractUser, reason: str, texts: decision.Texts | None) -> str:
    decision.propose_rejection(application, reason, by=by, texts=texts)
    return "Ihr Vorschlag ist notiert. Jetzt bestätigt ihn eine andere Person."


def _explain_confirm(application: Application) -> str:
    if application.proposed_decision == Application.Decision.ACCEPT:
        return _explain_accept(application)
    return f"{_explain_reject(application)} Grund: {application.proposed_reason}"


def _confirm_obstacles(application: Application) -> list[str]:
    return _obstacles(application) if application.proposed_decision == Application.Decision.ACCEPT else []


def _proposal(application: Application) -> dict[str, Any]:
    """Return the mail that will go when the proposal is confirmed."""
    if application.proposed_decision == Application.Decision.ACCEPT:
        return _acceptance(application)
    if application.correspondent() is None:
        return {"preview": None}
    texts = (application.proposed_subject, application.proposed_text) if application.proposed_text else None
    return {"preview": mails.rejection_preview(application, application.proposed_reason, texts)}


def _confirm(application: Application, *, by: AbstractUser, seen: str) -> str:
    partner = decision.confirm(application, seen=seen, by=by)
    return _accepted(partner) if partner else "Der Antrag ist abgelehnt."


def _return(application: Application, *, by: AbstractUser, seen: str, note: str) -> str:
    decision.return_proposal(application, seen=seen, note=note, by=by)
    return "Der Vorschlag ist vom Tisch. Der Antrag bleibt in Prüfung."


def _explain_undo(application: Application) -> str:
    if application.status == S.ACCEPTED:
        what = "Organisation, Partner und Ansprechpersonen, die dabei angelegt wurden, werden wieder entfernt. "
    else:
        what = ""
    return f"{what}Der Antrag ist dann wieder in Prüfung. Ist die Mail über die Entscheidung schon heraus, schreibt das Portal dem Unternehmen, dass neu geprüft wird."


def _undo(application: Application, *, by: AbstractUser) -> str:
    was_told = decision.undo_decision(application, by=by)
    return "Zurückgenommen. " + (
        "Das Unternehmen bekommt eine Mail." if was_told else "Es geht keine Mail heraus, niemand hat davon erfahren."
    )


TAKE_ON = ServiceAction(
    name="pruefen",
    label="In Prüfung nehmen",
    available=_is(S.SUBMITTED),
    is_main=True,
    explain=lambda application: (
        "Der Antrag liegt dann bei Ihnen. Das Unternehmen sieht auf seiner Statusseite, dass geprüft wird. Es geht keine Mail heraus."
    ),
    run=lambda application, *, by: review.start_review(application, by=by) or "Der Antrag liegt jetzt bei Ihnen.",
)
ACCEPT = ServiceAction(
    name="aufnehmen",
    label="Aufnehmen",
    available=_decides(by_two=False),
    is_main=True,
    explain=_explain_accept,
    obstacles=_obstacles,
    form_for=_exception_form,
    run=_accept,
    template="admin/partners/application/decide.html",
    page_context=_acceptance,
)
PROPOSE_ACCEPTANCE = ServiceAction(
    name="aufnahme-vorschlagen",
    label="Aufnahme vorschlagen",
    available=_decides(by_two=True),
    is_main=True,
    explain=lambda application: (
        "Eine andere Person bestätigt Ihren Vorschlag oder gibt ihn zurück; bis dahin geht nichts heraus."
    ),
    obstacles=_obstacles,
    form_for=_exception_form,
    run=_propose_acceptance,
    template="admin/partners/application/decide.html",
    page_context=lambda application: {"exceptions": _exceptions(application)},
)
CONFIRM = ServiceAction(
    name="bestaetigen",
    label="Vorschlag bestätigen",
    available=_has_proposal,
    is_main=True,
    explain=_explain_confirm,
    obstacles=_confirm_obstacles,
    form_for=_form_for(ProposalForm),
    run=_confirm,
    template="admin/partners/application/decide.html",
    page_context=_proposal,
)
RETURN = ServiceAction(
    name="zurueckgeben",
    label="Vorschlag zurückgeben",
    available=_has_proposal,
    explain=lambda application: (
        "Der Vorschlag gilt dann nicht mehr, der Antrag bleibt in Prüfung. Es geht keine Mail heraus."
    ),
    form_for=_form_for(ReturnProposalForm),
    run=_return,
)
REJECT = ServiceAction(
    name="ablehnen",
    label="Ablehnen",
    available=_decides(by_two=False),
    is_destructive=True,
    explain=_explain_reject,
    form_for=_form_for(RejectionForm),
    run=_reject,
    template="admin/partners/application/reject.html",
)
PROPOSE_REJECTION = ServiceAction(
    name="ablehnung-vorschlagen",
    label="Ablehnung vorschlagen",
    available=_decides(by_two=True),
    is_destructive=True,
    explain=lambda application: (
        "Eine andere Person bestätigt Ihren Vorschlag oder gibt ihn zurück; bis dahin geht nichts heraus. Dann geht die Mail so, wie Sie sie hier schreiben."
    ),
    form_for=_form_for(RejectionForm),
    run=_propose_rejection,
    template="admin/partners/application/reject.html",
)
UNDO = ServiceAction(
    name="zuruecknehmen",
    label="Entscheidung zurücknehmen",
    available=_is(S.ACCEPTED, S.REJECTED),
    is_destructive=True,
    explain=_explain_undo,
    run=_undo,
)

DECIDING = [TAKE_ON, CONFIRM, ACCEPT, PROPOSE_ACCEPTANCE, *questions.ACTIONS, RETURN, REJECT, PROPOSE_REJECTION, UNDO]
"""Buttons that lead on."""


# --- Keeping order ----------------------------------------------------------------------------------------------------


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
        run=run,
        form=StepForm,
    )


def _assign(application: Application, *, by: AbstractUser, person: AbstractUser) -> str:
    review.assign(application, person, by=by)
    return f"Der Antrag liegt jetzt bei {person.get_full_name() or person.get_username()}."


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
    form_for=_form_for(AssignForm),
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

KEEPING = [
    _step(ApplicationStep.Kind.ORIENTATION_TALK, "gespraech"),
    _step(ApplicationStep.Kind.LETTER_OF_INTENT, "absichtserklaerung"),
    ASSIGN,
    PUT_OFF,
    FOLLOWED_UP,
    PROOF,
    LINK,
]
"""Buttons that keep things in order. The note has its field on the page."""

ACTIONS = [*DECIDING, *KEEPING, NOTE]


def offered(application: Application, actions: list[ServiceAction], user: AbstractUser) -> list[ServiceAction]:
    """Return what this person can do now: nobody is offered to confirm an own proposal."""
    is_own = application.proposed_by_id == user.pk
    return [
        action
        for action in actions
        if action.available(application) and action.is_allowed_to(user) and not (action is CONFIRM and is_own)
    ]
