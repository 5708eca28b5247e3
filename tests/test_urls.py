"""Every URL × every role: the status code, written by hand.

The list of URLs comes from the URLconf. A URL without a row fails, and so does a row without a URL.
"""

import copy
import mailbox
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace

import pytest
from django.conf import settings as portal_settings
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from agreements.models import Agreement
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from partners import mails
from partners.models import Partner
from partners.services import joining
from tests.factories import (
    AgreementFactory,
    ConsentFactory,
    ContactFactory,
    EventFactory,
    InitialPartnerFactory,
    PartnerFactory,
)
from tests.rows import all_rows, difference

ROLES = ["anonymous", "applicant", "contact", "initial_partner", "office", "administrator"]
"""The columns of the tables below. An applicant and a contact came by their personal link and have no account."""

ALL_200 = "200 200 200 200 200 200"
ALL_302 = "302 302 302 302 302 302"
ALL_405 = "405 405 405 405 405 405"
STAFF_ = "302 302 302 "
"""Whoever is not signed in is sent to the sign-in page; three codes for those who are follow."""

APPLICATION, PARTNER = "/admin/partners/application", "/admin/partners/partner"
EVENT, AGREEMENT = "/admin/events/event", "/admin/agreements/agreement"
SERVICE = STAFF_ + "403 200 200", STAFF_ + "403 302 302"
"""A service action: the page that says what will happen, and the button on it."""

