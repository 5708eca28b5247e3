"""axe on the pages between a first question and a decision on which a company asks, waits, or comes too late."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain

import pytest
from django.utils import timezone

from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.pact.models import Pact
from partners import access
from partners.mails.application import application_access
from partners.models import Application
from partners.services import interest, prospects, talks
from tests.browser.people import Person
from tests.browser.test_accessibility import findings, width_of
from tests.browser.test_application_form import begin
from tests.factories import ApplicantFactory, ApplicationFactory, UserFactory
from tests.factories.interest import InterestFactory
from tests.factories.talks import LETTER, TalkSlotFactory, applying_company, interested_company, link_of
from tests.klimapakt.uploads.sample import examine_all, received

pytestmark = pytest.mark.browser

OWN = "/mein-klimapakt/"
WITHOUT_SCRIPT = "form => HTMLFormElement.prototype.submit.call(form)"
"""axe needs JavaScript, and uploading asks the whole page only without."""

InState = Callable[[str], Application]


@pytest.fixture
def pact(pact: Pact) -> Pact:
    pact.books_talks_online = pact.uses_orientation_talk = pact.uses_letter_of_intent = True
    pact.letter_of_intent = LETTER
    pact.save()
    return pact


def enters(person: Person, link: AccessLink) -> Person:
    """Open one personal link and forget those before."""
    person.page.context.clear_cookies()
    person.opens(link.url()).presses("Weiter")
    person.page.wait_for_url(f"**{OWN}**")
    return person


def link_to(application: Application) -> AccessLink:
    return application_access(application.applicants.get())


def pages_of_asking(person: Person, in_state: InState) -> Iterator[str]:
    """Go to every page of somebody who asks something or has lost a link; yields its name."""
    person.opens("/mitmachen/interesse/").presses("Anfrage senden").sees("Bitte prüfen Sie Ihre Angaben")
    yield "inquiry with mistakes"
    person.fills(name="Ida Sonne", email="ida@sonnenverein.example").presses("Anfrage senden")
    person.reads("Bitte bestätigen Sie Ihre E-Mail-Adresse")
    yield "receipt of an inquiry"
    person.opens("/mitmachen/link/").presses("Link anfordern").sees("Bitte prüfen Sie Ihre Angaben")
    yield "request for a link with a mistake"
    asked = InterestFactory()
    person.fills(email=asked.email).presses("Link anfordern").reads("Bitte sehen Sie in Ihr Postfach")
    yield "receipt of a request for a link"
    ApplicationFactory(contact_email=asked.email)
    lost = AccessLink.issue(access.RETURN, 1, email=asked.email, valid_for=timedelta(days=1))
    enters(person, lost).reads("Was möchten Sie öffnen?")
    yield "choice of what a link opens"
    company, slot = interested_company(), TalkSlotFactory()
    enters(person, link_of(company)).reads("Ihre Anfrage")
    yield "own inquiry"
    interest.answer(company.interest, "Die Teilnahme kostet nichts.", by=UserFactory())
    talks.book(company, slot)
    person.opens(f"{OWN}interesse/").sees("Wir haben Ihnen geantwortet")
    yield "own inquiry, answered, with a talk"
    person.page.context.clear_cookies()
    begin(person).opens(f"{OWN}gespraech/").reads("Bitte bestätigen Sie Ihre Adresse")
    yield "talk before the proof of the address"


def pages_of_a_letter(person: Person, in_state: InState) -> Iterator[str]:
    """Go to every page of a letter of intent from the reading to the file; yields its name."""
    enters(person, link_of(applying_company())).opens(f"{OWN}absichtserklaerung/").reads("Absichtserklärung")
    yield "letter"
    person.presses("Weiter zur Unterschrift").reads("Absichtserklärung unterschreiben")
    yield "signing a letter"
    person.fills(function="Inhaberin", code=OneTimeCode.objects.get().digits()).ticks("agrees")
    person.presses("Absichtserklärung unterschreiben").sees("Ihre Absichtserklärung ist unterschrieben.")
    yield "signed letter, its file waits"
    person.opens(f"{OWN}absichtserklaerung/pdf/").sees("Das PDF wird gerade erstellt.")
    yield "file of a letter that waits"
    Document.objects.get().give_up("Das PDF ließ sich nicht erstellen.")
    person.opens(f"{OWN}absichtserklaerung/pdf/").sees("Das PDF ließ sich nicht erstellen.")
    yield "file of a letter that could not be made"


def pages_of_files(person: Person, in_state: InState) -> Iterator[str]:
    """Go to every page about logo and papers; yields its name."""
    application = ApplicationFactory()
    files = f"{OWN}antrag/dateien/"
    enters(person, link_to(application)).opens(files).reads("Dateien zu Ihrem Antrag")
    yield "no files"
    person.page.locator("form:has([data-uploads])").last.evaluate(WITHOUT_SCRIPT)
    person.sees("Bitte wählen Sie eine Datei aus.")
    yield "a file with a mistake"
    for kind in ("a pdf", "a png of 20 million points"):
        application.files.create(upload=received(application, kind))
    person.opens(files).sees("Wird geprüft …")
    yield "files in quarantine"
    examine_all()
    person.opens(files).sees("Nicht angenommen:", "Geprüft")
    yield "files that were examined"


def pages_of_waiting(person: Person, in_state: InState) -> Iterator[str]:
    """Go to every page of an application that was sent; yields its name."""
    slot = TalkSlotFactory()
    sent = in_state("submitted")
    enters(person, link_to(sent)).sees("Termin wählen", "Absichtserklärung lesen")
    yield "talk and letter wait"
    talks.book(prospects.of_applicant(sent.applicants.get()), slot)
    sent.files.create(upload=received(sent))
    person.opens(f"{OWN}antrag/").sees("Termin ansehen, verschieben oder absagen")
    yield "talk booked, a paper in quarantine"
    person.presses("Als PDF herunterladen").sees("Das PDF wird gerade erstellt.")
    yield "copy that waits"
    Document.objects.filter(kind="application-copy").get().give_up("Das PDF ließ sich nicht erstellen.")
    person.opens(f"{OWN}antrag/kopie/").sees("Das PDF ließ sich nicht erstellen.")
    yield "copy that could not be made"
    colleague = ApplicantFactory(application=sent, name="Kim Korn", email="kim@musterbaeckerei.example")
    person.opens(f"{OWN}antrag/mitwirkende/").presses("Einladen").sees("Bitte prüfen Sie Ihre Angaben")
    yield "invitation with mistakes"
    person.opens(f"{OWN}antrag/mitwirkende/{colleague.pk}/entfernen/").reads("Kim Korn entfernen?")
    yield "colleague to be removed"
    Pact.objects.update(uses_orientation_talk=False, uses_letter_of_intent=False)  # what would keep from accepting
    for state in ("accepted", "rejected", "withdrawn"):
        decided = in_state(state)
        Application.objects.filter(pk=decided.pk).update(decided_at=timezone.now() - Pact.load().undo_time)
        enters(person, link_to(decided)).reads(f"Antrag von {decided.name}")
        yield f"application {state}"


def pages_of_coming_too_late(person: Person, in_state: InState) -> Iterator[str]:
    """Go to every page that keeps what was typed; yields its name."""
    draft = ApplicationFactory()
    enters(person, link_to(draft)).opens(f"{OWN}antrag/heute/").fills(already_doing="Spät getippt.")
    person.page.context.clear_cookies(name="s")
    person.presses("Speichern und weiter").sees("Ihre Sitzung ist abgelaufen.")
    yield "saved without a session"
    enters(person, link_to(draft)).opens(f"{OWN}antrag/heute/").fills(already_doing="Zu spät getippt.")
    Application.objects.filter(pk=draft.pk).update(already_doing="Vorher.", version=draft.version + 1)
    person.presses("Speichern und weiter")
    yield "conflict"
    enters(person, link_to(draft)).opens(f"{OWN}antrag/heute/").fills(already_doing="Zu spät getippt.")
    draft.applicants.get().delete()
    person.presses("Speichern und weiter").sees("Zu spät getippt.")
    yield "words that came too late"


def faults(person: Person, pages: Iterator[str]) -> list[str]:
    """Return what axe finds on pages, and which of them scroll sideways in a narrow window."""
    found = []
    for place in pages:
        found += findings(person.page, place)
        person.page.set_viewport_size({"width": 320, "height": 900})
        if width_of(person.page) > 320:
            found.append(f"{place} scrolls sideways")
        person.page.set_viewport_size({"width": 1280, "height": 900})
    return found


def test_pages_of_asking_and_of_coming_too_late_have_no_fault(pact, browse, in_state):
    person = Person(browse())

    pages = chain(pages_of_asking(person, in_state), pages_of_coming_too_late(person, in_state))

    assert faults(person, pages) == []


def test_pages_that_wait_for_the_worker_or_the_office_have_no_fault(pact, browse, in_state, no_worker):
    person = Person(browse())

    pages = chain(
        pages_of_a_letter(person, in_state), pages_of_files(person, in_state), pages_of_waiting(person, in_state)
    )

    assert faults(person, pages) == []


def test_a_page_that_waits_says_by_itself_when_the_file_is_there(pact, browse, in_state, no_worker):
    person = Person(browse())
    enters(person, link_to(in_state("submitted"))).presses("Als PDF herunterladen").sees(
        "Das PDF wird gerade erstellt."
    )

    while archive.render_next():
        pass
    person.sees("Das PDF ist fertig.")

    with person.page.expect_download() as copy:
        person.follows("PDF öffnen")
    assert copy.value.path().read_bytes().startswith(b"%PDF")


def test_without_javascript_a_link_looks_whether_the_file_is_there(pact, browse, in_state, no_worker):
    person = Person(browse(java_script_enabled=False))
    enters(person, link_to(in_state("submitted"))).presses("Als PDF herunterladen")
    person.follows("Nachsehen, ob das PDF fertig ist").sees("Das PDF wird gerade erstellt.")

    while archive.render_next():
        pass

    with person.page.expect_download() as copy:
        person.follows("Nachsehen, ob das PDF fertig ist")
    assert copy.value.path().read_bytes().startswith(b"%PDF")
