"""An application in review, as tests of deciding take it, and the decisions one person can make."""

from partners.models import Application
from partners.services import applying, decision, review
from tests.factories import ApplicationFactory

ANSWERS = {
    "name": "Musterbäckerei GmbH", "kind": "company", "legal_form": "gmbh", "register_number": "HRB 4711",
    "street": "Backstraße 3", "postal_code": "12345", "place": "Musterstadt", "sector": "C", "employees": 25,
    "website": "https://www.musterbaeckerei.example",
    "contact_name": "Erika Muster", "contact_function": "Inhaberin", "contact_email": "erika@musterbaeckerei.example",
    "contact_phone": "0000 4711", "signatory_name": "Heinz Muster", "signatory_function": "Geschäftsführer",
    "already_doing": "Strom vom eigenen Dach.", "wishes": "Austausch über Wärme.",
    "profile_text": "Wir backen mit Strom vom Dach.", "quote": "Wärme ist zu schade zum Wegwerfen.",
    "quote_person": "Erika Muster", "links": ["https://www.musterbaeckerei.example/klima"], "offers": ["tour"],
}  # fmt: skip


def reviewed(office, **changes) -> Application:
    """An application with consents, in review."""
    consents = changes.pop("consents", ["profile", "measures"])
    application = ApplicationFactory(**{**ANSWERS, "chosen_consents": consents, **changes})
    applying.send(application, by=application.applicants.get())
    review.start_review(application, by=office)
    application.refresh_from_db()
    return application


def timeline_of(application: Application) -> list[str]:
    return [entry.text for entry in application.timeline.order_by("pk")]


DECISIONS = {
    "accepted": lambda application, by: decision.accept(application, by=by),
    "rejected": lambda application, by: decision.reject(application, "Ihr Sitz liegt nicht in der Stadt.", by=by),
}
