"""A contact without a browser who opens a personal link and answers, over HTTP to the running portal."""

import re
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

from klimapakt.links.models import AccessLink

CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


class Visitor:
    """Holds a session and the page that came last."""

    def __init__(self, portal: str) -> None:
        self.portal = portal
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()), _Stay())
        self.page = self.path = ""

    def opens(self, link: AccessLink) -> "Visitor":
        """Open the link and press the button; then stand on the page that it leads to."""
        self.path = urlsplit(link.url()).path
        self.goes_to(self.path)
        _, self.path = self.sends(self.path)
        self.goes_to(self.path)
        return self

    def goes_to(self, path: str) -> int:
        return self._ask(path)[0]

    def sends(self, path: str, **fields: str) -> tuple[int, str]:
        """Send a form of the page; returns the status, and where the answer leads."""
        token = CSRF.search(self.page)[1]
        return self._ask(path, urlencode({"csrfmiddlewaretoken": token, **fields}).encode())

    def registers(self, *names: str) -> int:
        """Take seats for these people; returns the status."""
        return self.sends(f"{self.path}anmelden/", **{f"name_{n}": name for n, name in enumerate(names, start=1)})[0]

    def _ask(self, path: str, data: bytes | None = None) -> tuple[int, str]:
        try:
            with self.opener.open(Request(self.portal + path, data), timeout=20) as answer:
                self.page = answer.read().decode()
                return answer.status, ""
        except HTTPError as answer:
            if not 300 <= answer.code < 400:
                self.page = answer.read().decode()
            return answer.code, answer.headers.get("Location", "")
