"""A program that begins an application over HTTP, as fast as it is told to."""

import re
from http.client import HTTPException
from http.cookiejar import CookieJar
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, OpenerDirector, Request, build_opener

HIDDEN = re.compile(r'name="(csrfmiddlewaretoken|form_token)" value="([^"]+)"')


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


class Visitor:
    """Somebody without a browser, with cookies and one form."""

    def __init__(self, portal: str) -> None:
        self.address = f"{portal}/mitmachen/antrag/"
        self.opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()), _Stay())
        self.hidden: dict[str, str] = {}

    def apply(self, *, name: str, email: str, seconds: float = 10) -> int:
        """Open the form, fill it in and send it, the same form each time; returns the status, 0 without an answer."""
        try:
            if not self.hidden:
                with self.opener.open(self.address, timeout=seconds) as page:
                    self.hidden = dict(HIDDEN.findall(page.read().decode()))
            data = urlencode({**self.hidden, "organisation": name, "name": "Erika Muster", "email": email}).encode()
            with self.opener.open(Request(self.address, data), timeout=seconds) as answer:
                return answer.status
        except HTTPError as error:
            return error.code
        except (URLError, OSError, HTTPException):
            return 0
