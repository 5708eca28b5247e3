"""An acceptance is taken back only while the company has done nothing of its own as a partner."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from klimapakt.states import NotPossible
from partners.models import Contact, DataCheck, Note, Partner, ProfileProposal, TimelineEntry
from partners.services import contacts, decision
from tests.factories import ConsentFactory, OrganisationFactory
from tests.partners.services.in_review import ANSWERS, reviewed, timeline_of
from tests.rows import all_rows, difference

pytestmark = pytest.mark.django_db


def invite_colleague(partner: Partner) -> None:
    erika = partner.organisation.contacts.get(is_main=True)
    contacts.invite(partner.organisation, {"name": "Kim Kollegin"}, email="kim@musterbaeckerei.example", by=erika)


OWN: dict[str, tuple[Callable[[Partner], object], str]] = {
    "a colleague": (invite_colleague, "weitere Ansprechpersonen"),
    "a consent": (lambda p: ConsentFactory(organisation=p.organisation, purpose="figures"), "weitere Einwilligungen"),
    "a proposal": (
        lambda p: ProfileProposal.objects.create(partner=p, name=str(p), author="Erika Muster"),
        "eine Profiländerung",
    ),
    "a data check": (lambda p: DataCheck.objects.create(partner=p, asked_at=timezone.now()), "die Daten zu prüfen"),
    "a note": (lambda p: Note.objects.create(organisation=p.organisation, text="Ruft an.", by="Amt"), "Notizen"),
}


@pytest.mark.parametrize("what", OWN)
def test_an_acceptance_stays_once_there_is_something_of_the_companys_own(what, pact, office):
    do, said = OWN[what]
    application = reviewed(office)
    do(decision.accept(application, by=office))
    application.refresh_from_db()
    before = all_rows()

    with pytest.raises(NotPossible, match=said):
        decision.undo_decision(application, by=office)

    assert difference(before, all_rows()) == {}
    assert said in " ".join(decision.obstacles_to_undo(application))


def test_what_an_organisation_had_before_keeps_nobody_from_undoing_and_stays(pact, office):
    known = OrganisationFactory(name=ANSWERS["name"])
    ConsentFactory(organisation=known, purpose="figures")
    Note.objects.create(organisation=known, text="Ruft gern an.", by="Amt")
    application = reviewed(office)
    partner = decision.accept(application, by=office)
    invite_colleague(partner)
    application.refresh_from_db()
    assert decision.obstacles_to_undo(application) == []

    decision.undo_decision(application, by=office)

    assert (known.consents.count(), known.notes.count()) == (1, 1)
    assert Contact.objects.get().name == "Kim Kollegin"


def test_what_was_noted_since_stays_with_the_application(pact, office):
    application = reviewed(office)
    partner = decision.accept(application, by=office)
    TimelineEntry.note("Erika Muster hat bei Erika Muster geändert: Telefon", by="Unternehmen", organisation=partner.organisation)  # fmt: skip

    decision.undo_decision(application, by=office)

    assert "Erika Muster hat bei Erika Muster geändert: Telefon" in timeline_of(application)
