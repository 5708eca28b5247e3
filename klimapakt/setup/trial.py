"""Invented organisations, events and applications that fill a trial to the size of a real pact.

Rows are written as they would stand after the services had run, and no mail about them: dates lie in the past,
nobody is signed in while a trial is loaded, and a worker must never find a mail to somebody who does not exist.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Model, Q
from django.utils import timezone

from agreements.models import Agreement, Measure, Target
from agreements.services import offering
from events.models import Attendee, Event, Invitation, Registration
from klimapakt.links.models import AccessLink
from klimapakt.pact.models import Pact, PactMissing
from klimapakt.setup import trial_agreements, trial_events, trial_joining
from klimapakt.setup.trial_agreements import OFFICE, at, signed_on
from klimapakt.states import NotPossible
from partners import access
from partners.models import (
    Application,
    ApplicationQuestion,
    ApplicationStep,
    Consent,
    Contact,
    Organisation,
    Partner,
    TimelineEntry,
)
from partners.models.timeline import COMPANY

TRIAL = Path(__file__).parent / "trial"
PARTNERS_IN_ALL = 41
"""So many partners has the larger of the real pacts by its last report."""

POSTAL_CODE = "00000"

Table = Mapping[str, Any]
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Counts:
    """How many partners, events and applications were loaded or removed."""

    partners: int = 0
    events: int = 0
    applications: int = 0


# --- Loading ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def load(*, now: datetime) -> Counts | None:
    """Fill the pact with invented rows; returns None where that was done before.

    Raises NotPossible unless the launcher runs database and mail server itself: real servers hold real data, and
    a real mail server would send.
    """
    if not {"postgres", "mail"} <= settings.EMBEDDED:
        raise NotPossible("Erfundene Unternehmen gibt es nur im Testbetrieb, nie auf eigenen Servern.")
    pact = _locked_pact()
    if pact.has_trial_data:
        return None
    trial_agreements.name_party(pact)
    trial_joining.prepare(pact)
    tables = _read("partners")[: max(0, PARTNERS_IN_ALL - Partner.objects.count())]
    organisations = _create_organisations(tables, pact)
    _create_partners(tables, organisations, now=now)
    events = trial_events.create(_read("events"), organisations, now=now)
    applications = [_create_application(table, pact, now=now) for table in _read("applications")]
    trial_joining.create(_read("joining"), now=now)
    Pact.objects.filter(pk=pact.pk).update(has_trial_data=True)
    _tell_the_planner()
    return Counts(len(organisations), len(events), len(applications))


def _tell_the_planner() -> None:
    """Bring statistics up to date: with those of empty tables, Postgres plans nested loops over all that came in."""
    events = (Event, Invitation, Registration, Attendee)
    models = (Organisation, Contact, Partner, Consent, Agreement, Target, Measure, TimelineEntry, *events)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in models)}")


def _locked_pact() -> Pact:
    pact = Pact.objects.select_for_update().first()
    if pact is None:
        raise PactMissing
    return pact


def _read(name: str) -> Rows:
    return tomllib.loads((TRIAL / f"{name}.toml").read_text(encoding="utf-8"))[name]


def _create_organisations(tables: Rows, pact: Pact) -> list[Organisation]:
    organisations = Organisation.objects.bulk_create(
        Organisation(
            name=table["name"],
            kind=table.get("kind", Organisation.Kind.COMPANY),
            sector=table["sector"],
            employees=table["employees"],
            street=table["street"],
            postal_code=POSTAL_CODE,
            place=pact.city,
            website=f"https://{table['domain']}.example",
            is_invented=True,
        )
        for table in tables
    )
    contacts = []
    for number, (organisation, table) in enumerate(zip(organisations, tables, strict=True), start=1):
        for name, function in filter(None, [table["contact"], table.get("signatory")]):
            is_main = [name, function] == table["contact"]
            contacts.append(
                Contact(
                    organisation=organisation,
                    name=name,
                    function=function,
                    email=_address(name, table["domain"]) if is_main else "",
                    phone=f"0000 {number:06d}",
                    is_main=is_main,
                    is_signatory=not is_main or "signatory" not in table,
                )
            )
    Contact.objects.bulk_create(contacts)
    return organisations


def _address(name: str, domain: str) -> str:
    """`.example` is nobody's (RFC 2606)."""
    local = ".".join(name.removeprefix("Dr. ").lower().split())
    return f"{local.translate(str.maketrans({'ä': 'ae', 'ö': 'oe', 'ü': 'ue', 'ß': 'ss'}))}@{domain}.example"


