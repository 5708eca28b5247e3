"""Whom the office knows once an application is accepted: a contact for each person named in it, nobody twice."""

from collections.abc import Callable, Iterable
from datetime import datetime

from klimapakt.text import sort_key
from partners.models import Application, Contact, Organisation
from partners.services.moving import Move


def enter(application: Application, organisation: Organisation) -> tuple[Contact, list[Move]]:
    """Make contacts of the people whom the application names, or add to those who are there already.

    Returns the one to whom the office writes, and what changed in those who were there. Whose address nobody of the
    application has proven, nor the office entered, counts as invited: it may be a stranger's.
    """
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # as whoever changes its people
    trusted = {person.email.lower() for person in application.applicants.present().trusted()}

    def invited_at(email: str) -> datetime | None:
        return application.decided_at if email and email.lower() not in trusted else None

    first, *others = _named_in(application, organisation)
    first.is_main = not organisation.contacts.filter(is_main=True).exists()
    contact, changes = _place(first, organisation, application, invited_at)
    for other in others:
        changes += _place(other, organisation, application, invited_at)[1]
    contact.refresh_from_db()
    return contact, changes


def _named_in(application: Application, organisation: Organisation) -> list[Contact]:
    """Return the people, unsaved, the contact first. No address stands at two of them."""
    contact = Contact(
        name=application.contact_name,
        function=application.contact_function,
        email=application.contact_email,
        phone=application.contact_phone,
    )
    found = [contact]
    deputy = application.named_deputy()
    if deputy and not _is_same(deputy, contact.name):
        is_shared = _at(application.deputy_email, found)
        found.append(Contact(name=deputy, email="" if is_shared else application.deputy_email))
    signatory = next((one for one in found if _is_same(one.name, application.signatory_name)), None)
    if signatory is None:
        found.append(signatory := Contact(name=application.signatory_name))
    signatory.is_signatory = True
    signatory.function = signatory.function or application.signatory_function
    invited = _at(application.events_email or contact.email, found) or (
        contact if not application.events_email else None
    )
    if invited is None:
        found.append(invited := Contact(name=organisation.name, email=application.events_email))
    invited.is_for_events = True
    return found


def _place(
    one: Contact, organisation: Organisation, application: Application, invited_at: Callable[[str], datetime | None]
) -> tuple[Contact, list[Move]]:
    """Save a person as a new contact, or add what is new to the present one; its own words stay."""
    present = list(organisation.contacts.all())
    known = _at(one.email, present) or next((other for other in present if _may_be(one, other)), None)
    if known is None:
        one.organisation, one.application, one.invited_at = organisation, application, invited_at(one.email)
        one.save()
        return one, []
    changes = []
    if one.is_signatory and not _is_same(one.name, known.name):  # behind a shared address somebody else signs
        alone = Contact(name=one.name, function=one.function, is_signatory=True)
        changes = _place(alone, organisation, application, invited_at)[1]
        one.is_signatory, one.function = False, ""
    after = {field: getattr(one, field) for field in ("function", "phone", "email", *Contact.ROLES)}
    after = {field: value for field, value in after.items() if value and not getattr(known, field)}
    before = {field: getattr(known, field) for field in after}
    if "email" in after:
        before["invited_at"], after["invited_at"] = None, invited_at(one.email)
    elif known.invited_at and not invited_at(one.email):
        before["invited_at"], after["invited_at"] = known.invited_at, None
    Contact.objects.filter(pk=known.pk).update(**after)
    changes += [Move(Contact, [known.pk], [[field, _plain(before[field]), _plain(after[field])]]) for field in after]
    return known, changes


def _at(email: str, people: Iterable[Contact]) -> Contact | None:
    return next((one for one in people if email and one.email.lower() == email.lower()), None)


def _may_be(one: Contact, other: Contact) -> bool:
    """Whether two of one name are one person: no two addresses tell them apart."""
    return _is_same(one.name, other.name) and not (one.email and other.email)


def _is_same(one: str, other: str) -> bool:
    return sort_key(one) == sort_key(other)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
