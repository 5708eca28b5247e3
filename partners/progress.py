"""The way of an application as the company sees it: what is done, what happens now, who has to act, what comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from klimapakt.pact.models import Pact
from partners.models import Application, ApplicationStep, TalkBooking

YOU, OFFICE, NOBODY = "Sie", "die Geschäftsstelle", "niemand"


@dataclass(frozen=True)
class Now:
    """Who has to act, and what that means for the company."""

    who: str
    text: str

    @property
    def is_yours(self) -> bool:
        return self.who == YOU


@dataclass(frozen=True)
class Outstanding:
    """A step that the company can take online. `wish` asks for it while it is the company's turn."""

    kind: ApplicationStep.Kind
    wish: str = ""
    booking: TalkBooking | None = None


def outstanding(application: Application, pact: Pact) -> list[Outstanding]:
    """Return the steps that the company can take online and that the office has not recorded yet.

    A talk that is booked is always among them.
    """
    Kind = ApplicationStep.Kind
    is_open, found = application.is_open_as_told(pact), []
    done = {step.kind for step in application.steps.all()}
    own = Q(application=application) | Q(interest__application=application)
    if booking := TalkBooking.objects.filter(own).booked().select_related("slot", "interest", "application").first():
        found.append(Outstanding(Kind.ORIENTATION_TALK, booking=booking))
    elif is_open and pact.books_talks_online and Kind.ORIENTATION_TALK not in done:
        wish = "Bitte wählen Sie einen Termin für das Orientierungsgespräch." if pact.uses_orientation_talk else ""
        found.append(Outstanding(Kind.ORIENTATION_TALK, wish))
    if is_open and pact.signs_letters_online and Kind.LETTER_OF_INTENT not in done:
        found.append(Outstanding(Kind.LETTER_OF_INTENT, "Bitte lesen und unterschreiben Sie die Absichtserklärung."))
    return found


def wishes(steps: Sequence[Outstanding]) -> str:
    """Return in one text what the company is asked to do."""
    return " ".join(step.wish for step in steps if step.wish)


def answer_due(application: Application, pact: Pact) -> date:
    """Return the day (Europe/Berlin) by which the office answers: so many days after the application arrived."""
    return timezone.localdate(application.confirmed_at) + timedelta(days=pact.answer_within_days)


def now_of(application: Application, pact: Pact, *, questions: int, wish: str = "", today: date) -> Now:
    """Say who has to act now. `questions` is the number of open ones, `wish` says what else the company can do."""
    S = Application.Status
    match application.told_status(pact):
        case S.QUERY if questions:
            what = "die Frage" if questions == 1 else f"die {questions} Fragen"
            return Now(YOU, f"Bitte beantworten Sie {what}. Eine feste Frist gibt es nicht; danach prüfen wir weiter.")
        case S.SUBMITTED | S.IN_REVIEW | S.QUERY:
            due = answer_due(application, pact)
            if wish:
                return Now(YOU, f"{wish} Wir prüfen inzwischen und melden uns bis zum {_day(due)}.")
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


def steps_of(application: Application, pact: Pact, *, online: Sequence[Outstanding] = ()) -> list[dict[str, str]]:
    """Return the steps for the stepper, in order: title, state (done, current, yours, open), when, note."""
    S = Application.Status
    can_be_taken = {step.kind: step for step in online}
    recorded = {step.kind: step for step in application.steps.all()}
    steps = [_step("Antrag eingegangen", "done", when=_day(timezone.localdate(application.confirmed_at)))]
    for kind, used in (
        (ApplicationStep.Kind.ORIENTATION_TALK, pact.uses_orientation_talk),
        (ApplicationStep.Kind.LETTER_OF_INTENT, pact.uses_letter_of_intent),
    ):
        if used:
            steps.append(_before_acceptance(kind, recorded.get(kind), can_be_taken.get(kind)))
    decided = application.decided_at and _day(timezone.localdate(application.decided_at))
    status = application.told_status(pact)
    match status:
        case S.SUBMITTED:
            steps.append(_step("Prüfung", "current", note="Ihr Antrag liegt bei der Geschäftsstelle."))
        case S.IN_REVIEW:
            steps.append(_step("Prüfung", "current", note="Die Geschäftsstelle prüft Ihren Antrag."))
        case S.QUERY:
            steps.append(_step("Prüfung", "yours", note="Die Geschäftsstelle wartet auf Ihre Antwort."))
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


def _before_acceptance(
    kind: ApplicationStep.Kind, done: ApplicationStep | None, online: Outstanding | None
) -> dict[str, str]:
    if done:
        return _step(kind.label, "done", when=_day(done.done_on))
    if online and online.wish:
        return _step(kind.label, "yours")
    return _step(kind.label, "open", when=online.booking.slot.when if online and online.booking else "")


def _done(steps: list[dict[str, str]]) -> list[dict[str, str]]:
    """Leave out what will not come any more."""
    return [step for step in steps if step["state"] == "done"]


def _step(title: str, state: str, *, when: str = "", note: str = "") -> dict[str, str]:
    return {"title": title, "state": state, "when": when, "note": note}


def _day(day: date) -> str:
    return date_format(day, "j. F Y")
