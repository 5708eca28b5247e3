"""The page of an application that was sent says where it stands, and what is left to do before the address is proven."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from klimapakt.mailbox.models import OutgoingMail
from partners.mails.application import application_access
from partners.models import Applicant, Application, Partner
from partners.progress import answer_due, now_of
from partners.services import applying, decision, questions, review
from partners.services.questions import Asked
from tests.factories import ApplicantFactory, ApplicationFactory
from tests.filled import a_minute_later
from tests.partners.status.conftest import PAGE, shown
from tests.rows import all_rows, difference

# --- where it stands --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "who", "said"),
    [
        ("submitted", "die Geschäftsstelle", "Wir melden uns bis zum"),
        ("in_review", "die Geschäftsstelle", "Die Geschäftsstelle prüft Ihren Antrag."),
        ("query", "Sie", "Bitte beantworten Sie die Frage."),
        ("accepted", "die Geschäftsstelle", "Herzlich willkommen!"),
        ("rejected", "niemand", "Ihr Sitz liegt nicht in der Stadt."),
        ("withdrawn", "niemand", "Sie haben den Antrag zurückgezogen"),
    ],
)
def test_the_page_says_who_has_to_act_and_what_happens(state, who, said, in_state, enter):
    page = shown(enter(in_state(state)))

    assert f"Jetzt am Zug: {who}." in page
    assert said in page


@pytest.mark.parametrize("state", ["accepted", "rejected"])
def test_a_decision_is_not_shown_while_the_office_can_take_it_back_unheard(state, pact, in_state, enter):
    pact.undo_minutes = 5
    pact.save()

    page = shown(enter(in_state(state)))

    assert "Die Geschäftsstelle prüft Ihren Antrag." in page
    assert "Herzlich willkommen!" not in page
    assert "nicht aufnehmen" not in page
    assert "Nicht aufgenommen" not in page
    assert "Ihr Sitz liegt nicht in der Stadt." not in page


@pytest.mark.parametrize("state", ["accepted", "rejected"])
def test_until_a_decision_is_told_no_page_and_no_button_gives_it_away(state, pact, in_state, enter):
    pact.undo_minutes, pact.books_talks_online = 5, True
    pact.save()
    reviewed, decided = in_state("in_review"), in_state(state)

    def all_pages(application: Application) -> list[tuple[int, str]]:
        client, found = enter(application), []
        for page in ("antrag/", "antrag/mitwirkende/", "antrag/dateien/", "gespraech/", "antrag/zurueckziehen/"):
            answer = client.get(f"/mein-klimapakt/{page}", follow=True)
            words = re.sub(r'csrfmiddlewaretoken" value="\w+', "", answer.text)
            found.append((answer.status_code, re.sub(rf"\b{application.reference}\b|:{application.pk}\b", "", words)))
        return found

    Applicant.objects.update(name="Erika Muster", email="erika@musterbaeckerei.example")
    Application.objects.update(name="Musterbäckerei GmbH", contact_email="erika@musterbaeckerei.example")
    assert all_pages(decided) == all_pages(reviewed)


@pytest.mark.parametrize("state", ["accepted", "rejected"])
def test_withdrawing_before_the_decision_is_told_takes_it_back_and_nobody_hears_of_it(
    state, pact, in_state, enter, mails
):
    pact.undo_minutes = 5
    pact.save()
    application = in_state(state)

    enter(application).post(f"{PAGE}zurueckziehen/")

    application.refresh_from_db()
    assert application.status == "withdrawn"
    assert not Partner.objects.exists()
    waiting = [mail.kind for mail in mails() if mail.status == "queued"]
    assert "application_withdrawn" in waiting
    assert not {"application_accepted", "application_rejected", "application_reopened", "contact_invited"} & {*waiting}


def test_the_deadline_of_the_office_is_a_day_and_a_missed_one_is_admitted(pact, in_state):
    application = in_state("submitted")
    arrived = timezone.localdate(application.confirmed_at)
    due = arrived + timedelta(days=pact.answer_within_days)

    in_time, late = (now_of(application, pact, questions=0, today=day).text for day in (due, due + timedelta(days=1)))

    assert "Wir melden uns bis zum" in in_time
    assert "in Verzug" in late


def test_all_answers_and_consents_are_there_to_read(pact, enter):
    application = ApplicationFactory(wishes="Austausch über Wärme.", needs=["tour"], chosen_consents=["profile"])
    applying.send(application, by=application.applicants.get())

    page = shown(enter(application))

    for text in ("Austausch über Wärme.", "Führung durch den Betrieb", "Backstraße 3", "Veröffentlichung als Partner"):
        assert text in page


def consented(**fields: object) -> Application:
    application = ApplicationFactory(chosen_consents=["profile", "quote"], **fields)
    applying.send(application, by=application.applicants.get())
    return application


def test_a_consent_is_withdrawn_before_the_decision_and_no_acceptance_brings_it_back(pact, enter, office):
    application = consented()
    client = enter(application)
    button = f"{PAGE}einwilligung/profile/widerrufen/"
    assert f'action="{button}?vorgang=application:{application.pk}"' in shown(client)

    page = client.post(button, follow=True).text
    client.post(button)

    assert "Ihre Einwilligung „Veröffentlichung als Partner“ ist widerrufen." in page
    assert "Widerrufen am" in page
    assert button not in page
    assert [entry.text for entry in application.timeline.all()].count(
        "Einwilligung widerrufen: Veröffentlichung als Partner"
    ) == 1
    review.start_review(application, by=office)
    partner = decision.accept(application, by=office)
    assert partner.publication == "hidden"
    assert [one.purpose for one in partner.organisation.consents.standing()] == ["quote"]


def test_a_consent_is_withdrawn_while_a_decision_is_not_told_and_no_longer_here_once_it_is(pact, enter, office):
    pact.undo_minutes = 5
    pact.save()
    application = consented()
    review.start_review(application, by=office)
    partner = decision.accept(application, by=office)
    client = enter(application)

    client.post(f"{PAGE}einwilligung/profile/widerrufen/")
    Application.objects.update(decided_at=timezone.now() - timedelta(minutes=6))
    page = client.post(f"{PAGE}einwilligung/quote/widerrufen/", follow=True).text

    assert "Der Stand hat sich inzwischen geändert." in page
    partner.refresh_from_db()
    assert partner.publication == "hidden"
    assert [one.purpose for one in application.consents.standing()] == ["quote"]


def test_an_unknown_consent_is_a_404(pact, enter):
    assert enter(consented()).post(f"{PAGE}einwilligung/gibt-es-nicht/widerrufen/").status_code == 404


def test_the_page_costs_the_same_whatever_was_asked(asked, enter, office, django_assert_max_num_queries):
    questions.ask(asked, [Asked(f"Frage {n}?") for n in range(10)], by=office)
    client = enter(asked)

    with django_assert_max_num_queries(14):
        client.get(PAGE)


@pytest.mark.parametrize("state", ["accepted", "rejected", "withdrawn"])
def test_what_is_decided_offers_no_buttons(state, in_state, enter):
    page = shown(enter(in_state(state)))

    assert "zurueckziehen/" not in page
    assert 'name="answer_' not in page


def test_withdrawing_asks_once_more_and_says_what_follows(in_state, enter, mails):
    application = in_state("query")
    client = enter(application)
    assert f'href="{PAGE}zurueckziehen/?vorgang=application:{application.pk}"' in shown(client)
    assert "Das lässt sich nicht rückgängig machen" in client.get(f"{PAGE}zurueckziehen/").text

    response = client.post(f"{PAGE}zurueckziehen/")

    application.refresh_from_db()
    assert (response.status_code, application.status) == (302, "withdrawn")
    assert [mail.kind for mail in mails()][-2:] == ["application_withdrawn", "office_withdrawal"]


def test_withdrawn_after_the_decision_it_is_told_that_it_was_too_late(in_state, enter, office):
    application = in_state("in_review")
    client = enter(application)
    decision.reject(application, "Nicht in der Stadt.", by=office)

    response = client.post(f"{PAGE}zurueckziehen/", follow=True)

    assert "Der Stand hat sich inzwischen geändert." in response.content.decode()
    application.refresh_from_db()
    assert application.status == "rejected"


def test_the_deadline_counts_days_in_berlin(pact, in_state):
    application = in_state("submitted")
    application.confirmed_at = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)  # in Berlin it is February

    assert answer_due(application, pact) == date(2026, 2, 1) + timedelta(days=pact.answer_within_days)


# --- before the address is proven -------------------------------------------------------------------------------------


MEND = f"{PAGE}adresse/"


@pytest.fixture
def unproven(pact):
    """An application sent in the browser in which it was begun; its link was not opened yet."""
    application = ApplicationFactory(applicant__is_proven=False, wishes="Austausch über Wärme.")
    applying.send(application, by=application.applicants.get())
    return application


@pytest.fixture
def own_browser(unproven) -> Client:
    """The browser in which it was begun, without the mailed link."""
    client = Client()
    session = client.session
    session["links"] = {"application": [str(application_access(unproven.applicants.get()).pk)]}
    session.save()
    client.cookies["sessionid"] = session.session_key
    return client


def test_it_says_that_the_mailed_link_is_to_be_opened_and_shows_no_answers(unproven, own_browser):
    page = shown(own_browser)

    assert "Bitte bestätigen Sie Ihre E-Mail-Adresse" in page
    assert unproven.contact_email in page
    assert "Austausch über Wärme." not in page


def test_a_wrong_address_is_mended_and_this_browser_goes_on(unproven, own_browser, mails):
    response = own_browser.post(MEND, {"email": "Neu@MUSTERBAECKEREI.example"}, follow=True)

    page = response.content.decode()
    assert response.status_code == 200
    assert "Neu@musterbaeckerei.example" in page
    assert [(mail.to_email, mail.status) for mail in mails(kind="application_started")] == [
        (unproven.contact_email, "withdrawn"),
        ("Neu@musterbaeckerei.example", "queued"),
    ]


def test_a_bad_address_is_said_at_the_field_and_changes_nothing(unproven, own_browser):
    before = all_rows()

    response = own_browser.post(MEND, {"email": "keine Adresse"})

    assert response.status_code == 422
    assert "vollständige E-Mail-Adresse" in response.content.decode()
    assert difference(before, all_rows()) == {}


def test_the_mail_can_be_sent_again_but_not_without_end(unproven, own_browser):
    for _ in range(4):
        a_minute_later()
        response = own_browser.post(f"{PAGE}bestaetigung/", follow=True)

    assert "in der letzten Stunde schon mehrere Mails" in response.content.decode()
    assert OutgoingMail.objects.filter(kind="application_started").count() == 3


def test_a_colleague_reads_who_still_has_to_confirm(unproven, enter):
    colleague = ApplicantFactory(application=unproven, name="Kim Korn", email="kim@musterbaeckerei.example")

    page = shown(enter(unproven, colleague))

    assert "Erika Muster hat den Antrag" in page
    assert "Adresse berichtigen" not in page


def test_a_proven_address_is_not_mended_any_more(in_state, enter):
    client = enter(in_state("submitted"))
    before = all_rows()

    response = client.post(MEND, {"email": "fremd@evil.example"}, follow=True)

    assert "Der Stand hat sich inzwischen geändert." in response.content.decode()
    assert difference(before, all_rows()) == {}
