"""Visibly invented things; traits are named after states."""

from datetime import date, timedelta

import factory
from django.contrib.auth import get_user_model
from django.utils import timezone
from factory.django import DjangoModelFactory

from agreements.models import Agreement, Measure, Target
from events.models import AgendaItem, Event
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from partners.models import Applicant, Application, Consent, Contact, InitialPartner, Organisation, Partner


class PactFactory(DjangoModelFactory):
    class Meta:
        model = Pact

    pk = 1
    name = "Musterstädter Klimapakt"
    city = "Musterstadt"
    climate_neutral_by = 2035
    countersigned_by = "Stadt Musterstadt, Die Oberbürgermeisterin"
    office_name = "Geschäftsstelle des Klimapakts"
    office_person = "Erika Beispiel"
    office_phone = "0000 123456"
    office_email = "klimapakt@musterstadt.example"
    undo_minutes = 0


class UserFactory(DjangoModelFactory):
    class Meta:
        model = get_user_model()

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@musterstadt.example")
    is_staff = True
    is_active = True


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"Musterbetrieb {n:03d} GmbH")
    sector = "C"
    employees = 25
    street = "Musterstraße 1"
    postal_code = "12345"
    place = "Musterstadt"


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    organisation = factory.SubFactory(OrganisationFactory)
    name = "Max Muster"
    function = "Geschäftsführung"
    email = factory.Sequence(lambda n: f"max{n}@musterbetrieb.example")
    is_main = True


class ConsentFactory(DjangoModelFactory):
    class Meta:
        model = Consent

    organisation = factory.SubFactory(OrganisationFactory)
    purpose = Consent.Purpose.PROFILE
    text = factory.LazyAttribute(lambda consent: Consent.TEXTS[consent.purpose])


class PartnerFactory(DjangoModelFactory):
    """A partner without agreement, hidden. `PartnerFactory(listed=True)` is a Klimapartner that the public sees."""

    class Meta:
        model = Partner
        skip_postgeneration_save = True

    class Params:
        published = factory.Trait(
            publication=Partner.Publication.PUBLISHED, published_at=factory.LazyFunction(timezone.now)
        )
        listed = factory.Trait(
            published=True,
            in_force=factory.RelatedFactory("tests.factories.AgreementFactory", "partner", in_force=True),
            consent=factory.RelatedFactory(ConsentFactory, organisation=factory.SelfAttribute("..organisation")),
        )

    organisation = factory.SubFactory(OrganisationFactory)
    slug = factory.Sequence(lambda n: f"musterbetrieb-{n:03d}")
    text = "Wir backen Brot mit Strom vom eigenen Dach."


class InitialPartnerFactory(DjangoModelFactory):
    class Meta:
        model = InitialPartner

    organisation = factory.SubFactory(OrganisationFactory)


class AgreementFactory(DjangoModelFactory):
    class Meta:
        model = Agreement

    class Params:
        in_force = factory.Trait(
            status=Agreement.Status.IN_FORCE,
            in_force_from=factory.SelfAttribute("signed_on"),
        )

    partner = factory.SubFactory(PartnerFactory)
    signed_on = date(2025, 3, 1)


class MeasureFactory(DjangoModelFactory):
    class Meta:
        model = Measure

    agreement = factory.SubFactory(AgreementFactory)
    category = Measure.Category.HEAT
    title = "Abwärme der Öfen nutzen"
    from_year = 2026
    expected_saving = 12


class TargetFactory(DjangoModelFactory):
    class Meta:
        model = Target

    agreement = factory.SubFactory(AgreementFactory)
    base_year = 2020
    year = 2035
    amount = 60


class EventFactory(DjangoModelFactory):
    """A draft in two weeks. Traits: published, past, month_only, undated."""

    class Meta:
        model = Event

    class Params:
        published = factory.Trait(status=Event.Status.PUBLISHED)
        past = factory.Trait(starts_at=factory.LazyFunction(lambda: timezone.now() - timedelta(days=30)))
        month_only = factory.Trait(precision=Event.Precision.MONTH)
        undated = factory.Trait(precision=Event.Precision.UNKNOWN, starts_at=None)

    title = factory.Sequence(lambda n: f"Netzwerktreffen {n}")
    slug = factory.Sequence(lambda n: f"netzwerktreffen-{n}")
    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=14))


class AgendaItemFactory(DjangoModelFactory):
    class Meta:
        model = AgendaItem

    event = factory.SubFactory(EventFactory)
    title = "Begrüßung"


class ApplicantFactory(DjangoModelFactory):
    """Somebody who fills an application; the address proven unless said otherwise."""

    class Meta:
        model = Applicant

    class Params:
        is_proven = True

    name = factory.LazyAttribute(lambda person: person.application.contact_name)
    email = factory.LazyAttribute(lambda person: person.application.contact_email)
    proven_at = factory.LazyAttribute(lambda person: timezone.now() if person.is_proven else None)


class ApplicationFactory(DjangoModelFactory):
    """A complete draft with the one person who filled it, the contact."""

    class Meta:
        model = Application
        skip_postgeneration_save = True

    applicant = factory.RelatedFactory(ApplicantFactory, factory_related_name="application")
    supports_goal = sets_measures = accepts_monitoring = True

    name = factory.Sequence(lambda n: f"Musterbäckerei {n} GmbH")
    street = "Backstraße 3"
    postal_code = "12345"
    place = "Musterstadt"
    sector = "C"
    employees = 25
    contact_name = "Erika Muster"
    contact_function = "Inhaberin"
    contact_email = factory.Sequence(lambda n: f"erika{n}@musterbaeckerei.example")
    signatory_name = "Erika Muster"
    signatory_function = "Inhaberin"


class OutgoingMailFactory(DjangoModelFactory):
    """A mail as the outbox stores it, due now."""

    class Meta:
        model = OutgoingMail

    key = factory.Sequence(lambda n: f"probe:{n}")
    kind = "partner_link"
    to_email = factory.Sequence(lambda n: f"max{n}@musterbetrieb.example")
    to_name = "Max Muster"
    subject = factory.Sequence(lambda n: f"Guten Tag {n}")
    body = "Guten Tag,\n\nhier ist Ihre Mail.\n"
    message_id = factory.Sequence(lambda n: f"<{n}@musterstadt.example>")
    attempts = factory.LazyAttribute(lambda mail: int(mail.status in ("in_flight", "handing_over")))
    lease_until = factory.LazyAttribute(
        lambda mail: timezone.now() + timedelta(minutes=2) if mail.status in ("in_flight", "handing_over") else None
    )
    handed_over_at = factory.LazyAttribute(
        lambda mail: timezone.now() if mail.status in ("handing_over", "unclear") else None
    )
    sent_at = factory.LazyAttribute(lambda mail: timezone.now() if mail.status == "sent" else None)

    class Params:
        in_flight = factory.Trait(status="in_flight")

    status = "queued"