# route of the URLconf: path that is asked for, codes of GET, codes of POST[, what POST sends]
PAGES: dict[str, tuple] = {
    "": ("/", ALL_200, ALL_405),
    "impressum/": ("/impressum/", ALL_200, ALL_405),
    "datenschutz/": ("/datenschutz/", ALL_200, ALL_405),
    "barrierefreiheit/": ("/barrierefreiheit/", ALL_200, ALL_405),
    "favicon.ico": ("/favicon.ico", ALL_302, ALL_405),
    "robots.txt": ("/robots.txt", ALL_200, ALL_405),
    "sitemap.xml": ("/sitemap.xml", ALL_200, ALL_405),
    "klimapartner/": ("/klimapartner/", ALL_200, ALL_405),
    "klimapartner/<slug:slug>/": ("/klimapartner/{partner.slug}/", ALL_200, ALL_405),
    "initialpartner/": ("/initialpartner/", ALL_200, ALL_405),
    "mitmachen/": ("/mitmachen/", ALL_200, ALL_405),
    "mitmachen/antrag/": ("/mitmachen/antrag/", ALL_200, "422 422 422 422 422 422"),
    # These two belong to the browser that has just sent an application; nobody here has.
    "mitmachen/antrag/eingang/": ("/mitmachen/antrag/eingang/", ALL_302, ALL_405),
    "mitmachen/antrag/eingang/adresse/": ("/mitmachen/antrag/eingang/adresse/", ALL_405, "404 404 404 404 404 404"),
    "veranstaltungen/": ("/veranstaltungen/", ALL_200, ALL_405),
    "veranstaltungen/<slug:slug>/": ("/veranstaltungen/{event.slug}/", ALL_200, ALL_405),
    "mein-klimapakt/": ("/mein-klimapakt/", "403 403 200 403 403 403", ALL_405),
    "mein-klimapakt/einwilligung/<str:purpose>/widerrufen/": (
        "/mein-klimapakt/einwilligung/profile/widerrufen/", ALL_405, "403 403 302 403 403 403",
    ),
    "mein-klimapakt/einwilligung/<str:purpose>/erteilen/": (
        "/mein-klimapakt/einwilligung/profile/erteilen/", ALL_405, "403 403 302 403 403 403",
    ),
    "mein-klimapakt/antrag/": ("/mein-klimapakt/antrag/", "403 200 403 403 403 403", ALL_405),
    "mein-klimapakt/antrag/antwort/": (
        "/mein-klimapakt/antrag/antwort/", ALL_405, "403 302 403 403 403 403", {"answer": "Drei."},
    ),
    "mein-klimapakt/antrag/zurueckziehen/": (
        "/mein-klimapakt/antrag/zurueckziehen/", ALL_405, "403 302 403 403 403 403",
    ),
    "z/<str:token>/": ("{link}", ALL_200, ALL_302),
    "postfach/": ("/postfach/", STAFF_ + "403 200 200", STAFF_ + "405 405 405"),
    "postfach/<str:key>/": ("/postfach/{mail_key}/", STAFF_ + "403 200 200", STAFF_ + "405 405 405"),
    "health/live": ("/health/live", ALL_200, ALL_405),
    "health/ready": ("/health/ready", ALL_200, ALL_405),
    "admin/": ("/admin/", STAFF_ + "200 200 200", STAFF_ + "200 200 200"),
    "admin/login/": ("/admin/login/", "200 200 200 302 302 302", ALL_200),
    "admin/logout/": ("/admin/logout/", STAFF_ + "405 405 405", STAFF_ + "200 200 200"),
    "admin/password_change/": ("/admin/password_change/", STAFF_ + "200 200 200", STAFF_ + "200 200 200"),
    "admin/password_change/done/": ("/admin/password_change/done/", STAFF_ + "200 200 200", STAFF_ + "405 405 405"),
    "admin/autocomplete/": (
        "/admin/autocomplete/?app_label=events&model_name=event&field_name=host",
        STAFF_ + "403 200 200", STAFF_ + "405 405 405",
    ),
    "admin/jsi18n/": ("/admin/jsi18n/", STAFF_ + "200 200 200", STAFF_ + "405 405 405"),
    "admin/^(?P<app_label>pact|mailbox|partners|events|agreements|auth)/$": (
        "/admin/mailbox/", STAFF_ + "404 200 200", STAFF_ + "404 200 200",
    ),
    "admin/(?P<url>.*)$": ("/admin/gibt-es-nicht/", STAFF_ + "404 404 404", STAFF_ + "404 404 404"),
    "admin/auth/user/<id>/password/": (
        "/admin/auth/user/{user.pk}/password/", STAFF_ + "403 403 200", STAFF_ + "403 403 200",
    ),
    "admin/partners/application/<int:object_id>/dokument/<int:step_id>/": (
        APPLICATION + "/{reviewed.pk}/dokument/{step.pk}/", STAFF_ + "404 200 200", STAFF_ + "404 200 200",
    ),
    "admin/agreements/agreement/<int:object_id>/scan/": (
        AGREEMENT + "/{agreement.pk}/scan/", STAFF_ + "404 200 200", STAFF_ + "404 200 200",
    ),
    "admin/partners/application/<path:object_id>/pruefen/": (APPLICATION + "/{submitted.pk}/pruefen/", *SERVICE),
    "admin/partners/application/<path:object_id>/aufnehmen/": (APPLICATION + "/{reviewed.pk}/aufnehmen/", *SERVICE),
    "admin/partners/application/<path:object_id>/rueckfrage/": (
        APPLICATION + "/{reviewed.pk}/rueckfrage/", *SERVICE, {"text": "Wie viele Standorte?"},
    ),
    "admin/partners/application/<path:object_id>/gespraech/": (
        APPLICATION + "/{reviewed.pk}/gespraech/", *SERVICE, {"done_on": "2026-01-02"},
    ),
    "admin/partners/application/<path:object_id>/absichtserklaerung/": (
        APPLICATION + "/{reviewed.pk}/absichtserklaerung/", *SERVICE, {"done_on": "2026-01-02"},
    ),
    "admin/partners/application/<path:object_id>/ablehnen/": (
        APPLICATION + "/{reviewed.pk}/ablehnen/", *SERVICE, {"reason": "Ihr Sitz liegt nicht in der Stadt."},
    ),
    "admin/partners/application/<path:object_id>/zuruecknehmen/": (
        APPLICATION + "/{rejected.pk}/zuruecknehmen/", *SERVICE,
    ),
    "admin/partners/application/<path:object_id>/bestaetigung/": (
        APPLICATION + "/{unconfirmed.pk}/bestaetigung/", *SERVICE,
    ),
    "admin/partners/application/<path:object_id>/link/": (APPLICATION + "/{reviewed.pk}/link/", *SERVICE),
    "admin/partners/partner/<path:object_id>/veroeffentlichen/": (
        PARTNER + "/{ready.pk}/veroeffentlichen/",
        # A partner that is not listed does not exist for an initial partner.
        STAFF_ + "404 200 200", STAFF_ + "404 302 302",
    ),
    "admin/partners/partner/<path:object_id>/verbergen/": (PARTNER + "/{partner.pk}/verbergen/", *SERVICE),
    "admin/partners/partner/<path:object_id>/link/": (PARTNER + "/{partner.pk}/link/", *SERVICE),
    "admin/events/event/<path:object_id>/veroeffentlichen/": (EVENT + "/{draft.pk}/veroeffentlichen/", *SERVICE),
    "admin/events/event/<path:object_id>/zurueckziehen/": (EVENT + "/{event.pk}/zurueckziehen/", *SERVICE),
    "admin/events/event/<path:object_id>/absagen/": (EVENT + "/{event.pk}/absagen/", *SERVICE),
    "admin/agreements/agreement/<path:object_id>/in-kraft-setzen/": (AGREEMENT + "/{agreement.pk}/in-kraft-setzen/", *SERVICE),
    "admin/mailbox/outgoingmail/<path:object_id>/erneut-senden/": (
        "/admin/mailbox/outgoingmail/{failed.pk}/erneut-senden/", *SERVICE,
    ),
}  # fmt: skip

