"""How the mails of the outbox stand."""

from klimapakt.mailbox.models import OutgoingMail


def states() -> list[str]:
    return list(OutgoingMail.objects.order_by("pk").values_list("status", flat=True))
