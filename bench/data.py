"""Visibly invented content in realistic amounts. Each partner is listed, with an agreement, a target and measures."""

import itertools
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from agreements.models import Agreement, Measure, Target
from events import mails
from events.models import AgendaItem, Event, Invitation
from klimapakt.links.models import AccessLink
from klimapakt.pact.models import Benefit, JoiningStep, Pact
from partners.models import Consent, Contact, InitialPartner, Organisation, Partner, Sector

PROFILE = (
    "Wir backen seit drei Generationen Brot für die Stadt. Die Abwärme unserer Öfen heizt heute den Laden, der Strom"
    " kommt zur Hälfte vom eigenen Dach, und ausgeliefert wird innerhalb des Rings mit dem Lastenrad.\n\n"
    "Bis 2035 wollen wir ohne Erdgas auskommen. Wie wir das machen, zeigen wir gern."
)
EVENT = (
    "Wir sehen uns an, wie ein Betrieb seine Abwärme nutzt, und rechnen gemeinsam nach, was es bringt.\n\n"
    "Danach ist Zeit für Gespräche. Für einen Imbiss ist gesorgt."
)
AGENDA = ["Begrüßung", "Rundgang durch die Backstube", "Was die Anlage kostet", "Förderung", "Fragen", "Ausklang"]
MEASURES = [
    (Measure.Category.HEAT, "Abwärme der Öfen heizt den Laden"),
    (Measure.Category.RENEWABLE, "Photovoltaik auf dem Hallendach"),
    (Measure.Category.MOBILITY, "Auslieferung mit dem Lastenrad"),
]
PAST_EVENTS, NEXT_EVENTS, INITIAL_PARTNERS = 12, 3, 8


def profile_of(number: int) -> str:
    return f"musterbetrieb-{number:05d}"


@transaction.atomic
def create_pact() -> None:
    """Make the pact, its initial partners and what it tells about joining."""
    pact = Pact.objects.create(
        pk=1,
        name="Musterstädter Klimapakt",
        city="Musterstadt",
        teaser="Unternehmen und Stadt arbeiten gemeinsam daran, dass Musterstadt bis 2035 klimaneutral wird.",
        climate_neutral_by=2035,
        office_name="Geschäftsstelle des Klimapakts",
        office_unit="Amt für Umwelt",
        office_person="Erika Beispiel",
        office_phone="0000 123456",
        office_email="klimapakt@musterstadt.example",
        street="Musterplatz 1",
        postal_code="12345",
        place="Musterstadt",
    )
    for model, title, count in ((JoiningStep, "Schritt", 5), (Benefit, "Vorteil", 5)):
        model.objects.bulk_create(
            model(pact=pact, position=n, title=f"{title} {n}", text="In zwei Sätzen steht hier, was dazu gehört.")
            for n in range(1, count + 1)
        )
    organisations = Organisation.objects.bulk_create(
        Organisation(name=f"Musterverband {n}", kind=Organisation.Kind.CLUB) for n in range(1, INITIAL_PARTNERS + 1)
    )
    InitialPartner.objects.bulk_create(
        InitialPartner(organisation=organisation, position=n) for n, organisation in enumerate(organisations)
    )


@transaction.atomic
def add_partners(first: int, last: int) -> None:
    """Make the partners with these numbers, both included."""
    sectors, sizes = Sector.values, (None, 5, 25, 120, 600, 2500)
    organisations = Organisation.objects.bulk_create(
        Organisation(
            name=f"Musterbetrieb {n:05d} GmbH & Co. KG",
            sector=sectors[n % len(sectors)],
            employees=sizes[n % len(sizes)],
            street=f"Musterstraße {n}",
            postal_code="12345",
            place="Musterstadt",
            website="https://musterbetrieb.example/",
        )
        for n in range(first, last + 1)
    )
    Consent.objects.bulk_create(
        Consent(organisation=organisation, purpose=purpose, text=Consent.TEXTS[purpose])
        for organisation in organisations
        for purpose in (Consent.Purpose.PROFILE, Consent.Purpose.MEASURES)
    )
    partners = Partner.objects.bulk_create(
        Partner(
            organisation=organisation,
            slug=profile_of(n),
            text=PROFILE,
            publication=Partner.Publication.PUBLISHED,
            published_at=timezone.now(),
        )
        for n, organisation in enumerate(organisations, start=first)
    )
    agreements = Agreement.objects.bulk_create(
        Agreement(
            partner=partner,
            status=Agreement.Status.IN_FORCE,
            signed_on=date(2024, 1, 1) + timedelta(days=n % 700),
            in_force_from=date(2024, 1, 1) + timedelta(days=n % 700),
        )
        for n, partner in enumerate(partners)
    )
    Target.objects.bulk_create(Target(agreement=row, base_year=2020, year=2035, amount=60) for row in agreements)
    Measure.objects.bulk_create(
        Measure(agreement=row, category=category, title=title, from_year=2025, to_year=2027, expected_saving=12)
        for row in agreements
        for category, title in MEASURES
    )