MODEL_PAGES = [
    "",
    "add/",
    "<path:object_id>/change/",
    "<path:object_id>/delete/",
    "<path:object_id>/history/",
    "<path:object_id>/",
]
"""What the admin offers for every model, in the order of the columns below. The last one redirects to `change/`."""

# model: the object that is asked for, then for the three roles that may sign in: codes of GET, codes of POST.
# The first POST column is the list without an action; a delete is sent with its confirmation, a form empty.
MODELS = {
    #                                        list add change delete history shortcut
    "pact/pact": ("pact", {
        "initial_partner": ("302 403 403 403 403 302", "302 403 403 403 403 302"),
        "office":          ("302 403 200 403 200 302", "302 403 200 403 200 302"),
        "administrator":   ("302 403 200 403 200 302", "302 403 200 403 200 302"),
    }),
    "mailbox/outgoingmail": ("failed", {
        "initial_partner": ("403 403 403 403 403 302", "403 403 403 403 403 302"),
        "office":          ("200 403 200 403 200 302", "200 403 403 403 200 302"),
        "administrator":   ("200 403 200 403 200 302", "200 403 403 403 200 302"),
    }),
    "partners/application": ("reviewed", {
        "initial_partner": ("403 403 403 403 403 302", "403 403 403 403 403 302"),
        "office":          ("200 403 200 403 200 302", "200 403 200 403 200 302"),
        "administrator":   ("200 403 200 403 200 302", "200 403 200 403 200 302"),
    }),
    "partners/partner": ("partner", {
        "initial_partner": ("200 403 200 403 200 302", "200 403 403 403 200 302"),
        "office":          ("200 200 200 403 200 302", "200 200 200 403 200 302"),
        "administrator":   ("200 200 200 403 200 302", "200 200 200 403 200 302"),
    }),
    "partners/organisation": ("partner.organisation", {
        "initial_partner": ("403 403 403 403 403 302", "403 403 403 403 403 302"),
        "office":          ("200 200 200 403 200 302", "200 200 200 403 200 302"),
        "administrator":   ("200 200 200 403 200 302", "200 200 200 403 200 302"),
    }),
    "partners/initialpartner": ("founder", {
        "initial_partner": ("200 403 200 403 200 302", "200 403 403 403 200 302"),
        "office":          ("200 200 200 200 200 302", "200 200 200 302 200 302"),
        "administrator":   ("200 200 200 200 200 302", "200 200 200 302 200 302"),
    }),
    "events/event": ("draft", {
        "initial_partner": ("200 403 200 403 200 302", "200 403 403 403 200 302"),
        "office":          ("200 200 200 200 200 302", "200 200 200 302 200 302"),
        "administrator":   ("200 200 200 200 200 302", "200 200 200 302 200 302"),
    }),
    "agreements/agreement": ("agreement", {
        "initial_partner": ("403 403 403 403 403 302", "403 403 403 403 403 302"),
        "office":          ("200 200 200 200 200 302", "200 200 200 302 200 302"),
        "administrator":   ("200 200 200 200 200 302", "200 200 200 302 200 302"),
    }),
    "auth/group": ("group", {
        "initial_partner": ("403 403 403 403 403 302", "403 403 403 403 403 302"),
        "office":          ("403 403 403 403 403 302", "403 403 403 403 403 302"),
        "administrator":   ("200 200 200 200 200 302", "200 200 200 302 200 302"),
    }),
    "auth/user": ("user", {
        "initial_partner": ("403 403 403 403 403 302", "403 403 403 403 403 302"),
        "office":          ("403 403 403 403 403 302", "403 403 403 403 403 302"),
        "administrator":   ("200 200 200 200 200 302", "200 200 200 302 200 302"),
    }),
}  # fmt: skip

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def all_urls(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Walk the URLconf and yield the route of every URL."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from all_urls(entry, route)


def table() -> dict[str, tuple]:
    """Return both tables as one: route → path, codes of GET by role, codes of POST by role, what POST sends."""
    rows = {}
    for route, (path, get, post, *sent) in PAGES.items():
        rows[route] = (
            path,
            dict(zip(ROLES, get.split(), strict=True)),
            dict(zip(ROLES, post.split(), strict=True)),
            *sent,
        )
    for model, (thing, codes) in MODELS.items():
        for column, page in enumerate(MODEL_PAGES):
            path = f"/admin/{model}/" + page.replace("<path:object_id>", f"{{{thing}.pk}}")
            get, post = ({role: "302" for role in ROLES[:3]} for _ in range(2))
            for role, (get_codes, post_codes) in codes.items():
                get[role], post[role] = get_codes.split()[column], post_codes.split()[column]
            rows[f"admin/{model}/{page}"] = (path, get, post, {"post": "yes"} if "delete" in page else {})
    return rows


@pytest.fixture
def things(pact, in_state, office, user_of_role, settings, tmp_path) -> SimpleNamespace:
    """One of each kind, in the state that the row needs."""
    settings.EMBEDDED = frozenset({"mail"})
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    pact.uses_orientation_talk = pact.uses_letter_of_intent = True
    pact.save()
    submitted, unconfirmed, query = in_state("submitted"), in_state("unconfirmed"), in_state("query")
    rejected, reviewed = in_state("rejected"), in_state("in_review")
    document = SimpleUploadedFile("loi.pdf", PDF)
    for kind in ("orientation_talk", "letter_of_intent"):
        joining.record_step(reviewed, kind, done_on=date(2026, 1, 2), document=document, note="", by=office)
    partner = PartnerFactory(listed=True)
    hidden, ready = PartnerFactory(), PartnerFactory()
    ConsentFactory(organisation=ready.organisation)
    AgreementFactory(partner=ready, in_force=True)
    failed = OutgoingMail.objects.first()
    OutgoingMail.objects.filter(pk=failed.pk).update(status="failed")
    agreement = AgreementFactory(partner=hidden, signed_on=date(2026, 1, 2))
    agreement.scan.save("scan.pdf", SimpleUploadedFile("scan.pdf", PDF))
    agreement.measures.create(category="heat", title="Abwärme nutzen", from_year=2026)
    return SimpleNamespace(
        pact=pact,
        partner=partner,
        hidden=hidden,
        ready=ready,
        contact=ContactFactory(organisation=partner.organisation),
        founder=InitialPartnerFactory(),
        event=EventFactory(published=True),
        draft=EventFactory(),
        agreement=agreement,
        submitted=submitted,
        unconfirmed=unconfirmed,
        query=query,
        rejected=rejected,
        reviewed=reviewed,
        step=reviewed.steps.first(),
        failed=failed,
        group=Group.objects.create(name="Praktikum"),
        user=user_of_role["anonymous"],
        content_type=ContentType.objects.get_for_model(Partner).pk,
        link=path_of(mails.application_access(submitted)),
        mail_key=mailbox.Maildir(tmp_path / "mail", create=True).add(
            b"From: a@b.example\nTo: c@d.example\nSubject: S\nDate: Mon, 02 Nov 2026 10:00:00 +0100\n\nHallo\n"
        ),
    )


@pytest.fixture
def user_of_role(office, initial_partner_user, administrator, django_user_model) -> dict:
    somebody = django_user_model.objects.create(username="jemand", is_active=False)
    return {
        "anonymous": somebody,
        "initial_partner": initial_partner_user,
        "office": office,
        "administrator": administrator,
    }


@pytest.fixture
def client_of(things, user_of_role, open_link):
    """Return a browser in which a person of this role works."""

    def client_of(role: str) -> Client:
        client = Client(raise_request_exception=False)
        if role == "applicant":
            open_link(client, mails.application_access(things.query))
        elif role == "contact":
            open_link(client, mails.partner_access(things.contact))
        elif role != "anonymous":
            client.force_login(user_of_role[role])
        return client

    return client_of


def path_of(link: AccessLink) -> str:
    return link.url().removeprefix(portal_settings.PORTAL_BASE_URL)


def ask(client: Client, method: str, path: str, data: dict | None = None, *, undo: bool = True) -> HttpResponse:
    """Ask for a page, and undo in the database and in the browser what the answer did."""
    cookies = copy.deepcopy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method)(path, data)
        response.read = b"".join(response) if response.streaming else response.content
        transaction.set_rollback(undo)
    client.cookies = cookies
    return response


