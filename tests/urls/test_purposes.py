"""Purposes × pages: a personal link opens the pages of its purpose, by any method, and nothing beside them.

The pages come from the URLconf and the purposes from where they are registered: one without a row fails.
"""

import re
from datetime import timedelta

import pytest
from django.db.models import Value
from django.db.models.functions import Concat
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from events.models import Registration
from klimapakt.links import entry
from klimapakt.links.models import AccessLink
from partners.models import Applicant, Contact, Interest
from tests.rows import all_rows, difference
from tests.urls.asking import ask, filled_in
from tests.urls.opening import BEFORE, LINKS, OPENED_BY, PROSPECTS, SAVED_BY_A_PEN, purposes_of
from tests.urls.table import all_urls, path_of, table

METHODS = ["get", "head", "post"]
CLOSED = {"links/needed.html", "partners/application_lost.html"}
"""The pages for whoever has no link, and for whoever sends a page of the form that saves nothing."""


def test_each_page_of_a_company_has_a_row_and_each_row_a_page():
    pages = {route for route in all_urls() if route.startswith(BEFORE)}

    rows = {BEFORE + route for route in OPENED_BY}

    assert pages - rows == set(), "say which link opens these pages"
    assert rows - pages == set(), "these rows belong to no page"


def test_each_purpose_has_a_link():
    assert {name.partition(",")[0] for name in LINKS} == set(entry._purposes)
    assert set().union(*OPENED_BY.values()) <= set(entry._purposes)


def asked(client: Client, things: object) -> dict[tuple[str, str], HttpResponse]:
    """Return what each page of a company answers to each method; nothing stays of it."""
    rows = {route: row for route, row in table().items() if route.startswith(BEFORE)}
    return {
        (method, route): ask(
            client, method, path.format_map(vars(things)), filled_in(sent, things) if method == "post" else None
        )
        for route, (path, _, _, sent) in rows.items()
        for method in METHODS
    }


def opened(answers: dict[tuple[str, str], HttpResponse]) -> set[tuple[str, str]]:
    """Return what was let in; whoever is not is told that a link is needed, or that there is no such method."""
    return {
        which
        for which, answer in answers.items()
        if answer.status_code != 405
        and not (answer.status_code == 403 and CLOSED & {template.name for template in answer.templates})
    }


def meant_for(purposes: set[str]) -> set[tuple[str, str]]:
    """Return pages and methods that a session with links of these purposes opens."""
    return {
        (method, BEFORE + route)
        for route, needed in OPENED_BY.items()
        for method in METHODS
        if purposes & needed and _takes(method, BEFORE + route) and (method, BEFORE + route) != ("post", SAVED_BY_A_PEN)
    }


def _takes(method: str, route: str) -> bool:
    _, get, post, _ = table()[route]
    return (post if method == "post" else get)["anonymous"] != "405"


@pytest.mark.parametrize("link", LINKS)
def test_a_link_opens_the_pages_of_its_purpose_and_no_other(link, things, open_link):
    client = Client()
    open_link(client, LINKS[link](things))

    answers = asked(client, things)

    assert opened(answers) == meant_for(purposes_of(link))
    assert {which: one.status_code for which, one in answers.items() if one.status_code >= 500} == {}
    for (method, route), answer in answers.items():
        if method == "head":
            assert answer.status_code == answers["get", route].status_code, route
            assert answer.content == b"", route


def test_whoever_has_no_link_reads_the_same_words_on_every_page(things):
    client = Client()

    answers = asked(client, things)

    assert opened(answers) == set()
    own = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"|<h2>Das haben Sie eingegeben</h2>.*?</dl>', re.DOTALL)
    needed = {
        (answer.status_code, re.sub(rb"\s+", b" ", own.sub(b"", answer.content)))
        for (method, route), answer in answers.items()
        if answer.status_code != 405 and method != "head" and (method, route) != ("post", SAVED_BY_A_PEN)
    }
    assert len(needed) == 1


# --- Sessions that claim more than they have --------------------------------------------------------------------------


@pytest.fixture
def all_open(things, open_link) -> Client:
    """A browser in which a link of each purpose was opened, one each: a form is not refused as meant for another."""
    client, purposes = Client(), set()
    for name, make in LINKS.items():
        if not purposes_of(name) <= purposes:
            open_link(client, make(things))
            purposes |= purposes_of(name)
    return client


def test_links_of_all_purposes_lie_side_by_side_in_one_browser(all_open, things):
    meant = meant_for(set(entry._purposes))
    for_two = {("post", route) for method, route in meant if OPENED_BY[route.removeprefix(BEFORE)] == PROSPECTS}

    assert opened(asked(all_open, things)) == meant - for_two  # of the two cases, a form here names none


@pytest.mark.parametrize("claimed", sorted(set().union(*OPENED_BY.values())))
def test_a_number_and_an_address_open_nothing_under_another_purpose(claimed, things, all_open):
    """A session names links, not objects: one that fits in all but the purpose is nobody's."""
    [key, *_] = all_open.session["links"][claimed]
    real = AccessLink.objects.get(pk=key)
    others = [
        AccessLink.issue(purpose, real.object_id, email=real.email, valid_for=timedelta(days=1))
        for purpose in entry._purposes
        if purpose != claimed
    ]
    forged, honest = Client(), Client()
    for client, keys in ((forged, [str(link.pk) for link in others]), (honest, [key])):
        session = client.session
        session["links"] = {claimed: keys}
        session.save()

    assert opened(asked(honest, things)) != set()
    assert opened(asked(forged, things)) == set()


