"""The people of a partner enter, change and hand over by themselves; nobody is locked out, nothing is lost."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.mails.partner import partner_access
from partners.models import Contact
from partners.services import contacts
from partners.services.shown import Outdated
from tests.factories import ContactFactory, OrganisationFactory
from tests.partners.company import browser_of, company
from tests.urls.table import path_of

KIM = {"name": "Kim Neu", "function": "Einkauf", "phone": "", "is_for_events": True}


@pytest.fixture
def erika(pact) -> Contact:
    return company()


def colleague(erika: Contact, **fields: object) -> Contact:
    return ContactFactory(
        organisation=erika.organisation,
        **{"name": "Max Muster", "email": "max@musterbetrieb.example", "is_main": False} | fields,
    )


def fresh(contact: Contact) -> Contact:
    return Contact.everyone.get(pk=contact.pk)


def open_mailed_link(mail: OutgoingMail) -> int:
    return Client().post(path_of(mail.link)).status_code


# --- Entering ---------------------------------------------------------------------------------------------------------


def test_whoever_is_entered_gets_a_link_and_no_word_that_somebody_typed(erika, mails):
    kim = contacts.invite(erika.organisation, KIM, email="kim@musterbetrieb.example", by=erika)

    [mail] = mails(kind="contact_invited")
    assert (mail.to_email, mail.is_proven) == ("kim@musterbetrieb.example", False)
    assert "Kim" not in mail.body + mail.to_name + mail.subject
    assert not kim.has_access
    assert open_mailed_link(mail) == 302
    assert fresh(kim).has_access


@pytest.mark.parametrize("email", ["erika@musterbetrieb.example", "ERIKA@musterbetrieb.example"])
def test_an_address_is_entered_once(email, erika, mails):
    with pytest.raises(contacts.AddressRefused):
        contacts.invite(erika.organisation, KIM, email=email, by=erika)

    assert Contact.objects.count() == 1
    assert mails() == []


def test_a_list_is_no_mail_bomb(erika):
    for number in range(contacts.MOST_CONTACTS - 1):
        contacts.invite(erika.organisation, KIM, email=f"kim{number}@musterbetrieb.example", by=erika)

    with pytest.raises(NotPossible, match="Mehr als 20"):
        contacts.invite(erika.organisation, KIM, email="eine.mehr@musterbetrieb.example", by=erika)


def test_an_address_that_does_not_answer_gets_few_mails_an_hour(erika, mails):
    kim = contacts.invite(erika.organisation, KIM, email="kim@musterbetrieb.example", by=erika)
    OutgoingMail.objects.update(key="earlier")
    for number in range(2):
        contacts.invite_again(kim)
        OutgoingMail.objects.filter(key__startswith="contact_invited").update(key=f"earlier-{number}")

    with pytest.raises(NotPossible, match="letzten Stunde"):
        contacts.invite_again(kim)
    assert len(mails(kind="contact_invited")) == 3


def test_only_who_has_not_opened_the_link_is_invited_again(erika):
    with pytest.raises(TransitionNotAllowed):
        contacts.invite_again(erika)


# --- Changing ---------------------------------------------------------------------------------------------------------


def test_there_is_always_one_first_contact(erika):
    max_ = colleague(erika)

    contacts.change(max_, {"is_main": True}, by=erika)

    assert (fresh(max_).is_main, fresh(erika).is_main) == (True, False)
    with pytest.raises(NotPossible, match="zuerst eine andere"):
        contacts.change(max_, {"is_main": False}, by=erika)


@pytest.mark.parametrize("fields", [{"email": ""}, {"invited_at": timezone.now()}])
def test_nobody_becomes_first_contact_without_access(fields, erika):
    stranger = colleague(erika, **fields)

    with pytest.raises(NotPossible, match="geöffnet hat"):
        contacts.change(stranger, {"is_main": True}, by=erika)

    assert fresh(erika).is_main


def test_a_page_that_is_out_of_date_changes_nothing(erika):
    shown = contacts.state_of(erika)
    Contact.objects.update(phone="123")

    with pytest.raises(Outdated):
        contacts.edit(erika, {**KIM, "is_main": True}, email=erika.email, shown=shown, by=erika)

    assert fresh(erika).name == "Erika Muster"


# --- A new address ----------------------------------------------------------------------------------------------------


def test_the_old_address_works_until_the_new_one_is_proven_and_is_told(erika, mails):
    old_browser, old_link = browser_of(erika), partner_access(erika)

    contacts.change_address(erika, "neu@musterbetrieb.example", by=erika)

    assert old_browser.get("/mein-klimapakt/").status_code == 200
    [warning], [proof] = mails(kind="contact_address_asked"), mails(kind="contact_new_address")
    assert warning.to_email == "erika@musterbetrieb.example"
    assert "neu@musterbetrieb.example" in warning.body
    assert "Erika Muster" not in proof.body
    assert open_mailed_link(proof) == 302
    assert (fresh(erika).email, fresh(erika).new_email) == ("neu@musterbetrieb.example", "")
    assert old_browser.get("/mein-klimapakt/").status_code == 403
    assert Client().post(path_of(old_link)).status_code == 404
    [told] = mails(kind="contact_address_changed")
    assert told.to_email == "erika@musterbetrieb.example"


def test_a_mistyped_new_address_locks_nobody_out_and_can_be_taken_back(erika, mails):
    contacts.change_address(erika, "vertipt@musterbetrieb.example", by=erika)

    contacts.change_address(fresh(erika), erika.email, by=erika)

    [proof] = mails(kind="contact_new_address")
    assert open_mailed_link(proof) == 404
    assert fresh(erika).email == erika.email


def test_all_links_to_the_old_address_are_closed(erika, mails):
    others = AccessLink.issue("agreement", 1, email="Erika@musterbetrieb.example", valid_for=timedelta(days=1))
    contacts.change_address(erika, "neu@musterbetrieb.example", by=erika)

    open_mailed_link(mails(kind="contact_new_address")[0])

    assert AccessLink.objects.get(pk=others.pk).revoked_at


def test_an_address_that_speaks_for_two_partners_keeps_the_links_of_the_other(erika, mails):
    elsewhere = company(email=erika.email)
    browser = browser_of(elsewhere)
    contacts.change_address(erika, "neu@musterbetrieb.example", by=erika)

    open_mailed_link(mails(kind="contact_new_address")[0])

    assert browser.get("/mein-klimapakt/").status_code == 200


# --- Leaving ----------------------------------------------------------------------------------------------------------


def test_all_roles_go_to_the_successor_in_one_step(erika, mails):
    max_ = colleague(erika)
    Contact.objects.filter(pk=erika.pk).update(is_signatory=True, is_for_reporting=True)
    browser = browser_of(erika)

    assert contacts.hand_over(erika, max_, by=erika)

    gone, successor = fresh(erika), fresh(max_)
    assert (gone.roles, gone.left_at is None) == ([], False)
    assert (successor.is_main, successor.is_signatory, successor.is_for_reporting) == (True, True, True)
    assert browser.get("/mein-klimapakt/").status_code == 403
    assert [mail.to_email for mail in mails(kind="contact_left")] == [erika.email]
    assert len(mails(kind="office_contact")) == 1
    assert "Max Muster hat übernommen" in str(list(erika.organisation.timeline.all()))


def test_who_hands_over_and_who_takes_over_both_read_it(erika, mails):
    max_ = colleague(erika)

    contacts.hand_over(erika, max_, by=erika)

    [left], [took] = mails(kind="contact_left"), mails(kind="contact_took_over")
    assert "Sie haben übergeben an: Max Muster." in left.body
    assert "ausgetragen" not in left.body
    assert (took.to_email, "Erika Muster hat die Aufgaben" in took.body) == (max_.email, True)
    assert "erste Ansprechperson" in took.body
    assert open_mailed_link(took) == 302
    page = browser_of(max_).get("/mein-klimapakt/").content.decode()
    assert "Sie haben von Erika Muster übernommen" in page
    Contact.everyone.filter(pk=erika.pk).update(left_at=timezone.now() - timedelta(days=31))
    assert "übernommen" not in browser_of(max_).get("/mein-klimapakt/").content.decode()


def test_whoever_is_taken_out_reads_that_and_no_successor(erika, mails):
    contacts.remove(colleague(erika), by=erika)

    [mail] = mails(kind="contact_left")
    assert "Sie sind als Ansprechperson" in mail.body
    assert "übergeben an" not in mail.body


def test_a_new_successor_takes_over_when_the_link_is_opened_and_not_before(erika, mails):
    browser = browser_of(erika)

    contacts.hand_over_to_new(erika, {"name": "Kim Neu"}, email="kim@musterbetrieb.example", by=erika)

    assert browser.get("/mein-klimapakt/").status_code == 200
    assert fresh(erika).is_main
    open_mailed_link(mails(kind="contact_invited")[0])
    kim = Contact.objects.get(name="Kim Neu")
    assert kim.is_main
    assert fresh(erika).left_at
    assert browser.get("/mein-klimapakt/").status_code == 403


def test_a_successor_who_was_never_sent_a_link_gets_one_and_takes_over_with_it(erika, mails):
    max_ = colleague(erika, invited_at=timezone.now())

    assert not contacts.hand_over(erika, max_, by=erika)

    [mail] = mails(kind="contact_invited")
    assert mail.to_email == max_.email
    open_mailed_link(mail)
    assert fresh(max_).is_main


def test_a_successor_who_was_just_sent_a_link_gets_no_second_one(erika, mails):
    kim = contacts.invite(erika.organisation, KIM, email="kim@musterbetrieb.example", by=erika)

    contacts.hand_over(erika, kim, by=erika)

    assert len(mails(kind="contact_invited")) == 1


def test_a_successor_whose_link_lies_unopened_for_days_gets_it_once_more(erika, mails):
    kim = contacts.invite(erika.organisation, KIM, email="kim@musterbetrieb.example", by=erika)
    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(days=3), key="earlier")

    contacts.hand_over(erika, kim, by=erika)

    assert len(mails(kind="contact_invited")) == 2


def test_a_handing_over_that_waits_can_be_called_off(erika, mails):
    contacts.hand_over_to_new(erika, {"name": "Kim Neu"}, email="kim@musterbetrieb.example", by=erika)

    contacts.keep(erika, by=erika)
    open_mailed_link(mails(kind="contact_invited")[0])

    assert fresh(erika).left_at is None
    assert fresh(erika).is_main


def test_the_last_person_with_access_is_not_lost(erika):
    Contact.objects.filter(pk=erika.pk).update(is_main=False)
    colleague(erika, email="", name="Ohne Adresse")
    colleague(erika, invited_at=timezone.now())

    with pytest.raises(NotPossible, match="letzte Person mit Zugang"):
        contacts.remove(erika, by=erika)

    assert fresh(erika).left_at is None
    assert AccessLink.objects.exclude(revoked_at=None).count() == 0


def test_the_first_contact_hands_over_and_is_not_just_taken_out(erika):
    colleague(erika)

    with pytest.raises(NotPossible, match="übergibt"):
        contacts.remove(erika, by=erika)


def test_whoever_is_gone_stays_in_the_history_and_leaves_no_second_time(erika):
    max_ = colleague(erika)
    contacts.remove(max_, by=erika)

    with pytest.raises(TransitionNotAllowed):
        contacts.remove(max_, by=erika)

    assert list(erika.organisation.contacts.all()) == [erika]
    assert fresh(max_).name == "Max Muster"


def test_nobody_hands_over_to_another_company(erika):
    stranger = ContactFactory(organisation=OrganisationFactory())

    with pytest.raises(TransitionNotAllowed):
        contacts.hand_over(erika, stranger, by=erika)

    assert fresh(stranger).is_main
    assert fresh(erika).left_at is None
