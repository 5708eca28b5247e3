"""Lists, addresses, bodies and cookies that no browser of a person would send."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from events.models import Invitation, Registration
from partners.models import Application
from tests.corpus import CHOICES, NUMBERS, TEXTS
from tests.factories import ContactFactory, PartnerFactory
from tests.factories.events import MeetingFactory


@pytest.mark.parametrize("parameters", [["q"], ["branche", "seite"], []])
def test_the_filter_of_the_list_takes_anything(parameters, pact):
    PartnerFactory(listed=True)

    for text in [*TEXTS.values(), *NUMBERS, *CHOICES]:
        query = dict.fromkeys(parameters, text) or {text[:50]: "x"}
        response = Client().get("/klimapartner/", query)

        assert response.status_code == (400 if "\0" in "".join([*query, *query.values()]) else 200), text
        assert b"<script>alert" not in response.content
        assert b"<img src=x" not in response.content


@pytest.mark.parametrize("parameter", ["q", "branche", "auswahl", "contact", None])
def test_the_filter_of_those_to_invite_takes_anything(parameter, pact, office_client):
    ContactFactory(organisation=PartnerFactory(listed=True).organisation)
    page = f"/admin/events/event/{MeetingFactory().pk}/einladen/"

    for text in [*TEXTS.values(), *NUMBERS, *CHOICES]:
        query = {parameter or text[:50]: text}
        response = office_client.get(page, query)

        assert response.status_code == (400 if "\0" in "".join([*query, *query.values()]) else 200), text
        assert b"<script>alert" not in response.content
        assert b"<img src=x" not in response.content


@pytest.mark.parametrize(
    "chosen", ["", ",", "abc", "1,2,3", "-1", "9" * 40, "\0", "\u0661", "1;2", " 1 ", "1e3", "<b>"]
)
def test_whoever_is_chosen_by_a_made_up_number_is_not_invited(chosen, pact, office_client):
    stranger = ContactFactory()
    page = f"/admin/events/event/{MeetingFactory().pk}/einladen/"

    for typed in (chosen, f"{chosen},{stranger.pk}"):
        codes = [
            office_client.post(page, {"contact": [typed, stranger.pk]}).status_code,
            office_client.post(page + "senden/", {"chosen": typed}).status_code,
        ]

        assert codes == [422, 302]
    assert not Invitation.objects.exists()


LISTS = [
    "partners/application", "partners/interest", "partners/partner", "events/event", "events/registration", "events/invitation",
    "agreements/agreement", "agreements/templatesection", "documents/document",
]  # fmt: skip


@pytest.mark.parametrize(
    "parameter",
    ["q", "p", "o", "status__exact", "all", "e", "_facets", "gibt_es_nicht", "id__in", "created_at__gte", "wann"],
)
def test_the_lists_of_the_admin_take_any_parameter(parameter, pact, office_client):
    for name in LISTS:
        for text in ("abc", "-1", "9" * 20, "a\0", "C' OR 1=1", "\u202e", "1,2", ""):
            response = office_client.get(f"/admin/{name}/", {parameter: text})

            assert response.status_code in (200, 302, 400), (name, text)


@pytest.mark.parametrize(
    "path",
    [
        "/%00",
        "/klimapartner/a%00b/",
        "/z/%00/",
        "/admin/%00/",
        "/?q=%00",
        "/admin/login/?next=%00",
        "/veranstaltungen/a%00b/anmelden/",
        "/mein-klimapakt/vereinbarung/?fassung=%00",
        "/mein-klimapakt/veranstaltung/%00/",
    ],
)
def test_a_nul_in_the_address_is_a_bad_request(path, pact):
    response = Client().get(path)

    assert response.status_code == 400
    assert "Diese Anfrage haben wir nicht verstanden" in response.content.decode()


PUBLIC_FORMS = [
    "/mitmachen/antrag/",
    "/mitmachen/interesse/",
    "/mitmachen/link/",
    "/veranstaltungen/treffen/anmelden/",
    "/admin/login/",
]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json", "text/plain", "", "multipart/form-data",
                                  "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=utf-7"])  # fmt: skip
@pytest.mark.parametrize("path", PUBLIC_FORMS)
def test_a_body_that_is_no_form_is_no_fault_of_ours(path, kind, pact):
    MeetingFactory(slug="treffen")
    bodies = [b"name=%ff%fe", b"name=\xff\xfe", b"=&&==&", b"%", b"name=%u0041", b"\0" * 50, b'{"name": "\\ud800"}']
    client = Client(raise_request_exception=False)

    codes = {body: client.generic("POST", path, body, content_type=kind).status_code for body in bodies}

    assert set(codes.values()) <= {200, 400, 415, 422}, codes
    assert not Application.objects.exists()
    assert not Registration.objects.exists()


@pytest.mark.parametrize("path", PUBLIC_FORMS)
@pytest.mark.parametrize("what", ["1001 fields", "3 MB", "50 files"])
def test_a_body_that_is_too_much_is_refused_in_german(what, path, pact):
    MeetingFactory(slug="treffen")
    client = Client(raise_request_exception=False)
    match what:
        case "1001 fields":
            response = client.post(path, {f"f{n}": "x" for n in range(1001)})
        case "3 MB":
            response = client.post(path, {"wishes": "x" * 3_000_000})
        case "50 files":
            response = client.post(path, {f"f{n}": SimpleUploadedFile("a.pdf", b"x") for n in range(50)})

    refused = (400, "Diese Anfrage haben wir nicht verstanden") if what == "1001 fields" else (413, "Das ist zu groß")
    assert response.status_code == refused[0]
    assert refused[1] in response.content.decode()


@pytest.mark.parametrize("cookie", ["\xff", "x" * 3000, "a;b", '"', "../../etc/passwd", "{{7*7}}"])
def test_a_broken_cookie_is_no_fault_of_ours(cookie, pact):
    client = Client(raise_request_exception=False)

    codes = [
        client.get(p, HTTP_COOKIE=f"s={cookie}; c={cookie}").status_code
        for p in ("/", "/mitmachen/antrag/", "/mein-klimapakt/", "/mein-klimapakt/vereinbarung/")
    ]

    assert codes == [200, 200, 403, 403]