def _create_partners(tables: Rows, organisations: list[Organisation], *, now: datetime) -> None:
    P = Partner.Publication
    partners, consents, timeline = [], [], []
    for organisation, table in zip(organisations, tables, strict=True):
        signed = signed_on(table, now)
        state = table.get("state", "published")
        listed_at = at(signed + timedelta(days=5), 10, now=now)
        partners.append(
            Partner(
                organisation=organisation,
                slug=Partner.free_slug(organisation.name),
                text=table["text"],
                publication={"published": P.PUBLISHED, "proposed": P.PROPOSED}.get(state, P.HIDDEN),
                published_at=listed_at if state == "published" else None,
                created_at=at(signed - timedelta(days=40), 9, now=now),
            )
        )
        consents += _consents(organisation, table, at=at(signed - timedelta(days=42), 9, now=now), now=now)
        told = [
            (at(signed - timedelta(days=40), 9, now=now), "Aufgenommen"),
            (at(signed, 16, now=now), "Vereinbarung unterschrieben"),
        ]
        if state == "published":
            told.append((listed_at, "Profil veröffentlicht"))
        timeline += [TimelineEntry(organisation=organisation, at=at, by=OFFICE, text=text) for at, text in told]
        if state == "withdrawn":
            timeline.append(TimelineEntry(organisation=organisation, at=_withdrawn_at(now), by=COMPANY, text=WITHDRAWN))
    partners = Partner.objects.bulk_create(partners)
    Consent.objects.bulk_create(consents)
    TimelineEntry.objects.bulk_create(timeline)
    trial_agreements.create(tables, partners, now=now)


WITHDRAWN = f"Einwilligung widerrufen: {Consent.Purpose.PROFILE.label}"


def _withdrawn_at(now: datetime) -> datetime:
    return now - timedelta(days=6)


def _consents(organisation: Organisation, table: Table, *, at: datetime, now: datetime) -> list[Consent]:
    state = table.get("state", "published")
    purposes = {
        Consent.Purpose.PROFILE: state != "hidden",
        Consent.Purpose.MEASURES: table.get("publish_measures", True),
        Consent.Purpose.INITIAL_PARTNERS: table["employees"] >= 50,
    }
    name = table["contact"][0]
    return [
        Consent(
            organisation=organisation,
            purpose=purpose,
            source=Consent.Source.OFFICE,
            text=Consent.TEXTS[purpose],
            text_version=at.date(),
            given_by=name,
            given_by_email=_address(name, table["domain"]),
            given_at=at,
            withdrawn_at=_withdrawn_at(now) if state == "withdrawn" and purpose == Consent.Purpose.PROFILE else None,
        )
        for purpose, is_given in purposes.items()
        if is_given
    ]