def test_each_url_has_a_row_and_each_row_a_url():
    urls = list(all_urls())

    rows = table()

    assert set(urls) - set(rows) == set(), "give these URLs a row"
    assert set(rows) - set(urls) == set(), "these rows belong to no URL"


_given: dict[str, dict[tuple[str, str], HttpResponse]] = {}


@pytest.fixture
def answers(db, role, request) -> dict[tuple[str, str], HttpResponse]:
    """Return what each URL answers this role, by method and route; asked once for all tests of the role."""
    if role not in _given:
        things = request.getfixturevalue("things")
        client = request.getfixturevalue("client_of")(role)
        _given[role] = {
            (method, route): ask(client, method, path.format_map(vars(things)), sent if method == "post" else None)
            for route, (path, _, _, *rest) in table().items()
            for sent in rest or [{}]
            for method in ("get", "post")
        }
    return _given[role]


@pytest.mark.parametrize("role", ROLES)
def test_each_url_answers_each_role_as_the_table_says(role, answers):
    wanted = {
        (method, route): codes[role]
        for route, (_, *both, _) in ((route, (*row, {})[:4]) for route, row in table().items())
        for method, codes in zip(("get", "post"), both, strict=True)
    }

    given = {which: str(answer.status_code) for which, answer in answers.items()}

    assert {which: f"{given[which]}, not {code}" for which, code in wanted.items() if given[which] != code} == {}


