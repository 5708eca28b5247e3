"""The way of an application as the company sees it: what is done, what happens now, what is still to come."""

from django.utils import timezone
from django.utils.formats import date_format

from klimapakt.pact.models import Pact
from partners.models import Application, ApplicationStep


def steps_of(application: Application, pact: Pact) -> list[dict[str, str]]:
    """Return the steps for the stepper, in order: title, state (done, current, open), when, note."""
    S = Application.Status
    recorded = {step.kind: step for step in application.steps.all()}
    steps = [_step("Antrag eingegangen", "done", when=_day(application.confirmed_at))]
    for kind, used in (
        (ApplicationStep.Kind.ORIENTATION_TALK, pact.uses_orientation_talk),
        (ApplicationStep.Kind.LETTER_OF_INTENT, pact.uses_letter_of_intent),
    ):
        if used:
            done = recorded.get(kind)
            steps.append(
                _step(kind.label, "done" if done else "open", when=date_format(done.done_on, "j. F Y") if done else "")
            )
    match application.status:
        case S.SUBMITTED:
            steps.append(_step("Prüfung", "current", note="Ihr Antrag liegt bei der Geschäftsstelle."))
        case S.IN_REVIEW:
            steps.append(_step("Prüfung", "current", note="Die Geschäftsstelle prüft Ihren Antrag."))
        case S.QUERY:
            steps.append(_step("Prüfung", "current", note="Die Geschäftsstelle wartet auf Ihre Antwort."))
        case S.ACCEPTED:
            steps.append(_step("Aufgenommen", "done", when=_day(application.decided_at)))
        case S.REJECTED:
            steps.append(_step("Nicht aufgenommen", "done", when=_day(application.decided_at)))
            return steps
        case S.WITHDRAWN:
            steps.append(_step("Antrag zurückgezogen", "done", when=_day(application.decided_at)))
            return steps
    signing = "current" if application.status == S.ACCEPTED else "open"
    steps.append(_step(f"{pact.agreement_name} abstimmen und unterschreiben", signing))
    return steps


def _step(title: str, state: str, *, when: str = "", note: str = "") -> dict[str, str]:
    return {"title": title, "state": state, "when": when, "note": note}


def _day(moment: object) -> str:
    return date_format(timezone.localtime(moment), "j. F Y")
