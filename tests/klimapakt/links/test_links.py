"""Personal links: one purpose, one person, an end, and a revocation."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from partners import access
from partners.mails.application import application_access
from partners.mails.partner import partner_access
from partners.models import Application
from partners.services import applying
from tests.factories import ApplicationFactory, ContactFactory, PartnerFactory
from tests.filled import led_to
from tests.rows import all_rows, difference
from tests.urls.table import path_of

KEYS = ("erster-schluessel-0123456789abcdefgh", "zweiter-schluessel-0123456789abcdef")


def access_to(application: Application) -> AccessLink:
    """Return a link to an application for the person who filled it."""
    return application_access(application.applicants.get())


def issue(
    purpose: str = access.APPLICATION, object_id: int = 1, email: str = "erika@musterbaeckerei.example", **changes
) -> AccessLink:
    link = AccessLink.issue(purpose, object_id, email=email, valid_for=timedelta(days=1))
    AccessLink.objects.filter(pk=link.pk).update(**changes)
    return link


def token_of(link: AccessLink) -> str:
    return link.url().rstrip("/").rpartition("/")[2]


@pytest.mark.parametrize(
    ("which", "opens"),
    [
        ("as it was mailed", True),
        ("expired", False),
        ("revoked", False),
        ("row deleted", False),
        ("MAC of another row", False),
        ("MAC cut off", False),
        ("one letter of the MAC changed", False),
        ("MAC in capitals", False),
        ("MAC twice", False),
        ("a typographic quote stuck to the end", False),
        ("a full stop stuck to the end", False),
        ("identifier of another row", False),
        ("purpose changed in the row", False),
        ("object changed in the row", False),
        ("address changed in the row", False),
        ("nothing but the identifier", False),
        ("nothing but a dot", False),
        ("an unknown identifier", False),
        ("no identifier", False),
        ("very long", False),
        ("umlauts", False),
    ],
)
def test_a_token_opens_only_as_it_was_mailed(which, opens, db):
    link, other = issue(), issue()
    identifier, _, mac = token_of(link).partition(".")
    changed = mac[:-2] + ("A" if mac[-2] != "A" else "B") + mac[-1]
    token = {
        "MAC of another row": f"{identifier}.{token_of(other).partition('.')[2]}",
        "MAC cut off": f"{identifier}.{mac[:-1]}",
        "one letter of the MAC changed": f"{identifier}.{changed}",
        "MAC in capitals": f"{identifier}.{mac.upper()}",
        "MAC twice": f"{identifier}.{mac}.{mac}",
        "a typographic quote stuck to the end": f"{identifier}.{mac}“",
        "a full stop stuck to the end": f"{identifier}.{mac}.",
        "identifier of another row": f"{other.pk}.{mac}",
        "nothing but the identifier": identifier,
        "nothing but a dot": ".",
        "an unknown identifier": f"{uuid.uuid4()}.{mac}",
        "no identifier": f".{mac}",
        "very long": f"{identifier}.{mac * 100}",
        "umlauts": "äöü.äöü",
    }.get(which, f"{identifier}.{mac}")
    changes = {
        "expired": {"created_at": timezone.now() - timedelta(days=2), "expires_at": timezone.now()},
        "revoked": {"revoked_at": timezone.now()},
        "purpose changed in the row": {"purpose": access.PARTNER},
        "object changed in the row": {"object_id": 2},
        "address changed in the row": {"email": "fremd@evil.example"},
    }.get(which)
    if changes:
        AccessLink.objects.filter(pk=link.pk).update(**changes)
    if which == "row deleted":
        link.delete()

    found = AccessLink.find(token)

    assert (found is not None) == opens


@pytest.mark.parametrize(
    ("signed_with", "keys_now", "opens"),
    [
        (KEYS[:1], KEYS[:1], True),
        (KEYS[:1], (KEYS[1], KEYS[0]), True),  # a new key signs, the old one still verifies
        ((KEYS[1], KEYS[0]), (KEYS[1], KEYS[0]), True),
        (KEYS[:1], KEYS[1:], False),  # the old key is gone
    ],
)
def test_a_key_can_be_changed_without_breaking_links(signed_with, keys_now, opens, db, settings):
    settings.LINK_KEYS = signed_with
    token = token_of(issue())

    settings.LINK_KEYS = keys_now

    assert (AccessLink.find(token) is not None) == opens


def test_a_new_link_is_signed_with_the_first_key(db, settings):
    settings.LINK_KEYS = (KEYS[1], KEYS[0])
    token = token_of(issue())

    settings.LINK_KEYS = KEYS[1:]

    assert AccessLink.find(token) is not None


def test_the_row_alone_opens_nothing(db):
    link = issue()
    identifier, _, mac = token_of(link).partition(".")

    stored = str(all_rows())

    assert identifier in stored
    assert mac not in stored


def test_a_link_opens_again_until_it_ends(pact, open_link):
    link = access_to(ApplicationFactory())

    codes = [open_link(Client(), link).status_code for _ in range(3)]

    assert codes == [302, 302, 302]


@pytest.mark.parametrize("how", ["get", "head"])
@pytest.mark.parametrize("kind", ["confirm", "application", "partner"])
def test_a_mail_scanner_that_follows_the_link_changes_nothing(how, kind, pact):
    application = ApplicationFactory()
    link = {
        "confirm": lambda: issue(access.CONFIRM, application.pk),
        "application": lambda: access_to(application),
        "partner": lambda: partner_access(ContactFactory(organisation=PartnerFactory().organisation)),
    }[kind]()
    before = all_rows(without=())

    for _ in range(3):
        response = getattr(Client(), how)(path_of(link))
        assert response.status_code == 200

    assert difference(before, all_rows(without=())) == {}
    assert AccessLink.find(token_of(link)) is not None


def test_the_page_of_a_link_is_the_same_for_every_token(pact):
    known, expired = issue(), issue()
    AccessLink.objects.filter(pk=expired.pk).update(revoked_at=timezone.now())
    paths = [path_of(known), path_of(expired), f"/z/{uuid.uuid4()}.abc/", "/z/quatsch/", "/z/äöü/"]

    pages = [Client().get(path) for path in paths]

    bodies = {re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", page.content) for page in pages}
    headers = {
        str(sorted((name, value) for name, value in page.headers.items() if name != "Content-Length")) for page in pages
    }
    assert len(bodies) == 1
    assert len(headers) == 1
    assert len({len(page.content) for page in pages}) == 1


def test_a_closed_link_says_so_and_names_nobody(pact):
    link = access_to(ApplicationFactory(name="Geheim GmbH"))
    AccessLink.objects.revoke()

    response = Client().post(path_of(link))

    assert response.status_code == 404
    assert "Dieser Link gilt nicht mehr" in response.content.decode()
    assert "Geheim" not in response.content.decode()


def test_links_of_two_purposes_can_be_open_side_by_side(in_state, open_link):
    client = Client()
    open_link(client, access_to(in_state("submitted")))
    open_link(client, partner_access(ContactFactory(organisation=PartnerFactory().organisation)))

    codes = [client.get(path).status_code for path in ("/mein-klimapakt/", "/mein-klimapakt/antrag/")]

    assert codes == [200, 200]


@pytest.mark.parametrize("end", ["revoked", "expired", "deleted"])
def test_a_link_that_ends_ends_the_sessions_that_it_opened(end, in_state, open_link):
    link, client = access_to(in_state("submitted")), Client()
    open_link(client, link)
    assert client.get("/mein-klimapakt/antrag/").status_code == 200

    match end:
        case "revoked":
            AccessLink.objects.revoke()
        case "expired":
            AccessLink.objects.update(created_at=timezone.now() - timedelta(days=9), expires_at=timezone.now())
        case "deleted":
            AccessLink.objects.all().delete()

    assert client.get("/mein-klimapakt/antrag/").status_code == 403


def test_opening_a_link_gives_the_session_a_new_key(in_state, open_link):
    client = Client()
    client.session.save()
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["s"] = session.session_key

    open_link(client, access_to(in_state("submitted")))

    assert client.session.session_key != session.session_key


def test_opening_a_link_notes_when_it_was_used(in_state, open_link):
    link = access_to(in_state("submitted"))

    open_link(Client(), link)

    link.refresh_from_db()
    assert timezone.now() - link.last_used_at < timedelta(minutes=1)


def test_the_link_that_old_mails_carry_leads_to_the_application(pact, open_link):
    application, client = ApplicationFactory(), Client()

    response = open_link(client, issue(access.CONFIRM, application.pk, email=application.contact_email))

    assert led_to(response) == "/mein-klimapakt/antrag/"
    assert application.name in client.get(response["Location"]).content.decode()


def test_links_live_as_long_as_they_promise(pact):
    applicant = ApplicationFactory(applicant__is_proven=False).applicants.get()
    partner = partner_access(ContactFactory(organisation=PartnerFactory().organisation))
    applying.ask_for_proof(applicant)
    mailed = AccessLink.objects.get(purpose=access.APPLICATION)

    days = {link.purpose: (link.expires_at - link.created_at).days for link in (partner, mailed)}

    assert days == {"partner": 90, "application": 90}
    assert "90 Tage" in OutgoingMail.objects.get(kind="application_started").body


def test_a_link_never_points_to_another_host(pact, settings):
    link = issue()
    settings.PORTAL_BASE_URL = "https://klimapakt.musterstadt.example"

    assert link.url().startswith("https://klimapakt.musterstadt.example/z/")
    assert Client().get("/", HTTP_HOST="testserver").status_code == 200


@pytest.mark.parametrize("path", ["/mein-klimapakt/", "/mein-klimapakt/antrag/"])
def test_a_company_page_without_a_link_says_how_to_get_one(path, pact):
    page = Client().get(path)

    assert page.status_code == 403
    assert "Bitte öffnen Sie Ihren persönlichen Link" in page.content.decode()
    assert pact.office_email in page.content.decode()
