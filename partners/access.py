"""The personal links of this app: what each purpose opens."""

from typing import TYPE_CHECKING

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse

from klimapakt.links import entry
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import case_of
from klimapakt.states import TransitionNotAllowed

if TYPE_CHECKING:
    from partners.models import Applicant, Application, Contact, Interest

CONFIRM = "application-confirm"
"""What mails of version 0.3 and before carry in place of the next one."""
APPLICATION = "application"
"""Opens an application, draft or sent, and proves the address. `object_id` is the application; the address tells
which of its people it is."""
INTEREST = "interest"
"""Opens an inquiry and proves the address. `object_id` is the inquiry."""
RETURN = "return"
"""Opens everything that belongs to an address that asked for its link. `object_id` counts the asking."""
PARTNER = "partner"
"""Opens a partner's own pages. `object_id` is the contact."""


def applicant_of(link: AccessLink) -> "Applicant | None":
    """Return the person to whom a link to an application was mailed, while she or he takes part.

    A link to an application that was merged into another one leads to that one.
    """
    from partners.models import Applicant

    people = Applicant.objects.present().select_related("application").filter(email__iexact=link.email)
    found = people.filter(application=link.object_id, application__merged_into=None).first()
    if found is None and (kept := application_behind(link)) != link.object_id:
        return people.filter(application=kept).first()
    return found


def application_behind(link: AccessLink) -> int:
    """Return the number of the application that a link leads to now, after all merges."""
    from partners.models import Application

    number = link.object_id
    while kept := Application.objects.filter(pk=number).values_list("merged_into", flat=True).first():
        number = kept
    return number


def about(opened: "Applicant | Application | Contact | Interest | AccessLink") -> str:
    """Return what every address behind a personal link carries: a browser can hold the links of several cases."""
    return f"?vorgang={case_of(_case(opened))}"


def _case(opened: Model) -> Model:
    from partners.models import Applicant

    return opened.application if isinstance(opened, Applicant) else opened


def register_purposes() -> None:
    entry.register(CONFIRM, _open_old_confirmation)
    entry.register(APPLICATION, _open_application)
    entry.register(INTEREST, _open_interest)
    entry.register(RETURN, _open_all)
    entry.register(PARTNER, _open_partner)


def _open_application(request: HttpRequest, link: AccessLink) -> str:
    from partners.services import applying

    try:
        applicant = applying.prove(link)
    except TransitionNotAllowed:
        raise entry.LinkClosed from None
    entry.remember(request, link)
    return reverse("company:application") + about(applicant)


def _open_old_confirmation(request: HttpRequest, link: AccessLink) -> str:
    from partners.mails.application import application_access
    from partners.services import applying

    try:
        applicant = applying.prove(link)
    except TransitionNotAllowed:
        raise entry.LinkClosed from None
    entry.remember(request, application_access(applicant))
    return reverse("company:application") + about(applicant)


def _open_partner(request: HttpRequest, link: AccessLink) -> str:
    from partners.services import contacts

    try:
        contact = contacts.prove(link)
    except TransitionNotAllowed:
        raise entry.LinkClosed from None
    entry.remember(request, link)
    return reverse("company:partner") + about(contact)


def _open_interest(request: HttpRequest, link: AccessLink) -> str:
    from partners.services import interest

    try:
        asked = interest.confirm(link)
    except TransitionNotAllowed:
        raise entry.LinkClosed from None
    entry.remember(request, link)
    return reverse("company:interest") + about(asked)


def _open_all(request: HttpRequest, link: AccessLink) -> str:
    """Open what belongs to the address now. Of several the person chooses: opening proves the address, and somebody
    else may have typed it."""
    from partners.services import asked_links

    found = asked_links.belongings(link.email)
    if not found:
        raise entry.LinkClosed
    if len(found) == 1:
        return entry.open_link(request, found[0].issue())
    entry.remember(request, link)
    return reverse("company:choose") + about(link)
