"""Two ways out: an agreement that does not come about, and one in force that ends before its time. Nothing is deleted."""

from datetime import date

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone

from agreements.models import Agreement
from agreements.services.offering import end_offer
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import TimelineEntry


@transaction.atomic
def close(agreement: Agreement, *, reason: str, by: AbstractUser) -> bool:
    """Say that it did not come about, so that another one can begin; returns whether the signatory hears of it.

    The reason stays in the office.
    """
    agreement = Agreement.objects.locked(agreement.pk)
    state = agreement.status
    agreement.close(reason=reason)
    version = agreement.newest_version()
    is_told = version is not None and end_offer(version, state=state, is_final=True)
    TimelineEntry.note(
        f"{Pact.load().agreement_name} nicht zustande gekommen: {reason}",
        by=by,
        organisation=agreement.partner.organisation,
    )
    return is_told


@transaction.atomic
def end(agreement: Agreement, *, last_day: date, reason: str, by: AbstractUser) -> None:
    """Let an agreement in force end earlier than was agreed. The reason stays in the office.

    Raises TransitionNotAllowed when it is not in force (any more), NotPossible when the day does not fit.
    """
    agreement = Agreement.objects.locked(agreement.pk)
    if not agreement.may_be_ended:
        raise TransitionNotAllowed(f"agreement {agreement.pk} is not in force")
    if last_day < max(timezone.localdate(), agreement.in_force_from or last_day):
        raise NotPossible("Bitte geben Sie heute oder einen späteren Tag an, an dem die Vereinbarung schon gilt.")
    if agreement.in_force_until and last_day > agreement.in_force_until:
        raise NotPossible(
            f"Die Vereinbarung endet schon am {agreement.in_force_until:%d.%m.%Y}. Bitte geben Sie einen früheren Tag an."
        )
    agreement.end(last_day=last_day, reason=reason)
    TimelineEntry.note(
        f"{Pact.load().agreement_name} beendet zum {last_day:%d.%m.%Y}: {reason}",
        by=by,
        organisation=agreement.partner.organisation,
    )
