"""Who hears that an offer is taken back, and whose link still opens it."""

import pytest
from django.test import Client
from django.utils import timezone

from agreements import mails as agreement_mails
from agreements.services import answering, offering
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible, TransitionNotAllowed
from tests.agreements.test_agreement_states import ACTIONS, ISSUED
from tests.agreements.test_company_views import PAGE, SESSIONS, SIGNING, ask_for_code, filled
from tests.agreements.test_company_views import offered as offered
from tests.agreements.test_company_views import signatory as signatory
from tests.factories import ContactFactory
from tests.factories.agreements import agreement_in, sign
from tests.factories.mailbox import MAY_HAVE_LEFT, bring
from tests.rows import all_rows, difference

pytestmark = pytest.mark.django_db

# --- Who hears of the end ---------------------------------------------------------------------------------------------

ENDED = {"sent", "unclear", "withdrawn", "expired"}


def set_mail(kind, state):
    bring(OutgoingMail.objects.filter(kind=kind), state)


@pytest.mark.parametrize("state", MAY_HAVE_LEFT)
def test_only_whom_the_offer_may_have_reached_hears_that_it_is_taken_back(state, pact, office, mails):
    agreement = agreement_in("offered")
    set_mail("agreement_offered", state)

    is_told = offering.take_back(agreement, by=office)

    assert is_told == MAY_HAVE_LEFT[state]
    assert len(mails(kind="agreement_withdrawn")) == is_told
    [invitation] = mails(kind="agreement_offered")
    assert invitation.status in ENDED or invitation.is_unwanted
    assert invitation.status == "unclear" or not invitation.can_be_sent_again


@pytest.mark.parametrize("came_by", ["a mail on its way", "the link sent again", "opening"])
def test_who_may_have_read_an_offer_another_way_is_told(came_by, pact, office, mails):
    agreement = agreement_in("offered")
    set_mail("agreement_offered", "handing_over" if came_by == "a mail on its way" else "failed")
    if came_by == "the link sent again":
        offering.send_link(agreement, by=office)
        set_mail("agreement_link", "sent")
    if came_by == "opening":
        version = agreement.newest_version()
        answering.note_opening(version, answering.mails.access_to(version))

    assert offering.take_back(agreement, by=office)

    assert len(mails(kind="agreement_withdrawn")) == 1


@pytest.mark.parametrize("status", ["queued", "failed", "sent"])
def test_who_has_signed_always_hears_that_it_is_taken_back(status, pact, office, mails):
    agreement = agreement_in("signed")
    set_mail("agreement_offered", status)

    assert offering.take_back(agreement, by=office)

    assert len(mails(kind="agreement_withdrawn")) == 1


@pytest.mark.parametrize(("state", "is_told"), [("offered", True), ("signed", True), ("declined", False)])
def test_who_has_read_an_offer_is_told_when_it_is_taken_back(state, is_told, pact, office, mails):
    agreement = agreement_in(state)
    for mail in mails(kind="agreement_offered"):
        type(mail).objects.filter(pk=mail.pk).update(status="sent", sent_at=timezone.now())

    assert offering.take_back(agreement, by=office) == is_told

    assert len(mails(kind="agreement_withdrawn")) == is_told
    if state == "signed":
        assert "auch wenn Sie sie schon unterschrieben haben" in mails(kind="agreement_withdrawn")[0].body


def test_the_link_can_be_sent_again(pact, office, mails):
    agreement = agreement_in("offered")

    offering.send_link(agreement, by=office)

    assert mails(kind="agreement_link")[0].link.object_id == agreement.newest_version().pk


# --- Whose address it is ----------------------------------------------------------------------------------------------


def test_no_link_is_sent_to_somebody_who_has_left(pact, office, mails):
    agreement = agreement_in("offered")
    agreement.partner.organisation.contacts.update(email="neu@firma.example")
    before = all_rows()

    with pytest.raises(NotPossible, match="Bitte holen Sie die Vereinbarung zurück und bieten Sie sie neu an"):
        offering.send_link(agreement, by=office)

    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("act", ["sign", "send_code", "request_change", "decline"])
def test_who_has_left_neither_signs_nor_answers(act, pact):
    agreement = agreement_in("offered")
    agreement.partner.organisation.contacts.update(email="neu@firma.example")
    before = all_rows(without=ISSUED)

    with pytest.raises(TransitionNotAllowed):
        ACTIONS[act](agreement, None)

    assert difference(before, all_rows(without=ISSUED)) == {}


def test_an_address_in_other_letters_is_the_same(pact):
    agreement = agreement_in("offered")
    version = agreement.newest_version()
    agreement.partner.organisation.contacts.update(email=version.to_email.upper())

    assert sign(version)


@pytest.mark.parametrize(("same", "lives"), [(True, True), (False, False)])
def test_the_link_to_an_older_version_lives_on_only_for_whom_the_new_one_is_for(same, lives, pact, office):
    agreement = agreement_in("offered")
    organisation = agreement.partner.organisation
    old = answering.mails.access_to(agreement.newest_version())
    offering.take_back(agreement, by=office)
    deputy = ContactFactory(organisation=organisation, name="Bert Vertretung", is_main=False)

    version = offering.offer(agreement, organisation.contacts.get(is_main=True) if same else deputy, by=office)

    old.refresh_from_db()
    assert (old.revoked_at is None) == lives
    assert version.number == 2


@pytest.mark.parametrize("changes", [{"email": "neu@firma.example"}, {"email": ""}])
def test_who_has_left_the_company_reads_and_signs_nothing_any_more(changes, offered, signatory, open_link):
    version = offered.newest_version()
    ask_for_code(signatory, version)
    typed = filled(version, signatory)
    offered.partner.organisation.contacts.update(**changes)
    before = all_rows(without={*SESSIONS, "links_accesslink"})

    answers = [signatory.get(PAGE), signatory.post(SIGNING, typed)]
    opened = open_link(Client(), agreement_mails.access_to(version))

    assert [answer.status_code for answer in answers] == [403, 403]
    assert opened.get("Location") != PAGE
    assert difference(before, all_rows(without={*SESSIONS, "links_accesslink"})) == {}
