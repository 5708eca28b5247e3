"""A mail to many: choose, write, read, release, watch.

Choosing and writing happen in a draft. `prepare` freezes it: one row of the outbox for each recipient, none of which
leaves before `release`. Whatever moves a mailing's state does so by one UPDATE on its row, so that of two people (or of
two clicks) one wins; the unique key of each mail keeps a second writing from doubling it.
"""

import math
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox import addresses, audiences, outbox, wording
from klimapakt.mailbox.audiences import Audience, Recipient
from klimapakt.mailbox.models import Mailing, OutgoingMail
from klimapakt.states import NotPossible

S = OutgoingMail.Status

NO_ADDRESS = "Keine Adresse eingetragen."
DROPPED = "Von Hand gestrichen."
PAUSED = "Die Rundmail ist unterbrochen."


# --- Choosing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LeftOut:
    """Somebody of the audience who gets no mail, and why not in German."""

    recipient: Recipient
    reason: str


@dataclass(frozen=True)
class Selection:
    """Who belongs to the audience of a mailing now. `reachable` holds those too whom staff struck off (`struck`)."""

    reachable: list[Recipient]
    left_out: list[LeftOut]
    struck: frozenset[str]

    @property
    def chosen(self) -> list[Recipient]:
        """Those who get a mail."""
        return [recipient for recipient in self.reachable if recipient.key not in self.struck]


def audience_of(mailing: Mailing) -> Audience:
    """Return to whom a mailing goes. Raises NotPossible when the portal does not offer that any more."""
    try:
        return audiences.get(mailing.audience)
    except KeyError:
        raise NotPossible("Diesen Empfängerkreis gibt es nicht mehr. Bitte wählen Sie einen anderen.") from None


def recipients_of(mailing: Mailing) -> Selection:
    """Return who would get the mail now, each address once, and who would not and why.

    Raises NotPossible while the choice is not complete, or holds something that is gone.
    """
    audience = audience_of(mailing)
    form = audience.form(mailing.choices)
    if not form.is_valid():
        raise NotPossible("Bitte wählen Sie zuerst, an wen die Mail gehen soll.")
    found = audience.recipients(form.cleaned_data)
    why_not = addresses.why_left_out([recipient.email for recipient in found], audience.topic)
    reachable, left_out, first = [], [], {}
    for recipient in found:
        address = recipient.email.lower()
        if not address:
            left_out.append(LeftOut(recipient, NO_ADDRESS))
        elif address in first:
            left_out.append(LeftOut(recipient, f"Dieselbe Adresse wie {_called(first[address])}."))
        elif address in why_not:
            left_out.append(LeftOut(recipient, why_not[address]))
        else:
            first[address] = recipient
            reachable.append(recipient)
    return Selection(reachable, left_out, frozenset(mailing.left_out))


def _called(recipient: Recipient) -> str:
    return ", ".join(part for part in (recipient.name, recipient.organisation) if part) or recipient.email


# --- Writing ----------------------------------------------------------------------------------------------------------


def create(audience: Audience, *, token: uuid.UUID, by: AbstractUser) -> Mailing:
    """Begin a mailing; the same form sent twice begins one."""
    given = {"audience": audience.name, "choices": audience.first_choices(), "created_by": by}
    return Mailing.objects.get_or_create(token=token, defaults=given)[0]


def copy(mailing: Mailing, *, token: uuid.UUID, by: AbstractUser) -> Mailing:
    """Begin another mailing with audience and text of this one, without those whom staff struck off."""
    given = {name: getattr(mailing, name) for name in ("audience", "choices", "subject", "body")}
    given["left_out"] = _struck(mailing)
    return Mailing.objects.get_or_create(token=token, defaults={**given, "created_by": by})[0]


def check_words(audience: Audience, subject: str, body: str) -> None:
    """Raise ValidationError, with the fields it is about, for words that could not be filled in."""
    problems = {}
    for field, text, allowed in (
        ("subject", subject, audience.kind.allowed_in_subject),
        ("body", body, audience.kind.allowed),
    ):
        try:
            wording.check_text(text, allowed)
        except ValidationError as error:
            problems[field] = error
    if problems:
        raise ValidationError(problems)


def preview(mailing: Mailing, recipient: Recipient) -> wording.Rendered:
    """Return the mail as one recipient would get it."""
    return wording.render(audience_of(mailing).kind, recipient.context, text=(mailing.subject, mailing.body))


@transaction.atomic
def prepare(mailing: Mailing) -> int:
    """Write all mails as drafts; returns how many. From here on neither list nor text changes by itself.

    Raises NotPossible when nobody is left to write to or the text is not ready, TransitionNotAllowed when somebody
    was quicker or changed the draft since it was loaded.
    """
    audience, chosen = audience_of(mailing), recipients_of(mailing).chosen
    if not chosen:
        raise NotPossible("So bekommt niemand diese Mail. Bitte wählen Sie mindestens eine Person.")
    if not mailing.subject or not mailing.body:
        raise NotPossible("Bitte schreiben Sie zuerst Betreff und Text.")
    try:
        check_words(audience, mailing.subject, mailing.body)
    except ValidationError as error:
        raise NotPossible(" ".join(error.messages)) from None
    mailing.prepare()
    letters = (
        outbox.Letter(
            key=key_of(mailing, recipient),
            to=recipient.email,
            name=recipient.name,
            about=recipient.about,
            context=recipient.context,
            link=recipient.link,
        )
        for recipient in chosen
    )
    texts = (mailing.subject, mailing.body)
    return outbox.enqueue_all(audience.kind, letters, texts=texts, mailing=mailing, status=S.DRAFT)


