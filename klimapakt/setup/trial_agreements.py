"""The invented agreements of a trial: one in force with each partner, and some that follow, at every step on their way."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from agreements import content, pdf
from agreements.access import AGREEMENT
from agreements.models import Agreement, Measure, Opening, Response, Signature, Target, Version
from agreements.services import answering, drafting
from klimapakt.documents.models import Document
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail, case_of
from klimapakt.pact.models import Pact
from partners.models import Contact, Partner, TimelineEntry
from partners.models.timeline import COMPANY

OFFICE = "Geschäftsstelle (erfunden)"
WHO_COUNTERSIGNS = "Gerda Muster (erfunden)"

Table = Mapping[str, Any]


def signed_on(table: Table, now: datetime) -> date:
    """Return the day on which the partner's first agreement was signed: as entered, but never in the future."""
    return min(table["signed"], timezone.localdate(now) - timedelta(days=1))


def at(day: date, hour: int, *, now: datetime) -> datetime:
    """Return that hour in Berlin, or now where it would lie ahead."""
    return min(datetime.combine(day, time(hour), tzinfo=timezone.get_current_timezone()), now)


# --- The other side ---------------------------------------------------------------------------------------------------


def name_party(pact: Pact) -> None:
    """Say in whose name is countersigned where the city has not said so: else nobody could try an agreement out."""
    Pact.objects.filter(pk=pact.pk, countersigned_by="").update(countersigned_by=_invented_party(pact))


def forget_party(pact: Pact) -> None:
    """Take out what `name_party` entered, and nothing that the city did."""
    Pact.objects.filter(pk=pact.pk, countersigned_by=_invented_party(pact)).update(countersigned_by="")


def _invented_party(pact: Pact) -> str:
    return f"Stadt {pact.city} (Testbetrieb)"


# --- Loading ----------------------------------------------------------------------------------------------------------


def create(tables: list[Table], partners: list[Partner], *, now: datetime) -> None:
    """Make the agreements of the partners, in the order of their tables."""
    agreements, terms = [], []
    for partner, table in zip(partners, tables, strict=True):
        signed = signed_on(table, now)
        agreements.append(
            Agreement(
                partner=partner,
                status=Agreement.Status.IN_FORCE,
                signed_on=signed,
                in_force_from=signed,
                created_at=at(signed - timedelta(days=30), 11, now=now),
            )
        )
        terms.append(table)
        if following := table.get("next"):
            agreements.append(Agreement(partner=partner, created_at=now - timedelta(days=9)))
            terms.append(following)
    Agreement.objects.bulk_create(agreements)
    _create_targets_and_measures(agreements, terms)
    for agreement, table in zip(agreements, terms, strict=True):
        if table.get("is_online"):
            _sign_online(agreement, now=now)
        elif state := agreement.is_draft and table["state"]:
            _bring_on_its_way(agreement, state, table, now=now)


def _create_targets_and_measures(agreements: list[Agreement], terms: list[Table]) -> None:
    Target.objects.bulk_create(
        Target(agreement=agreement, **target)
        for agreement, table in zip(agreements, terms, strict=True)
        for target in table["targets"]
    )
    Measure.objects.bulk_create(
        Measure(
            agreement=agreement,
            category=measure["category"],
            title=measure["title"],
            description=measure.get("text", ""),
            from_year=measure["from"],
            to_year=measure.get("to"),
            expected_saving=measure.get("saving"),
            is_public=measure.get("public", True),
        )
        for agreement, table in zip(agreements, terms, strict=True)
        for measure in table["measures"]
    )


def _sign_online(agreement: Agreement, *, now: datetime) -> None:
    """Give an agreement in force its version, both signatures, and the PDF, which nobody is mailed."""
    drafting.copy_template(agreement)
    contact, day = _main_contact(agreement), agreement.signed_on
    version = _freeze(agreement, contact, offered_at=at(day - timedelta(days=8), 10, now=now))
    _open(version, opened_at=at(day - timedelta(days=7), 9, now=now))
    _sign(version, contact, signed_at=at(day, 11, now=now))
    _countersign(version, signed_at=at(day, 14, now=now))
    pdf.order_copy_to_read(version)
    pdf.order_signed_copy(version, is_mailed=False)