def _create_application(table: Table, pact: Pact, *, now: datetime) -> Application:
    S = Application.Status
    sent_at = now - timedelta(hours=table["hours_ago"])
    name, function, email = table["contact"]
    signatory = table.get("signatory", [name, function])
    status = S(table["status"])
    confirmed_at = None if status == S.UNCONFIRMED else sent_at + timedelta(minutes=7)
    application = Application.objects.create(
        status=status,
        created_at=sent_at,
        saved_at=sent_at,
        sent_at=sent_at,
        confirmed_at=confirmed_at,
        **{field: table[field] for field in ("name", "street", "sector", "employees", "already_doing", "wishes")},
        postal_code=POSTAL_CODE,
        place=pact.city,
        website=table.get("website", ""),
        contact_name=name,
        contact_function=function,
        contact_email=email,
        contact_phone="0000 999999",
        signatory_name=signatory[0],
        signatory_function=signatory[1],
        supports_goal=True,
        sets_measures=True,
        accepts_monitoring=True,
    )
    applicant = application.applicants.create(name=name, email=email, added_at=sent_at, proven_at=confirmed_at)
    Application.objects.filter(pk=application.pk).update(sent_by=applicant)
    Consent.objects.bulk_create(
        Consent(
            application=application,
            purpose=purpose,
            text=Consent.TEXTS[purpose],
            given_by=name,
            given_by_email=email,
            given_at=sent_at,
        )
        for purpose in table["consents"]
    )
    told = [(sent_at, COMPANY, "Antrag gesendet, E-Mail-Adresse noch unbestätigt")]
    if confirmed_at:
        told.append((confirmed_at, COMPANY, "Antrag eingegangen, E-Mail-Adresse bestätigt"))
    if status in (S.IN_REVIEW, S.QUERY):
        told.append((sent_at + timedelta(days=1), OFFICE, "In Prüfung genommen"))
        told += [
            _create_step(application, kind, done_at=now - timedelta(days=4), note=table.get("note", ""))
            for kind in _steps(pact)
        ]
    if status == S.QUERY:
        asked_at = now - timedelta(days=3)
        for field, text in table["questions"].items():
            question = ApplicationQuestion(application=application, field=field, text=text, asked_at=asked_at)
            question.save()
            about = f" zu „{question.about}“" if field else ""
            told.append((asked_at, OFFICE, f"Rückfrage{about}: {text}"))
    Application.objects.filter(pk=application.pk).update(touched_at=max(at for at, _, _ in told))
    TimelineEntry.objects.bulk_create(
        TimelineEntry(application=application, at=at, by=by, text=text) for at, by, text in told
    )
    return application


def _steps(pact: Pact) -> list[ApplicationStep.Kind]:
    wanted = {
        ApplicationStep.Kind.ORIENTATION_TALK: pact.uses_orientation_talk,
        ApplicationStep.Kind.LETTER_OF_INTENT: pact.uses_letter_of_intent,
    }
    return [kind for kind, is_used in wanted.items() if is_used]


def _create_step(
    application: Application, kind: ApplicationStep.Kind, *, done_at: datetime, note: str
) -> tuple[datetime, str, str]:
    done_on = timezone.localdate(done_at)
    ApplicationStep.objects.create(application=application, kind=kind, done_on=done_on, note=note, recorded_at=done_at)
    return done_at, OFFICE, f"{kind.label}: {done_on:%d.%m.%Y}"


# --- Removing ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def remove() -> Counts | None:
    """Take out all that is invented, and what people made of it while they tried the portal; None where nothing is.

    Real partners stay. A real organisation that an invented application made a partner loses only that role.
    """
    pact = _locked_pact()
    if not pact.has_trial_data:
        return None
    applications = list(Application.objects.filter(offering.of_nobody("contact_email")))
    partners = list(Partner.objects.filter(offering.INVENTED))
    is_invented = Q(is_invented=True) | Q(partner__in=partners)
    organisations = _ids(list(Organisation.everyone.filter(is_invented, initial_partner=None)))
    contacts = list(
        Contact.everyone.filter(
            Q(organisation__in=organisations)
            | Q(organisation__partner__in=partners, name__in=[a.contact_name for a in applications])
            | Q(organisation__partner__in=partners, name__in=[a.signatory_name for a in applications])
        )
    )

    AccessLink.objects.filter(purpose=access.PARTNER, object_id__in=_ids(contacts)).delete()
    AccessLink.objects.filter(purpose=access.CONFIRM, object_id__in=_ids(applications)).delete()
    trial_joining.remove(applications, partners)
    steps = ApplicationStep.objects.filter(application__in=applications).exclude(document="")
    _delete_files(list(steps.values_list("document", flat=True)))

    events = trial_events.remove(contacts)
    trial_agreements.remove(partners)
    trial_agreements.forget_party(pact)
    trial_joining.tidy(pact)
    Application.objects.filter(pk__in=_ids(applications)).delete()
    Partner.objects.filter(pk__in=_ids(partners)).delete()
    Contact.everyone.filter(pk__in=_ids(contacts)).delete()
    Organisation.everyone.filter(pk__in=organisations).delete()
    Pact.objects.filter(pk=pact.pk).update(has_trial_data=False)
    return Counts(len(partners), events, len(applications))


def _ids(rows: list[Model]) -> list[int]:
    return [row.pk for row in rows]


def _delete_files(names: list[str]) -> None:
    """Delete uploaded documents once the rows are gone for good."""
    for name in names:
        transaction.on_commit(lambda name=name: default_storage.delete(name), robust=True)
