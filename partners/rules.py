"""The business rules of joining, in one place: what the pact asks of an application, and what the office does next.

A rule that is open or broken either stands in the way of acceptance, or is accepted against with a written reason.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import timezone
from django.utils.formats import date_format

from klimapakt.pact.legal_forms import LegalForm
from klimapakt.pact.models import Pact
from partners import steps
from partners.models import Application, ApplicationStep, TalkBooking
from partners.models.answers import CompanySize


class State(StrEnum):
    OK = "ok"
    OPEN = "open"
    """Somebody of the office has to look, or something is still to come."""
    NO = "no"


WORDS = {State.OK: "erfüllt", State.OPEN: "offen", State.NO: "nicht erfüllt"}


@dataclass(frozen=True)
class Check:
    """One rule and how the application stands to it. `is_required`: without it nobody is accepted.

    `to_fill` names the answers whose lack keeps it open.
    """

    label: str
    state: State
    sentence: str
    is_required: bool = False
    to_fill: tuple[steps.Missing, ...] = ()

    @property
    def word(self) -> str:
        return WORDS[self.state]


def checks(application: Application, pact: Pact) -> list[Check]:
    """Return every rule this pact has, in the order in which the office looks."""
    found = [completeness(application), *required_steps(application, pact)]
    if pact.requires_seat:
        found.append(seat(application, pact))
    if pact.eligible_legal_forms:
        found.append(legal_form(application, pact))
    if contradicts_sme(application):
        found.append(sme(application))
    return found


def obstacles(found: Collection[Check]) -> list[str]:
    """Return why nobody can be accepted yet, as German sentences."""
    return [check.sentence for check in found if check.is_required and check.state != State.OK]


def exceptions(found: Collection[Check]) -> list[Check]:
    """Return the rules against which the office may accept, if it writes down why."""
    return [check for check in found if not check.is_required and check.state == State.NO]


def completeness(application: Application) -> Check:
    label = "Angaben vollständig"
    if missing := steps.missing(application):
        names = ", ".join(f"„{one.label}“" for one in missing)
        sentence = f"Es fehlt noch: {names}. Fragen Sie nach, oder tragen Sie es ein."
        return Check(label, State.OPEN, sentence, is_required=True, to_fill=tuple(missing))
    return Check(label, State.OK, "Alle nötigen Angaben sind da.", is_required=True)


def required_steps(application: Application, pact: Pact) -> list[Check]:
    """Return a check for each step that this pact asks for before acceptance."""
    recorded = {step.kind: step for step in application.steps.all()}
    talk = booked_talk(application)
    booked = {ApplicationStep.Kind.ORIENTATION_TALK: f"Gebucht: {talk.slot}."} if talk else {}
    return [_step(kind, recorded.get(kind), booked.get(kind, "")) for kind in wanted_steps(pact)]


def booked_talk(application: Application) -> TalkBooking | None:
    """Return the orientation talk of which nobody has noted yet whether it took place."""
    return next((one for one in application.talkbooking_set.all() if one.is_booked), None)


def wanted_steps(pact: Pact) -> list[ApplicationStep.Kind]:
    wanted = {
        ApplicationStep.Kind.ORIENTATION_TALK: pact.uses_orientation_talk,
        ApplicationStep.Kind.LETTER_OF_INTENT: pact.uses_letter_of_intent,
    }
    return [kind for kind, is_wanted in wanted.items() if is_wanted]


def _step(kind: ApplicationStep.Kind, step: ApplicationStep | None, booked: str) -> Check:
    if step is None:
        said = " ".join(filter(None, [f"Noch nicht eingetragen: {kind.label}.", booked]))
        return Check(kind.label, State.OPEN, said, is_required=True)
    return Check(kind.label, State.OK, f"Am {date_format(step.done_on, 'j. F Y')}.", is_required=True)


def seat(application: Application, pact: Pact) -> Check:
    """A partner has its seat or a branch in the city; where the pact names postal codes, they decide.

    A branch that the company only mentions is for the office to look at.
    """
    label = f"Sitz oder Niederlassung in {pact.city}"
    where = f"{application.postal_code} {application.place}".strip() or "nicht bekannt"
    codes = postal_codes(pact)
    is_in_place, is_in_codes = _is_in(application.place, pact.city), application.postal_code in codes
    if is_in_codes if codes else is_in_place:
        return Check(label, State.OK, f"Die Anschrift ist in {pact.city}: {where}.")
    if application.other_sites:
        said = f"Die Anschrift ist außerhalb: {where}. Als Standort in der Stadt nennt das Unternehmen: „{application.other_sites}“. Bitte prüfen Sie das."
        return Check(label, State.OPEN, said)
    if is_in_place:
        said = f"Der Ort passt, die Postleitzahl {application.postal_code} gehört nicht zur Stadt. Bitte prüfen Sie die Anschrift."
        return Check(label, State.OPEN, said)
    return Check(label, State.NO, f"Die Anschrift ist außerhalb: {where}. Eine Niederlassung ist nicht genannt.")


def postal_codes(pact: Pact) -> set[str]:
    return set(re.findall(r"\d{5}", pact.postal_codes))


def _is_in(place: str, city: str) -> bool:
    """Whether a place as people write it is the city: „Musterstadt“, „Musterstadt-Nord“, „Musterstadt (Mitte)“."""
    return re.match(rf"{re.escape(city.casefold())}(?!\w)", place.casefold().strip()) is not None


def legal_form(application: Application, pact: Pact) -> Check:
    label = "Rechtsform"
    if not application.legal_form:
        blank = steps.Missing(steps.step_of("legal_form"), "legal_form", label)
        sentence = "Die Rechtsform ist nicht angegeben. Nicht jede kann beitreten."
        return Check(label, State.OPEN, sentence, to_fill=(blank,))
    name = LegalForm(application.legal_form).label
    if application.legal_form in pact.eligible_legal_forms:
        return Check(label, State.OK, f"{name} kann beitreten.")
    return Check(label, State.NO, f"{name} gehört nicht zu den Rechtsformen, die nach den Regeln des Pakts beitreten.")


SME_BELOW = 250
"""So many people work for no SME (Recommendation 2003/361/EC, annex, art. 2)."""


def contradicts_sme(application: Application) -> bool:
    return application.company_size == CompanySize.SME and (application.employees or 0) >= SME_BELOW


def sme(application: Application) -> Check:
    """A hint: what the company says of its size does not fit together."""
    said = (
        f"Angegeben sind {intcomma(application.employees)} Beschäftigte und „KMU: {CompanySize.SME.label}“. Ein KMU hat "
        f"weniger als {SME_BELOW} Beschäftigte und höchstens 50 Mio. € Jahresumsatz oder 43 Mio. € Bilanzsumme "
        "(EU-Empfehlung 2003/361/EG). Bitte fragen Sie nach, oder berichtigen Sie es."
    )
    return Check("Kleines oder mittleres Unternehmen", State.OPEN, said)


def next_for_office(application: Application, pact: Pact, *, today: date) -> str:
    """Say in one sentence what is to be done next about an application, and by whom.

    Reads the application's steps, people and talks: prefetch them for a list.
    """
    S = Application.Status
    if application.status == S.IN_REVIEW and application.proposed_decision:
        return f"{application.get_proposed_decision_display()} ist vorgeschlagen: eine zweite Person bestätigt"
    if application.is_open and application.follow_up_on and application.follow_up_on > today:
        why = f": {application.follow_up_note}" if application.follow_up_note else ""
        return f"Wiedervorlage am {date_format(application.follow_up_on, 'j. F')}{why}"
    match application.status:
        case S.UNCONFIRMED:
            return "Das Unternehmen bestätigt seine E-Mail-Adresse"
        case S.SUBMITTED:
            return "In Prüfung nehmen"
        case S.QUERY:
            if application.correspondent() is None:
                return "Anrufen oder schreiben und die Antwort eintragen"
            return "Das Unternehmen beantwortet die Rückfrage"
        case S.IN_REVIEW:
            return _next_in_review(application, pact, today)
        case S.ACCEPTED:
            return f"{pact.agreement_name} abstimmen"
    return ""


def _next_in_review(application: Application, pact: Pact, today: date) -> str:
    if steps.missing(application):
        return "Fehlende Angaben erfragen"
    if open_steps := [check.label for check in required_steps(application, pact) if check.state != State.OK]:
        talk = booked_talk(application)
        if talk is None or open_steps[0] != ApplicationStep.Kind.ORIENTATION_TALK.label:
            return f"{open_steps[0]} eintragen"
        is_ahead = timezone.localdate(talk.slot.ends_at) >= today
        return f"Gespräch führen: {talk.slot}" if is_ahead else "Eintragen, ob das Gespräch stattgefunden hat"
    return "Entscheidung vorschlagen" if pact.needs_second_person else "Aufnehmen, nachfragen oder ablehnen"
