"""In embedded mode: what the office's mail server took, read from its Maildir.

These mails hold working personal links. So: only with the embedded mail server, only from this machine, only
for staff.
"""

import io
import mailbox
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from klimapakt.mailbox.frame import a_mail

SHOWN = 100
LOOPBACK = {"127.0.0.1", "::1"}


def embedded_only(view: Callable) -> Callable:
    @wraps(view)
    def wrapper(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if "mail" not in settings.EMBEDDED or request.META.get("REMOTE_ADDR") not in LOOPBACK:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapper


def _maildir() -> mailbox.Maildir:
    return mailbox.Maildir(settings.DATA_DIR / "mail", factory=None, create=True)


def _read(folder: mailbox.Maildir, key: str) -> EmailMessage:
    return message_from_bytes(folder.get_bytes(key), policy=default)


@require_safe
@embedded_only
@permission_required("mailbox.view_outgoingmail", raise_exception=True)
def sent_mails(request: HttpRequest) -> HttpResponse:
    """The newest mails first."""
    folder = _maildir()
    newest = sorted(folder.keys(), reverse=True)[:SHOWN]
    mails = [{"key": key, "message": (message := _read(folder, key)), "at": _date(message)} for key in newest]
    mails.sort(key=lambda mail: mail["at"], reverse=True)
    return render(request, "mailbox/sent_mails.html", {"mails": mails, "count": len(folder)})


@require_safe
@embedded_only
@permission_required("mailbox.view_outgoingmail", raise_exception=True)
def sent_mail(request: HttpRequest, key: str) -> HttpResponse:
    """One mail as its reader sees it."""
    folder = _maildir()
    if key not in folder:
        raise Http404
    message = _read(folder, key)
    body = message.get_body(("plain",))
    return render(
        request,
        "mailbox/sent_mail.html",
        {
            "key": key,
            "message": message,
            "at": _date(message),
            "text": body.get_content() if body else "",
            "has_html": message.get_body(("html",)) is not None,
            "attachments": [part.get_filename() for part in message.iter_attachments()],
            "breadcrumb": [{"url": reverse("mailbox:list"), "label": "Postfach"}, {"label": message["Subject"]}],
        },
    )


@require_safe
@embedded_only
@permission_required("mailbox.view_outgoingmail", raise_exception=True)
@a_mail
def sent_mail_html(request: HttpRequest, key: str) -> HttpResponse:
    """One mail as mail programs draw it; its links work."""
    folder = _maildir()
    body = _read(folder, key).get_body(("html",)) if key in folder else None
    if body is None:
        raise Http404
    return HttpResponse(body.get_content())


@require_safe
@embedded_only
@permission_required("mailbox.view_outgoingmail", raise_exception=True)
def attachment(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """A file that came with a mail; `number` counts from 0."""
    folder = _maildir()
    files = list(_read(folder, key).iter_attachments()) if key in folder else []
    if number >= len(files):
        raise Http404
    content = io.BytesIO(files[number].get_payload(decode=True))
    return FileResponse(content, as_attachment=True, filename=files[number].get_filename())


def _date(message: EmailMessage) -> datetime:
    return parsedate_to_datetime(message["Date"])
