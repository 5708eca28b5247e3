"""People at a browser. They know a page by what stands on it, not by its markup."""

import re
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Self

from playwright.sync_api import ElementHandle, Locator, Page, expect

TABS_AT_MOST = 150
expect.set_options(timeout=20_000)  # milliseconds; what is there sooner costs no waiting


class Person:
    """Somebody with a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def opens(self, address: str) -> Self:
        self.page.goto(address)
        return self

    def opens_link_of(self, mail: EmailMessage) -> Self:
        """Follow the personal link of a mail as a person does: the page, then the button."""
        self.opens(link_of(mail))
        return self.presses("Weiter")

    def follows(self, name: str) -> Self:
        self._activate(self.page.get_by_role("link", name=name, exact=True).first)
        return self

    def presses(self, name: str, *, under: str = "") -> Self:
        """Press a button; `under` is the heading of its part of the page, where several bear the same words."""
        place = self.page.get_by_role("region", name=under, exact=True) if under else self.page
        self._activate(place.get_by_role("button", name=name, exact=not under).first)
        return self

    def hits(self, name: str) -> Self:
        """Press a button without waiting for what it does."""
        self._hit(self.page.get_by_role("button", name=name, exact=True).first)
        return self

    def fills(self, **fields: str) -> Self:
        """Type into fields, each known by the `name` it is sent under."""
        for name, text in fields.items():
            self._type(self.field(name), text)
        return self

    def chooses(self, **fields: str) -> Self:
        """Choose from lists by the text of the option."""
        for name, label in fields.items():
            self._choose(self.field(name), label)
        return self

    def ticks(self, *names: str) -> Self:
        for name in names:
            self._tick(self.field(name))
        return self

    def unfolds(self, name: str) -> Self:
        """Open a part of the page that is folded up."""
        self._activate(self.page.locator("summary").filter(has_text=name).first)
        return self

    def attaches(self, name: str, file: Path) -> Self:
        self.field(name).set_input_files(file)
        return self

    def field(self, name: str) -> Locator:
        return self.page.locator(f"[name='{name}']:not([type=hidden])")

    def sees(self, *texts: str) -> Self:
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text)
        return self

    def does_not_see(self, *texts: str) -> Self:
        for text in texts:
            expect(self.page.locator("body")).not_to_contain_text(text)
        return self

    def reads(self, heading: str) -> Self:
        """Stand on the page with this heading."""
        expect(self.page.get_by_role("heading", level=1, name=heading, exact=True)).to_be_visible()
        return self

    def status_of(self, address: str) -> int:
        return self.page.goto(address).status

    def _activate(self, target: Locator) -> None:
        target.click()

    def _hit(self, target: Locator) -> None:
        target.click(no_wait_after=True)

    def _type(self, target: Locator, text: str) -> None:
        target.fill(text)

    def _choose(self, target: Locator, label: str) -> None:
        target.select_option(label=label)

    def _tick(self, target: Locator) -> None:
        target.check()


class KeyboardPerson(Person):
    """Somebody with a keyboard alone, who must see at every step where the focus is."""

    def _activate(self, target: Locator) -> None:
        self._reach(target)
        self.page.keyboard.press("Enter")

    _hit = _activate  # a key never waits

    def _type(self, target: Locator, text: str) -> None:
        self._reach(target)
        self.page.keyboard.press("Control+a")
        if target.get_attribute("type") == "date":
            year, month, day = text.split("-")
            self.page.keyboard.type(day + month + year)  # where day and month are the same, it fits every language
        else:
            self.page.keyboard.insert_text(text)

    def _choose(self, target: Locator, label: str) -> None:
        self._reach(target)
        for _ in range(target.locator("option").count()):
            if target.evaluate("list => list.selectedOptions[0].text") == label:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrow keys never came to “{label}”")

    def _tick(self, target: Locator) -> None:
        self._reach(target)
        self.page.keyboard.press("Space")
        expect(target).to_be_checked()

    def _reach(self, target: Locator) -> None:
        """Press Tab until the focus is there, and look at it on the way."""
        target.wait_for(state="attached")
        wanted = target.element_handle()
        if wanted.evaluate("(node) => node === document.activeElement"):
            return
        for _ in range(TABS_AT_MOST):
            self.page.keyboard.press("Tab")
            if self._look(wanted):
                return
        raise AssertionError(f"Tab never came to {target}")

    def _look(self, wanted: ElementHandle) -> bool:
        """Whether the focus is where it shall be; fails when nothing shows where it is, or it lies outside the window."""
        end = time.monotonic() + 10  # scrolling takes a moment
        while True:
            there, hidden = wanted.evaluate(FOCUS)
            if not hidden:
                return there
            assert time.monotonic() < end, f"the focus cannot be seen on {hidden}"


FOCUS = """(wanted) => {
  const node = document.activeElement;
  const there = node === wanted;
  if (!node || node === document.body) return [there, ""];
  // The inner button of a date or time field draws a ring of its own.
  if (["date", "time"].includes(node.type) && !node.matches(":focus-visible")) return [there, ""];
  const shows = (style) =>
    (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  const box = node.getBoundingClientRect();
  const inside = box.bottom > 0 && box.right > 0 && box.left < innerWidth && box.top < innerHeight;
  const shown = inside && (shows(getComputedStyle(node)) || shows(getComputedStyle(node, "::before")));
  return [there, shown ? "" : node.outerHTML.slice(0, 200)];
}"""


def text_of(mail: EmailMessage) -> str:
    """Return what a mail says, whatever files go with it."""
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def link_of(mail: EmailMessage) -> str:
    """Return the personal link of a mail."""
    return re.search(r"http\S+/z/\S+", text_of(mail))[0]


def code_of(mail: EmailMessage) -> str:
    """Return the digits of a mail with a code."""
    return re.search(r"^\d{8}$", text_of(mail), re.MULTILINE)[0]
