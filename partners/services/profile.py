"""What the public sees of a partner: the company proposes, the office releases. And: is the data still right?"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractUser
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible, TransitionNotAllowed
from klimapakt.uploads.models import Upload
from klimapakt.uploads.receiving import receive
from partners.mails import profile as mails
from partners.models import (
    Application,
    Consent,
    Contact,
    DataCheck,
    Organisation,
    Partner,
    ProfileProposal,
    TimelineEntry,
)
from partners.models.organisation import SECTOR_EDITION
from partners.models.profile import FIELDS, OF_ORGANISATION, OF_PARTNER, read
from partners.models.timeline import COMPANY, PORTAL
from partners.services.publication import main_contact
from partners.services.shown import Outdated, mark

OFFERS = ("offers", "offers_text", "needs")
"""What partners offer and look for. The public does not see it, so it counts at once."""


def staff_may_read(user: AbstractUser, pk: int) -> bool:
    """Whether somebody of the office may open the files of a partner."""
    return user.has_perm("partners.change_partner") and Partner.objects.filter(pk=pk).exists()


# --- What stands now --------------------------------------------------------------------------------------------------


def data_of(partner: Partner) -> dict[str, object]:
    """Return the public data as it stands."""
    organisation = {field: read(partner.organisation, field) for field in OF_ORGANISATION}
    return organisation | {field: read(partner, field) for field in OF_PARTNER}


def open_proposal(partner: Partner) -> ProfileProposal | None:
    return partner.proposals.filter(status=ProfileProposal.Status.OPEN).first()


def unsettled_proposal(partner: Partner) -> ProfileProposal | None:
    """Return the proposal that is open, or that the office returned and the company has not answered."""
    return partner.proposals.filter(status__in=ProfileProposal.UNSETTLED).first()


def wished(partner: Partner) -> dict[str, object]:
    """Return the public data with what the company has proposed and the office not yet released."""
    proposal = open_proposal(partner)
    return data_of(partner) | (proposal.changes if proposal else {})


def draft(partner: Partner) -> dict[str, object]:
    """Return what the company goes on writing at: what it wishes, or what the office returned."""
    proposal = unsettled_proposal(partner)
    return data_of(partner) | (proposal.changes if proposal else {})


def state_of(partner: Partner) -> str:
    """Return a mark of what a page about the profile shows; it changes with the data and with the proposal."""
    proposal = unsettled_proposal(partner)
    return mark(partner.pk, data_of(partner), (proposal.pk, proposal.status) if proposal else None)


def state_of_offers(partner: Partner) -> str:
    return mark(partner.pk, {field: getattr(partner, field) for field in OFFERS})


def state_of_everything(partner: Partner) -> str:
    """Return a mark of all that the yearly check shows."""
    people = partner.organisation.contacts.order_by("pk").values_list(
        "pk", "name", "function", "email", "phone", *Contact.ROLES
    )
    return mark(state_of(partner), state_of_offers(partner), list(people))


# --- The company's side -----------------------------------------------------------------------------------------------


@transaction.atomic
def propose(contact: Contact, values: Mapping[str, object], *, shown: str) -> ProfileProposal | None:
    """Put a change of the public data before the office; it replaces an open proposal, and one that was returned.

    `shown` is the mark of what the page showed: of two colleagues who propose at once the second is asked. Raises
    Outdated. Returns None when everything is to stay as it is; what was open or returned is withdrawn then.
    """
    partner = locked(contact.organisation.partner)
    if state_of(partner) != shown:
        raise Outdated
    return _propose(partner, values, by=contact)


@transaction.atomic
def propose_logo(contact: Contact, file: UploadedFile | None) -> ProfileProposal | None:
    """Propose another picture, or none, with all else that is proposed or was returned.

    Whoever sends one says that it may be shown. Raises ValidationError for a file that is refused at once. The worker examines it before anybody sees it.
    """
    partner = locked(contact.organisation.partner)
    upload = receive(file, profile=Upload.Profile.LOGO, about=partner, by=contact.name) if file else None
    return _propose(partner, {"logo_id": str(upload.pk) if upload else None}, by=contact)


def _propose(partner: Partner, values: Mapping[str, object], *, by: Contact) -> ProfileProposal | None:
    before, base = unsettled_proposal(partner), data_of(partner)
    values = draft(partner) | values
    is_answer = before is not None and before.is_returned
    if values == draft(partner) and not is_answer:  # what was returned may be sent once more as it is
        return before
    if values == base:
        before.withdraw()
        _forget_logos(partner)
        TimelineEntry.note("Vorgeschlagene Profiländerung zurückgezogen", by=COMPANY, organisation=partner.organisation)
        return None
    if before:
        before.replace()
    proposal = partner.proposals.create(**values, base=base, proposed_by=by, author=by.name)
    _forget_logos(partner)
    TimelineEntry.note(f"{by} hat eine Profiländerung vorgeschlagen", by=COMPANY, organisation=partner.organisation)
    if before is None or is_answer:
        mails.tell_office_of_proposal(proposal)
    return proposal


@transaction.atomic
def withdraw(contact: Contact, proposal: ProfileProposal) -> None:
    """Take a proposal back at the company's wish, also one that was returned.

    Raises TransitionNotAllowed when it is decided or replaced.
    """
    locked(proposal.partner)  # in the order of a release, or the two wait for each other
    proposal.withdraw()
    _forget_logos(proposal.partner)
    TimelineEntry.note("Vorgeschlagene Profiländerung zurückgezogen", by=COMPANY, organisation=contact.organisation)


@transaction.atomic
def change_offers(contact: Contact, values: Mapping[str, object], *, shown: str) -> bool:
    """Store what the company offers and looks for, at once; returns whether something changed. Raises Outdated."""
    partner = locked(contact.organisation.partner)
    if state_of_offers(partner) != shown:
        raise Outdated
    changes = {field: values[field] for field in OFFERS if values[field] != getattr(partner, field)}
    if changes:
        Partner.objects.filter(pk=partner.pk).update(**changes)
        TimelineEntry.note("Angebote und Wünsche geändert", by=COMPANY, organisation=partner.organisation)
    return bool(changes)


def _forget_logos(partner: Partner) -> None:
    """Delete the pictures of settled proposals at once: they would take the room of the next one."""
    partner.proposals.exclude(status__in=ProfileProposal.UNSETTLED).update(logo=None)
    Upload.objects.about(partner).unreferenced().delete()


# --- The office's side ------------------------------------------------------------------------------------------------


@transaction.atomic
def release(
    proposal: ProfileProposal, *, by: AbstractUser, shown: str, values: Mapping[str, object] | None = None
) -> ProfileProposal:
    """Make a proposal public, perhaps with the office's own mending (`values`), and tell the company what was mended.

    Only what the company changed is written. Raises Outdated when the public data is not what the page showed,
    TransitionNotAllowed when the proposal is decided, NotPossible for words that the office may not change.
    """
    partner = locked(proposal.partner)
    Organisation.objects.select_for_update().get(pk=partner.organisation_id)
    proposal = ProfileProposal.objects.get(pk=proposal.pk)
    if not proposal.is_open:
        raise TransitionNotAllowed("the proposal is decided")
    if state_of(partner) != shown:
        raise Outdated
    changes = proposal.changes
    if problem := logo_problem(proposal):
        raise NotPossible(problem)
    if "logo_id" in changes and proposal.logo_id and not is_released(proposal.logo_id):
        del changes["logo_id"]  # refused: the company reads why
    mended = changes | {field: value for field, value in (values or {}).items() if field in changes}
    if any(not may_say(field, proposal, value) for field, value in mended.items()):
        raise NotPossible(OWN_WORDS)
    if mended != changes:
        proposal.mend(by=by)
        proposal = mended_version(proposal, mended, author=(by.get_full_name() or by.get_username())[:200])
        proposal.save()
    _write(partner, mended)
    proposal.release(by=by)
    _forget_logos(partner)
    TimelineEntry.note("Profiländerung freigegeben", by=by, organisation=partner.organisation)
    mails.proposal_released(proposal, told_of(proposal))
    return proposal


def logo_problem(proposal: ProfileProposal) -> str:
    """Say why a proposal cannot be released yet because of its picture; empty when nothing is in the way."""
    if Upload.objects.quarantined().filter(pk=proposal.logo_id).exists():
        return "Das Logo wird noch geprüft. Das dauert meist nur Sekunden."
    return ""


LOGO_LEFT_OUT = "Das neue Logo wurde bei der Prüfung nicht angenommen und bleibt weg; das bisherige bleibt."


def logo_is_refused(proposal: ProfileProposal) -> bool:
    return Upload.objects.filter(pk=proposal.logo_id, status=Upload.Status.REFUSED).exists()


def listed_today(partner: Partner) -> bool:
    """Whether the public sees the partner today."""
    return Partner.objects.listed(on=timezone.localdate()).filter(pk=partner.pk).exists()


def may_show_quote(partner: Partner) -> bool:
    """Whether the company has agreed that its quote and its logo are shown."""
    standing = Consent.objects.standing().filter(organisation=partner.organisation_id)
    return standing.filter(purpose=Consent.Purpose.QUOTE).exists()


def told_of(proposal: ProfileProposal) -> Contact | None:
    """Return who reads what became of a proposal: whoever made it, or the main contact when that person has left."""
    proposer = proposal.partner.organisation.contacts.exclude(email="").filter(pk=proposal.proposed_by_id).first()
    return proposer or main_contact(proposal.partner)


def is_released(upload: object) -> bool:
    return Upload.objects.released().filter(pk=upload).exists()


OWN_WORDS = "Was jemand gesagt hat, können Sie nur kürzen oder weglassen. Sonst geben Sie den Vorschlag bitte zurück."


def may_say(field: str, proposal: ProfileProposal, value: object) -> bool:
    """Whether the office may release these words: a quote is somebody's own, and only loses words."""
    if field not in ("quote", "quote_person"):
        return True
    said = iter(re.findall(r"\w+", getattr(proposal, field).casefold()))
    return all(word in said for word in re.findall(r"\w+", str(value).casefold()))


