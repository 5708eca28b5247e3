"""How often forms may be sent that anybody can send: the limits, and the one place that asks them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from klimapakt.limits import buckets
from klimapakt.locks import Busy, patiently
from klimapakt.middleware import client_address


@dataclass(frozen=True)
class Limit:
    """So many forms `per` time, all forms together; `refusal` says in German what to do."""

    name: str
    count: Callable[[], int]
    per: timedelta
    refusal: str


KEPT = "Ihre Angaben sind noch da."

# A business park or a town hall may stand behind one address; a person sends a handful of forms a day.
BY_ADDRESS = Limit(
    "address",
    lambda: settings.FORMS_PER_ADDRESS,
    timedelta(hours=1),
    f"Von Ihrem Internetanschluss kamen in der letzten Stunde sehr viele Formulare. {KEPT} Bitte senden Sie sie in einer Stunde noch einmal ab.",
)
# Every form writes to the address it was given, which may be a stranger's: more than a slip and two corrections.
BY_MAIL = Limit(
    "mail",
    lambda: FORMS_PER_MAIL,
    timedelta(hours=1),
    f"Mit dieser E-Mail-Adresse wurden in der letzten Stunde schon mehrere Formulare gesendet. {KEPT} Bitte sehen Sie auch im Spam-Ordner nach, oder senden Sie sie in einer Stunde noch einmal ab.",
)
# A full hall registers within an hour; a botnet sends more, and the office's mail server must not suffer from it.
IN_ALL = Limit(
    "all",
    lambda: settings.FORMS_IN_ALL,
    timedelta(hours=1),
    f"Gerade erreichen uns ungewöhnlich viele Formulare. {KEPT} Bitte senden Sie sie in einer Stunde noch einmal ab.",
)
FORMS_PER_MAIL = 6

BUSY = f"Gerade senden sehr viele ein Formular. {KEPT} Bitte senden Sie sie gleich noch einmal ab."

COUNTED_ONCE = timedelta(hours=1)
"""So long the same form with the same address counts as one: a double click, a second tab, a reload."""


class _Refused(Exception):
    pass


def check(request: HttpRequest, form_name: str, email: str = "", *, copy: str = "") -> str:
    """Count one sending of a form; returns why it is refused, a German sentence, or nothing.

    `copy` names one page that was shown, of a form that has an effect only once: with the same mail address it counts
    once. What is refused counts for nothing, so that nobody is shut out for longer by trying.
    """
    email = email.lower()
    of_mail = [(BY_MAIL, email)] if email else []
    limits = [(BY_ADDRESS, network_of(client_address(request))), *of_mail, (IN_ALL, "forms")]
    try:
        patiently(lambda: _count(f"{form_name}|{copy}|{email}" if copy else "", limits))
    except _Refused as refusal:
        return str(refusal)
    except Busy:
        return BUSY
    return ""


@transaction.atomic
def _count(copy: str, limits: list[tuple[Limit, str]]) -> None:
    """Take a token of each limit or of none. Always in the same order: no two requests deadlock."""
    if copy and not buckets.take("form", key=copy, limit=1, per=COUNTED_ONCE):
        return
    for limit, key in limits:
        if not buckets.take(limit.name, key=key, limit=limit.count(), per=limit.per):
            raise _Refused(limit.refusal)


def network_of(address: str) -> str:
    """Return whom an address belongs to: one household has a whole /64 of IPv6 addresses (RFC 6177)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return address
