"""Who wants no more mails of a topic, and the address at which a person says so.

Duties have no topic: receipts, decisions, codes and changes reach everybody.
"""

import base64
import hmac
from collections.abc import Iterable
from functools import cache

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import salted_hmac

from klimapakt.mailbox.models import OptOut, OutgoingMail

SALT = "klimapakt.mailbox.unsubscribe"
"""Binds the key to this purpose: no token of another kind passes here, and none of these passes elsewhere."""

OPTED_OUT = "Abbestellt"


def is_wanted(email: str, topic: str) -> bool:
    """Whether a mail of this topic may go to this address; one without a topic may always."""
    return not topic or not OptOut.objects.filter(email=email.lower(), topic=topic).exists()


def without(emails: Iterable[str], topic: str) -> set[str]:
    """Return the addresses to which a mail of this topic may go, spelled as they were given."""
    given = set(emails)
    if not topic:
        return given
    refused = set(
        OptOut.objects.filter(topic=topic, email__in={email.lower() for email in given}).values_list("email", flat=True)
    )
    return {email for email in given if email.lower() not in refused}


def address(mail: OutgoingMail) -> str:
    """Return the address to be mailed at which the reader of this mail ends its topic. Call it only while sending."""
    token = f"{mail.pk}.{_mac(mail, settings.LINK_KEYS[0])}"
    return f"{settings.PORTAL_BASE_URL}{_path()}{token}/"


@cache
def _path() -> str:
    """Return what stands before the token: found once, for the 5,000 mails of a mailing."""
    return reverse("unsubscribe:page", args=["-"]).removesuffix("-/")


def find(token: str) -> OutgoingMail | None:
    """Return the mail that carried a token, or None; the MAC is checked before the row is believed."""
    number, _, mac = token.partition(".")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    mail = OutgoingMail.objects.filter(pk=int(number)).exclude(topic="").first()
    if mail is None:
        return None
    is_genuine = any(hmac.compare_digest(mac.encode(), _mac(mail, key).encode()) for key in settings.LINK_KEYS)
    return mail if is_genuine else None


def _mac(mail: OutgoingMail, key: str) -> str:
    message = f"{mail.pk}|{mail.to_email}|{mail.topic}"
    digest = salted_hmac(SALT, message, secret=key, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def opt_out(token: str) -> bool:
    """Do what the reader of a mail asked for by its token; False when it is none of ours."""
    mail = find(token)
    if mail is None:
        return False
    add(mail.to_email, mail.topic)
    return True


@transaction.atomic
def add(email: str, topic: str) -> OptOut:
    """Note that nothing of a topic shall go to an address any more, and take back what waits for it."""
    found, _ = OptOut.objects.get_or_create(email=email.lower(), topic=topic)
    S = OutgoingMail.Status
    mails = OutgoingMail.objects.filter(topic=topic, to_email__iexact=email)
    mails.filter(status__in=[S.DRAFT, S.HELD, S.QUEUED, S.RETRY, S.IN_FLIGHT]).update(problem=OPTED_OUT)
    mails.withdraw()
    return found


def opt_in(token: str) -> bool:
    """Undo `opt_out`; False when the token is none of ours."""
    mail = find(token)
    if mail is None:
        return False
    OptOut.objects.filter(email=mail.to_email.lower(), topic=mail.topic).delete()
    return True
