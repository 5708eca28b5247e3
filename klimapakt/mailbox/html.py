"""The words of a mail as HTML: paragraphs, lists, one button. Whatever is filled in is escaped."""

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape

from klimapakt.mailbox.models import SHOWN_AS

FIRST_SLOT, SLOTS = 0xE100, 0x400
"""Slots are the private-use characters from here on; see `slot`."""

BLOCK, ADDRESS = SLOTS, 2 * SLOTS
"""Added to a slot: its value is a paragraph of its own; its value stands in an attribute or as bare address."""

ANY_SLOT = re.compile(f"([{chr(FIRST_SLOT)}-{chr(FIRST_SLOT + 3 * SLOTS - 1)}])")

WORDS, LINKED, BUTTON, CODE = "words", "link", "button", "code"
"""How a placeholder shows: as words, as a link, as the button where it stands alone in a line, as a large code."""

PARAGRAPH = '<p style="margin:0 0 16px">{}</p>\n'
LIST = '<ul style="margin:0 0 16px;padding:0 0 0 22px">\n{}</ul>\n'
LIST_ITEM = '<li style="margin:0 0 4px">{}</li>\n'
LINK = '<a class="l" href="{0}" style="color:#095c34">{0}</a>'
CODE_LINE = (
    '<p class="k" style="margin:0 0 20px;color:#095c34;font-family:Consolas,Menlo,monospace;font-size:28px;'
    'line-height:130%;font-weight:600;letter-spacing:3px;white-space:nowrap">{}</p>\n'
)
# Outlook knows no padding of links (`mso-padding-alt` gives it some) and no round corners, which it may do without.
BUTTON_BLOCK = (
    '<table role="presentation" cellspacing="0" cellpadding="0" border="0" style="margin:4px 0 12px"><tr>'
    '<td class="b" bgcolor="#095c34" style="border-radius:6px;background:#095c34;mso-padding-alt:13px 24px">'
    '<a class="bl" href="{0}" style="display:inline-block;padding:13px 24px;color:#ffffff;font-weight:600;'
    'text-decoration:none">{1}</a></td></tr></table>\n'
    '<p class="m" style="margin:0 0 20px;color:#4b5550;font-size:13px;line-height:145%">'
    'Oder kopieren Sie diese Adresse in Ihren Browser:<br><span style="word-break:break-all">{0}</span></p>\n'
)


def slot(number: int) -> str:
    """Return the character that stands for the placeholder with this number until its value comes."""
    if number >= SLOTS:
        raise ValueError("a text has too many placeholders")
    return chr(FIRST_SLOT + number)


def content(laid: str, filled: Mapping[str, str], roles: tuple[str, ...], *, button: str) -> str:
    """Return a laid-out text as HTML. `filled` maps slots to values, `roles` says in their order how each shows."""
    parts = list(_skeleton(laid, roles, button))
    for at in range(1, len(parts), 2):
        kind, number = divmod(ord(parts[at]) - FIRST_SLOT, SLOTS)
        value = filled[slot(number)]
        if kind * SLOTS == ADDRESS:
            parts[at] = escape(value)
        elif kind * SLOTS == BLOCK and all(line.startswith("- ") for line in value.split("\n")):
            parts[at] = _list(escape(value).split("\n"))
        else:
            shown = (
                LINK.format(escape(value))
                if roles[number] in (LINKED, BUTTON)
                else escape(value).replace("\n", "<br>\n")
            )
            parts[at] = PARAGRAPH.format(shown) if kind * SLOTS == BLOCK else shown
    return "".join(parts)


@lru_cache(maxsize=2000)
def _skeleton(laid: str, roles: tuple[str, ...], button: str) -> tuple[str, ...]:
    """Return the HTML around the slots and the slots, in turn."""
    alone = "".join(slot(number) for number, role in enumerate(roles) if role in (BUTTON, CODE))
    if alone:
        laid = re.sub(f"(?m)^([{alone}])$", r"\n\n\1\n\n", laid)
    blocks = []
    for paragraph in re.split(r"\n{2,}", laid.strip("\n")):
        lines = escape(paragraph).split("\n")
        if ANY_SLOT.fullmatch(paragraph):
            blocks.append(_alone(paragraph, roles[ord(paragraph) - FIRST_SLOT], button))
        elif all(line.startswith("- ") for line in lines):
            blocks.append(_list(lines))
        else:
            blocks.append(PARAGRAPH.format("<br>\n".join(lines)))
    return tuple(ANY_SLOT.split("".join(blocks)))


def _alone(one: str, role: str, button: str) -> str:
    if role == BUTTON:
        return BUTTON_BLOCK.format(chr(ord(one) + ADDRESS), escape(button))
    if role == CODE:
        return CODE_LINE.format(one)
    return chr(ord(one) + BLOCK)


def _list(lines: list[str]) -> str:
    return LIST.format("".join(LIST_ITEM.format(line.removeprefix("- ")) for line in lines))


def shown(html: str) -> str:
    """Return stored HTML as people may see it: words for what is filled in while sending, and no way to follow it."""
    for mark, words in SHOWN_AS.items():
        html = html.replace(f' href="{mark}"', "").replace(mark, words)
    return html
