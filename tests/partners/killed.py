"""What a process can die in while an application is sent and its receipt leaves (tests.killed)."""

from django.db import transaction
from django.utils import timezone

from klimapakt import pdf
from tests.killed import Act


def send() -> None:
    from partners.models import Application
    from partners.services import applying

    application = Application.objects.get()
    if application.is_draft:
        applying.send(application, by=application.applicants.first())


def render() -> None:
    from klimapakt.documents import archive

    pdf.render = lambda html: b"%PDF-1.7 " + html.encode()  # its own lines are not ours
    archive.render_next()


def render_without_guard() -> None:
    """The control: the PDF is committed before its mail is written."""
    from klimapakt.documents import archive

    def finish(document: object, content: bytes) -> None:
        with transaction.atomic():
            document.fill(content, now=timezone.now())
        archive._on_ready[document.kind](document)

    archive._finish = finish
    render()


def sweep() -> None:
    from partners.services import receipts

    receipts.send_without_copy(now=timezone.now())


RENDERING = ("klimapakt/documents/archive.py", "partners/mails/application.py", "klimapakt/mailbox/outbox.py")

ACTS = {
    "send": Act(send, ("partners/services/applying.py", "partners/receipt.py", "klimapakt/documents/archive.py")),
    "render": Act(render, RENDERING),
    "render_without_guard": Act(render_without_guard, RENDERING),
    "sweep": Act(sweep, ("partners/services/receipts.py", *RENDERING)),
}
