"""Mails as a mail program draws them: light and dark, on a phone and on a desk."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from klimapakt.mailbox import html, kinds, wording
from tests.klimapakt.mailbox.letters import PROBE

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}

HARD = {
    "name": "Bäckerei Müller & Söhne Gesellschaft für ökologisches Handwerk mbH & Co. KG " * 2,
    "firma": "W" * 200,
    "text": "https://klimapakt.example/" + "sehr-lang/" * 20 + "\n\nZweiter Absatz\nmit zwei Zeilen",
    "liste": "- Erika Muster\n- " + "Ä" * 120,
    "seite": "https://klimapakt.example/veranstaltungen/" + "netzwerktreffen-" * 10,
}
WORDS = (
    "Guten Tag {name},\n\n{firma}\n\n{text}\n\n{liste}\n\nMehr: {seite}\n\nHier:\n{link}\n\nCode:\n{code}\n\nBis bald."
)


def sample(kind: kinds.Kind) -> str:
    """Return a kind of mail with what the office sees as samples."""
    samples = {
        name: one if one.mark else replace(one, value=lambda context, sample=one.sample: sample)
        for name, one in kind.placeholders.items()
    }
    return wording.render(replace(kind, placeholders=samples), {}).html


@pytest.fixture
def mails(pact) -> dict[str, str]:
    """The mails of the portal as HTML, and one that is as hard to lay out as can be; links as long as real ones."""
    found = {kind.name: sample(kind) for kind in kinds.all_kinds()}
    found["hard"] = wording.render(PROBE, HARD, text=("Betreff", WORDS)).html
    link = "https://klimapakt.example/z/7c9e6679-7425-40de-944b-e07fc1f90ae7." + "Rm9vYmFyQmF6" * 4 + "/"
    return {
        name: page.replace("\ue000", link).replace("\ue001", "1234 5678").replace("\ue002", link)
        for name, page in found.items()
    }


def opened(browse: Callable[..., Page], page: str, *, width: int = 700, scheme: str = "light") -> Page:
    """Open a mail as its reader does."""
    window = browse(width=width, color_scheme=scheme)
    window.set_content(page)
    return window


@pytest.mark.parametrize("width", [320, 700])
def test_no_mail_is_wider_than_the_window(width, browse, mails):
    window = browse(width=width)

    too_wide = []
    for name, page in mails.items():
        window.set_content(page)
        if window.evaluate("document.documentElement.scrollWidth") > width:
            too_wide.append(name)

    assert too_wide == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_mail(scheme, browse, mails):
    window = browse(width=700, color_scheme=scheme)

    found = []
    for name, page in mails.items():
        window.set_content(page)
        for violation in Axe().run(window, options=RULES).response["violations"]:
            found.append((name, violation["id"], violation["nodes"][0]["html"][:160]))

    assert found == []


def test_axe_would_find_words_that_stay_dark_in_the_dark(browse, mails):
    window = opened(browse, mails["hard"].replace(".t{color:#ebf0ec!important}", ""), scheme="dark")

    found = {violation["id"] for violation in Axe().run(window, options=RULES).response["violations"]}

    assert "color-contrast" in found


COLOURS = """() => Object.fromEntries([["page", ".pg"], ["sheet", ".sh"], ["words", ".in.t"], ["button", ".b"], ["code", ".k"]]
    .map(([name, selector]) => {
        const style = getComputedStyle(document.querySelector(selector))
        return [name, [style.backgroundColor, style.color].map(colour => colour.match(/[0-9]+/g).slice(0, 3).map(Number))]
    }))"""


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_the_colours_follow_the_wish_of_the_reader(scheme, is_dark, browse, mails):
    colours = opened(browse, mails["hard"], scheme=scheme).evaluate(COLOURS)

    def bright(rgb: list[int]) -> bool:
        return sum(rgb) > 3 * 128

    assert [bright(colours[name][0]) for name in ("page", "sheet", "button")] == [not is_dark, not is_dark, is_dark]
    assert [bright(colours[name][1]) for name in ("words", "code")] == [is_dark, is_dark]


def test_the_button_is_large_enough_for_a_thumb_and_leads_where_it_says(browse, mails):
    window = opened(browse, mails["event_invitation"], width=320)

    button = window.locator("a.bl")

    assert button.bounding_box()["height"] >= 44
    assert button.get_attribute("href") in window.locator("p.m span").inner_text()


def test_words_keep_a_measure_on_a_wide_screen_and_margins_on_a_narrow_one(browse, mails):
    widths = [
        opened(browse, mails["event_invitation"], width=width).locator(".sh").bounding_box()["width"]
        for width in (1280, 320)
    ]

    assert widths[0] <= 602
    assert widths[1] == 320


def test_only_what_is_meant_to_be_a_link_is_one(browse, mails):
    window = opened(browse, mails["hard"])

    links = window.locator("a").evaluate_all("links => links.map(link => link.textContent.trim())")

    assert links[0] == HARD["seite"]
    assert links[1] == "Zur Seite"
    assert not any("sehr-lang" in link for link in links)


def test_the_office_sees_previews_without_a_way_to_follow_them(browse, pact):
    window = opened(browse, html.shown(wording.render(PROBE, HARD, text=("Betreff", WORDS)).html))

    assert window.get_by_text("[persönlicher Link]").count() == 1
    assert window.locator("a.bl").get_attribute("href") is None
