"""A GET, a HEAD and whatever else browsers and scanners send change nothing; a POST needs the form's token."""

import re

import pytest
from django.conf import settings
from django.test import Client

from klimapakt.links import entry
from klimapakt.links.models import AccessLink
from tests.rows import all_rows, difference
from tests.urls.asking import ask
from tests.urls.opening import LINKS
from tests.urls.roles import BY_LINK
from tests.urls.table import path_of, table

SIGNED_OUT_BY = "admin/logout/"


@pytest.mark.parametrize("role", [*BY_LINK, "administrator"])
def test_no_url_takes_a_post_without_the_form_token(role, things, client_of):
    client = client_of(role)
    client.handler.enforce_csrf_checks = True

    codes = {
        route: ask(client, "post", path.format_map(vars(things)), {"post": "yes"}).status_code
        for route, (path, *_) in table().items()
    }

    assert {route: code for route, code in codes.items() if code != 403} == {}


@pytest.mark.parametrize("method", ["head", "put", "delete", "trace", "options"])
def test_other_methods_change_nothing_and_break_nothing(method, things, client_of):
    clients = {role: client_of(role) for role in (*BY_LINK, "administrator")}
    rows = all_rows()

    codes = {
        (role, route): ask(client, method, path.format_map(vars(things)), undo=False).status_code
        for role, client in clients.items()
        for route, (path, *_) in table().items()
        if role == "administrator" and route != SIGNED_OUT_BY or route.startswith("mein-klimapakt/")
    }

    assert {route: code for route, code in codes.items() if code >= 500} == {}
    assert difference(rows, all_rows()) == {}


@pytest.fixture
def mailed_links(things) -> list[AccessLink]:
    """A link of each purpose, each to something on which opening it has an effect."""
    return [make(things) for make in LINKS.values()]


@pytest.mark.parametrize("method", ["get", "head", "options", "put"])
def test_a_program_that_follows_the_links_of_mails_changes_nothing_and_learns_nothing(method, mailed_links):
    assert {link.purpose for link in mailed_links} == set(entry._purposes)
    rows, pages = all_rows(without=()), set()

    for link in mailed_links:
        scanner = Client(raise_request_exception=False)
        for _ in range(2):
            answer = getattr(scanner, method)(path_of(link))
            pages.add((answer.status_code, _without_tokens(answer.content, link)))
        assert set(scanner.cookies) <= {settings.CSRF_COOKIE_NAME}

    assert difference(rows, all_rows(without=())) == {}
    assert len(pages) == 1


def _without_tokens(page: bytes, link: AccessLink) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", page.replace(path_of(link).encode(), b""))


@pytest.mark.parametrize("link", LINKS)
def test_and_the_human_after_it_still_gets_in(link, things):
    path, before = path_of(LINKS[link](things)), all_rows()
    for method in ("head", "get", "get"):
        assert getattr(Client(), method)(path).status_code == 200
    assert difference(before, all_rows()) == {}

    answer = Client().post(path, follow=True)

    assert answer.redirect_chain
    assert answer.status_code == 200
    assert difference(before, all_rows()) != {}
