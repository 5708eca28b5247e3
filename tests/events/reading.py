"""Pages as a person reads them."""

import html
import re

from django.http import HttpResponse


def text_of(response: HttpResponse) -> str:
    """Return the words of a page with single blanks between them."""
    page = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    words = html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u2060", "")
    return re.sub(r"\s+([.,:])", r"\1", " ".join(words.split()))
