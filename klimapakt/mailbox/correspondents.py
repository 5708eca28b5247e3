"""Who is known by mail address. The mailbox knows no partner: apps register in `AppConfig.ready()`."""

from collections.abc import Callable, Collection, Mapping

Find = Callable[[Collection[str]], Mapping[str, str]]
"""Takes addresses in lower case; returns those it knows with the name of their case (`case_of`)."""

_finders: list[Find] = []


def register(find: Find) -> None:
    """Add a source of known addresses; where two know one, the first registered decides."""
    _finders.append(find)


def find(addresses: Collection[str]) -> dict[str, str]:
    """Return the known ones of these addresses (in lower case) with their case, e.g. „partner:17“."""
    wanted = {address.lower() for address in addresses if address}
    found: dict[str, str] = {}
    for finder in _finders:
        if missing := wanted - found.keys():
            found |= finder(missing)
    return found
