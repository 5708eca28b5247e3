"""A real browser, and an eye on what it does: no error, no refused script or style, no foreign host."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebError, sync_playwright

from tests.browser.inhabited import inhabited  # noqa: F401 - a fixture
from tests.browser.people import KeyboardPerson, Person

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser of the system; `CHROMIUM` names another. Without one: skipped, in CI an error."""
    if not Path(CHROMIUM).exists():
        reason = f"kein Browser: {CHROMIUM} fehlt; bitte Chromium installieren oder CHROMIUM setzen"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    # Playwright keeps an event loop in this thread, which makes Django refuse every query.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Watch:
    """Notes what must not happen in a browser."""

    def __init__(self, context: BrowserContext, host: str) -> None:
        self.host = host
        self.errors: list[tuple[str, str]] = []
        self.navigations: set[str] = set()
        context.on("console", self._console)
        context.on("weberror", self._page_error)
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append((message.text, message.location["url"]))

    def _page_error(self, error: WebError) -> None:
        self.errors.append((str(error.error), error.page.url if error.page else ""))

    def _request(self, request: Request) -> None:
        if request.is_navigation_request():
            self.navigations.add(request.url)
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "about") and address.netloc != self.host:
            self.errors.append(("asked another host", request.url))

    def findings(self) -> list[tuple[str, str]]:
        """Return all errors. That a page itself answered 404 or 422 is no error of the page."""
        return [
            (text, url)
            for text, url in self.errors
            if not (text.startswith("Failed to load resource: the server responded") and url in self.navigations)
        ]


@pytest.fixture
def browse(chromium: Browser, portal: str) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a browser of somebody's own, without cookies, on the running portal.

    Takes what Playwright's `new_context` takes, e.g. `java_script_enabled=False`, and `width` in CSS pixels.
    """
    opened: list[tuple[BrowserContext, Watch]] = []

    def browse(*, width: int = 1280, **options: object) -> Page:
        context = chromium.new_context(
            base_url=portal, viewport={"width": width, "height": 900}, locale="de-DE", **options
        )
        context.set_default_timeout(8_000)
        opened.append((context, Watch(context, urlsplit(portal).netloc)))
        return context.new_page()

    yield browse
    for context, _ in opened:
        context.close()
    assert [finding for _, watch in opened for finding in watch.findings()] == []


@pytest.fixture(params=["mouse", "keyboard, no script, 390 px"])
def somebody(request: pytest.FixtureRequest, browse: Callable[..., Page]) -> Callable[..., Person]:
    """Return a function that gives another person a browser; it takes what `browse` takes."""
    if request.param == "mouse":
        return lambda **options: Person(browse(**options))
    return lambda **options: KeyboardPerson(browse(**{"width": 390, "java_script_enabled": False} | options))
