"""Whatever is sent to whichever address of the public and of companies: no fault of ours, and nothing comes back as code.

The addresses come from the URLconf, the names of what is sent from the source and from the forms.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.bad_input.test_every_form import project_forms
from tests.corpus import TEXTS, M
from tests.urls.asking import ask, filled_in
from tests.urls.opening import BEFORE, LINKS, OPENED_BY, purposes_of
from tests.urls.table import table

READ_BY_HAND = re.compile(
    r"(?:POST|data)(?:\.get(?:list)?)?[\[(]\"(\w+)\"|\"(\w+)\" (?:not )?in (?:request\.POST|data)\b"
)
"""A view that asks the request itself, past a form."""

OPENERS = ["application", "application, not sent", "interest", "return", "partner", "event-registration", "agreement"]
"""These links open every page of a company that takes something."""


def read_by_hand() -> set[str]:
    sources = [
        path.read_text()
        for app in ("klimapakt", "partners", "events", "agreements")
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py")
        if "migrations" not in path.parts
    ]
    return {one or other for source in sources for one, other in READ_BY_HAND.findall(source)}


def names_sent(things: object) -> set[str]:
    of_forms = {name for form in project_forms() for name in form.base_fields}
    return (
        read_by_hand() | of_forms | {f"answer_{things.question.pk}", "name_1", "name_2", "text_1", "reason", "chosen"}
    )


def odd(names: set[str]) -> Iterator[dict[str, object]]:
    """Yield what no browser of a person would send: under every name the same."""
    few = ("NUL", "header", "right-to-left override", "html", "long text")
    for value in [*(TEXTS[row] for row in few), "-1", "9" * 40, "gibt-es-nicht", [M, "2"]]:
        yield dict.fromkeys(names, value)
    yield {name: SimpleUploadedFile("a.png", b"no image") for name in sorted(names)[:20]}
    yield {}


def test_the_names_that_views_read_by_themselves_are_found():
    assert {"pen", "stepup_code", "stepup_waits", "sha256", "slot", "new_code", "take"} <= read_by_hand()


def answers_badly(client: Client, path: str, sent: dict[str, object]) -> str:
    """Send it and return what is wrong with the answer, if anything."""
    answer = ask(client, "post", path, sent)
    if answer.status_code >= 500:
        return str(answer.status_code)
    return "came back as code" if b"<script>alert" in answer.read or b"<img src=x" in answer.read else ""


def test_the_links_here_open_every_page_that_takes_something():
    opened = set().union(*(purposes_of(link) for link in OPENERS))

    assert [route for route, needed in OPENED_BY.items() if not needed & opened] == []


@pytest.mark.parametrize(("link", "has_typed_a_code"), [*((link, False) for link in OPENERS), ("partner", True)])
def test_odd_things_sent_to_the_pages_that_a_link_opens(link, has_typed_a_code, things, open_link, caplog):
    client, wrong = Client(raise_request_exception=False), {}
    open_link(client, LINKS[link](things))
    if has_typed_a_code:
        session = client.session
        session["stepup"] = {session["links"]["partner"][0]: timezone.now().isoformat()}
        session.save()
    pages = {
        route: row
        for route, row in table().items()
        if route.startswith(BEFORE)
        and row[2]["anonymous"] != "405"
        and OPENED_BY[route.removeprefix(BEFORE)] & purposes_of(link)
    }

    for route, (path, _, _, needed) in pages.items():
        for sent in odd(names_sent(things)):
            for more in ({}, filled_in(needed, things)):
                if problem := answers_badly(client, path.format_map(vars(things)), sent | more):
                    wrong[route, str(sent)[-80:]] = problem

    assert pages
    assert wrong == {}
    assert M not in caplog.text


def test_odd_things_sent_to_the_pages_of_everybody(things, caplog):
    client, wrong = Client(raise_request_exception=False), {}
    pages = {
        route: path
        for route, (path, _, post, _) in table().items()
        if not route.startswith(("admin/", "postfach/", BEFORE)) and post["anonymous"] != "405"
    }

    for route, path in pages.items():
        for sent in odd(names_sent(things)):
            if problem := answers_badly(client, path.format_map(vars(things)), sent):
                wrong[route, str(sent)[-80:]] = problem

    assert {"mitmachen/antrag/", "mitmachen/interesse/", "mitmachen/link/"} <= set(pages)
    assert wrong == {}
    assert M not in caplog.text
