"""To whom a mailing goes: the first step."""

import pytest
from django.utils import timezone

from klimapakt.mailbox import mailing as services
from klimapakt.mailbox.admin import mailing_pages
from klimapakt.mailbox.models import AddressProblem, Mailing
from klimapakt.newsletter.models import Subscription
from tests.events.reading import text_of
from tests.factories import PartnerFactory
from tests.factories.mailbox import MailingFactory
from tests.klimapakt.mailbox.mailing_pages import LIST, TOKEN, boxes, filters, page_of
from tests.klimapakt.mailbox.mailings import person
from tests.rows import all_rows, difference

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pact")]


def test_a_mailing_begins_with_the_question_to_whom(office_client):
    page = text_of(office_client.get(f"{LIST}add/"))

    assert "Ansprechpersonen der Klimapartner" in page
    assert "Angemeldete einer Veranstaltung" in page
    assert "Gesendet wird erst im letzten Schritt" in page


def test_the_same_form_sent_twice_begins_one_mailing(office, office_client):
    sent = {"audience": "partners", "token": TOKEN}

    answers = [office_client.post(f"{LIST}add/", sent) for _ in range(2)]

    begun = Mailing.objects.get()
    assert [answer.url for answer in answers] == [page_of(begun, "empfaenger/")] * 2
    assert (begun.audience, begun.created_by) == ("partners", office)


@pytest.mark.parametrize(
    "sent",
    [{}, {"audience": "niemand", "token": TOKEN}, {"audience": "partners", "token": "x"}, {"audience": "\x00"}],
)
def test_whatever_else_is_sent_begins_nothing(sent, office_client):
    assert office_client.post(f"{LIST}add/", sent).status_code == 422
    assert not Mailing.objects.exists()


def test_the_list_says_who_gets_it_and_who_does_not_and_why(office_client):
    one, gone = person("Erika Muster"), person("Weg Gezogen", email="weg@firma.example")
    person("Ohne Adresse", email="")
    AddressProblem.objects.create(email=gone.email, sentence="Diese Adresse gibt es nicht mehr.")

    answer = office_client.get(page_of(MailingFactory(), "empfaenger/"))

    page = text_of(answer)
    assert "1 Person bekommt diese Mail" in page
    assert boxes(answer) == {f"contact:{one.pk}": False}
    assert "2 im Empfängerkreis ohne Mail, und warum" in page
    assert "Diese Adresse gibt es nicht mehr. (weg@firma.example)" in page
    assert "Keine Adresse eingetragen." in page


def test_people_are_struck_off_and_come_back(office_client):
    one, two = person("Erika Muster"), person("Max Beispiel")
    mailing = MailingFactory()

    office_client.post(page_of(mailing, "empfaenger/"), filters(mailing, struck=f"contact:{one.pk}", apply="1"))
    struck = office_client.get(page_of(mailing, "empfaenger/"))
    mailing.refresh_from_db()
    office_client.post(page_of(mailing, "empfaenger/"), filters(mailing, apply="1"))
    back = office_client.get(page_of(mailing, "empfaenger/"))

    assert boxes(struck) == {f"contact:{one.pk}": True, f"contact:{two.pk}": False}
    assert "1 Person bekommt diese Mail" in text_of(struck)
    assert boxes(back) == {f"contact:{one.pk}": False, f"contact:{two.pk}": False}


def test_whoever_was_struck_off_stays_so_while_the_filter_does_not_show_them(office_client):
    baker = person("Erika Muster")
    builder = person("Max Beispiel", organisation=PartnerFactory(listed=True, organisation__sector="F").organisation)
    mailing = MailingFactory(left_out=[f"contact:{baker.pk}"])

    def send(**more) -> None:
        mailing.refresh_from_db()
        office_client.post(page_of(mailing, "empfaenger/"), filters(mailing, apply="1", **more))

    send(sectors="F", struck=f"contact:{baker.pk}")
    send(sectors="F")
    send()

    mailing.refresh_from_db()
    assert mailing.left_out == [f"contact:{baker.pk}"]
    assert [one.key for one in services.recipients_of(mailing).chosen] == [f"contact:{builder.pk}"]


def test_the_proposed_choice_leads_to_the_text_at_once(office_client):
    person("Erika Muster")
    office_client.post(f"{LIST}add/", {"audience": "partners", "token": TOKEN})
    mailing = Mailing.objects.get()
    proposed = {**filters(mailing), "standing": "in_force", "publication": "", "who": "first", "next": "1"}

    answer = office_client.post(page_of(mailing, "empfaenger/"), proposed)

    assert answer.url == page_of(mailing, "text/")


