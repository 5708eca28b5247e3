"""How a personal link becomes the right to see some pages.

Each purpose is registered once by the app that owns it, with what happens when a person presses the
button on the neutral page. The session then remembers the link, not the person: a revoked or expired link
ends every session it opened.
"""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils import timezone

from klimapakt.links.models import AccessLink


class LinkClosed(Exception):
    """The link was closed between the look-up and the act: pressed twice, replaced, or its object is gone."""


Opened = Callable[[HttpRequest, AccessLink], str]
"""Acts on the opened link and returns the address to go to. May raise LinkClosed."""

_purposes: dict[str, Opened] = {}


def register(purpose: str, opened: Opened) -> None:
    """Say what opening a link of this purpose does. Called from an app's `ready()`."""
    _purposes[purpose] = opened


def open_link(request: HttpRequest, link: AccessLink) -> str:
    """Let the browser in: a new session key, the link noted, then what its purpose does."""
    target = _purposes[link.purpose](request, link)
    AccessLink.objects.filter(pk=link.pk).update(last_used_at=timezone.now())
    return target


def remember(request: HttpRequest, link: AccessLink) -> None:
    """Note the link in a fresh session, beside links of other purposes that are already open."""
    request.session.cycle_key()
    request.session["links"] = {**request.session.get("links", {}), link.purpose: str(link.pk)}


def current(request: HttpRequest, purpose: str) -> AccessLink | None:
    """Return the live link of this purpose that opened the session, if there is one."""
    key = request.session.get("links", {}).get(purpose)
    return key and AccessLink.objects.live(now=timezone.now()).filter(pk=key, purpose=purpose).first()