def key_of(mailing: Mailing, recipient: Recipient) -> str:
    """What makes it one mail."""
    return f"{_key_of_all(mailing)}{recipient.key}"


def _key_of_all(mailing: Mailing) -> str:
    return f"mailing:{mailing.pk}:"


@transaction.atomic
def back_to_draft(mailing: Mailing) -> None:
    """Throw the prepared mails away, so that audience and text can change. Whoever was dropped stays struck off."""
    mailing.reopen()
    Mailing.objects.filter(pk=mailing.pk).update(left_out=_struck(mailing))
    links = list(mailing.mails.exclude(link=None).values_list("link", flat=True))
    mailing.mails.all().delete()
    AccessLink.objects.filter(pk__in=links).delete()  # nobody ever got them
    mailing.refresh_from_db()


def _struck(mailing: Mailing) -> list[str]:
    """Return the keys of those whom staff left out while choosing, and of those whose prepared mail they dropped."""
    dropped = mailing.mails.filter(status=S.WITHDRAWN, problem=DROPPED).values_list("key", flat=True)
    return sorted({*mailing.left_out, *(key.removeprefix(_key_of_all(mailing)) for key in dropped)})


# --- Sending ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def release(mailing: Mailing, *, send_at: datetime | None = None) -> int:
    """Let all prepared mails leave, now or from `send_at` on; returns how many.

    Raises TransitionNotAllowed when somebody has pressed before, NotPossible when nobody has seen the samples, when
    all mails were dropped or the time has passed.
    """
    now = timezone.now()
    if mailing.is_prepared and mailing.read_at is None:
        raise NotPossible("Bitte sehen Sie sich zuerst die Beispiele an.")
    if send_at is not None and send_at < now:
        raise NotPossible("Dieser Zeitpunkt ist schon vorbei.")
    begin = send_at or now
    mailing.release(begin=begin)
    drafts = mailing.mails.filter(status=S.DRAFT)
    if not drafts.update(due_at=begin):
        raise NotPossible("Alle Mails sind gestrichen. So bekommt niemand etwas.")
    Mailing.objects.filter(pk=mailing.pk).update(left_out=_struck(mailing))
    mailing.mails.filter(status=S.WITHDRAWN, problem=DROPPED).delete()
    released = drafts.release()
    if send_at is None:
        outbox.wake()
    return released


def changes_since(mailing: Mailing) -> tuple[int, int]:
    """Return how many people with a prepared mail belong to the audience no more, and how many are new in it."""
    try:
        now = {key_of(mailing, recipient) for recipient in recipients_of(mailing).chosen}
    except NotPossible:
        return 0, 0
    frozen = dict(mailing.mails.values_list("key", "status"))
    return sum(status == S.DRAFT and key not in now for key, status in frozen.items()), len(now - frozen.keys())


@transaction.atomic
def pause(mailing: Mailing) -> int:
    """Keep back all that has not left yet; returns how many mails. What a worker is handing over still arrives."""
    mailing.pause()
    return mailing.mails.hold(PAUSED)


@transaction.atomic
def resume(mailing: Mailing) -> int:
    """Go on with what was kept back; returns how many mails."""
    mailing.resume()
    released = mailing.mails.filter(status=S.HELD, problem=PAUSED).release()
    outbox.wake()
    return released


@transaction.atomic
def stop(mailing: Mailing) -> "Progress":
    """Take back all that has not left yet, for good; returns where the mailing ended."""
    mailing.stop()
    mailing.mails.all().withdraw()
    return progress(mailing)


def keep_pauses() -> int:
    """Hold again what came back to the queue after its mailing was paused: the server said „later“ in that moment."""
    return OutgoingMail.objects.filter(
        status__in=[S.QUEUED, S.RETRY], mailing__in=Mailing.objects.filter(status=Mailing.Status.PAUSED)
    ).hold(PAUSED)


# --- Watching ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """How many mails of a mailing are in which state."""

    counts: dict[str, int]

    def _sum(self, *states: str) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def all(self) -> int:
        return sum(self.counts.values())

    @property
    def withdrawn(self) -> int:
        """Will never leave: dropped, unsubscribed or stopped."""
        return self._sum(S.WITHDRAWN, S.EXPIRED)

    @property
    def left(self) -> int:
        """Taken by the server, whatever became of them after that."""
        return self._sum(S.SENT, S.BOUNCED)

    @property
    def open(self) -> int:
        """Still to be sent, or kept back."""
        return self._sum(S.QUEUED, S.RETRY, S.IN_FLIGHT, S.HANDING_OVER, S.HELD)

    @property
    def drafts(self) -> int:
        return self._sum(S.DRAFT)

    @property
    def troubled(self) -> int:
        """Mails about which somebody has to decide."""
        return self._sum(S.FAILED, S.UNCLEAR, S.BOUNCED)

    @property
    def is_over(self) -> bool:
        return not self.open and not self.drafts

    @property
    def rows(self) -> list[tuple[str, str, int]]:
        """State, its name and how many, for all states that occur."""
        return [(state.value, state.label, self.counts[state]) for state in S if self.counts.get(state)]


def progress(mailing: Mailing) -> Progress:
    """Count the mails by state, in one query."""
    found = mailing.mails.order_by().values_list("status").annotate(number=Count("pk"))
    return Progress(dict(found))


def minutes_for(mails: int) -> int:
    """Return how long that many mails take at the mailbox's rate, in whole minutes; 0 when there is no limit."""
    return math.ceil(mails / settings.MAIL_PER_MINUTE) if settings.MAIL_PER_MINUTE else 0
