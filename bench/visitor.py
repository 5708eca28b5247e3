"""Somebody without a browser, who reads pages and fills in forms: with cookies, one connection a request."""

import gzip
import http.client
import re
from html import unescape
from urllib.parse import urlencode

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class Visitor:
    """Goes to one server and counts what that takes."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.requests = self.bytes = 0
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> str:
        """Return a page."""
        status, answer = self._ask("GET", path)
        if status != 200:
            raise SystemExit(f"GET {path} answered {status}:\n{answer[:3000]}")
        return answer

    def post(self, path: str, page: str, **typed: str | list[str]) -> str:
        """Send the form of a page, with what it hides and what was typed; return the page it leads to."""
        fields = {name: unescape(value) for name, value in _HIDDEN.findall(page)} | typed
        status, answer = self._ask("POST", path, urlencode(fields, doseq=True))
        if status not in (302, 303):
            raise SystemExit(f"POST {path} answered {status}:\n{answer[:3000]}")
        return self.get(answer)

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        """Return the status and, of a redirect, where it leads, else the page."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Connection": "close", "Accept-Encoding": "gzip", "Cookie": cookies}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        self.requests += 1
        self.bytes += len(content)
        if response.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        return response.status, response.headers.get("Location") or content.decode()


class InProcess(Visitor):
    """Asks Django in this process, where queries can be counted."""

    def __init__(self) -> None:
        from django.test import Client

        super().__init__(0)
        self._client = Client(SERVER_NAME="127.0.0.1")

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        response = self._client.generic(method, path, body or "", "application/x-www-form-urlencoded")
        return response.status_code, response.headers.get("Location") or response.content.decode()
