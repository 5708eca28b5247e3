"""The way of an application as the company sees it: what is done, what happens now, who has to act, what comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone
from django.utils.formats import date_format

from klimapakt.pact.models import Pact
from partners.models import Application, ApplicationStep

YOU, OFFICE, NOBODY = "Sie", "die Geschäftsstelle", "niemand"


@dataclass(frozen=True)
class Now:
    """Who has to act, and what that means for the company."""

    who: str
    text: str

    @property
    def is_yours(self) -> bool:
        return self.who == YOU


def answer_due(application: Application, pact: Pact) -> date:
    """Return the day (Europe/Berlin) by which the office answers: so many days after the application arrived."""
    return timezone.localdate(application.confirmed_at) + timedelta(days=pact.answer_within_days)


def now_of(application: Application, pact: Pact, *, questions: int, wishes: Sequence[str] = (), today: date) -> Now:
    """Say who has to act now. `questions` is the number of open ones, `wishes` says what else the company can do."""
    S = Application.Status
    match application.told_status(pact):
        case S.QUERY if questions:
            what = "die Frage" if questions == 1 else f"die {questions} Fragen"
            return Now(YOU, f"Bitte beantworten Sie {what}. Danach prüfen wir weiter.")
        case S.SUBMITTED | S.IN_REVIEW | S.QUERY:
            due = answer_due(application, pact)
            if wishes:
                return Now(YOU, f"{' '.join(wishes)} Wir prüfen inzwischen und melden uns bis zum {_day(due)}.")
            if today <= due:
                return Now(OFFICE, f"Sie brauchen nichts zu tun. Wir melden uns bis zum {_day(due)}.")
            return Now(
                OFFICE,
                f"Wir wollten uns bis zum {_day(due)} melden und sind in Verzug. Bitte entschuldigen Sie. Fragen Sie gern nach.",
            )
        case S.ACCEPTED:
            return Now(OFFICE, f"Wir stimmen nun die {pact.agreement_name} mit Ihnen ab und melden uns.")
        case _:
            return Now(NOBODY, "Sie brauchen nichts zu tun.")


def steps_of(application: Application, pact: Pact) -> list[dict[str, str]]:
    """Return the steps for the stepper, in order: title, state (done, current, open), when, note."""
    S = Application.Status
    recorded = {step.kind: step for step in application.steps.all()}
    steps = [_step("Antrag eingegangen", "done", when=_day(timezone.localdate(application.confirmed_at)))]
    for kind, used in (
        (ApplicationStep.Kind.ORIENTATION_TALK, pact.uses_orientation_talk),
        (ApplicationStep.Kind.LETTER_OF_INTENT, pact.uses_letter_of_intent),
    ):
        if used:
            done = recorded.get(kind)
            steps.append(_step(kind.label, "done" if done else "open", when=_day(done.done_on) if done else ""))
    decided = application.decided_at and _day(timezone.localdate(application.decided_at))
    status = application.told_status(pact)
    match status:
        case S.SUBMITTED:
            steps.append(_step("Prüfung", "current", note="Ihr Antrag liegt bei der Geschäftsstelle."))
        case S.IN_REVIEW:
            steps.append(_step("Prüfung", "current", note="Die Geschäftsstelle prüft Ihren Antrag."))
        case S.QUERY:
            steps.append(_step("Prüfung", "current", note="Die Geschäftsstelle wartet auf Ihre Antwort."))
        case S.ACCEPTED:
            steps.append(_step("Aufgenommen", "done", when=decided))
        case S.REJECTED:
            return [*_done(steps), _step("Nicht aufgenommen", "done", when=decided)]
        case S.WITHDRAWN:
            return [*_done(steps), _step("Antrag zurückgezogen", "done", when=decided)]
        case _:
            return _done(steps)
    if status != S.ACCEPTED:
        steps.append(_step("Entscheidung", "open"))
    signing = "current" if status == S.ACCEPTED else "open"
    steps.append(_step(f"{pact.agreement_name} abstimmen und unterschreiben", signing))
    return steps


def _done(steps: list[dict[str, str]]) -> list[dict[str, str]]:
    """Leave out what will not come any more."""
    return [step for step in steps if step["state"] == "done"]


def _step(title: str, state: str, *, when: str = "", note: str = "") -> dict[str, str]:
    return {"title": title, "state": state, "when": when, "note": note}


def _day(day: date) -> str:
    return date_format(day, "j. F Y")
