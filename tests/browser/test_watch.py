"""What the other browser tests rely on: the watch sees what must not happen."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error

from tests.browser.conftest import Watch

pytestmark = pytest.mark.browser


@pytest.fixture
def watched(chromium, portal, pact):
    """A page on the running portal, and the watch that looks at it."""
    context = chromium.new_context(base_url=portal)
    watch, page = Watch(context, urlsplit(portal).netloc), context.new_page()
    page.goto("/")
    yield page, watch
    context.close()


@pytest.mark.parametrize(
    ("misdeed", "seen"),
    [
        ("setTimeout(() => { throw new Error('broken') })", "broken"),
        ("console.error('told')", "told"),
        ("document.body.insertAdjacentHTML('beforeend', '<p style=color:red>')", "Content Security Policy"),
        ("document.body.append(Object.assign(new Image(), {src: 'https://elsewhere.example/'}))", "Content Security"),
        ("fetch('/gibt-es-nicht/')", "status of 404"),
    ],
    ids=["exception", "console", "style", "image", "fetch"],
)
def test_the_watch_sees_errors_of_a_page(watched, misdeed, seen):
    page, watch = watched

    page.evaluate(f"() => {{ {misdeed} }}")
    page.wait_for_timeout(300)

    assert any(seen in text for text, _ in watch.findings())


def test_the_watch_sees_requests_to_another_host(watched):
    page, watch = watched

    with pytest.raises(Error):
        page.goto("http://127.0.0.1:9/")

    assert ("asked another host", "http://127.0.0.1:9/") in watch.findings()


def test_a_page_that_is_not_there_is_no_error_of_the_page(watched):
    page, watch = watched

    page.goto("/gibt-es-nicht/")

    assert watch.findings() == []
