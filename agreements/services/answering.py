"""What the signatory does with a version: open it, ask for a change, decline, sign."""

from typing import NamedTuple

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from agreements import content, mails
from agreements.models import Agreement, Opening, Response, Signature, Version
from klimapakt.links import codes
from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import TimelineEntry
from partners.models.timeline import COMPANY

MOST_WISHES = 10
"""So many wishes for one version reach the office; after that people should talk."""


def note_opening(version: Version, link: AccessLink) -> None:
    """Write down when the signatory opened the link for the first time."""
    Opening.objects.bulk_create(
        [Opening(version=version, email=link.email, is_invented=version.is_invented)], ignore_conflicts=True
    )


@transaction.atomic
def send_code(version: Version, *, request: HttpRequest, link: AccessLink) -> None:
    """Mail the signatory a code for this browser; older ones end.

    Raises TransitionNotAllowed when the version does not wait for a signature (any more), NotPossible after too
    many codes.
    """
    version = _waiting(version)
    code = codes.issue(request, link)
    mails.signing_code(version, code)


@transaction.atomic
def request_change(version: Version, text: str) -> Response:
    """Take the wish for another wording; the version stays on offer. The same words twice are one wish.

    Raises TransitionNotAllowed when the version does not wait for a signature (any more).
    """
    version = _waiting(version)
    wishes = version.responses.filter(kind=Response.Kind.CHANGE)
    if same := wishes.filter(text=text).first():
        return same
    if wishes.count() >= MOST_WISHES:
        raise NotPossible("Sie haben uns schon mehrere Wünsche geschickt. Bitte rufen Sie uns an.")
    wish = _respond(version, Response.Kind.CHANGE, text)
    _note(version, f"Änderung an Fassung {version.number} gewünscht: {text}")
    mails.tell_office_of_change(wish)
    return wish


@transaction.atomic
def decline(version: Version, reason: str) -> Response:
    """Take a refusal with its reason. Raises TransitionNotAllowed as above."""
    version = _waiting(version)
    refusal = _respond(version, Response.Kind.DECLINE, reason)
    version.agreement.decline()
    _note(version, f"Fassung {version.number} abgelehnt: {reason}")
    mails.tell_office_of_refusal(refusal)
    return refusal


class Signatory(NamedTuple):
    name: str
    function: str


@transaction.atomic
def sign(version: Version, *, sha256: str, signatory: Signatory, code: OneTimeCode, link: AccessLink) -> Signature:
    """Sign exactly the bytes whose hash the signatory's page showed, once.

    `code` is what `codes.check` returned. Raises TransitionNotAllowed when anything but this version waits for a
    signature, or the code was used before; then nothing is signed.
    """
    version = _waiting(version)
    if not sha256 == version.sha256 == content.fingerprint(version.content):
        raise TransitionNotAllowed(f"another text than version {version.pk} was to be signed")
    if code.link_id != link.pk or link.object_id != version.pk:
        raise TransitionNotAllowed("the code was sent for something else")
    code.use()
    opening = version.openings.filter(email=link.email).first()
    now = timezone.now()
    signature = Signature.objects.create(
        version=version,
        party=Signature.Party.PARTNER,
        name=signatory.name,
        function=signatory.function,
        on_behalf_of=content.read(version.content).partner,
        email=link.email,
        method=Signature.Method.CODE,
        statement=statement(version),
        sha256=sha256,
        signed_at=now,
        signed_on=timezone.localdate(now),
        evidence={
            "link": str(link.pk),
            "opened_at": opening.at.isoformat() if opening else None,
            "code": str(code.pk),
            "code_sent_at": code.created_at.isoformat(),
        },
        is_invented=version.is_invented,
    )
    version.agreement.sign()
    _note(version, f"Fassung {version.number} unterschrieben von {signatory.name}, {signatory.function}")
    mails.signed(signature)
    mails.tell_office_of_signature(signature)
    return signature


def statement(version: Version) -> str:
    """Return the sentence that the signatory ticks."""
    partner = content.read(version.content).partner
    return (
        f"Ich bin berechtigt, für „{partner}“ zu unterschreiben, und unterschreibe die Fassung {version.number} "
        "dieser Vereinbarung."
    )


def _waiting(version: Version) -> Version:
    """Return the version with its agreement, locked, if it is the one that waits for a signature."""
    agreement = Agreement.objects.locked(version.agreement_id)
    newest = agreement.newest_version()
    if not agreement.is_offered or newest.pk != version.pk or not newest.has_reader():
        raise TransitionNotAllowed(f"version {version.pk} does not wait for a signature")
    newest.agreement = agreement
    return newest


def _respond(version: Version, kind: str, text: str) -> Response:
    return version.responses.create(
        kind=kind, text=text, name=version.to_name, email=version.to_email, is_invented=version.is_invented
    )


def _note(version: Version, text: str) -> None:
    name = Pact.load().agreement_name
    TimelineEntry.note(f"{name}: {text}", by=COMPANY, organisation=version.agreement.partner.organisation)
