"""Codes by mail: prove once more, in this browser, that one reads the link's mailbox."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from klimapakt.links.models import CODE_LIFETIME, CODE_TRIES, AccessLink, OneTimeCode
from klimapakt.states import NotPossible

__all__ = ["OneTimeCode", "WrongCode", "check", "issue"]

CODES_AN_HOUR = 5
TOO_MANY = (
    "Wir haben Ihnen in der letzten Stunde schon mehrere Codes geschickt. Bitte sehen Sie auch im Spam-Ordner nach, "
    "oder versuchen Sie es in einer Stunde noch einmal."
)
NONE_WAITING = "Ihr Code gilt nicht mehr. Bitte lassen Sie sich einen neuen schicken."
USED_UP = "Das war fünfmal nicht der richtige Code. Bitte lassen Sie sich einen neuen schicken."


class WrongCode(Exception):
    """The code does not fit; the message is a German sentence that says what to do."""


@transaction.atomic
def issue(request: HttpRequest, link: AccessLink) -> OneTimeCode:
    """Make a code that this session alone can use; older ones of the link end.

    Raises NotPossible after too many codes in an hour, over all links of this person to this thing: whoever has one
    can get others. The caller mails the code in the same transaction.
    """
    links = AccessLink.objects.to(link.purpose, link.object_id).filter(email__iexact=link.email)
    list(links.select_for_update().order_by("pk"))  # two clicks are counted one after the other
    now = timezone.now()
    if OneTimeCode.objects.filter(link__in=links, created_at__gt=now - timedelta(hours=1)).count() >= CODES_AN_HOUR:
        raise NotPossible(TOO_MANY)
    link.codes.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    code = OneTimeCode.objects.create(link=link, created_at=now, expires_at=now + CODE_LIFETIME)
    request.session["codes"] = {**request.session.get("codes", {}), str(link.pk): str(code.pk)}
    return code


def check(request: HttpRequest, link: AccessLink, typed: str) -> OneTimeCode:
    """Return the waiting code when it was typed right. The try counts, whatever becomes of the rest.

    Call it outside the transaction of what the code allows, and `use()` inside. Raises WrongCode.
    """
    key = request.session.get("codes", {}).get(str(link.pk))
    waiting = link.codes.filter(pk=key, used_at=None, expires_at__gt=timezone.now()) if key else link.codes.none()
    if not waiting.filter(tries__lt=CODE_TRIES).update(tries=F("tries") + 1):
        raise WrongCode(USED_UP if waiting.exists() else NONE_WAITING)
    code = link.codes.get(pk=key)  # whoever was quicker may have used it meanwhile: `use` finds out
    if code.matches(typed):
        return code
    if not code.tries_left:
        raise WrongCode(USED_UP)
    left = "Sie haben noch einen Versuch" if code.tries_left == 1 else f"Sie haben noch {code.tries_left} Versuche"
    raise WrongCode(f"Dieser Code stimmt nicht. Bitte sehen Sie in der neuesten Mail nach. {left}.")