@pytest.mark.parametrize("end", ["revoked", "expired", "deleted"])
def test_what_a_link_opened_is_closed_when_the_link_ends(end, all_open, things):
    match end:
        case "revoked":
            AccessLink.objects.revoke()
        case "expired":
            long_ago = timezone.now() - timedelta(days=400)
            AccessLink.objects.update(created_at=long_ago, expires_at=long_ago + timedelta(days=1))
        case "deleted":
            AccessLink.objects.all().delete()
    before = all_rows()

    answers = asked(all_open, things)

    assert opened(answers) == set()
    assert difference(before, all_rows()) == {}


def _somebody_else_reads_there(things: object) -> None:
    """Everybody to whom a link was mailed is out, or reads another mailbox now."""
    now, moved = timezone.now(), Concat(Value("neu."), "email")
    Applicant.objects.update(left_at=now)
    Interest.objects.update(email=moved)
    Contact.objects.update(is_main=False, is_signatory=False, left_at=now)
    Registration.objects.update(email=moved)


def test_who_has_left_finds_every_page_closed(things, all_open):
    _somebody_else_reads_there(things)

    answers = asked(all_open, things)

    # Who proved an address may look what belongs to it: nothing any more.
    assert opened(answers) == meant_for({"return"})
    assert answers["get", BEFORE + "auswahl/"].context["found"] == []
    assert answers["post", BEFORE + "auswahl/<str:purpose>/<int:object_id>/"].status_code == 404


def test_the_links_of_who_has_left_open_no_session(things):
    links = {name: make(things) for name, make in LINKS.items() if name != "newsletter-confirm"}
    _somebody_else_reads_there(things)

    codes = {name: Client().post(path_of(link)).status_code for name, link in links.items()}

    assert codes == dict.fromkeys(links, 404)


# --- Things of others -------------------------------------------------------------------------------------------------

NAMES = {
    "antrag/<slug:slug>/", "antrag/dateien/<slug:slug>/", "einwilligung/<str:purpose>/widerrufen/",
    "einwilligung/<str:purpose>/erteilen/", "antrag/einwilligung/<str:purpose>/widerrufen/",
}  # fmt: skip
"""Their last part names a page, not a thing."""

FOREIGN = {
    "auswahl/<str:purpose>/<int:object_id>/": ("return", "auswahl/partner/{}/", "{foreign.contact}", "999999"),
    **{
        f"personen/<int:pk>/{end}": ("partner", f"personen/{{}}/{end}", "{foreign.contact}", "999999")
        for end in ("", "uebergeben/", "austragen/", "behalten/", "einladen/")
    },
    **{
        f"antrag/dateien/<uuid:pk>/{end}": (
            "application", f"antrag/dateien/{{}}/{end}", "{foreign.paper}", "00000000-0000-4000-8000-000000000000",
        )
        for end in ("", "entfernen/")
    },
    **{
        f"antrag/mitwirkende/<int:pk>/{end}": (
            "application", f"antrag/mitwirkende/{{}}/{end}", "{foreign.applicant}", "999999",
        )
        for end in ("erneut/", "entfernen/")
    },
    "vereinbarung/dokument/<str:sha256>/": ("partner", "vereinbarung/dokument/{}/", "{foreign.document}", "0" * 64),
    **{
        f"veranstaltung/<slug:slug>/{end}": ("event-registration", f"veranstaltung/{{}}/{end}", "{draft.slug}", "nie")
        for end in ("", "anmelden/", "aendern/", "abmelden/", "absagen/")
    },
}  # fmt: skip
"""Every page about one thing: the link that opens it, and the same page about a thing of others and one of nobody."""


def test_each_page_about_one_thing_has_a_row_here():
    about_one_thing = {route for route in OPENED_BY if "<" in route}

    assert about_one_thing - set(FOREIGN) - NAMES == set(), "name a thing of somebody else for these pages"
    assert set(FOREIGN) | NAMES == about_one_thing


@pytest.mark.parametrize("has_typed_a_code", [False, True])
def test_a_thing_of_others_answers_like_a_thing_that_is_not_there(has_typed_a_code, things, foreign, open_link):
    things.foreign = foreign
    clients = {link: Client() for link, *_ in FOREIGN.values()}
    for name, client in clients.items():
        open_link(client, LINKS[name](things))
        if has_typed_a_code:
            session = client.session
            keys = [key for keys in session["links"].values() for key in keys]
            session["stepup"] = dict.fromkeys(keys, timezone.now().isoformat())
            session.save()
    refused = {403, 404} if has_typed_a_code else {200, 403, 404}  # 200: the page that asks for the code
    before, wrong = all_rows(), {}

    for route, (link, page, of_others, of_nobody) in FOREIGN.items():
        for method in (method for method in METHODS if _takes(method, BEFORE + route)):
            of_others = of_others.format_map(vars(things))
            given = {
                _said(ask(clients[link], method, f"/{BEFORE}{page.format(thing)}", undo=False), thing)
                for thing in (of_others, of_nobody)
            }
            if len(given) != 1 or next(iter(given))[0] not in refused:
                wrong[method, route] = given

    assert wrong == {}
    assert difference(before, all_rows()) == {}


def _said(answer: HttpResponse, thing: str) -> tuple[int, bytes]:
    body = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", answer.read)
    return answer.status_code, body.replace(f"/{thing}/".encode(), b"")
