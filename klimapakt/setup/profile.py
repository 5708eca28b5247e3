"""Pacts that ship as data: a profile is a TOML file whose tables are the rows it makes."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from agreements.models import Agreement
from events.models import AgendaItem, Event
from klimapakt.pact.models import Benefit, JoiningStep, Pact
from klimapakt.states import NotPossible
from klimapakt.text import clean_prose
from partners.models import Consent, InitialPartner, Organisation, Partner, TimelineEntry
from partners.models.timeline import PORTAL

PROFILES = Path(__file__).parent / "profiles"
BLANK = "blank"
"""The profile that knows nothing: name and city come from the command line."""

REPORTED = "Nennung als Partner in einem öffentlichen Bericht"
"""Stands as the text of a consent that is yet to be asked for."""

Table = Mapping[str, Any]


def names() -> list[str]:
    """Return the profiles there are, the blank one last."""
    return sorted((path.stem for path in PROFILES.glob("*.toml")), key=lambda name: (name == BLANK, name))


def load(name: str, /, *, now: datetime, **overrides: str) -> Pact:
    """Make the pact of a profile with all it names, in one transaction.

    `overrides` replace fields of the pact. Raises NotPossible with a German sentence: there is a pact already, no
    such profile, or a value that the pact cannot take.
    """
    if name not in names():
        raise NotPossible(f"Einen Pakt „{name}“ gibt es nicht; vorhanden sind: {', '.join(names())}.")
    profile = tomllib.loads((PROFILES / f"{name}.toml").read_text(encoding="utf-8"))
    try:
        with transaction.atomic():
            pact = _create_pact(profile, overrides)
            organisations = _create_initial_partners(profile)
            _create_partners(profile, organisations, now=now)
            for table in profile.get("events", []):
                create_event(table, host=organisations.get(table.get("host", "")))
    except IntegrityError:
        if Pact.objects.exists():  # somebody else was quicker
            raise _exists() from None
        raise
    return pact


def _exists() -> NotPossible:
    return NotPossible(
        f"Es gibt schon einen Klimapakt, „{Pact.load()}“; seine Angaben ändern Sie in der Geschäftsstelle unter /admin/."
    )


def _create_pact(profile: Table, overrides: Mapping[str, str]) -> Pact:
    if Pact.objects.exists():
        raise _exists()
    pact = Pact(pk=1, **(profile["pact"] | overrides))
    try:
        pact.full_clean()
    except ValidationError as error:
        labels = [str(Pact._meta.get_field(field).verbose_name) for field in error.message_dict]
        raise NotPossible(f"Das nimmt der Pakt nicht an: {', '.join(labels)}. {' '.join(error.messages)}") from None
    pact.save(force_insert=True)
    for model, tables in ((JoiningStep, "joining_steps"), (Benefit, "benefits")):
        model.objects.bulk_create(
            model(pact=pact, position=position, **table)
            for position, table in enumerate(profile.get(tables, []), start=1)
        )
    return pact


def _create_initial_partners(profile: Table) -> dict[str, Organisation]:
    organisations = {}
    for position, table in enumerate(profile.get("initial_partners", []), start=1):
        organisation = _create_organisation(table)
        InitialPartner.objects.create(
            organisation=organisation, short_name=table.get("short_name", ""), position=position
        )
        organisations[organisation.name] = organisation
    return organisations


def _create_partners(profile: Table, organisations: dict[str, Organisation], *, now: datetime) -> None:
    """Partners named in public reports: their agreements bind, from a day that nobody wrote down."""
    today = timezone.localdate(now)
    for table in profile.get("partners", []):
        organisation = organisations.get(table["name"]) or _create_organisation(table)
        organisations[organisation.name] = organisation
        partner = Partner.objects.create(
            organisation=organisation,
            slug=Partner.free_slug(organisation.name),
            publication=Partner.Publication.PUBLISHED,
        )
        Agreement.objects.create(partner=partner, status=Agreement.Status.IN_FORCE, is_date_unknown=True)
        Consent.objects.create(
            organisation=organisation,
            purpose=Consent.Purpose.PROFILE,
            source=Consent.Source.PUBLIC_REPORT,
            text=REPORTED,
            text_version=today,
            given_at=now,
        )
        TimelineEntry.note(
            "Aus öffentlichen Berichten übernommen. Die Einwilligung in die Veröffentlichung ist noch einzuholen.",
            by=PORTAL,
            organisation=organisation,
        )


def _create_organisation(table: Table) -> Organisation:
    return Organisation.objects.create(name=table["name"], kind=table.get("kind", Organisation.Kind.COMPANY))


def create_event(
    table: Table, *, host: Organisation | None, status: str = Event.Status.PUBLISHED, **fields: Any
) -> Event:
    """Make an event with its agenda. Local times of the table are those of Berlin.

    Nobody can register for it unless the table says so.
    """
    fields |= {"takes_registrations": False} | {
        name: value for name, value in table.items() if name not in ("agenda", "host", "status")
    }
    for name in ("starts_at", "ends_at"):
        if name in fields and timezone.is_naive(fields[name]):
            fields[name] = timezone.make_aware(fields[name])
    for name in ("text", "results"):
        fields[name] = clean_prose(fields.get(name, ""))
    event = Event(host=host, status=status, **fields)
    event.full_clean()
    event.save(force_insert=True)
    AgendaItem.objects.bulk_create(
        AgendaItem(event=event, position=position, **item)
        for position, item in enumerate(table.get("agenda", []), start=1)
    )
    return event
