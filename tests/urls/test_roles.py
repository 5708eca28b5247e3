"""Every URL × every role answers as the table says.

The list of URLs comes from the URLconf. A URL without a row fails, and so does a row without a URL.
"""

import pytest
from django.http import HttpResponse
from django.urls import resolve

from klimapakt.website.cache import PUBLIC_PAGES
from tests.rows import all_rows, difference
from tests.urls.asking import ask, filled_in
from tests.urls.roles import ROLES, STAFF
from tests.urls.table import all_urls, table


def test_each_url_has_a_row_and_each_row_a_url():
    urls = list(all_urls())

    rows = table()

    assert set(urls) - set(rows) == set(), "give these URLs a row"
    assert set(rows) - set(urls) == set(), "these rows belong to no URL"


_given: dict[str, dict[tuple[str, str], HttpResponse]] = {}
_changed_by_get: dict[str, dict[str, set[str]]] = {}


@pytest.fixture
def answers(db, role, request) -> dict[tuple[str, str], HttpResponse]:
    """Return what each URL answers this role, by method and route; asked once for all tests of the role."""
    if role not in _given:
        things = request.getfixturevalue("things")
        client, pages = request.getfixturevalue("client_of")(role), table().items()
        before = all_rows()
        given = {
            ("get", route): ask(client, "get", path.format_map(vars(things)), undo=False) for route, (path, *_) in pages
        }
        _changed_by_get[role] = difference(before, all_rows())
        _given[role] = given | {
            ("post", route): ask(client, "post", path.format_map(vars(things)), filled_in(sent, things))
            for route, (path, _, _, sent) in pages
        }
    return _given[role]


@pytest.mark.parametrize("role", ROLES)
def test_each_url_answers_each_role_as_the_table_says(role, answers):
    wanted = {
        (method, route): codes[role]
        for route, (_, get, post, _) in table().items()
        for method, codes in (("get", get), ("post", post))
    }

    given = {which: "302" if _gives_back(answer) else str(answer.status_code) for which, answer in answers.items()}

    assert {which: f"{given[which]}, not {code}" for which, code in wanted.items() if given[which] != code} == {}


def _gives_back(answer: HttpResponse) -> bool:
    """Whether whoever is not signed in got back what was typed, with the way to the sign-in page."""
    return answer.status_code == 403 and "admin/signed_out.html" in {template.name for template in answer.templates}


@pytest.mark.parametrize("role", ROLES)
def test_whoever_only_looks_changes_nothing(role, answers):
    assert _changed_by_get[role] == {}


@pytest.mark.parametrize("role", [role for role in ROLES if role not in STAFF])
def test_whoever_is_not_signed_in_gets_no_further_than_the_sign_in_page(role, answers):
    inside = {
        which: answer
        for which, answer in answers.items()
        if which[1].startswith(("admin/", "postfach/")) and which[1] not in ("admin/login/", "admin/logout/")
        if not _gives_back(answer)
    }

    assert {answer.status_code for answer in inside.values()} == {302}
    assert {answer["Location"].partition("?")[0] for answer in inside.values()} == {"/admin/login/"}


PUBLIC = {
    "", "wirkung/", "impressum/", "datenschutz/", "barrierefreiheit/", "klimapartner/", "klimapartner/<slug:slug>/",
    "initialpartner/", "mitmachen/", "veranstaltungen/", "veranstaltungen/<slug:slug>/",
}  # fmt: skip
"""Pages that show the same to everybody; a browser may keep them, and asks before it shows them again."""


def test_the_pages_that_are_kept_are_those(things):
    paths = {path.format_map(vars(things)): route for route, (path, *_) in table().items()}

    assert {paths[p] for p in paths if p.startswith("/") and _view_of(p) in PUBLIC_PAGES} == PUBLIC


def _view_of(path: str) -> str:
    return resolve(path.partition("?")[0]).view_name


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
            and "http" not in policy
            and answer.headers.get("X-Content-Type-Options") == "nosniff"
            and answer.headers.get("Referrer-Policy")
            == ("strict-origin" if "abbestellen/" in which[1] else "same-origin")
            and (is_a_mail_that_is_shown(answer) or is_strict(answer, policy))
        )
    }

    assert wrong == {}


def is_strict(answer: HttpResponse, policy: str) -> bool:
    return (
        ("unsafe" not in policy or is_a_pdf_that_is_shown(answer))
        and "frame-ancestors 'none'" in policy
        and answer.headers.get("X-Frame-Options") == "DENY"
    )


def is_a_mail_that_is_shown(answer: HttpResponse) -> bool:
    """A mail in a frame of ours: its own styles count, and it is in a sandbox in which nothing runs."""
    policy = answer.headers["Content-Security-Policy"]
    return (
        {"default-src 'none'", "style-src 'unsafe-inline'", "frame-ancestors 'self'"} <= set(policy.split("; "))
        and any(part.strip() == "sandbox" for part in policy.split(";"))
        and "script-src" not in policy
        and answer.headers.get("X-Frame-Options") == "SAMEORIGIN"
    )


def is_a_pdf_that_is_shown(answer: HttpResponse) -> bool:
    """Chromium shows a PDF in a page of its own, whose styles stand in it; nothing of ours is in there."""
    return answer["Content-Type"] == "application/pdf" and answer["Content-Disposition"].startswith("inline")
