"""The pact's signature: online after the partner's, or both on paper. Then the agreement is in force."""

from datetime import date, timedelta

from django.contrib.auth.models import AbstractUser
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from agreements import content, pdf
from agreements.models import Agreement, Signature, Version
from agreements.services.offering import freeze
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import TimelineEntry

NO_NAME = "Bitte lassen Sie zuerst Ihren Vor- und Nachnamen in Ihrem Konto eintragen: Er steht als Unterschrift da."


def obstacles_to_countersign(agreement: Agreement) -> list[str]:
    """Say what forbids the pact's signature now, as German sentences."""
    version = agreement.newest_version()
    last = version and content.last_day(content.read(version.content).term, first_day=timezone.localdate())
    if last and last < timezone.localdate():
        return [
            "Das Ende der Laufzeit liegt schon in der Vergangenheit. Bitte holen Sie die Vereinbarung zurück und "
            "bieten Sie eine neue Fassung an."
        ]
    return []


@transaction.atomic
def countersign(agreement: Agreement, *, sha256: str, by: AbstractUser) -> Signature:
    """Sign for the pact what the partner has signed; it is in force from today, and both get the PDF.

    `sha256` is the hash of the version that was shown. Raises TransitionNotAllowed when another one, or none, waits
    for the pact. Who may do this is the caller's question (permission `agreements.countersign_agreement`).
    """
    agreement = Agreement.objects.locked(agreement.pk)
    if not agreement.may_be_countersigned or agreement.newest_version().sha256 != sha256:
        raise TransitionNotAllowed(f"agreement {agreement.pk} does not wait for the pact's signature")
    if not by.get_full_name():
        raise NotPossible(NO_NAME)
    if missing := obstacles_to_countersign(agreement):
        raise NotPossible(" ".join(missing))
    version, now = agreement.newest_version(), timezone.now()
    wording, today = content.read(version.content), timezone.localdate(now)
    signature = Signature.objects.create(
        version=version,
        party=Signature.Party.PACT,
        name=by.get_full_name(),
        on_behalf_of=wording.party,
        email=by.email,
        method=Signature.Method.ACCOUNT,
        statement=f"Ich unterschreibe für „{wording.party}“ die Fassung {version.number} dieser Vereinbarung.",
        sha256=version.sha256,
        signed_at=now,
        signed_on=today,
        evidence={"account": by.get_username()},
        is_invented=version.is_invented,
    )
    last_day = content.last_day(wording.term, first_day=today)
    last_day = _take_turns(agreement, first_day=today, last_day=last_day, by=by)
    agreement.countersign(first_day=today, last_day=last_day, by=by)
    pdf.order_signed_copy(version)
    TimelineEntry.note(
        f"{wording.agreement} von {signature.name} gegengezeichnet, in Kraft seit {today:%d.%m.%Y}",
        by=by,
        organisation=agreement.partner.organisation,
    )
    return signature


def others_in_force(agreement: Agreement, *, on: date) -> QuerySet[Agreement]:
    """Return what else binds the same partner on that day or later."""
    others = Agreement.objects.filter(partner=agreement.partner_id, status=Agreement.Status.IN_FORCE)
    return others.exclude(pk=agreement.pk).exclude(in_force_until__lt=on).order_by("pk")


def _take_turns(agreement: Agreement, *, first_day: date, last_day: date | None, by: AbstractUser) -> date | None:
    """Let at most one agreement bind a partner on any day: the one that began last. Returns the last day of this one.

    The one before ends the day before; one from the same day binds on no day. Where a later one is known already
    (an old paper is recorded), this one ends before that.
    """
    eve = first_day - timedelta(days=1)
    for other in others_in_force(agreement, on=first_day).select_for_update(no_key=True):
        if other.in_force_from and other.in_force_from > first_day:
            before_it = other.in_force_from - timedelta(days=1)
            last_day = min(last_day or before_it, before_it)
            continue
        if other.in_force_from == first_day:
            other.replace(reason=REPLACED)
            text = f"Frühere Vereinbarung, ebenfalls vom {first_day:%d.%m.%Y}, ersetzt: Es gilt die neue"
        else:
            other.end(last_day=eve, reason=REPLACED)
            text = f"Frühere Vereinbarung gilt nur bis {eve:%d.%m.%Y}: Danach gilt die neue"
        TimelineEntry.note(text, by=by, organisation=agreement.partner.organisation)
    return last_day


REPLACED = "Durch eine neue Vereinbarung ersetzt."


def obstacles_to_paper(agreement: Agreement) -> list[str]:
    """Say what is missing before an agreement signed on paper can be recorded, as German sentences."""
    return [] if agreement.measures.exists() else ["Bitte tragen Sie mindestens eine Maßnahme ein."]


@transaction.atomic
def record_from_paper(
    agreement: Agreement,
    *,
    signed_on: date,
    signed_by_partner: str,
    signed_for_pact: str,
    scan: UploadedFile,
    by: AbstractUser,
) -> Version:
    """Record that both sides signed on paper; from the day of signing the partner is a Klimapartner.

    `scan` is a checked document. What the portal knows of the agreement is frozen beside it, so that the figures it
    shows later can be compared with the paper. Raises NotPossible with what is missing.
    """
    agreement = Agreement.objects.locked(agreement.pk)
    if not agreement.may_be_recorded_from_paper:
        raise TransitionNotAllowed(f"agreement {agreement.pk} cannot be recorded from paper")
    if missing := obstacles_to_paper(agreement):
        raise NotPossible(" ".join(missing))
    version = agreement.newest_version() if agreement.is_offered else freeze(agreement, by=by)
    wording = content.read(version.content)
    last_day = content.last_day(wording.term, first_day=signed_on)
    if last_day and last_day < signed_on:
        raise NotPossible("Das Ende der Laufzeit muss nach der Unterschrift liegen. Bitte prüfen Sie beide Tage.")
    document = pdf.store_scan(agreement, scan, is_invented=version.is_invented)
    for party, name, on_behalf_of in (
        (Signature.Party.PARTNER, signed_by_partner, wording.partner),
        (Signature.Party.PACT, signed_for_pact, wording.party),
    ):
        Signature.objects.create(
            version=version,
            party=party,
            name=name,
            on_behalf_of=on_behalf_of,
            method=Signature.Method.PAPER,
            sha256=version.sha256,
            signed_on=signed_on,
            evidence={"scan_sha256": document.sha256, "recorded_by": by.get_username()},
            is_invented=version.is_invented,
        )
    last_day = _take_turns(agreement, first_day=signed_on, last_day=last_day, by=by)
    agreement.record_from_paper(signed_on=signed_on, last_day=last_day, by=by)
    OutgoingMail.objects.about(agreement).call_off()
    TimelineEntry.note(
        f"{Pact.load().agreement_name} in Kraft seit {signed_on:%d.%m.%Y}",
        by=by,
        organisation=agreement.partner.organisation,
    )
    return version