def test_a_changed_choice_is_shown_before_one_goes_on(office_client):
    person("Erika Muster")
    person("Max Beispiel", organisation=PartnerFactory(listed=True, organisation__sector="F").organisation)
    mailing = MailingFactory()
    address = page_of(mailing, "empfaenger/")

    changed = office_client.post(address, filters(mailing, sectors="F", next="1"), follow=True)
    mailing.refresh_from_db()
    same = office_client.post(address, filters(mailing, sectors="F", next="1"))

    assert "Bitte sehen Sie sich die Liste noch einmal an." in text_of(changed)
    assert "1 Person bekommt diese Mail" in text_of(changed)
    assert same.url == page_of(mailing, "text/")


def test_of_two_who_choose_the_second_is_told_and_keeps_what_was_typed(office_client):
    one = person("Erika Muster")
    mailing = MailingFactory()
    Mailing.objects.get().edit(seen=1, subject="Anders")

    answer = office_client.post(page_of(mailing, "empfaenger/"), filters(mailing, struck=f"contact:{one.pk}"))

    assert answer.status_code == 409
    assert "Inzwischen hat jemand anderes diese Rundmail geändert." in text_of(answer)
    assert boxes(answer) == {f"contact:{one.pk}": True}
    assert 'name="version" value="2"' in answer.content.decode()


def test_the_list_takes_more_people_than_a_form_has_boxes(office_client, monkeypatch):
    monkeypatch.setattr(mailing_pages, "SHOWN_AT_MOST", 2)
    people = [person(f"Person {n}") for n in range(4)]
    mailing = MailingFactory(left_out=[f"contact:{people[3].pk}"])

    answer = office_client.get(page_of(mailing, "empfaenger/"))
    office_client.post(page_of(mailing, "empfaenger/"), filters(mailing, struck=list(boxes(answer)), apply="1"))

    assert boxes(answer) == {f"contact:{people[3].pk}": True, f"contact:{people[0].pk}": False}
    assert "Hier stehen nur die ersten 2; 2 weitere" in text_of(answer)
    mailing.refresh_from_db()
    assert len(services.recipients_of(mailing).chosen) == 2


@pytest.mark.parametrize("first", ["\x00", "x" * 300, ""])
def test_of_two_values_for_one_choice_the_last_counts_and_alone_is_kept(first, office_client):
    mailing = MailingFactory()

    office_client.post(page_of(mailing, "empfaenger/"), filters(mailing, standing=[first, "\x00not_in_force"]))

    mailing.refresh_from_db()
    assert mailing.choices["standing"] == ["not_in_force"]


def test_whoever_has_no_name_is_called_by_the_address(office_client):
    Subscription.objects.create(email="erika@firma.example", confirmed_at=timezone.now())
    mailing = MailingFactory(audience="newsletter", body="Neues")

    pages = [office_client.get(page_of(mailing, rest)).content.decode() for rest in ("empfaenger/", "text/?vorschau=1")]

    assert '<th scope="row">erika@firma.example</th>' in pages[0]
    assert "erika@firma.example auslassen" in pages[0]
    assert "So liest es erika@firma.example" in pages[1]
    assert 'title="Mail an erika@firma.example"' in pages[1]


def test_another_audience_begins_its_choice_anew_and_keeps_the_text(office_client):
    mailing = MailingFactory(left_out=["contact:1"])

    office_client.post(page_of(mailing, "kreis/"), {"audience": "applicants", "token": TOKEN})

    mailing.refresh_from_db()
    assert (mailing.audience, mailing.left_out) == ("applicants", [])
    assert mailing.choices == {"states": ["submitted", "in_review", "query"]}
    assert mailing.body.startswith("Guten Tag")


@pytest.mark.parametrize("sent", [{}, {"who": "x"}, {"sectors": "\x00"}, {"sizes": ["1", "9" * 99]}, {"version": "x"}])
def test_a_choice_that_is_none_changes_nothing(sent, office_client):
    person("Erika Muster")
    mailing = MailingFactory()
    before = all_rows()

    answer = office_client.post(page_of(mailing, "empfaenger/"), {**(filters(mailing) if sent else {}), **sent})

    assert answer.status_code in (409, 422)
    assert difference(before, all_rows()) == {}
