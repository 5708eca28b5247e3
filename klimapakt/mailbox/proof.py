"""Reading a mailing before it is sent, and mending single mails of it."""

import re
from dataclasses import replace
from html import unescape

from django.contrib.auth.models import AbstractUser
from django.db.models.functions import Length
from django.utils import timezone

from klimapakt.mailbox import html, outbox, wording
from klimapakt.mailbox.kinds import Kind, Placeholder
from klimapakt.mailbox.mailing import DROPPED, audience_of
from klimapakt.mailbox.models import LINK_MARK, SHOWN_AS, Mailing, OutgoingMail, shown
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible, TransitionNotAllowed

S = OutgoingMail.Status

SAMPLES = 3

LINK = re.compile('<a class="l" href="(https?://[^"]+)"')
"""An address of the portal as `html` writes it into the words of a mail."""

SAMPLE = "sample"
"""The kind of what somebody of the office gets instead of the recipient."""

NO_ADDRESS = "Ihr Konto hat keine E-Mail-Adresse. Bitte lassen Sie sie von der Verwaltung unter „Konten“ eintragen."


def samples(mailing: Mailing, number: int = SAMPLES) -> list[OutgoingMail]:
    """Return mails that show what the text makes of different people: the first, the shortest, the longest, others."""
    drafts = mailing.mails.filter(status=S.DRAFT)
    by_length = drafts.order_by(Length("body"), "pk")
    wanted = [drafts.order_by("pk").first(), by_length.first(), by_length.last(), *drafts.order_by("pk")[:number]]
    return list({mail.pk: mail for mail in wanted if mail}.values())[:number]


def own_words(mail: OutgoingMail) -> str:
    """Return what the office wrote in a mail, without greeting and marks, as a person may edit it.

    Raises NotPossible when the greeting has changed since the mail was written.
    """
    greeting = _literal(audience_of(mail.mailing).kind, "", "", mail.reason, {}).text
    if not mail.body.endswith(greeting):
        raise NotPossible(
            "Die Angaben der Geschäftsstelle haben sich geändert, seit die Mails vorbereitet wurden. Bitte bereiten Sie "
            "die Mails neu vor."
        )
    return shown(mail.body.removesuffix(greeting))


def edit_single(mail: OutgoingMail, *, subject: str, body: str, seen: str) -> None:
    """Change one prepared mail. What is typed is literal: braces stay braces, and no address becomes a link.

    Addresses of the portal that are links in it already stay so, wherever the person moves them.
    `seen` is the text that the page showed (`own_words`). Raises NotPossible for a personal link that this mail does
    not have, TransitionNotAllowed when the mail is no draft any more or somebody else changed it.
    """
    kind = audience_of(mail.mailing).kind
    names = {SHOWN_AS[one.mark]: name for name, one in kind.allowed.items() if one.mark}
    if mail.link_id is None and SHOWN_AS[LINK_MARK] in body:
        raise NotPossible(
            f"Diese Mail hat keinen persönlichen Link. Bitte nehmen Sie „{SHOWN_AS[LINK_MARK]}“ heraus, oder gehen Sie "
            "zurück und schreiben Sie {link} in den Text für alle."
        )
    links = {unescape(address) for address in LINK.findall(mail.html)}
    kind, names = _with_links(kind, links), names | {address: address for address in links}
    rendered = _literal(kind, subject, body, mail.reason, names)
    drafts = mail.mailing.mails.filter(pk=mail.pk, status=S.DRAFT, body=mail.body)
    if own_words(mail) != seen or not drafts.update(subject=rendered.subject, body=rendered.text, html=rendered.html):
        raise TransitionNotAllowed(f"mail {mail.pk} was changed or is no draft")
    mail.refresh_from_db()


def _literal(kind: Kind, subject: str, body: str, reason: str, names: dict[str, str]) -> wording.Rendered:
    """Return a mail in these very words; only what stands for a placeholder (`names`) becomes that again."""
    longest_first = sorted(names, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(_found_as, longest_first))})", body) if names else [body]
    pieces = [wording.Piece(name=names[part]) if part in names else wording.Piece(part) for part in parts]
    text = wording.Pattern(tuple(pieces), tuple(names.values()))
    its_subject, its_reason = (wording.Pattern((wording.Piece(words),), ()) for words in (subject, reason))
    return wording.Words(kind, its_subject, text, its_reason).fill({}, Pact.load())


def _found_as(words: str) -> str:
    """Return the expression that finds a placeholder's words; an address that goes on is another one."""
    return re.escape(words) + (r"(?![\w/?#&=%-])" if words.startswith("http") else "")


def _with_links(kind: Kind, links: set[str]) -> Kind:
    """Let each of these addresses be a placeholder that is called like itself."""
    own = {address: Placeholder("", lambda context, address=address: address, is_link=True) for address in links}
    return replace(kind, placeholders={**kind.placeholders, **own})


def drop_single(mail: OutgoingMail) -> None:
    """Strike one prepared mail off. Raises TransitionNotAllowed when it is no draft any more."""
    drafts = OutgoingMail.objects.filter(pk=mail.pk, status=S.DRAFT, mailing__isnull=False)
    if not drafts.update(status=S.WITHDRAWN, problem=DROPPED):
        raise TransitionNotAllowed(f"mail {mail.pk} is no draft")
    mail.refresh_from_db()


def send_sample(mail: OutgoingMail, *, to: AbstractUser) -> None:
    """Send a member of the office what the recipient of a prepared mail gets, with words for the personal link.

    Raises NotPossible for somebody without an address. Pressed twice within a minute, it goes once.
    """
    if not to.email:
        raise NotPossible(NO_ADDRESS)
    subject = f"Testmail: {mail.subject}"[: wording.LONGEST_SUBJECT]
    outbox.enqueue_rendered(
        wording.Rendered(subject, mail.shown_body, html.shown(mail.html), mail.reason, None),
        kind=SAMPLE,
        key=f"{SAMPLE}:{mail.pk}:{to.pk}:{timezone.now():%Y%m%d%H%M}",
        to=to.email,
        name=to.get_full_name(),
        about=mail.mailing,
    )