def _bring_on_its_way(agreement: Agreement, state: str, table: Table, *, now: datetime) -> None:
    """Bring an agreement that follows the first one as far as `state` says: draft, offered, wish or signed."""
    drafting.copy_template(agreement)
    _note(agreement, "entworfen", by=OFFICE, told_at=agreement.created_at)
    if state == "draft":
        return
    contact = _main_contact(agreement)
    version = _freeze(agreement, contact, offered_at=now - timedelta(days=6))
    pdf.order_copy_to_read(version)
    _note(agreement, f"angeboten: Fassung 1 an {contact.name}", by=OFFICE, told_at=version.offered_at)
    if state == "offered":
        agreement.offer()
        return
    opened_at, answered_at = now - timedelta(days=5), now - timedelta(days=2)
    _open(version, opened_at=opened_at)
    agreement.offer()
    if state == "wish":
        Response.objects.create(
            version=version,
            kind=Response.Kind.CHANGE,
            text=table["wish"],
            name=contact.name,
            email=contact.email,
            at=answered_at,
            is_invented=True,
        )
        _note(agreement, f"Änderung an Fassung 1 gewünscht: {table['wish']}", by=COMPANY, told_at=answered_at)
    else:
        _sign(version, contact, signed_at=answered_at)
        agreement.sign()
        _note(
            agreement,
            f"Fassung 1 unterschrieben von {contact.name}, {contact.function}",
            by=COMPANY,
            told_at=answered_at,
        )


def _main_contact(agreement: Agreement) -> Contact:
    return agreement.partner.organisation.contacts.get(is_main=True)


def _freeze(agreement: Agreement, contact: Contact, *, offered_at: datetime) -> Version:
    text = content.freeze(content.compose(agreement, number=1))
    return Version.objects.create(
        agreement=agreement,
        number=1,
        content=text,
        sha256=content.fingerprint(text),
        offered_at=offered_at,
        offered_by=OFFICE,
        to_name=contact.name,
        to_function=contact.function,
        to_email=contact.email,
        is_invented=True,
    )


def _open(version: Version, *, opened_at: datetime) -> None:
    Opening.objects.create(version=version, email=version.to_email, at=opened_at, is_invented=True)


def _sign(version: Version, contact: Contact, *, signed_at: datetime) -> None:
    Signature.objects.create(
        version=version,
        party=Signature.Party.PARTNER,
        name=contact.name,
        function=contact.function,
        on_behalf_of=content.read(version.content).partner,
        email=contact.email,
        method=Signature.Method.CODE,
        statement=answering.statement(version),
        sha256=version.sha256,
        signed_on=timezone.localdate(signed_at),
        signed_at=signed_at,
        is_invented=True,
    )


def _countersign(version: Version, *, signed_at: datetime) -> None:
    Signature.objects.create(
        version=version,
        party=Signature.Party.PACT,
        name=WHO_COUNTERSIGNS,
        on_behalf_of=content.read(version.content).party,
        method=Signature.Method.ACCOUNT,
        sha256=version.sha256,
        signed_on=timezone.localdate(signed_at),
        signed_at=signed_at,
        is_invented=True,
    )


def _note(agreement: Agreement, text: str, *, by: str, told_at: datetime) -> None:
    TimelineEntry.objects.create(
        organisation=agreement.partner.organisation, at=told_at, by=by, text=f"Vereinbarung {text}"
    )


# --- Removing ---------------------------------------------------------------------------------------------------------


def remove(partners: list[Partner]) -> None:
    """Take out the agreements of these partners with all that was frozen, signed, stored and mailed about them."""
    agreements = Agreement.objects.filter(partner__in=partners)
    cases = [case_of(agreement) for agreement in agreements]
    versions = Version.objects.filter(agreement__in=agreements)
    AccessLink.objects.filter(purpose=AGREEMENT, object_id__in=versions.values("pk")).delete()
    OutgoingMail.objects.filter(about__in=cases).delete()
    Document.objects.filter(about__in=cases).delete()
    versions.delete()
    agreements.delete()
