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


MOST_LINKS = 20
"""So many links of one purpose a session keeps; who opens more loses the oldest."""


def remember(request: HttpRequest, link: AccessLink) -> None:
    """Note the link in a fresh session, beside those that are already open."""
    if request.session.session_key:  # a new one gets a fresh key anyway
        request.session.cycle_key()
    links = request.session.get("links", {})
    others = [key for key in links.get(link.purpose, []) if key != str(link.pk)]
    request.session["links"] = {**links, link.purpose: [str(link.pk), *others][:MOST_LINKS]}


def choose(request: HttpRequest, link: AccessLink) -> None:
    """Say which of the open links this request is about: it counts as the one opened last, for this request only."""
    request.chosen_link = link


def open_links(request: HttpRequest, purpose: str) -> list[AccessLink]:
    """Return the live links of this purpose that opened the session: the chosen one, then the last one opened."""
    keys = request.session.get("links", {}).get(purpose, [])
    if not keys:
        return []
    found = AccessLink.objects.live(now=timezone.now()).filter(pk__in=keys, purpose=purpose)
    chosen = getattr(request, "chosen_link", None)
    return sorted(found, key=lambda link: (link != chosen, keys.index(str(link.pk))))


def current(request: HttpRequest, purpose: str, object_id: int | None = None) -> AccessLink | None:
    """Return the live link of this purpose that was chosen or opened last, or the one for that object."""
    return next(
        (link for link in open_links(request, purpose) if object_id in (None, link.object_id)),
        None,
    )
