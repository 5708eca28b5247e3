"""Several people at the same profile, and at the same list of people, at the same moment."""

from threading import Barrier

import pytest
from django.db import transaction

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import StateMachine
from partners.models import Contact, DataCheck, Partner, ProfileProposal
from partners.services import contacts, profile
from tests.factories import ContactFactory
from tests.partners.company import company
from tests.partners.services.test_profile import aged, partner_of, propose
from tests.races import at_once, started, together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def erika(pact) -> Contact:
    return company()


def both_propose(erika: Contact) -> list[object]:
    shown, wished = profile.state_of(partner_of(erika)), profile.wished(partner_of(erika))
    return at_once(
        [
            lambda text=text: profile.propose(
                Contact.objects.select_related("organisation__partner").get(), wished | {"text": text}, shown=shown
            )
            for text in ("Eins.", "Zwei.", "Drei.")
        ]
    )


def test_of_several_proposals_at_once_one_comes_through_and_the_others_are_asked(erika):
    given = both_propose(erika)

    assert sorted(type(one).__name__ for one in given) == ["Outdated", "Outdated", "ProfileProposal"]
    assert ProfileProposal.objects.count() == 1
    assert OutgoingMail.objects.filter(kind="office_profile").count() == 1


def test_without_the_lock_two_would_see_the_same_state(erika, monkeypatch):
    monkeypatch.setattr(
        profile, "locked", lambda partner: Partner.objects.select_related("organisation").get(pk=partner.pk)
    )
    monkeypatch.setattr(profile, "state_of", together(profile.state_of, 3))

    given = both_propose(erika)

    assert "Outdated" not in {type(one).__name__ for one in given}  # the constraint alone keeps the second out
    assert ProfileProposal.objects.filter(status="open").count() == 1


def test_a_proposal_replaced_while_it_is_released_is_not_released(erika, office):
    proposal = propose(erika, text="Alt.")
    shown = profile.state_of(partner_of(erika))

    with transaction.atomic():
        profile.locked(partner_of(erika))
        [future] = started(lambda: profile.release(ProfileProposal.objects.get(pk=proposal.pk), by=office, shown=shown))
        propose(erika, text="Neu.")

    assert type(future.exception()).__name__ == "TransitionNotAllowed"
    assert partner_of(erika).text == "Wir backen Brot mit Strom vom eigenen Dach."
    assert ProfileProposal.objects.get(status="open").text == "Neu."


def decisions(proposal: ProfileProposal, office: object, erika: Contact) -> list[object]:
    shown = profile.state_of(partner_of(erika))
    return at_once(
        [
            lambda: profile.release(ProfileProposal.objects.get(pk=proposal.pk), by=office, shown=shown),
            lambda: profile.give_back(ProfileProposal.objects.get(pk=proposal.pk), "Kürzer.", by=office),
            lambda: profile.withdraw(erika, ProfileProposal.objects.get(pk=proposal.pk)),
        ]
        * 2
    )


def test_released_returned_and_withdrawn_at_once_is_decided_once(erika, office):
    proposal = propose(erika, text="Neu.")

    given = decisions(proposal, office, erika)

    assert sum(not isinstance(one, Exception) for one in given) == 1
    status = ProfileProposal.objects.get().status
    assert (partner_of(erika).text == "Neu.") == (status == "released")
    mails = OutgoingMail.objects.filter(kind__in=["profile_released", "profile_returned"])
    assert mails.count() == (status != "withdrawn")


def test_without_the_guarded_update_more_than_one_decision_would_go_through(erika, office, monkeypatch):
    proposal = propose(erika, text="Neu.")

    def unguarded(self, target, *, only_from=(), only_where=None, and_reload=True, **changes):
        type(self).objects.filter(pk=self.pk).update(**{self.STATE: target}, **changes)

    monkeypatch.setattr(StateMachine, "_move_to", unguarded)

    given = decisions(proposal, office, erika)

    assert sum(not isinstance(one, Exception) for one in given) > 1


def test_both_last_people_leaving_at_once_leaves_one(erika):
    max_ = ContactFactory(organisation=erika.organisation, is_main=False)
    Contact.objects.update(is_main=False)

    given = at_once([lambda person=person: contacts.remove(person, by=person) for person in (erika, max_)])

    assert sorted(type(one).__name__ for one in given) == ["NoneType", "NotPossible"]
    assert Contact.objects.count() == 1


def test_without_the_lock_both_last_people_could_leave(erika, monkeypatch):
    max_ = ContactFactory(organisation=erika.organisation, is_main=False)
    Contact.objects.update(is_main=False)
    monkeypatch.setattr(contacts, "_lock", lambda organisation: None)
    barrier = Barrier(2, timeout=10)
    concerns = contacts.interfaces.concerns
    monkeypatch.setattr(contacts.interfaces, "concerns", lambda contact: (barrier.wait(), concerns(contact))[1])

    at_once([lambda person=person: contacts.remove(person, by=person) for person in (erika, max_)])

    assert Contact.objects.count() == 0


def test_the_same_address_entered_at_once_is_one_person_and_one_mail(erika):
    given = at_once(
        [
            lambda: contacts.invite(erika.organisation, {"name": "Kim"}, email="kim@musterbetrieb.example", by=erika)
            for _ in range(5)
        ]
    )

    assert sum(isinstance(one, Contact) for one in given) == 1
    assert OutgoingMail.objects.filter(kind="contact_invited").count() == 1


def test_two_runs_of_the_yearly_check_at_once_ask_once(erika):
    aged(erika, 400)

    given = at_once([lambda: profile.ask_for_data_checks(now=profile.timezone.now()) for _ in range(4)])

    assert sorted(given) == [0, 0, 0, 1]
    assert DataCheck.objects.count() == OutgoingMail.objects.filter(kind="data_check").count() == 1