@pytest.mark.parametrize("role", ROLES[:3])
def test_whoever_is_not_signed_in_gets_no_further_than_the_sign_in_page(role, answers):
    inside = {
        which: answer
        for which, answer in answers.items()
        if which[1].startswith(("admin/", "postfach/")) and which[1] not in ("admin/login/", "admin/logout/")
    }

    assert {answer.status_code for answer in inside.values()} == {302}
    assert {answer["Location"].partition("?")[0] for answer in inside.values()} == {"/admin/login/"}


PUBLIC = {
    "", "impressum/", "datenschutz/", "barrierefreiheit/", "klimapartner/", "klimapartner/<slug:slug>/",
    "initialpartner/", "mitmachen/", "veranstaltungen/", "veranstaltungen/<slug:slug>/",
}  # fmt: skip
"""Pages that show the same to everybody; a browser may keep them, and asks before it shows them again."""


@pytest.mark.parametrize("role", ROLES)
def test_every_answer_says_whether_it_may_be_kept(role, answers):
    said = {which: answer.get("Cache-Control", "nothing") for which, answer in answers.items()}

    for (method, route), words in said.items():
        if route in PUBLIC and method == "get":
            assert words == "no-cache", route
        else:
            assert "no-store" in words, (method, route)
            assert "private" in words, (method, route)


