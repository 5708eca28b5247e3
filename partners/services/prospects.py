"""Who stands behind a personal link to an interest or an application, and what becomes of it when one grows into
the other."""

from django.db import transaction

from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible
from partners.models import (
    Applicant,
    Application,
    ApplicationStep,
    Interest,
    LetterOfIntent,
    TalkBooking,
    TimelineEntry,
)
from partners.models.prospect import Prospect
from partners.models.timeline import COMPANY

CLOSED = "Ihr Vorgang ist abgeschlossen. Wenn Sie noch etwas von uns brauchen, melden Sie sich bitte."
DECIDED = frozenset({Application.Status.ACCEPTED, Application.Status.REJECTED, Application.Status.WITHDRAWN})


def of_applicant(applicant: Applicant) -> Prospect:
    """Return the company of an application, as one of its people."""
    application = applicant.application
    return Prospect(
        interest=Interest.objects.filter(application=application).order_by("pk").first(),
        application=application,
        organisation=application.name or str(applicant),
        name=applicant.name,
        email=applicant.email,
        is_proven=applicant.is_proven,
    )


def of_interest(interest: Interest) -> Prospect:
    """Return a company that is interested, also when it applies by now."""
    return Prospect(
        interest=interest,
        application=interest.application,
        organisation=str(interest),
        name=interest.name,
        email=interest.email,
        is_proven=interest.is_confirmed,
    )


def locked(prospect: Prospect) -> Prospect:
    """Return the company as it is now, held until the transaction ends: its wishes come one after the other.

    Raises NotPossible when nothing is to be wished any more. Call inside a transaction.
    """
    found = held(prospect)
    if not is_open(found):
        raise NotPossible(CLOSED)
    return found


def held(prospect: Prospect) -> Prospect:
    """Return the company as `locked` does, also when its case is closed."""
    interest, application = prospect.interest, prospect.application
    if interest is not None:
        interest = Interest.objects.select_for_update(of=("self",)).get(pk=interest.pk)
        application = interest.application or application
    if application is not None:
        application = application.locked()
    return Prospect(interest, application, prospect.organisation, prospect.name, prospect.email, prospect.is_proven)


def is_open(prospect: Prospect) -> bool:
    """Whether the company is still on its way, and the person behind the link has proven the address."""
    return prospect.is_proven and goes_on(prospect.case)


def goes_on(case: Interest | Application | None) -> bool:
    """Whether a company is still on its way as far as it knows: its application is not decided, or its inquiry open."""
    if isinstance(case, Application):
        return case.told_status(Pact.load()) not in DECIDED
    return case is not None and case.is_open


@transaction.atomic
def carry_over(interest: Interest, application: Application) -> None:
    """Let talk and letter of an interest count for the application that grew out of it. Twice changes nothing."""
    Interest.objects.select_for_update(of=("self",)).get(pk=interest.pk)  # nobody books meanwhile
    for model in (TalkBooking, LetterOfIntent):
        model.objects.filter(interest=interest, application=None).update(application=application)
    for held in TalkBooking.objects.filter(application=application, status=TalkBooking.Status.HELD):
        record_step(held, ApplicationStep.Kind.ORIENTATION_TALK)
    for letter in LetterOfIntent.objects.standing().filter(application=application):
        record_step(letter, ApplicationStep.Kind.LETTER_OF_INTENT)


def record_step(done: TalkBooking | LetterOfIntent, kind: str, *, by: object | None = None) -> None:
    """Note a step of the application, if there is one; what the office entered by hand stays as it is."""
    if done.application_id is None:
        return
    step, is_new = ApplicationStep.objects.get_or_create(
        application_id=done.application_id, kind=kind, defaults={"done_on": done.done_on, "recorded_by": by}
    )
    if is_new:
        type(done).objects.filter(pk=done.pk).update(step=step)


def take_back_step(done: TalkBooking | LetterOfIntent) -> None:
    """Remove the step that this row recorded, unless the application was decided with it."""
    if done.application is not None and done.application.status not in DECIDED:
        ApplicationStep.objects.filter(pk__in=type(done).objects.filter(pk=done.pk).values("step")).delete()


def note(case: Interest | Application | None, text: str, *, by: object = COMPANY) -> None:
    """Write into the story of the case and note that somebody touched it."""
    if case is not None:
        TimelineEntry.note(text, by=by, **{case._meta.model_name: case})
        case.touch()
