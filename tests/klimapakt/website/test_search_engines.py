"""What search engines may read, and what they are told of."""

from django.test import Client

from klimapakt.pact.models import Pact
from tests.factories import EventFactory, PartnerFactory


def test_search_engines_stay_out_of_forms_and_personal_pages(pact):
    lines = Client().get("/robots.txt").content.decode().splitlines()

    assert lines == [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /mein-klimapakt/",
        "Disallow: /z/",
        "Disallow: /mitmachen/antrag/",
        "Disallow: /veranstaltungen/*/anmelden/",
        "Sitemap: http://testserver/sitemap.xml",
    ]


def test_a_trial_is_closed_to_search_engines(pact):
    Pact.objects.update(has_trial_data=True)

    assert Client().get("/robots.txt").content.decode().splitlines() == ["User-agent: *", "Disallow: /"]


def test_the_sitemap_names_public_pages_and_nothing_else(pact):
    listed, hidden = PartnerFactory(listed=True), PartnerFactory()
    published, draft = EventFactory(published=True), EventFactory()

    page = Client().get("/sitemap.xml").content.decode()

    public = ("/", "/wirkung/", "/klimapartner/", "/aktuelles/newsletter/")
    for path in (*public, listed.get_absolute_url(), published.get_absolute_url()):
        assert f"<loc>http://testserver{path}</loc>" in page
    for path in (hidden.get_absolute_url(), draft.get_absolute_url(), "anmelden", "/mein-klimapakt/"):
        assert path not in page