@pytest.mark.parametrize("role", ROLES)
def test_every_answer_carries_the_strict_headers(role, answers):
    wrong = {
        which: policy
        for which, answer in answers.items()
        for policy in [answer.headers.get("Content-Security-Policy", "")]
        if not (
            "default-src 'none'" in policy
            and "unsafe" not in policy
            and "http" not in policy
            and "frame-ancestors 'none'" in policy
            and answer.headers.get("X-Content-Type-Options") == "nosniff"
            and answer.headers.get("Referrer-Policy") == "same-origin"
            and answer.headers.get("X-Frame-Options") == "DENY"
        )
    }

    assert wrong == {}


@pytest.mark.parametrize("role", ["contact", "administrator"])
def test_no_url_takes_a_post_without_the_form_token(role, things, client_of):
    client = client_of(role)
    client.handler.enforce_csrf_checks = True

    codes = {
        route: ask(client, "post", path.format_map(vars(things)), {"post": "yes"}).status_code
        for route, (path, *_) in table().items()
    }

    assert {route: code for route, code in codes.items() if code != 403} == {}


@pytest.mark.parametrize("method", ["put", "delete", "trace", "options"])
def test_other_methods_change_nothing_and_break_nothing(method, things, client_of):
    client, rows = client_of("administrator"), all_rows()

    codes = {
        route: ask(client, method, path.format_map(vars(things)), undo=False).status_code
        for route, (path, *_) in table().items()
        if route != "admin/logout/"
    }

    assert {route: code for route, code in codes.items() if code >= 500} == {}
    assert difference(rows, all_rows()) == {}


