"""Processes around agreements."""

from datetime import date

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from agreements.models import Agreement
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible
from partners.models import TimelineEntry


@transaction.atomic
def put_into_force(agreement: Agreement, *, by: AbstractUser) -> None:
    """Record that both sides signed on paper; from the day of signing the partner is a Klimapartner.

    Raises NotPossible with what is missing.
    """
    agreement = (
        Agreement.objects.select_for_update(of=("self",)).select_related("partner__organisation").get(pk=agreement.pk)
    )
    if agreement.is_draft and (missing := obstacles(agreement)):
        raise NotPossible(" ".join(missing))
    agreement.put_into_force(first_day=agreement.signed_on, last_day=last_day(agreement), by=by)
    TimelineEntry.note(
        f"{Pact.load().agreement_name} in Kraft seit {agreement.in_force_from:%d.%m.%Y}",
        by=by,
        organisation=agreement.partner.organisation,
    )


def obstacles(agreement: Agreement) -> list[str]:
    """Say what is missing before the agreement can be put into force, as German sentences."""
    found = []
    if agreement.signed_on is None:
        found.append("Bitte tragen Sie den Tag der Unterschrift ein.")
    if not agreement.scan:
        found.append("Bitte laden Sie den Scan der unterschriebenen Fassung hoch.")
    if not agreement.measures.exists():
        found.append("Bitte tragen Sie mindestens eine Maßnahme ein.")
    return found


def last_day(agreement: Agreement) -> date | None:
    """Return the last day of the term: as entered, or after the pact's usual number of years."""
    years = Pact.load().agreement_term_years
    if agreement.in_force_until or not years or agreement.signed_on is None:
        return agreement.in_force_until
    try:
        return agreement.signed_on.replace(year=agreement.signed_on.year + years)
    except ValueError:  # 29 February
        return agreement.signed_on.replace(year=agreement.signed_on.year + years, day=28)
