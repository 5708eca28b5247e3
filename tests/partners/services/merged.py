"""A company with everything that a merge moves, and the rows that it must leave as they were."""

from klimapakt.mailbox.models import case_of
from partners.models import Note, Organisation, ProfileProposal, TimelineEntry
from tests.factories import (
    AgreementFactory,
    ConsentFactory,
    ContactFactory,
    EventFactory,
    InitialPartnerFactory,
    OutgoingMailFactory,
    PartnerFactory,
)
from tests.factories.events import InvitationFactory, RegistrationFactory
from tests.rows import all_rows

TRACES = ("django_session", "partners_merge", "partners_timelineentry", "website_publicversion")
"""Tables in which merging and undoing leave their own rows."""


def company(*, is_founder: bool = False, **traits: object) -> Organisation:
    """Return an organisation with one of everything that can hang on one; only one of two may be a founder."""
    partner = PartnerFactory(**traits)
    organisation = partner.organisation
    main = ContactFactory(organisation=organisation)
    ContactFactory(organisation=organisation, is_main=False, name="Kim Muster")
    for purpose in ("profile", "quote"):
        ConsentFactory(organisation=organisation, purpose=purpose)
    if is_founder:
        InitialPartnerFactory(organisation=organisation)
        ProfileProposal.objects.create(partner=partner, name=organisation.name, author="Max Muster")
    AgreementFactory(partner=partner)
    EventFactory(host=organisation)
    RegistrationFactory(by_contact=True, contact=main)
    InvitationFactory(contact=main)
    Note.objects.create(organisation=organisation, text="Ruft gern an.", by="Ottilie Amt")
    TimelineEntry.note("Als Partner angelegt", by="Portal", organisation=organisation)
    OutgoingMailFactory(about=case_of(partner))
    return organisation


def rows() -> dict:
    return all_rows(without=TRACES)