@transaction.atomic
def add_events() -> str:
    """Make past and coming events, hosted by the first partners; return the slug of the next one."""
    hosts = list(Organisation.objects.filter(partner__isnull=False).order_by("pk")[: PAST_EVENTS + NEXT_EVENTS])
    now = timezone.now()
    events = Event.objects.bulk_create(
        Event(
            status=Event.Status.PUBLISHED,
            kind=Event.Kind.WORKSHOP,
            title=f"Abwärme nutzen, Teil {n + 1}",
            slug=f"abwaerme-{n + 1}",
            teaser="Ein Betrieb zeigt, wie er seine Öfen den Laden heizen lässt.",
            text=EVENT,
            starts_at=now + timedelta(days=10 * (n - PAST_EVENTS) + 5),
            ends_at=now + timedelta(days=10 * (n - PAST_EVENTS) + 5, hours=3),
            venue="Musterstraße 1, Musterstadt",
            host=host,
            participants=None if n >= PAST_EVENTS else 30 + n,
            results="" if n >= PAST_EVENTS else "Fünf Betriebe wollen es nachmachen.",
        )
        for n, host in enumerate(hosts)
    )
    AgendaItem.objects.bulk_create(
        AgendaItem(event=event, position=n, title=title, speaker="Max Muster, Musterbetrieb")
        for event in events
        for n, title in enumerate(AGENDA)
    )
    return events[PAST_EVENTS].slug


_meetings = itertools.count(1)


@transaction.atomic
def add_meeting(guests: int) -> tuple[Event, list[tuple[Invitation, AccessLink]]]:
    """Make a public event, and invite one contact each of the first partners to it, with a link."""
    number = next(_meetings)
    event = Event.objects.create(
        status=Event.Status.PUBLISHED,
        kind=Event.Kind.NETWORK_MEETING,
        title=f"{number}. Netzwerktreffen",
        slug=f"netzwerktreffen-{number}",
        teaser="Ein Betrieb zeigt, wie er seine Öfen den Laden heizen lässt.",
        text=EVENT,
        starts_at=timezone.now() + timedelta(days=30),
        ends_at=timezone.now() + timedelta(days=30, hours=3),
        venue="Musterstraße 1, Musterstadt",
        takes_registrations=True,
        capacity=2 * guests,
    )
    AgendaItem.objects.bulk_create(
        AgendaItem(event=event, position=n, title=title, speaker="Max Muster, Musterbetrieb")
        for n, title in enumerate(AGENDA)
    )
    invitations = Invitation.objects.bulk_create(
        Invitation(event=event, contact=contact) for contact in _contacts()[:guests]
    )
    return event, [(invitation, mails.invitation_access(event, invitation)) for invitation in invitations]


def _contacts() -> list[Contact]:
    """Return one contact of every partner."""
    missing = Organisation.objects.filter(partner__isnull=False, contacts=None)
    Contact.objects.bulk_create(
        Contact(
            organisation=organisation,
            name=f"Erika Muster {organisation.pk}",
            function="Inhaberin",
            email=f"erika-{organisation.pk}@musterbetrieb.example",
            is_main=True,
        )
        for organisation in missing
    )
    return list(Contact.objects.order_by("pk"))


def analyse() -> None:
    """Give the planner what autovacuum would have given it by now."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