@pytest.mark.parametrize(
    "path",
    [
        "/admin/partners/application/abc/pruefen/",
        "/admin/partners/application/99999999999999999999/pruefen/",
        "/admin/partners/application/0/aufnehmen/",
        "/admin/partners/partner/1e5/link/",
        "/admin/partners/application/abc/change/",
        "/admin/partners/application/1/dokument/99999999999999999999/",
        "/admin/agreements/agreement/99999999999999999999/scan/",
        "/admin/events/event/%00/absagen/",
        "/klimapartner/gibt-es-nicht/",
        "/veranstaltungen/gibt-es-nicht/",
        "/postfach/gibt-es-nicht/",
        "/mein-klimapakt/einwilligung/erfunden/widerrufen/",
        "/admin/r/99999/1/",
        "/admin/r/abc/def/",
        "/gibt/es/nicht",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_address_of_nothing_is_no_fault_of_ours(path, method, things, client_of):
    response = ask(client_of("administrator"), method, path)

    assert response.status_code in (302, 400, 403, 404, 405)


def test_two_companies_see_only_their_own_application(in_state, open_link):
    first, second = in_state("query"), in_state("query")
    client = Client()
    open_link(client, mails.application_access(first))

    page = client.get("/mein-klimapakt/antrag/").content.decode()
    client.post("/mein-klimapakt/antrag/antwort/", {"answer": "Zwei."})
    client.post("/mein-klimapakt/antrag/zurueckziehen/", {"application": second.pk, "pk": second.pk})

    assert first.name in page
    assert second.name not in page
    assert second.contact_email not in page
    first.refresh_from_db()
    second.refresh_from_db()
    assert [first.status, second.status] == ["withdrawn", "query"]
    assert second.questions.get().answer == ""


def test_two_partners_see_and_change_only_their_own_consents(pact, open_link):
    first, second = PartnerFactory(listed=True), PartnerFactory(listed=True)
    client = Client()
    open_link(client, mails.partner_access(ContactFactory(organisation=first.organisation)))

    page = client.get("/mein-klimapakt/").content.decode()
    client.post("/mein-klimapakt/einwilligung/profile/widerrufen/", {"organisation": second.organisation_id})

    assert first.organisation.name in page
    assert second.organisation.name not in page
    assert not first.organisation.consents.standing().exists()
    assert second.organisation.consents.standing().exists()


def test_a_document_is_found_only_below_its_own_application(things, client_of, in_state):
    other = in_state("in_review")

    response = ask(client_of("office"), "get", f"/admin/partners/application/{other.pk}/dokument/{things.step.pk}/")

    assert response.status_code == 404


def test_documents_are_handed_out_as_downloads_that_nobody_keeps(things, client_of):
    paths = [
        f"/admin/partners/application/{things.reviewed.pk}/dokument/{things.step.pk}/",
        f"/admin/agreements/agreement/{things.agreement.pk}/scan/",
    ]

    answers = [ask(client_of("office"), "get", path) for path in paths]

    for answer in answers:
        assert answer.read == PDF
        assert answer["Content-Disposition"].startswith("attachment")
        assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("embedded", [frozenset(), frozenset({"postgres", "valkey"})])
def test_the_sent_mails_are_shown_only_where_the_mail_server_is_our_own(embedded, things, client_of, settings):
    settings.EMBEDDED = embedded
    client = client_of("administrator")

    codes = [ask(client, "get", path).status_code for path in ("/postfach/", f"/postfach/{things.mail_key}/")]

    assert codes == [404, 404]


def test_the_sent_mails_are_shown_only_on_the_machine_itself(things, client_of):
    client = client_of("administrator")

    codes = {
        address: client.get("/postfach/", REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR="127.0.0.1").status_code
        for address in ("127.0.0.1", "::1", "192.0.2.7", "127.0.0.10", "")
    }

    assert codes == {"127.0.0.1": 200, "::1": 200, "192.0.2.7": 404, "127.0.0.10": 404, "": 404}


def test_a_published_event_and_an_agreement_in_force_cannot_be_deleted(things, client_of):
    client = client_of("administrator")
    in_force = Agreement.objects.get(partner=things.partner)

    codes = [
        ask(client, method, path, {"post": "yes"} if method == "post" else None).status_code
        for path in (f"{EVENT}/{things.event.pk}/delete/", f"{AGREEMENT}/{in_force.pk}/delete/")
        for method in ("get", "post")
    ]

    assert codes == [403, 403, 403, 403]


def test_an_agreement_in_force_is_read_and_never_changed(things, client_of):
    in_force = Agreement.objects.get(partner=things.partner)
    client = client_of("administrator")

    page = ask(client, "get", f"{AGREEMENT}/{in_force.pk}/change/")
    change = ask(client, "post", f"{AGREEMENT}/{in_force.pk}/change/", {"signed_on": "2026-01-01"})

    assert page.status_code == 200
    assert b'name="signed_on"' not in page.content
    assert change.status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "127.0.0.1.evil.example"])
def test_a_foreign_host_name_is_refused(host, pact):
    client = Client(raise_request_exception=False)

    codes = [
        client.get(path, HTTP_HOST=host).status_code for path in ("/", "/klimapartner/", "/admin/", "/sitemap.xml")
    ]

    assert codes == [400, 400, 400, 400]


def test_no_answer_repeats_a_host_name_that_somebody_sent_along(things, client_of):
    client = client_of("anonymous")
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


@pytest.mark.parametrize("path", ["/", "/klimapartner/", "/mitmachen/antrag/", "/impressum/"])
def test_before_a_pact_is_set_up_every_page_says_what_to_do(path, db):
    response = Client().get(path)

    assert response.status_code == 503
    assert "init_pact" in response.content.decode()
