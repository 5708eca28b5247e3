"""Each address of the public and of companies that takes something has a row among the forms, or takes nothing typed."""

import pytest
from django.db import transaction
from django.urls import resolve

from tests.urls.opening import BEFORE
from tests.urls.table import table

BUTTONS = {
    "z/<str:token>/",
    "abbestellen/<str:token>/",
    "abbestellen/<str:token>/wieder/",
    *(
        BEFORE + page
        for page in (
            "interesse/antrag/", "interesse/loeschen/", "auswahl/<str:purpose>/<int:object_id>/", "gespraech/absagen/",
            "absichtserklaerung/code/", "absichtserklaerung/zurueckziehen/", "profil/zurueckziehen/", "profil/logo/entfernen/",
            "personen/<int:pk>/austragen/", "personen/<int:pk>/behalten/", "personen/<int:pk>/einladen/",
            "einwilligung/<str:purpose>/widerrufen/", "einwilligung/<str:purpose>/erteilen/",
            "antrag/einwilligung/<str:purpose>/widerrufen/",
            "antrag/dateien/<uuid:pk>/entfernen/", "antrag/loeschen/", "antrag/mitwirkende/<int:pk>/erneut/",
            "antrag/mitwirkende/<int:pk>/entfernen/", "antrag/bestaetigung/", "antrag/kopie/erstellen/", "antrag/zurueckziehen/",
            "veranstaltung/<slug:slug>/abmelden/", "veranstaltung/<slug:slug>/absagen/", "vereinbarung/code/",
        )
    ),
}  # fmt: skip
"""Nothing is typed there. Odd things are sent to them too: tests/urls/test_odd_posts.py."""


@pytest.fixture
def addresses(
    of_companies, of_guests, of_signatories, of_uploads, of_the_interested, of_talks, of_partners, of_the_mailbox
) -> set[str]:
    """The routes to which the forms of this folder are sent, where companies or everybody can."""
    makers = of_companies | of_guests | of_signatories | of_uploads | of_the_interested | of_talks | of_partners
    makers["SubscriptionForm"] = of_the_mailbox["SubscriptionForm"]
    found = set()
    for make in makers.values():
        with transaction.atomic():
            found.add(resolve(make().path.partition("?")[0]).route)
            transaction.set_rollback(True)
    return found


def test_each_address_that_takes_something_has_a_form_here(addresses):
    taking = {
        route
        for route, (_, _, post, _) in table().items()
        if post["anonymous"] != "405" and not route.startswith(("admin/", "postfach/"))
    }

    assert taking - addresses - BUTTONS == set(), "give the forms of these addresses a row"
    assert BUTTONS & addresses == set(), "these have a form"
    assert BUTTONS - taking == set(), "these take nothing"
