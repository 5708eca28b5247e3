"""The page of an application that was sent, as its people see it."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.mailbox import kinds, rewording
from klimapakt.mailbox.models import OutgoingMail
from partners.mails.application import application_access
from partners.models import Applicant, Application, ApplicationQuestion, Partner
from partners.progress import answer_due, now_of
from partners.services import applying, decision, prospects, questions, review, talks
from partners.services.questions import Asked
from tests.bad_input.form import Page
from tests.factories import ApplicantFactory, ApplicationFactory, UserFactory
from tests.factories.talks import TalkSlotFactory
from tests.filled import a_minute_later, led_to
from tests.rows import all_rows, difference

PAGE = "/mein-klimapakt/antrag/"
ANSWER, MEND = f"{PAGE}antwort/", f"{PAGE}adresse/"


@pytest.fixture
def enter(open_link):
    """Return the browser of a person of an application: its first one unless said otherwise."""

    def enter(application: Application, person: object = None) -> Client:
        client = Client()
        open_link(client, application_access(person or application.applicants.first()))
        return client

    return enter


@pytest.fixture
def asked(in_state, office):
    """An application with one question about nothing in particular and one about the sector."""
    application = in_state("in_review")
    questions.ask(application, [Asked("Wie viele Standorte?"), Asked("Eher Handel?", "sector")], by=office)
    return application


def shown(client: Client) -> str:
    return client.get(PAGE).content.decode()


def sent_by(client: Client) -> dict[str, object]:
    """Return what the form of the page would send."""
    sent = Page(shown(client)).sent
    return {name: value for name, value in sent.items() if name.startswith(("answer_", "value_", "shown_"))}


def keys(application: Application) -> tuple[int, int]:
    """Return the ids of the general question and of the one about the sector."""
    return tuple(application.questions.values_list("pk", flat=True))


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


# --- what else can be done --------------------------------------------------------------------------------------------


def test_a_copy_as_pdf_is_made_on_demand_and_says_so_while_it_is_made(in_state, enter):
    client = enter(in_state("submitted"))

    waiting = client.post(f"{PAGE}kopie/erstellen/", follow=True).content.decode()
    while archive.render_next():
        pass
    copy = client.get(f"{PAGE}kopie/")

    assert "Das PDF wird gerade erstellt." in waiting
    assert copy["Content-Type"] == "application/pdf"
    assert copy["Content-Disposition"].startswith("attachment")
    assert copy.content.startswith(b"%PDF-")


def test_ordered_twice_a_copy_is_one_and_no_mail_goes_with_it(in_state, enter, mails):
    application = in_state("submitted")
    client, before = enter(application), len(mails())

    for _ in range(2):
        client.post(f"{PAGE}kopie/erstellen/")
    while archive.render_next():
        pass

    assert Document.objects.about(application).filter(kind="application-copy").count() == 1
    assert [mail.kind for mail in mails()[before:]] in ([], ["application_received"])


def test_a_change_makes_the_next_copy_another_one(in_state, enter):
    application = in_state("submitted")
    client = enter(application)
    client.post(f"{PAGE}kopie/erstellen/")
    review.correct(application, {"sector": "N"}, shown={"sector": "C"}, by=UserFactory())

    response = client.get(f"{PAGE}kopie/")

    assert led_to(response) == PAGE


@pytest.mark.parametrize(
    ("is_booked_online", "letter", "recorded", "offered"),
    [
        (False, "", [], []),
        (True, "", [], ["Termin wählen"]),
        (False, "Wir wollen.", [], ["Absichtserklärung lesen"]),
        (True, "Wir wollen.", [], ["Termin wählen", "Absichtserklärung lesen"]),
        (True, "Wir wollen.", ["orientation_talk"], ["Absichtserklärung lesen"]),
        (True, "Wir wollen.", ["orientation_talk", "letter_of_intent"], []),
    ],
)
def test_steps_that_go_online_are_offered_until_they_are_recorded(
    is_booked_online, letter, recorded, offered, pact, in_state, enter, office
):
    pact.uses_orientation_talk = pact.books_talks_online = is_booked_online
    pact.uses_letter_of_intent, pact.letter_of_intent = bool(letter), letter
    pact.save()
    application = in_state("in_review")
    for kind in recorded:
        review.record_step(application, kind, done_on=timezone.localdate(), document=None, note="", by=office)

    page = shown(enter(application))

    assert [label for label in ("Termin wählen", "Absichtserklärung lesen") if f">{label}</a>" in page] == offered
    assert ("Jetzt am Zug: Sie." in page) == bool(offered)
    assert page.count("Wartet auf Sie") == len(offered)


def test_a_talk_that_is_booked_waits_for_its_day_and_not_for_the_company(pact, in_state, enter):
    pact.uses_orientation_talk = pact.books_talks_online = True
    pact.save()
    application, slot = in_state("submitted"), TalkSlotFactory()
    talks.book(prospects.of_applicant(application.applicants.get()), slot)

    page = shown(enter(application))

    assert "Wartet auf Sie" not in page
    assert f"Steht noch aus, {slot.when}" in page


@pytest.mark.parametrize("is_asked", [True, False])
def test_the_receipt_says_the_same_about_who_has_to_act_as_the_page(is_asked, pact, in_state, enter):
    pact.uses_orientation_talk = pact.books_talks_online = is_asked
    pact.save()
    application = in_state("submitted")
    kind = kinds.get("application_received")

    page = shown(enter(application))
    mail = rewording.render(kind, rewording.shipped_texts(kind), next(iter(kind.examples()))).text

    for words, are_said in (
        ("Bitte wählen Sie einen Termin für das Orientierungsgespräch.", is_asked),
        ("Sie brauchen nichts zu tun.", not is_asked),
    ):
        assert (words in page, words in mail) == (are_said, are_said)


def test_a_file_can_be_sent_right_beside_a_question_that_may_ask_for_one(in_state, enter, office):
    application = in_state("in_review")
    questions.ask(application, [Asked("Bitte senden Sie uns die Bilanz."), Asked("Stimmt das?", "sector")], by=office)

    page = shown(enter(application))

    [question] = re.findall(r'<section class="asked".*?Bitte senden Sie uns die Bilanz.*?</section>', page, re.DOTALL)
    assert f'href="/mein-klimapakt/antrag/dateien/?vorgang=application:{application.pk}"' in question


def test_colleagues_are_invited_also_after_sending_and_no_longer_after_the_decision(in_state, enter, mails):
    for state, invited in (("submitted", 1), ("rejected", 0)):
        application = in_state(state)
        client = enter(application)

        client.post(f"{PAGE}mitwirkende/einladen/", {"name": "Kim Korn", "email": f"kim@{state}.example"})

        assert len(mails(to_email=f"kim@{state}.example")) == invited, state


# --- answering --------------------------------------------------------------------------------------------------------


def test_several_answers_go_at_once_and_the_field_is_mended_where_it_was_asked_about(asked, enter):
    client, (sites, sector) = enter(asked), keys(asked)

    response = client.post(ANSWER, sent_by(client) | {f"answer_{sites}": "Zwei.", f"value_{sector}": "G"}, follow=True)

    asked.refresh_from_db()
    assert "Vielen Dank, Ihre Antwort ist bei uns eingegangen." in response.content.decode()
    assert (asked.status, asked.sector) == ("in_review", "G")
    assert asked.questions.get(pk=sites).answer == "Zwei."


def test_one_answer_can_go_alone_and_the_other_waits(asked, enter):
    client, (sites, sector) = enter(asked), keys(asked)

    response = client.post(ANSWER, sent_by(client) | {f"answer_{sites}": "Zwei."}, follow=True)

    asked.refresh_from_db()
    assert "Eine Frage ist noch offen." in response.content.decode()
    assert asked.status == "query"
    assert [one.pk for one in asked.questions.open()] == [sector]


def test_words_alone_answer_a_question_about_a_field(asked, enter):
    client, (_, sector) = enter(asked), keys(asked)

    client.post(ANSWER, sent_by(client) | {f"answer_{sector}": "Die Angabe stimmt."})

    asked.refresh_from_db()
    assert asked.sector == "C"
    assert asked.questions.get(pk=sector).answer == "Die Angabe stimmt."


def test_nothing_said_is_no_answer(asked, enter):
    client = enter(asked)
    before = all_rows()

    response = client.post(ANSWER, sent_by(client))

    assert response.status_code == 422
    assert "Bitte schreiben Sie eine Antwort." in response.content.decode()
    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("postal_code", "12", "fünf Ziffern"),
        ("contact_email", "keine Adresse", "vollständige E-Mail-Adresse"),
        ("employees", "viele", "ganze Zahl"),
        ("employees", "9999999", "höchstens 1000000"),
        ("founded", "1066", "mindestens 1500"),
        ("founded", "2099", "Bitte geben Sie ein Jahr bis"),
        ("name", "", "Bitte geben Sie den Namen der Organisation an."),
        ("sector", "gibt-es-nicht", "Bitte"),
        ("website", "nicht im Netz", "Internetadresse"),
    ],
)
def test_a_field_is_as_strict_as_in_the_form_and_what_else_was_typed_stays(field, typed, said, in_state, enter, office):
    application = in_state("in_review")
    sites, about = questions.ask(application, [Asked("Wie viele?"), Asked("Stimmt das?", field)], by=office)
    client = enter(application)
    before = all_rows()

    response = client.post(
        ANSWER, sent_by(client) | {f"answer_{sites.pk}": "Zwei Standorte.", f"value_{about.pk}": typed}
    )

    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert "Zwei Standorte." in page
    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize(("field", "typed"), [("employees", "9999999"), ("name", "x" * 201), ("wishes", "xx " * 2000)])
def test_what_is_wrong_with_a_field_is_said_once(field, typed, in_state, enter, office):
    application = in_state("in_review")
    questions.ask(application, [Asked("Stimmt das?", field)], by=office)
    question = application.questions.get()
    client = enter(application)

    page = client.post(ANSWER, sent_by(client) | {f"value_{question.pk}": typed})

    assert len(page.context["form"].errors[f"value_{question.pk}"]) == 1


def test_a_form_whose_trace_was_tampered_with_changes_nothing(asked, enter):
    client, (_, sector) = enter(asked), keys(asked)
    before = all_rows()

    response = client.post(ANSWER, sent_by(client) | {f"shown_{sector}": "erfunden", f"value_{sector}": "G"})

    assert response.status_code == 422
    assert "Dieses Formular ist beschädigt" in response.content.decode()
    assert difference(before, all_rows()) == {}


def test_a_field_that_the_office_has_mended_meanwhile_is_shown_beside_what_was_typed(asked, enter, office):
    client, (_, sector) = enter(asked), keys(asked)
    typed = sent_by(client) | {f"value_{sector}": "G", f"answer_{sector}": "Stimmt."}
    review.correct(asked, {"sector": "N"}, shown={"sector": "C"}, by=office)

    first = client.post(ANSWER, typed)
    page = first.content.decode()
    kept = Page(page).sent
    again = client.post(ANSWER, {name: kept[name] for name in typed})

    asked.refresh_from_db()
    assert first.status_code == 409
    assert "Jemand hat diese Angabe inzwischen geändert" in page
    assert (kept[f"value_{sector}"], kept[f"answer_{sector}"].strip()) == ("G", "Stimmt.")
    assert (again.status_code, asked.sector) == (302, "G")


def test_a_colleague_who_was_quicker_loses_nobody_an_answer(asked, enter):
    colleague = ApplicantFactory(application=asked, name="Kim Korn", email="kim@musterbaeckerei.example")
    one, other, (sites, _) = enter(asked), enter(asked, colleague), keys(asked)
    typed = sent_by(one), sent_by(other)
    other.post(ANSWER, typed[1] | {f"answer_{sites}": "Zwei."})

    response = one.post(ANSWER, typed[0] | {f"answer_{sites}": "Drei."})

    assert response.status_code == 302
    assert ApplicationQuestion.objects.get(pk=sites).answer == "Zwei.\n\nErgänzung von Erika Muster: Drei."


def test_what_was_typed_when_the_application_ended_is_still_on_the_page(asked, enter):
    client, (sites, _) = enter(asked), keys(asked)
    typed = sent_by(client) | {f"answer_{sites}": "Zwei Standorte."}
    applying.withdraw(Application.objects.get(pk=asked.pk))

    response = client.post(ANSWER, typed)

    assert response.status_code == 409
    assert "Zwei Standorte." in response.content.decode()


def test_a_question_that_was_taken_back_is_said_to_be_settled(asked, enter, office):
    questions.take_back(asked, keys(asked), by=office)

    page = shown(enter(asked))

    assert page.count("Diese Frage hat sich erledigt.") == 2


def test_questions_of_another_company_are_not_answered(asked, enter, in_state):
    client, (sites, _) = enter(in_state("query")), keys(asked)
    before = all_rows()

    response = client.post(ANSWER, {f"answer_{sites}": "Fremd."})

    assert response.status_code == 422
    assert difference(before, all_rows()) == {}


def test_without_a_question_an_answer_is_not_taken(in_state, enter):
    client = enter(in_state("in_review"))
    before = all_rows()

    assert client.post(ANSWER, {"answer_1": "Hallo"}).status_code in (302, 422)
    assert difference(before, all_rows()) == {}


def test_markup_in_a_question_stays_text(in_state, enter, office):
    application = in_state("in_review")
    questions.ask(application, [Asked("{{ 7|add:7 }} <script>alert(1)</script> {% now 'Y' %}")], by=office)

    page = shown(enter(application))

    assert "{{ 7|add:7 }}" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{% now" in page


# --- before the address is proven -------------------------------------------------------------------------------------


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


def test_the_deadline_counts_days_in_berlin(pact, in_state):
    application = in_state("submitted")
    application.confirmed_at = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)  # in Berlin it is February

    assert answer_due(application, pact) == date(2026, 2, 1) + timedelta(days=pact.answer_within_days)
