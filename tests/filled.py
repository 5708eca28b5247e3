"""The application form as a company fills it in."""

import re

from django.test import Client

ANSWERS = {
    "name": "Musterbäckerei GmbH",
    "kind": "company",
    "street": "Backstraße 3",
    "postal_code": "12345",
    "place": "Musterstadt",
    "sector": "C",
    "employees": "25",
    "website": "www.musterbaeckerei.example",
    "contact_name": "Erika Muster",
    "contact_function": "Inhaberin",
    "contact_email": "erika@musterbaeckerei.example",
    "contact_phone": "0000 4711",
    "signatory_name": "Heinz Muster",
    "signatory_function": "Geschäftsführer",
    "already_doing": "Wir backen mit Strom vom eigenen Dach.",
    "wishes": "Austausch über Wärme.",
    "consent_profile": "on",
    "consent_measures": "on",
    "may_apply": "on",
}


def token_of(client: Client) -> str:
    """Open the form and return its token."""
    page = client.get("/mitmachen/antrag/").content.decode()
    return re.search(r'name="form_token" value="([^"]+)"', page)[1]


def filled(client: Client, **changes: object) -> dict[str, object]:
    """Return what the browser would send; a change to None leaves the field out."""
    answers = {**ANSWERS, "form_token": token_of(client), **changes}
    return {name: value for name, value in answers.items() if value is not None}