def mended_version(proposal: ProfileProposal, changes: Mapping[str, object], *, author: str = "") -> ProfileProposal:
    """Return the office's own version of a proposal, not yet stored. The company's stays in the history."""
    values = {field: read(proposal, field) for field in FIELDS} | changes
    return ProfileProposal(
        **values,
        partner=proposal.partner,
        base=proposal.base,
        mends=proposal,
        proposed_by=proposal.proposed_by,
        author=author,
    )


def _write(partner: Partner, changes: Mapping[str, object]) -> None:
    of_organisation = {field: value for field, value in changes.items() if field in OF_ORGANISATION}
    of_partner = {field: value for field, value in changes.items() if field in OF_PARTNER}
    if "sector" in of_organisation:
        of_organisation["sector_edition"] = SECTOR_EDITION
    if of_organisation:
        Organisation.objects.filter(pk=partner.organisation_id).update(**of_organisation)
    if of_partner:
        Partner.objects.filter(pk=partner.pk).update(**of_partner)


@transaction.atomic
def give_back(proposal: ProfileProposal, reason: str, *, by: AbstractUser) -> None:
    """Ask the company for another wording, with the reason."""
    locked(proposal.partner)  # in the order of a release, or the two wait for each other
    proposal.give_back(reason, by=by)
    _forget_logos(proposal.partner)
    TimelineEntry.note(f"Profiländerung zurückgegeben: {reason}", by=by, organisation=proposal.partner.organisation)
    mails.proposal_returned(proposal, told_of(proposal))


