"""The application as a company fills it in over HTTP: begun, step by step, sent."""

from datetime import timedelta

from django.db.models import F
from django.http import HttpResponse
from django.test import Client

from klimapakt.mailbox.models import OutgoingMail
from partners import steps
from partners.models import Application
from tests.bad_input.form import Page

START, OVERVIEW, CHECK = "/mitmachen/antrag/", "/mein-klimapakt/antrag/", "/mein-klimapakt/antrag/pruefen/"
SEND = "/mein-klimapakt/antrag/absenden/"

BEGIN = {"organisation": "Musterbäckerei GmbH", "name": "Erika Muster", "email": "erika@musterbaeckerei.example"}

ANSWERS: dict[str, dict[str, object]] = {
    "organisation": {
        "name": "Musterbäckerei GmbH", "kind": "company", "legal_form": "gmbh", "register_number": "HRB 4711",
        "street": "Backstraße 3", "postal_code": "12345", "place": "Musterstadt", "sector": "C", "employees": "25",
        "website": "www.musterbaeckerei.example", "founded": "1950", "company_size": "sme",
    },
    "personen": {
        "contact_name": "Erika Muster", "contact_function": "Inhaberin",
        "contact_email": "erika@musterbaeckerei.example", "contact_phone": "0000 4711",
        "signatory_is_contact": None, "signatory_name": "Heinz Muster", "signatory_function": "Geschäftsführer",
    },
    "heute": {"already_doing": "Wir backen mit Strom vom eigenen Dach.", "certificates": ["emas"], "balance_year": "2024"},
    "wuensche": {"wishes": "Austausch über Wärme.", "needs": ["talk"], "offers": ["tour"], "offers_text": "Backstube."},
    "zusagen": {"supports_goal": "on", "sets_measures": "on", "accepts_monitoring": "on"},
    "profil": {"profile_text": "Wir backen für die Stadt.", "links": "www.musterbaeckerei.example/klima"},
    "einwilligungen": {"consent_profile": "on", "consent_measures": "on"},
}  # fmt: skip

CONFIRMATIONS = {"may_apply": "on", "is_correct": "on", "has_read": "on"}

NEXT, LATER = {"next": "Speichern und weiter"}, {"later": "Speichern, später weiter"}


def fields_on(client: Client, path: str) -> dict[str, object]:
    """Return what the browser would send from the first form of a page."""
    page = client.get(path)
    assert page.status_code == 200, (path, page.status_code)
    return Page(page.content.decode()).sent


def begin(client: Client, **changes: object) -> HttpResponse:
    """Begin an application and return the answer."""
    return client.post(START, _sent(fields_on(client, START) | BEGIN | changes))


def led_to(response: HttpResponse) -> str:
    """Return where a redirect leads, whichever case it stays with."""
    return response["Location"].partition("?")[0]


def path_of_step(slug: str) -> str:
    return f"{OVERVIEW}{slug}/"


def opened(client: Client, slug: str) -> dict[str, object]:
    """Open a step and return what the browser would send."""
    return fields_on(client, path_of_step(slug))


def fill(client: Client, slug: str, *, button: dict[str, str] = NEXT, **changes: object) -> HttpResponse:
    """Open a step, type our answers and the changes, and press a button; a change to None leaves a field out."""
    return client.post(path_of_step(slug), _sent(opened(client, slug) | ANSWERS[slug] | changes | button))


def filled(client: Client, **changes: object) -> Application:
    """Begin an application and fill in all steps; `changes` go into the step that has the field."""
    begin(client)
    for step in steps.STEPS:
        known = {*step.fields, *steps.ticks_of(step), *ANSWERS[step.slug], "signatory_is_contact", "orders_newsletter"}
        ours = {name: value for name, value in changes.items() if name in known}
        if step is not steps.PEOPLE:
            ours.pop("signatory_is_contact", None)
        if step is not steps.CONSENTS:
            ours.pop("orders_newsletter", None)
        answer = fill(client, step.slug, **ours)
        assert answer.status_code == 302, (step.slug, answer.context["form"].errors)
    return Application.objects.latest("pk")


def apply(client: Client, **changes: object) -> Application:
    """Begin, fill in and send an application; its address is not proven yet."""
    application = filled(client, **changes)
    answer = client.post(SEND, CONFIRMATIONS)
    assert answer.status_code == 302
    application.refresh_from_db()
    return application


def a_minute_later() -> None:
    """Let a minute have gone by since the last mail: the same wish is then another one."""
    OutgoingMail.objects.update(created_at=F("created_at") - timedelta(minutes=1, seconds=1))


def _sent(data: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in data.items() if value is not None}
