"""Addresses of nothing, foreign host names, targets elsewhere: no fault of ours, and no help for anybody."""

import pytest
from django.test import Client

from tests.urls.asking import ask
from tests.urls.table import table


@pytest.mark.parametrize(
    "path",
    [
        "/admin/partners/application/abc/pruefen/",
        "/admin/partners/application/99999999999999999999/pruefen/",
        "/admin/partners/application/0/aufnehmen/",
        "/admin/partners/partner/1e5/link/",
        "/admin/partners/application/abc/change/",
        "/admin/partners/application/1/dokument/99999999999999999999/",
        "/admin/agreements/agreement/99999999999999999999/vorschau/",
        "/admin/agreements/agreement/1/fassung/99999999999999999999/",
        "/admin/agreements/agreement/1/dokument/99999999999999999999/",
        "/admin/agreements/agreement/abc/gegenzeichnen/",
        "/admin/events/event/%00/absagen/",
        "/admin/events/event/99999999999999999999/einladen/",
        "/admin/events/event/99999999999999999999/einladen/senden/",
        "/admin/events/event/1/teilnahmeliste/pdf/99999999999999999999/",
        "/admin/events/registration/1e5/namen/",
        "/admin/events/invitation/-1/absage/",
        "/admin/documents/document/abc/noch-einmal/",
        "/klimapartner/gibt-es-nicht/",
        "/veranstaltungen/gibt-es-nicht/",
        "/veranstaltungen/gibt-es-nicht/termin.ics",
        "/veranstaltungen/gibt-es-nicht/anmelden/",
        "/mein-klimapakt/veranstaltung/gibt-es-nicht/",
        "/mein-klimapakt/vereinbarung/dokument/" + "0" * 64 + "/",
        "/mein-klimapakt/vereinbarung/?fassung=%22",
        "/postfach/gibt-es-nicht/",
        "/postfach/gibt-es-nicht/anhang/0/",
        "/mein-klimapakt/einwilligung/erfunden/widerrufen/",
        "/admin/r/99999/1/",
        "/admin/r/abc/def/",
        "/gibt/es/nicht",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_address_of_nothing_is_no_fault_of_ours(path, method, things, client_of):
    codes = {
        role: ask(client_of(role), method, path).status_code
        for role in ("administrator", *(["contact", "signatory"] if path.startswith("/mein-klimapakt/") else []))
    }

    assert [code for code in codes.values() if code not in (302, 400, 403, 404, 405, 409)] == [] or "?" in path
    assert [code for code in codes.values() if code >= 500] == []


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "127.0.0.1.evil.example"])
def test_a_foreign_host_name_is_refused(host, pact):
    client = Client(raise_request_exception=False)

    codes = [
        client.get(path, HTTP_HOST=host).status_code
        for path in ("/", "/klimapartner/", "/admin/", "/sitemap.xml", "/veranstaltungen/kalender.ics")
    ]

    assert codes == [400, 400, 400, 400, 400]


@pytest.mark.parametrize("role", ["anonymous", "signatory", "guest"])
def test_no_answer_repeats_a_host_name_that_somebody_sent_along(role, things, client_of):
    client = client_of(role)
    spoofed = {
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_X_FORWARDED_PROTO": "gopher",
        "HTTP_X_HOST": "evil.example",
    }

    pages = {
        route: client.get(path.format_map(vars(things)), **spoofed)
        for route, (path, *_) in table().items()
        if not route.startswith("admin/")
    }

    assert [r for r, page in pages.items() if b"evil.example" in page.content + str(page.headers).encode()] == []


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)"])
def test_signing_in_leads_to_our_own_pages_only(target, pact, office):
    office.set_password("ein langes Passwort für alle")
    office.save()

    response = Client().post(
        "/admin/login/?next=" + target,
        {"username": office.username, "password": "ein langes Passwort für alle", "next": target},
    )

    assert response.status_code == 302
    assert response["Location"] == "/admin/"


@pytest.mark.parametrize(
    "path",
    ["/", "/klimapartner/", "/mitmachen/antrag/", "/impressum/", "/wirkung/", "/veranstaltungen/kalender.ics"],
)
def test_before_a_pact_is_set_up_every_page_says_what_to_do(path, db):
    response = Client().get(path)

    assert response.status_code == 503
    assert "init_pact" in response.content.decode()
