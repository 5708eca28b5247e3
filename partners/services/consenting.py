"""What a company agreed to in its application, and takes back before it has pages of its own."""

from django.db import transaction

from klimapakt.pact.models import Pact
from klimapakt.states import TransitionNotAllowed
from partners.models import Applicant, Consent, TimelineEntry
from partners.models.timeline import COMPANY
from partners.services import applying


@transaction.atomic
def withdraw(purpose: str, *, by: Applicant) -> None:
    """End a consent given with an application, at once; twice changes nothing.

    Raises TransitionNotAllowed once the decision was told: a partner withdraws on its own pages. And for somebody who
    was removed.
    """
    application = applying.taken_part_in(by.application, by)
    if not application.is_open_as_told(Pact.load()):
        raise TransitionNotAllowed("the application was decided meanwhile")
    consent = application.consents.standing().filter(purpose=purpose).first()
    if consent is None or not consent.withdraw():
        return
    partner = application.partner  # of a decision that the company does not know of
    if partner and purpose == Consent.Purpose.PROFILE and partner.may_be_hidden:
        partner.hide()
    application.touch()
    TimelineEntry.note(f"Einwilligung widerrufen: {consent}", by=f"{by} ({COMPANY})", application=application)
