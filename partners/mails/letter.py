"""Mails about a letter of intent: to whoever signs, and to the office."""

from klimapakt.documents.models import Document
from klimapakt.links.models import OneTimeCode
from klimapakt.mailbox import outbox
from klimapakt.mailbox.models import OutgoingMail
from partners.mails.office import to_office
from partners.mails.talk import reader_of
from partners.models import LetterOfIntent
from partners.models.prospect import Prospect

LETTER = "letter-of-intent"
"""The kind of document, and how its key begins."""

LARGEST_ATTACHMENT = 5 * 1024 * 1024
"""Larger files are refused by many a mailbox; the mail then says where to find the PDF."""


def signing_code(prospect: Prospect, code: OneTimeCode) -> None:
    """The code for which somebody waits at the screen; a mail with an older one is not sent any more."""
    OutgoingMail.objects.about(prospect.case).filter(kind="letter_code", to_email__iexact=code.link.email).call_off()
    outbox.enqueue(
        "partners/mail/letter_code",
        key=f"letter-code:{code.pk}",
        to=code.link.email,
        name=prospect.name,
        about=prospect.case,
        context={"prospect": prospect},
        code=lambda: code,
        expires_at=code.expires_at,
        is_urgent=True,
    )


def signed(document: Document) -> None:
    """The PDF, to whoever signed; called in the transaction that makes the file."""
    letter = LetterOfIntent.objects.select_related("interest", "application").get(
        pk=document.key.removeprefix(f"{LETTER}:")
    )
    if not letter.stands:
        return  # taken back before the file was ready
    fits = len(document.content) <= LARGEST_ATTACHMENT
    file = outbox.Attachment(document.name[-120:], document.content_type, bytes(document.content))
    _to_signatory(letter, "letter_signed", attachments=[file] if fits else [], is_attached=fits)


def withdrawn(letter: LetterOfIntent) -> None:
    _to_signatory(letter, "letter_withdrawn")


def tell_office(letter: LetterOfIntent) -> None:
    """A letter was signed, or withdrawn."""
    to_office(
        "office_letter",
        key=f"office-letter:{letter.pk}:{letter.status}",
        about=letter.case or letter,
        context={"letter": letter},
    )


def _to_signatory(
    letter: LetterOfIntent, kind: str, *, attachments: list[outbox.Attachment] | None = None, **context: object
) -> None:
    _, reader, link = reader_of(letter.case, letter.email)
    is_same = reader.lower() == letter.email.lower()  # else the link would be somebody else's
    outbox.enqueue(
        f"partners/mail/{kind}",
        key=f"{kind}:{letter.pk}",
        to=letter.email,
        name=letter.name,
        about=letter.case or letter,
        context={"letter": letter, "goes_on": is_same and link is not None, **context},
        link=link if is_same else None,
        attachments=attachments or [],
    )
