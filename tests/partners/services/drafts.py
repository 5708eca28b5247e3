"""Drafts of an application, and how people write in them."""

from uuid import uuid4

from partners import steps
from partners.models import Applicant, Application
from partners.services import applying
from tests.factories import ApplicationFactory

BEGUN = {"organisation": "Musterbäckerei GmbH", "name": "Erika Muster", "email": "erika@musterbaeckerei.example"}


def begin(**changes: object) -> Applicant:
    applicant, _ = applying.start(**{"form_token": uuid4(), **BEGUN, **changes})
    return applicant


def draft(**fields: object) -> Applicant:
    """Return the proven person of a complete draft."""
    return ApplicationFactory(**fields).applicants.get()


def timeline_of(application: Application) -> list[str]:
    return [entry.text for entry in application.timeline.order_by("pk")]


def save(applicant: Applicant, page: str = "a", *, shown: dict[str, object] | None = None, **answers: object) -> list:
    """Save answers of the step „heute“ as if the page had shown what `shown` says, else what is stored."""
    application = Application.objects.get(pk=applicant.application_id)
    before = {name: steps.stored(application, name) for name in answers} | (shown or {})
    return applying.save(application, steps.STATUS_QUO, answers, shown=before, by=applicant, page=page)


def colleague_of(applicant: Applicant) -> Applicant:
    return applying.invite(applicant.application, name="Kim Muster", email="kim@musterbaeckerei.example", by=applicant)
