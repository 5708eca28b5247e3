"""HTML in, PDF out: tagged PDF/UA-1, the fonts inside, no file and no network.

Importing this loads WeasyPrint (two seconds of CPU, 60 MB): in the portal only a worker that renders does.
"""

import gc
import warnings
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pydyf
from django.conf import settings

with warnings.catch_warnings():  # the system may well have no fonts: we bring ours
    warnings.filterwarnings("ignore", "No fonts configured|FontConfig cannot load")
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

STATIC = settings.BASE_DIR / "static"
STYLE = STATIC / "css" / "document.css"
KERN = STATIC / "vendor" / "kern-2.7.2" / "fonts"
FONTS = [
    ("Fira Sans", "400", "normal", KERN / "FiraSans-Regular.woff2"),
    ("Fira Sans", "400", "italic", KERN / "FiraSans-Italic.woff2"),
    ("Fira Sans", "600", "normal", KERN / "FiraSans-SemiBold.woff2"),
    # What Fira Sans lacks: „✓“, the narrow space, the non-breaking hyphen.
    ("Signs", "400", "normal", STATIC / "vendor" / "dejavu-2.37" / "dejavu-sans-signs.woff2"),
]

NOWHERE = "https://document.invalid/"
"""Where relative addresses lead, so that they are refused like all others; WeasyPrint would only leave them out."""


class NotSelfContained(Exception):
    """The HTML wants a file or an address; a document brings everything with it."""


def render(html: str) -> bytes:
    """Return the PDF of a page that extends `documents/base_pdf.html`; the same HTML gives the same bytes.

    Raises NotSelfContained when the page wants anything but `data:` addresses.
    """
    fetcher = OnlyData()
    content = HTML(string=html, base_url=NOWHERE, url_fetcher=fetcher).write_pdf(
        stylesheets=[look().style], font_config=look().fonts, pdf_variant="pdf/ua-1", finisher=_say_what_headers_head
    )
    if fetcher.refused:
        raise NotSelfContained(f"the page wants {fetcher.refused}")
    return content


def unload() -> None:
    """Let go of the fonts: WeasyPrint holds them in a temporary folder and removes it when nobody needs it."""
    look.cache_clear()
    gc.collect()  # pages that were laid out refer to the fonts, in circles


class OnlyData(URLFetcher):
    """Opens `data:` addresses, and notes all others: WeasyPrint goes on without what it cannot have."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)
        self.refused: list[str] = []

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        try:
            return super().fetch(url, headers)
        except Exception:
            self.refused.append(url[:200])
            raise


class Look(NamedTuple):
    fonts: FontConfiguration
    style: CSS


@cache
def look() -> Look:
    """Load fonts and style once in a process: fonts loaded for each document would stay in memory."""
    fonts = FontConfiguration()
    css = "\n".join([*(_font_face(*font) for font in FONTS), STYLE.read_text()])
    return Look(fonts, CSS(string=css, font_config=fonts, url_fetcher=OnlyData()))


def _font_face(family: str, weight: str, style: str, path: Path) -> str:
    font = b64encode(path.read_bytes()).decode()
    return (
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style};'
        f' src: url("data:font/woff2;base64,{font}"); }}'
    )


def _say_what_headers_head(document: object, file: pydyf.PDF) -> None:
    """Add to each header cell whether it heads a column or a row: readers want it, WeasyPrint leaves it out."""
    elements = {found.reference: found for found in file.objects if isinstance(found, pydyf.Dictionary)}
    for cell in elements.values():
        if cell.get("S") == "/TH":
            row = elements[cell["P"]]
            group = elements[row["P"]]
            cell["A"]["Scope"] = "/Column" if group["S"] == "/THead" else "/Row"
