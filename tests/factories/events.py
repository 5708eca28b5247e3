"""Who is asked to come and who comes; traits are named after states."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from events.models import Invitation, Registration
from tests.factories import ContactFactory, EventFactory, PartnerFactory


class MeetingFactory(EventFactory):
    """A published meeting in two weeks for which one can register."""

    published = True
    takes_registrations = True
    venue = "Werkhalle 3, Musterstraße 1"
    ends_at = factory.LazyAttribute(lambda event: event.starts_at + timedelta(hours=3))


class PartnerContactFactory(ContactFactory):
    """A person of a Klimapartner."""

    organisation = factory.LazyFunction(lambda: PartnerFactory(listed=True).organisation)


class InvitationFactory(DjangoModelFactory):
    class Meta:
        model = Invitation

    class Params:
        declined = factory.Trait(answer=Invitation.Answer.DECLINED, answered_at=factory.LazyFunction(timezone.now))
        accepted = factory.Trait(answer=Invitation.Answer.ACCEPTED, answered_at=factory.LazyFunction(timezone.now))

    event = factory.SubFactory(MeetingFactory)
    contact = factory.SubFactory(PartnerContactFactory)


class RegistrationFactory(DjangoModelFactory):
    """A confirmed registration of a stranger, with a name for each seat. Traits: unconfirmed, waiting, cancelled."""

    class Meta:
        model = Registration
        skip_postgeneration_save = True

    class Params:
        unconfirmed = factory.Trait(status=Registration.Status.UNCONFIRMED, accepted_at=None, seated_at=None)
        waiting = factory.Trait(status=Registration.Status.WAITING, seated_at=None)
        cancelled = factory.Trait(status=Registration.Status.CANCELLED, cancelled_at=factory.LazyFunction(timezone.now))
        by_contact = factory.Trait(
            contact=factory.SubFactory(PartnerContactFactory),
            organisation=factory.SelfAttribute("contact.organisation"),
            organisation_name=factory.SelfAttribute("contact.organisation.name"),
            email=factory.SelfAttribute("contact.email"),
            name=factory.SelfAttribute("contact.name"),
        )

    event = factory.SubFactory(MeetingFactory)
    status = Registration.Status.CONFIRMED
    email = factory.Sequence(lambda n: f"gast{n}@musterverein.example")
    name = factory.Sequence(lambda n: f"Gast {n}")
    organisation_name = "Musterverein"
    accepted_at = factory.LazyFunction(timezone.now)
    seated_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def attendees(registration, create, names, **kwargs):
        if create:
            registration.write_names(names or [f"{registration.name} {n}" for n in range(1, registration.seats + 1)])
