"""The office asks back and the company answers, walked by both."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Page

from klimapakt.setup.roles import OFFICE
from partners.models import Application
from partners.services import applying, review
from tests.browser.people import KeyboardPerson, Person, text_of
from tests.factories import ApplicationFactory, UserFactory
from tests.stack import Postbox

pytestmark = pytest.mark.browser

PASSWORD = "Lastenrad-Solardach-7"
ERIKA = "erika@sonnenkorn.example"


@dataclass
class Cast:
    """Who takes part: the office at its desk, and somebody of a company."""

    office: Person
    company: Person


@pytest.fixture(params=["mouse", "keyboard", "keyboard, no script, 390 px"])
def cast(request: pytest.FixtureRequest, browse: Callable[..., Page]) -> Cast:
    match request.param:
        case "mouse":
            return Cast(Person(browse()), Person(browse()))
        case "keyboard":
            return Cast(KeyboardPerson(browse(reduced_motion="reduce")), KeyboardPerson(browse()))
        case _:
            return Cast(
                Person(browse(width=390, java_script_enabled=False)),
                KeyboardPerson(browse(width=390, java_script_enabled=False)),
            )


@pytest.fixture
def reviewed(pact) -> Application:
    """An application of Sonnenkorn on the desk of somebody of the office."""
    user = UserFactory(username="amt", first_name="Ottilie", last_name="Amt")
    user.set_password(PASSWORD)
    user.save()
    user.groups.add(Group.objects.get(name=OFFICE))
    application = ApplicationFactory(name="Sonnenkorn GmbH", contact_name="Erika Korn", contact_email=ERIKA)
    applying.send(application, by=application.applicants.get())
    review.start_review(Application.objects.get(), by=user)
    return application


def test_the_office_asks_two_things_and_the_company_answers_and_mends(reviewed, cast, postbox):
    office, company = cast.office, cast.company

    ask_two_things(office, reviewed)
    answer_one(company, postbox)
    answer_the_other_and_mend_the_sector(company)
    read_the_answers(office, reviewed, postbox)


def page_of(application: Application) -> str:
    return f"/admin/partners/application/{application.pk}/"


def ask_two_things(office: Person, application: Application) -> None:
    office.opens("/admin/login/").fills(username="amt", password=PASSWORD).presses("Anmelden").sees("Ottilie")
    office.opens(f"{page_of(application)}change/").follows("Rückfrage stellen …")
    office.sees(f"Erika Korn ({ERIKA}) bekommt eine Mail mit allen Fragen")
    office.fills(text_1="Wie viele Standorte haben Sie in der Stadt?").unfolds("Weitere Fragen in derselben Mail")
    office.fills(text_2="Zählen Sie sich nicht eher zum Handel?").chooses(field_2="Branche")
    office.presses("Weiter zur Vorschau").presses("Rückfrage stellen").sees(
        "Ihre 2 Fragen sind gestellt.", "Rückfrage offen", "noch keine Antwort"
    )


def answer_one(company: Person, postbox: Postbox) -> None:
    [mail] = postbox.wait_for(1, to=ERIKA, subject="Rückfrage zu Ihrem Antrag")
    assert "2. Zu „Branche“: Zählen Sie sich nicht eher zum Handel?" in text_of(mail)
    company.opens_link_of(mail).reads("Antrag von Sonnenkorn GmbH").sees("Jetzt am Zug: Sie.", "Frage zu „Branche“")
    company.presses("Antworten senden").sees("Bitte schreiben Sie eine Antwort.")
    first, _ = (question.pk for question in Application.objects.get().questions.all())
    company.fills(**{f"answer_{first}": "Zwei, beide im Norden."}).presses("Antworten senden")
    company.sees("Ihre Antwort ist bei uns eingegangen. Eine Frage ist noch offen.", "Zwei, beide im Norden.")


def answer_the_other_and_mend_the_sector(company: Person) -> None:
    _, second = (question.pk for question in Application.objects.get().questions.all())
    company.chooses(**{f"value_{second}": "Handel"}).fills(**{f"answer_{second}": "Ja, seit diesem Jahr."})
    company.presses("Antwort senden").sees("Vielen Dank, Ihre Antwort ist bei uns eingegangen.")
    company.sees("Jetzt am Zug: die Geschäftsstelle.", "Branche geändert", "„Handel“")


def read_the_answers(office: Person, application: Application, postbox: Postbox) -> None:
    [_] = postbox.wait_for(1, to="klimapakt@musterstadt.example", subject="Antwort auf Ihre Rückfrage")
    office.opens(f"{page_of(application)}change/").sees("in Prüfung", "Zwei, beide im Norden.", "Ja, seit diesem Jahr.")
    office.sees("Branche geändert: „Industrie und verarbeitendes Gewerbe“ → „Handel“")
    application.refresh_from_db()
    assert (application.status, application.sector) == ("in_review", "G")
