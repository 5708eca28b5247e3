"""A company answers the questions of the office on the page of its application."""

import pytest
from django.test import Client

from partners.models import Application, ApplicationQuestion
from partners.services import applying, questions, review
from partners.services.questions import Asked
from tests.bad_input.form import Page
from tests.factories import ApplicantFactory
from tests.partners.status.conftest import PAGE, shown
from tests.rows import all_rows, difference

ANSWER = f"{PAGE}antwort/"


def sent_by(client: Client) -> dict[str, object]:
    """Return what the form of the page would send."""
    sent = Page(shown(client)).sent
    return {name: value for name, value in sent.items() if name.startswith(("answer_", "value_", "shown_"))}


def keys(application: Application) -> tuple[int, int]:
    """Return the ids of the general question and of the one about the sector."""
    return tuple(application.questions.values_list("pk", flat=True))


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
