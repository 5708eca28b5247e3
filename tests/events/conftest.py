"""People and meetings that the tests of events speak of."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from events import access
from events.models import Event, Registration
from events.services import registration as service
from events.services.registration import Person
from klimapakt.links.models import AccessLink
from partners.models import Contact
from tests.factories.events import MeetingFactory, PartnerContactFactory

NAMES = ["Erika Muster", "Max Muster", "Kim Muster", "Ada Muster", "Otto Muster"]


@pytest.fixture
def meeting(pact) -> Event:
    """A meeting in two weeks with two seats."""
    return MeetingFactory(capacity=2)


@pytest.fixture
def contact(pact) -> Contact:
    """A person of a Klimapartner."""
    return PartnerContactFactory(name="Erika Muster")


@pytest.fixture
def join(pact) -> Callable[..., Registration]:
    """Register a contact, by default of a Klimapartner of its own, with so many seats."""

    def join(event: Event, seats: int = 1, contact: Contact | None = None) -> Registration:
        person = Person.of_contact(contact or PartnerContactFactory())
        return service.register(event, person, names=NAMES[:seats]).registration

    return join


@pytest.fixture
def proof_of() -> Callable[[Registration], AccessLink]:
    """Return the link that was mailed to prove the address of a registration."""
    return lambda registration: AccessLink.objects.get(purpose=access.CONFIRM, object_id=registration.pk)


@pytest.fixture
def ask(proof_of) -> Callable[..., Registration]:
    """Send the public form; nobody has proven the address yet."""

    def ask(event: Event, email: str = "gast@musterverein.example", names: list[str] | None = None) -> Registration:
        return service.submit(event, form_token=uuid.uuid4(), names=names or ["Gast Muster"], email=email)

    return ask


@pytest.fixture
def later() -> Callable[..., object]:
    """Return a moment so much later than now."""
    return lambda **span: timezone.now() + timedelta(**span)
