"""The personal links of this app: what each purpose opens."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from events.models import Event, Registration
from klimapakt.links import entry
from klimapakt.links.models import AccessLink
from klimapakt.locks import Busy, patiently
from klimapakt.states import NotPossible, TransitionNotAllowed

CONFIRM = "event-confirm"
"""Proves the address of a registration; dies on use. `object_id` is the registration."""
REGISTRATION = "event-registration"
"""Opens one registration. `object_id` is the registration."""
INVITATION = "event-invitation"
"""Opens the event for an invited person. `object_id` is the invitation."""


def register_purposes() -> None:
    entry.register(CONFIRM, _confirm_address)
    entry.register(REGISTRATION, _open_registration)
    entry.register(INVITATION, _open_invitation)


def _confirm_address(request: HttpRequest, link: AccessLink) -> str:
    from events.services import registration as service

    try:
        confirmed = patiently(lambda: service.confirm(link))
    except (TransitionNotAllowed, Registration.DoesNotExist):
        raise entry.LinkClosed from None
    except NotPossible as refusal:
        messages.error(request, f"{refusal} Ihre Anmeldung ist deshalb nicht gültig.")
        return _public_page(link)
    except Busy:
        messages.error(request, "Gerade melden sich sehr viele an. Bitte öffnen Sie den Link gleich noch einmal.")
        return _public_page(link)
    entry.remember(request, confirmed.link)
    if not confirmed.is_new:
        messages.info(request, ALREADY_REGISTERED)
    return page_of(confirmed.registration.event)


ALREADY_REGISTERED = (
    "Sie sind für diese Veranstaltung schon angemeldet. Es gilt, was unten steht; Namen können Sie dort ändern."
)


def _public_page(link: AccessLink) -> str:
    """Return where the message can be read; a draft has no page."""
    event = Event.objects.get(registrations=link.object_id)
    return reverse("events:list") if event.status == Event.Status.DRAFT else event.get_absolute_url()


def _open_registration(request: HttpRequest, link: AccessLink) -> str:
    return _open(
        request, link, Event.objects.filter(registrations=link.object_id, registrations__email__iexact=link.email)
    )


def _open_invitation(request: HttpRequest, link: AccessLink) -> str:
    contact = {"invitations__contact__email__iexact": link.email, "invitations__contact__left_at": None}
    return _open(request, link, Event.objects.filter(invitations=link.object_id, **contact))


def _open(request: HttpRequest, link: AccessLink, events: QuerySet[Event]) -> str:
    """Let in whom the link was mailed to, while that is still the person's address."""
    event = events.order_by().first()
    if event is None:
        raise entry.LinkClosed
    entry.remember(request, link)
    return page_of(event)


def page_of(event: Event) -> str:
    """Return the address of the event's page for those who have a personal link."""
    return reverse("company_events:event", args=[event.slug])
