"""What a process can die in while an agreement comes into force (tests.killed)."""

from klimapakt import pdf
from tests.killed import Act


def countersign() -> None:
    from django.contrib.auth import get_user_model

    from agreements.models import Agreement
    from agreements.services import binding

    agreement = Agreement.objects.get()
    if agreement.may_be_countersigned:
        by = get_user_model().objects.get(username="chefin")
        binding.countersign(agreement, sha256=agreement.newest_version().sha256, by=by)


def render() -> None:
    from klimapakt.documents import archive

    pdf.render = lambda html: b"%PDF-1.7 " + html.encode()  # its own lines are not ours
    archive.render_next()


ACTS = {
    "countersign": Act(
        countersign, ("agreements/services/binding.py", "agreements/pdf.py", "klimapakt/documents/archive.py")
    ),
    "render": Act(render, ("klimapakt/documents/archive.py", "agreements/mails.py", "klimapakt/mailbox/outbox.py")),
}
