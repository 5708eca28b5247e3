"""The HTML of a mail: well-formed, light, without anything from elsewhere, and with the values as they are."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from klimapakt.mailbox import html, kinds, wording
from klimapakt.mailbox.models import CODE_MARK, LINK_MARK, UNSUBSCRIBE_MARK
from tests.corpus import TEXTS
from tests.klimapakt.mailbox.letters import PROBE
from tests.klimapakt.mailbox.test_wording import VALUES

VOID = {"meta", "br"}


class Reader(HTMLParser):
    """Reads a page as a mail program does; complains about tags that are not closed in turn."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: list[tuple[str, str]] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag in ("p", "li", "td"):
            self.blocks.append((tag, ""))
        if tag == "br":
            self.handle_data("|")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.blocks:
            tag, text = self.blocks[-1]
            self.blocks[-1] = (tag, text + data)

    def links(self) -> list[str | None]:
        return [attributes.get("href") for tag, attributes in self.tags if tag == "a"]

    def paragraphs(self) -> list[str]:
        """Return paragraphs and points of lists up to the greeting of the office."""
        texts = [f"• {text}" if tag == "li" else text for tag, text in self.blocks if tag in ("p", "li")]
        texts = [text.replace("\n", "").strip() for text in texts]
        return texts[: texts.index("Freundliche Grüße")]


def page_of(text: str, /, **context: object) -> str:
    return wording.render(PROBE, {"name": "N", **context}, text=("Betreff {firma}", text)).html


@pytest.mark.parametrize(
    ("text", "context", "paragraphs"),
    [
        ("a\nb\n\nc", {}, ["a|b", "c"]),
        ("a\n\n{leer}\n\nb", {}, ["a", "b"]),
        ("- a\n- b {name}\n\nc", {}, ["• a", "• b N", "c"]),
        ("a\n- b", {}, ["a|- b"]),
        ("{liste}", {"liste": "- a\n- b"}, ["• a", "• b"]),
        ("Wer: {liste}", {"liste": "- a\n- b"}, ["Wer: - a|- b"]),
        ("{text}", {"text": "a\nb\n\nc"}, ["a|b||c"]),
        ("{text}", {"text": "- a\nb"}, ["- a|b"]),
        ("1 < 2 & 3 > 2 \"x\" 'y'", {}, ["1 < 2 & 3 > 2 \"x\" 'y'"]),
        ("https://stadt.example/ und [x](y)", {}, ["https://stadt.example/ und [x](y)"]),
        ("Code:\n{code}\nEr gilt.", {}, ["Code:", CODE_MARK, "Er gilt."]),
        ("Code: {code}", {}, [f"Code: {CODE_MARK}"]),
        (
            "Hier:\n{link}\nBis bald.",
            {},
            ["Hier:", f"Oder kopieren Sie diese Adresse in Ihren Browser:|{LINK_MARK}", "Bis bald."],
        ),
    ],
)
def test_what_a_text_becomes(text, context, paragraphs, pact):
    assert Reader(page_of(text, **context)).paragraphs() == paragraphs


@pytest.mark.parametrize("value", [*VALUES.values(), *TEXTS.values()], ids=[*VALUES, *TEXTS])
def test_a_value_is_never_markup_and_never_a_link(value, pact):
    harmless = Reader(page_of("a {firma} b\n\n{firma}\n\n- {firma}\n\n{link}", firma="x"))

    spoilt = Reader(page_of("a {firma} b\n\n{firma}\n\n- {firma}\n\n{link}", firma=value, name="N"))

    assert spoilt.links() == harmless.links()
    seen = [tag for tag, _ in spoilt.tags if tag != "br"]
    if wording.UNSEEN.sub("", value).strip():
        assert seen == [tag for tag, _ in harmless.tags if tag != "br"]
    if "\n" not in value and value in VALUES.values():
        assert f"a {value} b" in spoilt.paragraphs()
        assert value in spoilt.paragraphs()
        assert f"• {value}" in spoilt.paragraphs()


def test_only_what_says_so_becomes_a_link(pact):
    address = "https://klimapakt.example/?a=1&b=2"

    page = page_of("{seite}\n\n{firma}\n\nHier: {link} und {seite}.", seite=address, firma=address)

    assert Reader(page).links()[:3] == [address, LINK_MARK, address]
    assert len(Reader(page).links()) == 3 + len(Reader(page_of("x")).links())
    assert f'href="{LINK_MARK}"' in page


def test_the_button_says_its_words_and_its_address(pact):
    page = page_of("{link}")

    assert re.search(f'<a class="bl" href="{LINK_MARK}"[^>]*>Zur Seite</a>', page)
    assert page.count(LINK_MARK) == 2


def test_people_see_no_link_that_works(pact, settings):
    page = html.shown(page_of("{link}\n\n{code}"))

    assert not re.search("[\ue000-\uf8ff]", page)
    assert "[persönlicher Link]" in page
    assert "[Code]" in page
    assert set(Reader(page).links()) == {None, f"mailto:{pact.office_email}", f"{settings.PORTAL_BASE_URL}/impressum/"}


def test_the_reader_can_unsubscribe_and_knows_from_what(pact):
    page = page_of("x")

    assert re.search(f'href="{UNSUBSCRIBE_MARK}"[^>]*>Einladungen zu Veranstaltungen abbestellen</a>', page)
    assert "Sie erhalten diese Mail, weil N es wollte." in page


def test_names_of_the_pact_are_text(pact):
    pact.name, pact.office_person, pact.office_unit = "A & B <i>", "„Ö“ & <b>", "<u>"

    page = wording.render(PROBE, {"pact": pact}).html

    assert "A &amp; B &lt;i&gt;" in page
    assert "„Ö“ &amp; &lt;b&gt;" in page
    assert not re.search("<[ibu]>", page)


def test_the_page_says_its_language_and_its_subject_and_fetches_nothing(pact):
    page = page_of("{link}", firma="<A & B>")

    assert page.startswith('<!DOCTYPE html>\n<html lang="de">')
    assert "<title>Betreff &lt;A &amp; B&gt;</title>" in page
    assert '<meta name="color-scheme" content="light dark">' in page
    assert {tag for tag, _ in Reader(page).tags}.isdisjoint({"img", "link", "script", "iframe", "object", "form"})
    assert not re.search(r"url\(|@import|src=|background=", page)
    assert len(page.encode()) < 12_000


@pytest.mark.parametrize("kind", kinds.all_kinds(), ids=lambda kind: kind.name)
def test_every_kind_of_mail_is_light_and_whole(kind, pact):
    samples = {
        name: one if one.mark else replace(one, value=lambda context, sample=one.sample: sample)
        for name, one in kind.placeholders.items()
    }

    page = html.shown(wording.render(replace(kind, placeholders=samples), {}).html)

    assert Reader(page).tags
    assert len(page.encode()) < 12_000
    assert not re.search("[{}](?![^<]*</style>)", page.partition("</style>")[2])
