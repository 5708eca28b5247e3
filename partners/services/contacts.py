"""Who speaks for a partner: the people look after the list themselves. Nobody is lost, and nobody is locked out."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox import outbox
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners import access, interfaces
from partners.mails import profile as mails
from partners.models import Contact, Organisation, TimelineEntry
from partners.models.timeline import COMPANY
from partners.services.shown import Outdated, mark


class AddressRefused(NotPossible):
    """The address cannot be taken; the message belongs to its field."""


MOST_CONTACTS = 20
"""So many people a partner may enter: enough for every firm, too few for a mail bomb."""

MAILS_AN_HOUR = 3
"""So many mails an hour may reach an address that nobody proved yet."""

SHOWN_FOR = timedelta(days=30)
"""So long a successor reads on the first page from whom she or he has taken over."""

DETAILS = ("name", "function", "phone", *Contact.ROLES)
"""What a change of a person may hold; the address has a way of its own."""

TOO_MANY_MAILS = (
    "An diese Adresse haben wir in der letzten Stunde schon mehrere Mails geschickt. Bitte versuchen Sie es in einer "
    "Stunde noch einmal."
)
LAST_ACCESS = (
    "Das ist die letzte Person mit Zugang zu diesen Seiten. Bitte geben Sie zuerst an, wer übernimmt, oder laden Sie "
    "jemanden ein."
)
NEEDS_ACCESS = "Erste Ansprechperson kann werden, wer den eigenen Link schon geöffnet hat."
KEEPS_MAIN = "Bitte bestimmen Sie zuerst eine andere Person als erste Ansprechperson."
KNOWN_ADDRESS = "Mit dieser E-Mail-Adresse ist schon eine andere Person eingetragen."


# --- Entering and changing --------------------------------------------------------------------------------------------


def state_of(contact: Contact) -> str:
    """Return a mark of what a page about a person shows."""
    return mark(contact.pk, contact.email, contact.new_email, *(getattr(contact, field) for field in DETAILS))


def state_of_all(organisation: Organisation) -> str:
    """Return a mark of whose people a page is about: a browser can hold links of two partners."""
    return mark(organisation.pk)


@transaction.atomic
def invite(organisation: Organisation, details: Mapping[str, object], *, email: str, by: Contact) -> Contact:
    """Enter a colleague and mail her or him an own link. Raises NotPossible with what to do instead."""
    _lock(organisation)
    _check_address(organisation, email)
    if organisation.contacts.count() >= MOST_CONTACTS:
        raise NotPossible(f"Mehr als {MOST_CONTACTS} Personen können Sie nicht eintragen.")
    if details.get("is_main"):
        raise NotPossible(NEEDS_ACCESS)
    contact = organisation.contacts.create(**_details(details), email=email, invited_at=timezone.now())
    TimelineEntry.note(f"{by} hat {contact} als Ansprechperson eingetragen", by=COMPANY, organisation=organisation)
    mails.contact_invited(contact)
    return contact


@transaction.atomic
def invite_again(contact: Contact) -> None:
    """Mail the link again to whoever has not opened one."""
    contact = _locked(contact)
    if contact.invited_at is None:
        raise TransitionNotAllowed("the person opened the link meanwhile")
    _check_rate(contact.email)
    mails.contact_invited(contact)


@transaction.atomic
def edit(contact: Contact, details: Mapping[str, object], *, email: str, shown: str, by: Contact) -> Contact:
    """Store what was changed on the page of a person. Raises Outdated when somebody else changed it meanwhile."""
    contact = _locked(contact)
    if state_of(contact) != shown:
        raise Outdated
    change(contact, details, by=by)
    if email != (contact.new_email or contact.email):
        change_address(contact, email, by=by)
    return _locked(contact)


@transaction.atomic
def change(contact: Contact, details: Mapping[str, object], *, by: Contact) -> list[str]:
    """Store what was changed about a person; returns the changed fields. Raises NotPossible.

    Whoever becomes the first contact takes that from the former one.
    """
    contact = _locked(contact)
    changes = {field: value for field, value in _details(details).items() if value != getattr(contact, field)}
    if changes.get("is_main"):
        if not contact.has_access:
            raise NotPossible(NEEDS_ACCESS)
        contact.organisation.contacts.filter(is_main=True).update(is_main=False)
    elif "is_main" in changes:
        raise NotPossible(KEEPS_MAIN)
    if changes:
        Contact.objects.filter(pk=contact.pk).update(**changes)
        labels = ", ".join(str(Contact._meta.get_field(field).verbose_name) for field in changes)
        TimelineEntry.note(f"{by} hat bei {contact} geändert: {labels}", by=COMPANY, organisation=contact.organisation)
    return list(changes)


@transaction.atomic
def change_address(contact: Contact, email: str, *, by: Contact | AbstractUser) -> None:
    """Take another address. The old one works until somebody opens the link to the new one, and is told of it.

    Whoever never had access has nothing to lose: there the new address counts at once. So does an empty one, which the
    office alone can enter, and any where no partner's pages can be opened. Raises NotPossible.
    """
    contact = _locked(contact)
    if email.lower() == contact.email.lower():
        Contact.objects.filter(pk=contact.pk).update(email=email, new_email="")
        return
    if email:
        _check_address(contact.organisation, email, but=contact)
        _note(by, f"hat für {contact} eine neue E-Mail-Adresse eingetragen", contact.organisation)
    else:
        _note(by, f"hat die E-Mail-Adresse von {contact} entfernt", contact.organisation)
    if not email or not _is_partner(contact.organisation):
        _close_links(contact)
        Contact.objects.filter(pk=contact.pk).update(email=email, new_email="", invited_at=None)
        return
    if contact.has_access:
        Contact.objects.filter(pk=contact.pk).update(new_email=email)
        contact.new_email = email
        mails.new_address(contact)
        mails.warn_of_new_address(contact)
        return
    _close_links(contact)
    Contact.objects.filter(pk=contact.pk).update(email=email, invited_at=timezone.now())
    contact.email = email
    mails.contact_invited(contact)


@transaction.atomic
def prove(link: AccessLink) -> Contact:
    """Take the address of whoever opened a mailed link as proven, and do what waited for that.

    Opening it again changes nothing. Raises TransitionNotAllowed when the link was closed or the person has left.
    """
    contact = Contact.objects.filter(pk=link.object_id, organisation__partner__isnull=False).first()
    if contact is None:
        raise TransitionNotAllowed("this person has left")
    contact = _locked(contact)
    if not AccessLink.objects.live(now=timezone.now()).filter(pk=link.pk).exists():
        raise TransitionNotAllowed("the link was closed while it was used")
    opened = link.email.lower()
    if opened == contact.new_email.lower():
        _move_to_new_address(contact, link)
    elif opened != contact.email.lower():
        raise TransitionNotAllowed("the link belongs to an address that counts no more")
    elif contact.invited_at:
        Contact.objects.filter(pk=contact.pk).update(invited_at=None)
        TimelineEntry.note(f"{contact} hat die Adresse bestätigt", by=COMPANY, organisation=contact.organisation)
    contact.refresh_from_db()
    for leaving in contact.organisation.contacts.filter(hands_over_to=contact):
        _leave(leaving, contact)
    return contact


def _move_to_new_address(contact: Contact, link: AccessLink) -> None:
    old = contact.email
    _close_links(contact, but=link)
    Contact.objects.filter(pk=contact.pk).update(email=contact.new_email, new_email="")
    contact.refresh_from_db()
    TimelineEntry.note(f"Neue E-Mail-Adresse von {contact} bestätigt", by=COMPANY, organisation=contact.organisation)
    mails.address_changed(contact, old)


def taken_over_lately(contact: Contact, everyone: Iterable[Contact]) -> list[Contact]:
    """Return those of them who left in the last weeks and whose roles this person has taken over."""
    since = timezone.now() - SHOWN_FOR
    return [one for one in everyone if one.hands_over_to_id == contact.pk and one.left_at and one.left_at >= since]


# --- Leaving ----------------------------------------------------------------------------------------------------------


def may_take_over(contact: Contact) -> list[Contact]:
    """Return the colleagues to whom a person can hand over: those who can be written to."""
    return list(contact.organisation.contacts.exclude(pk=contact.pk).exclude(email=""))


@transaction.atomic
def hand_over(contact: Contact, successor: Contact, *, by: Contact) -> bool:
    """Let a colleague take over all roles of somebody who leaves; returns whether it is done.

    While the successor has opened no link yet, everything stays as it is: it happens when she or he does, and the link
    is mailed once more unless that just happened.
    """
    contact = _locked(contact)
    successor = contact.organisation.contacts.exclude(pk=contact.pk).filter(pk=successor.pk).first()
    if successor is None:
        raise TransitionNotAllowed("the successor has left meanwhile")
    TimelineEntry.note(f"{by}: {contact} übergibt an {successor}", by=COMPANY, organisation=contact.organisation)
    if successor.has_access:
        _leave(contact, successor)
        return True
    Contact.objects.filter(pk=contact.pk).update(hands_over_to=successor)
    an_hour_ago = timezone.now() - timedelta(hours=1)
    if successor.email and not outbox.recently_sent("contact_invited", to=successor.email, since=an_hour_ago):
        _check_rate(successor.email)
        mails.contact_invited(successor)
    return False


@transaction.atomic
def hand_over_to_new(contact: Contact, details: Mapping[str, object], *, email: str, by: Contact) -> Contact:
    """Enter a new colleague who takes over all roles of somebody who leaves, once she or he opened the link."""
    contact = _locked(contact)
    successor = invite(contact.organisation, details, email=email, by=by)
    hand_over(contact, successor, by=by)
    return successor


@transaction.atomic
def keep(contact: Contact, *, by: Contact) -> None:
    """Call a handing over off that still waits for the successor."""
    contact = _locked(contact)
    if contact.hands_over_to_id is None:
        raise TransitionNotAllowed("nothing waits")
    Contact.objects.filter(pk=contact.pk).update(hands_over_to=None)
    TimelineEntry.note(f"{by}: Übergabe von {contact} abgesagt", by=COMPANY, organisation=contact.organisation)


@transaction.atomic
def remove(contact: Contact, *, by: Contact) -> None:
    """Let somebody go without a successor. Raises NotPossible for the first contact and the last with access."""
    contact = _locked(contact)
    if contact.is_main:
        raise NotPossible("Die erste Ansprechperson übergibt an jemand anderen. Bitte wählen Sie aus, wer übernimmt.")
    TimelineEntry.note(f"{by} hat {contact} ausgetragen", by=COMPANY, organisation=contact.organisation)
    _leave(contact, None)


@transaction.atomic
def take_out(contact: Contact, *, by: AbstractUser) -> list[str]:
    """Let somebody go as the office wishes, be it the first contact or the last one; returns what hung on the person."""
    contact = _locked(contact)
    _note(by, f"hat {contact} ausgetragen", contact.organisation)
    return _leave(contact, None, may_be_last=True)


def _leave(contact: Contact, successor: Contact | None, *, may_be_last: bool = False) -> list[str]:
    """Close the links, hand the roles over, keep the row: registrations and signatures still say who it was."""
    others = contact.organisation.contacts.exclude(pk=contact.pk)
    if not may_be_last and contact.has_access and not any(other.has_access for other in others):
        raise NotPossible(LAST_ACCESS)
    concerns = interfaces.concerns(contact)
    _close_links(contact)
    roles = {role: True for role in Contact.ROLES if getattr(contact, role)}
    Contact.objects.filter(pk=contact.pk).update(
        **dict.fromkeys(Contact.ROLES, False), left_at=timezone.now(), hands_over_to=successor, new_email=""
    )
    others.filter(hands_over_to=contact).update(hands_over_to=None)
    if successor and roles:
        Contact.objects.filter(pk=successor.pk).update(**roles)
    gone = Contact.everyone.get(pk=contact.pk)
    note = f"{gone} ist ausgeschieden" + (f", {successor} hat übernommen" if successor else "")
    TimelineEntry.note(note, by=COMPANY, organisation=gone.organisation)
    if not _is_partner(gone.organisation):
        return concerns
    if contact.has_access:
        mails.contact_left(gone)
    if successor:
        successor.refresh_from_db()
        mails.took_over(gone, successor)
    mails.tell_office_of_leaving(gone, successor, concerns)
    return concerns


# --- Shared -----------------------------------------------------------------------------------------------------------


def _is_partner(organisation: Organisation) -> bool:
    """Whether there are pages to open; people of initial partners have none."""
    return hasattr(organisation, "partner")


def _note(by: Contact | AbstractUser, what: str, organisation: Organisation) -> None:
    is_company = isinstance(by, Contact)
    who = by if is_company else "Die Geschäftsstelle"
    TimelineEntry.note(f"{who} {what}", by=COMPANY if is_company else by, organisation=organisation)


def _details(details: Mapping[str, object]) -> dict[str, object]:
    return {field: details[field] for field in DETAILS if field in details}


def _close_links(contact: Contact, *, but: AccessLink | None = None) -> None:
    """Close every link to the person's address; only this partner's if somebody has the address elsewhere too."""
    links = AccessLink.objects.filter(email__iexact=contact.email)
    elsewhere = Contact.objects.filter(email__iexact=contact.email).exclude(organisation=contact.organisation_id)
    if not contact.email or elsewhere.exists():
        links = AccessLink.objects.none()
    own = AccessLink.objects.to(access.PARTNER, contact.pk)
    for closed in (links, own):
        (closed.exclude(pk=but.pk) if but else closed).revoke()
    waiting = OutgoingMail.objects.filter(link__in=own, to_email__iexact=contact.email)
    (waiting.exclude(link=but) if but else waiting).call_off()


def _check_address(organisation: Organisation, email: str, *, but: Contact | None = None) -> None:
    others = organisation.contacts.exclude(pk=but.pk if but else None)
    if any(email.lower() in (other.email.lower(), other.new_email.lower()) for other in others):
        raise AddressRefused(KNOWN_ADDRESS)
    _check_rate(email)


def _check_rate(email: str) -> None:
    an_hour_ago = timezone.now() - timedelta(hours=1)
    if sum(outbox.recently_sent(kind, to=email, since=an_hour_ago) for kind in mails.TO_STRANGERS) >= MAILS_AN_HOUR:
        raise AddressRefused(TOO_MANY_MAILS)


def _lock(organisation: Organisation) -> None:
    Organisation.objects.select_for_update().get(pk=organisation.pk)


def _locked(contact: Contact) -> Contact:
    """Return a present person while nobody else changes the people of the organisation. Raises TransitionNotAllowed."""
    _lock(contact.organisation)
    found = Contact.objects.select_related("organisation__partner").filter(pk=contact.pk).first()
    if found is None:
        raise TransitionNotAllowed("this person has left meanwhile")
    return found
