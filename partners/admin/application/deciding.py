"""The buttons that decide about an application, alone or by two, and take a decision back; with an honest preview."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractUser

from klimapakt.admin import ServiceAction
from klimapakt.mailbox.moment import moment
from klimapakt.pact.models import Pact
from partners import rules
from partners.admin.application.forms import (
    ExceptionForm,
    ProposalForm,
    RejectionForm,
    ReturnProposalForm,
)
from partners.admin.talk import talk_that_stays, what_becomes_of_talk
from partners.mails import application as mails
from partners.models import Application, Contact
from partners.services import decision, review

S = Application.Status


def _is(*states: str) -> Callable[[Application], bool]:
    return lambda application: application.status in states


def _form_for(form: type[forms.Form]) -> Callable[[Application], Callable[..., forms.Form]]:
    return lambda application: partial(form, application=application)


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
    return " ".join(filter(None, [base, _explain_acceptance_mails(application), talk_that_stays(application)]))


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
    return " ".join(filter(None, ["Der Antrag wird abgelehnt.", mail, what_becomes_of_talk(application)]))


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


def unheard_until(application: Application) -> datetime | None:
    """Return the moment until which a decision can be taken back unheard; None once it is over."""
    pact = Pact.load()
    is_unheard = application.told_status(pact) != application.status
    return application.decided_at + pact.undo_time if is_unheard else None


def _explain_undo(application: Application) -> str:
    if application.status == S.ACCEPTED:
        what = "Organisation, Partner und Ansprechpersonen, die dabei angelegt wurden, werden wieder entfernt."
    else:
        what = ""
    again = "Der Antrag ist dann wieder in Prüfung."
    if until := unheard_until(application):
        mail = f"Bis {moment(until)} geht keine Mail heraus, und niemand erfährt davon."
    elif application.correspondent():
        mail = "Ist die Mail über die Entscheidung schon heraus, bekommt das Unternehmen die Mail unten."
    else:
        mail = "Es geht keine Mail heraus."
    return " ".join(filter(None, [what, again, mail]))


def _undoing(application: Application) -> dict[str, Any]:
    """Return the mail to whoever has heard of the decision."""
    return {"preview": None if unheard_until(application) else mails.preview(application, "application_reopened")}


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
    label="Vorschlag verwerfen",
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
    template="admin/partners/previewed.html",
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
    template="admin/partners/previewed.html",
)
UNDO = ServiceAction(
    name="zuruecknehmen",
    label="Entscheidung zurücknehmen",
    available=_is(S.ACCEPTED, S.REJECTED),
    is_destructive=True,
    explain=_explain_undo,
    obstacles=decision.obstacles_to_undo,
    run=_undo,
    template="admin/partners/application/decide.html",
    page_context=_undoing,
)
