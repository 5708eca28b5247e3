"""Messages as they arrive in the office's mailbox, and the mail that they are about."""

from email.message import EmailMessage
from pathlib import Path

from klimapakt.mailbox.models import OutgoingMail
from tests.factories import OutgoingMailFactory

BOUNCES = Path(__file__).with_name("bounces")
ERIKA = "erika@musterbetrieb.example"
OURS = "<ours@musterstadt.example>"


def our_mail(**fields: object) -> OutgoingMail:
    """Return the mail that the notices in `bounces` are about."""
    return OutgoingMailFactory(
        **{"status": "sent", "to_email": ERIKA, "message_id": OURS, "about": "partner:4711", **fields}
    )


def notice(name: str, *changes: tuple[str, str]) -> bytes:
    """Return a notice as a real server words it; `changes` replaces text in it."""
    content = (BOUNCES / f"{name}.eml").read_bytes()
    for old, new in changes:
        assert old.encode() in content
        content = content.replace(old.encode(), new.encode())
    return content.replace(b"\n", b"\r\n")


def answer(
    text: str = "Vielen Dank, wir kommen gern.", *, html: str = "", sender: str = ERIKA, **headers: str
) -> bytes:
    """Return a mail by a person."""
    message = EmailMessage()
    message["From"] = f"Erika Muster <{sender}>"
    message["To"] = "klimapakt@musterstadt.example"
    message["Subject"] = "AW: Guten Tag"
    message["Message-ID"] = "<antwort-1@musterbetrieb.example>"
    message["In-Reply-To"] = OURS
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