def from_application(partner: Partner, application: Application) -> None:
    """Copy what an accepted application said for the profile to the new partner, which nobody sees yet.

    No proposal is needed: „Veröffentlichen“ releases the whole profile, and `decision.accept` makes only partners that
    are hidden. Called by it in its transaction.
    """
    Partner.objects.filter(pk=partner.pk).update(
        text=application.profile_text,
        quote=application.quote,
        quote_person=application.quote_person,
        links=application.links,
        logo_id=application.logo_id if application.logo_rights else None,
        offers=application.offers,
        offers_text=application.offers_text,
        needs=application.needs,
    )
    partner.refresh_from_db()


# --- Is the data still right? -----------------------------------------------------------------------------------------


@transaction.atomic
def confirm_data(contact: Contact, *, shown: str) -> None:
    """Take „Alles richtig“ for what the page showed. Raises Outdated when something else stands now."""
    partner = locked(contact.organisation.partner)
    if state_of_everything(partner) != shown:
        raise Outdated
    _answered(partner, contact)
    TimelineEntry.note(f"{contact} hat bestätigt: Alle Daten stimmen", by=COMPANY, organisation=partner.organisation)


def _answered(partner: Partner, contact: Contact) -> None:
    now = timezone.now()
    answer = {"answered_at": now, "answered_by": contact.name}
    if not partner.data_checks.waiting().update(**answer):
        partner.data_checks.create(**answer)


def ask_for_data_checks(*, now: datetime) -> int:
    """Ask partners whose data nobody confirmed in the pact's months; returns how many were asked.

    A partner without a mail address is not asked: the office sees on the partner's page that an address is missing.
    """
    since, asked = now - timedelta(days=Pact.load().check_data_after_months * 365 / 12), 0
    for pk in DataCheck.partners_due(since=since).values_list("pk", flat=True):
        with transaction.atomic():
            partner = locked(Partner(pk=pk))
            contact = main_contact(partner)
            if contact is None or not DataCheck.partners_due(since=since).filter(pk=pk).exists():
                continue
            check = partner.data_checks.create(asked_at=now)
            mails.data_check(check, contact)
            TimelineEntry.note(f"{contact} gebeten, die Daten zu prüfen", by=PORTAL, organisation=partner.organisation)
            asked += 1
    return asked


def remind_of_data_checks(*, now: datetime) -> int:
    """Remind once whoever did not answer in time; returns how many were reminded."""
    reminded = 0
    for pk in DataCheck.objects.overdue(now=now).filter(reminded_at=None).values_list("pk", flat=True):
        with transaction.atomic():
            due = DataCheck.objects.overdue(now=now).filter(reminded_at=None)
            check = due.select_for_update(of=("self",)).select_related("partner__organisation").filter(pk=pk).first()
            contact = main_contact(check.partner) if check else None
            if contact is None:
                continue  # answered at the last moment, or nobody left to write to
            DataCheck.objects.filter(pk=pk).update(reminded_at=now)
            mails.data_check_reminder(check, contact)
            reminded += 1
    return reminded


def locked(partner: Partner) -> Partner:
    """Return a partner whose public data, proposals and checks nobody else changes until the transaction ends."""
    return Partner.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=partner.pk)
