"""From a first question to the beginning of an application, and back to a lost link; by mouse, keyboard and phone."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import expect

from klimapakt.limits.models import Bucket
from klimapakt.pact.models import Pact
from klimapakt.setup.roles import OFFICE
from partners.models import Applicant, Application, Interest, TalkSlot
from tests.browser.people import KeyboardPerson, Person, text_of
from tests.factories import UserFactory

pytestmark = pytest.mark.browser

APPLICATION = re.compile(r"/mein-klimapakt/antrag/\?vorgang=application:\d+$")
IDA = "ida@sonnenverein.example"
OFFICE_EMAIL = "klimapakt@musterstadt.example"
PASSWORD = "lang-und-geheim-genug"


@pytest.fixture(params=["mouse", "keyboard on a phone without JavaScript"])
def ida(request, browse, pact) -> Person:
    """Somebody who is interested in a pact that talks first."""
    Pact.objects.update(books_talks_online=True)
    start = timezone.now() + timedelta(days=5)
    TalkSlot.objects.create(starts_at=start, ends_at=start + timedelta(minutes=30), host="Ottilie Amt", where="Rathaus")
    if request.param == "mouse":
        return Person(browse())
    return KeyboardPerson(browse(width=390, java_script_enabled=False))


@pytest.fixture
def office(browse, pact) -> Person:
    user = UserFactory(username="amt", first_name="Ottilie", last_name="Amt")
    user.set_password(PASSWORD)
    user.save()
    user.groups.add(Group.objects.get(name=OFFICE))
    return Person(browse())


def test_a_question_is_asked_proven_answered_and_becomes_an_application(ida, office, postbox):
    ida.opens("/mitmachen/").follows("Anfrage senden").reads("Fragen Sie uns")
    ida.fills(name="Ida Sonne", email="ida@sonnenverein", question="Was kostet uns das?").ticks("wants_talk")
    ida.presses("Anfrage senden").sees("Bitte geben Sie eine vollständige E-Mail-Adresse ein")
    expect(ida.field("question")).to_have_value("Was kostet uns das?")
    expect(ida.field("wants_talk")).to_be_checked()
    ida.fills(email=IDA, organisation="Sonnenverein e. V.").presses("Anfrage senden")
    ida.reads("Bitte bestätigen Sie Ihre E-Mail-Adresse").sees(IDA)

    [proof] = postbox.wait_for(1, to=IDA)
    assert "Sonnenverein" not in text_of(proof)
    ida.opens_link_of(proof).reads("Ihre Anfrage").sees("Was kostet uns das?", "Orientierungsgespräch")

    [told] = postbox.wait_for(1, to=OFFICE_EMAIL, subject="Neue Anfrage: Sonnenverein e. V.")
    answer_it(office, text_of(told))
    [answer] = postbox.wait_for(1, to=IDA, subject="Ihre Anfrage I-")
    assert "Die Teilnahme kostet nichts." in text_of(answer)

    ida.opens_link_of(answer).reads("Ihre Anfrage").sees("Wir haben Ihnen geantwortet")
    ida.presses("Antrag beginnen")
    expect(ida.page).to_have_url(APPLICATION)
    ida.sees("Sonnenverein e. V.")
    assert Applicant.objects.get().is_proven


def answer_it(office: Person, told: str) -> None:
    address = next(line for line in told.splitlines() if "/admin/partners/interest/" in line)
    office.opens(address).reads("Anmelden").fills(username="amt", password=PASSWORD).presses("Anmelden")
    office.sees("Antworten und Gespräch vereinbaren", "Was kostet uns das?")
    office.follows("Antworten …").sees(f"Ida Sonne ({IDA}) bekommt Ihre Antwort per Mail")
    office.fills(text="Die Teilnahme kostet nichts.").presses("Weiter zur Vorschau").presses("Antworten")
    office.sees("Ihre Antwort ist unterwegs.", "beantwortet, das Unternehmen ist am Zug")


def test_whoever_asked_can_take_it_back(ida, postbox):
    ida.opens("/mitmachen/interesse/").fills(name="Ida Sonne", email=IDA).presses("Anfrage senden")
    ida.reads("Bitte bestätigen Sie Ihre E-Mail-Adresse")
    [proof] = postbox.wait_for(1, to=IDA)
    ida.opens_link_of(proof).reads("Ihre Anfrage")

    ida.follows("Anfrage löschen").reads("Anfrage wirklich löschen?").presses("Anfrage löschen")

    ida.sees("Ihre Anfrage ist gelöscht.")
    postbox.wait_for(1, to=OFFICE_EMAIL, subject="Anfrage zurückgezogen")
    assert not Interest.objects.exists()
    ida.opens("/mein-klimapakt/interesse/").reads("Bitte öffnen Sie Ihren persönlichen Link")


def test_a_lost_link_comes_again_and_opens_what_belongs_to_the_address(ida, postbox):
    ida.opens("/mitmachen/interesse/").fills(name="Ida Sonne", email=IDA).presses("Anfrage senden")
    ida.reads("Bitte bestätigen Sie Ihre E-Mail-Adresse")
    [proof] = postbox.wait_for(1, to=IDA)
    ida.opens_link_of(proof).reads("Ihre Anfrage").presses("Antrag beginnen")
    expect(ida.page).to_have_url(APPLICATION)
    ida.page.context.clear_cookies()
    ida.opens("/mein-klimapakt/antrag/").reads("Bitte öffnen Sie Ihren persönlichen Link")

    ida.follows("Link anfordern").reads("Link anfordern").fills(email=IDA).presses("Link anfordern")

    ida.reads("Bitte sehen Sie in Ihr Postfach")
    both = postbox.wait_for(2, to=IDA, subject="Ihr Link")  # the application's own came when it began
    [again] = [mail for mail in both if mail["Subject"] == "Ihr Link"]
    ida.opens_link_of(again).reads("Was möchten Sie öffnen?")
    application = Application.objects.get()
    ida.presses(f"Öffnen (Antrag {application.reference})")
    expect(ida.page).to_have_url(APPLICATION)


def test_a_form_too_many_keeps_what_was_typed(browse, pact, postbox):
    person = Person(browse())
    person.opens("/mitmachen/interesse/").fills(name="Ida Sonne", email=IDA, question="Was kostet uns das?")
    Bucket.objects.all().delete()
    for _ in range(6):
        other = Person(browse())
        other.opens("/mitmachen/link/").fills(email=IDA).presses("Link anfordern")
        other.reads("Bitte sehen Sie in Ihr Postfach")

    person.presses("Anfrage senden")

    person.sees("Mit dieser E-Mail-Adresse wurden in der letzten Stunde schon mehrere Formulare gesendet.")
    expect(person.field("question")).to_have_value("Was kostet uns das?")
    assert not Interest.objects.exists()
