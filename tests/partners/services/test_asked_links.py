"""„Link anfordern“: the right person gets a link, everybody else learns nothing."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from klimapakt.links.models import AccessLink
from partners import access, tasks
from partners.mails.interest import LINKS_AN_HOUR
from partners.models import Applicant, Application, Interest, LinkRequest
from partners.services import applying, asked_links
from tests.factories import ApplicantFactory, ApplicationFactory, ContactFactory, PartnerFactory
from tests.factories.interest import InterestFactory
from tests.filled import led_to
from tests.guarded import stamped

ERIKA = "erika@musterbaeckerei.example"
PAGE = "/mitmachen/link/"


def request_link(email: str, client: Client | None = None):
    return (client or Client()).post(PAGE, stamped("link_request", email=email))


def make(kind: str, email: str = ERIKA) -> object:
    match kind:
        case "partner":
            return ContactFactory(organisation=PartnerFactory().organisation, email=email)
        case "draft":
            return ApplicationFactory(contact_email=email)
        case "unproven draft":
            return ApplicationFactory(contact_email=email, applicant__is_proven=False)
        case "inquiry":
            return InterestFactory(email=email)
        case "unproven inquiry":
            return InterestFactory(email=email, unconfirmed=True)


OPENS = {
    "partner": "/mein-klimapakt/",
    "draft": "/mein-klimapakt/antrag/",
    "unproven draft": "/mein-klimapakt/antrag/",
    "inquiry": "/mein-klimapakt/interesse/",
    "unproven inquiry": "/mein-klimapakt/interesse/",
}


@pytest.mark.parametrize("kind", OPENS)
def test_whoever_is_known_gets_one_mail_whose_link_opens_what_is_theirs(kind, pact, mails, open_link):
    make(kind)

    request_link("Erika@Musterbaeckerei.example")
    tasks.send_asked_links()
    tasks.send_asked_links()

    [mail] = mails()
    assert (mail.kind, mail.is_proven) == ("link_asked", not kind.startswith("unproven"))
    client = Client()
    response = open_link(client, mail.link)
    assert led_to(response) == OPENS[kind]
    assert client.get(response["Location"]).status_code == 200
    assert not LinkRequest.objects.exists()


def test_the_mail_says_nothing_about_what_the_link_opens(pact, mails):
    contact = make("partner")
    application = make("draft")

    request_link(ERIKA)
    tasks.send_asked_links()

    [mail] = mails()
    words = f"{mail.subject} {mail.body} {mail.html} {mail.to_name} {mail.reason}"
    assert [word for word in (str(contact.organisation), contact.name, application.name) if word in words] == []


def test_nobody_else_gets_a_mail(pact, mails):
    make("partner")

    request_link("fremd@anderswo.example")
    tasks.send_asked_links()

    assert mails() == []
    assert not LinkRequest.objects.exists()


@pytest.mark.parametrize("what", ["left contact", "contact of no partner", "left person", "withdrawn", "closed"])
def test_who_has_nothing_any_more_gets_no_mail(what, pact, mails, in_state):
    match what:
        case "left contact":
            make("partner")
            from partners.models import Contact

            Contact.objects.update(left_at=timezone.now(), is_main=False)
        case "contact of no partner":
            ContactFactory(email=ERIKA)
        case "left person":
            make("draft")
            Applicant.objects.update(left_at=timezone.now())
        case "withdrawn":
            application = in_state("withdrawn")
            application.applicants.update(email=ERIKA)
        case "closed":
            InterestFactory(email=ERIKA, closed=True)
    before = len(mails())

    request_link(ERIKA)
    tasks.send_asked_links()

    assert len(mails()) == before


def test_the_answer_is_the_same_for_known_and_unknown_addresses(pact):
    make("partner")
    make("draft")
    seen = {}
    for email in (ERIKA, "f" + ERIKA[1:]):
        client = Client()
        with CaptureQueriesContext(connection) as queries:
            response = request_link(email, client)
        statements = [query["sql"].split()[0] for query in queries]  # the next request empties the log
        receipt = client.get(response["Location"]).content.decode()
        seen[email] = (
            response.status_code, response["Location"], response.content, statements, receipt.replace(email, "…"), sorted(response.headers),
        )  # fmt: skip

    assert len(set(map(str, seen.values()))) == 1
    assert LinkRequest.objects.count() == 2


def test_the_request_does_not_look_for_the_address(pact):
    make("partner")

    with CaptureQueriesContext(connection) as queries:
        request_link(ERIKA)

    tables = ("partners_contact", "partners_applic", "partners_interest", "partners_organisation", "mailbox_")
    assert [q["sql"] for q in queries if any(table in q["sql"] for table in tables)] == []


def test_one_address_gets_a_few_links_an_hour(pact, mails):
    make("partner")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(LINKS_AN_HOUR + 2):
            asked_links.ask(ERIKA)
            tasks.send_asked_links()
        within = len(mails())
        clock.shift(timedelta(hours=1, seconds=1))
        asked_links.ask(ERIKA)
        tasks.send_asked_links()

    assert within == LINKS_AN_HOUR
    assert len(mails()) == LINKS_AN_HOUR + 1


def test_a_form_that_makes_no_sense_asks_for_nothing(pact):
    codes = [Client().post(PAGE, stamped("link_request", email=email)).status_code for email in ("", "keine", "a@b")]

    assert codes == [422, 422, 422]
    assert not LinkRequest.objects.exists()


# --- A decision ------------------------------------------------------------------------------------------------------


SENDER = "heinz@musterbaeckerei.example"


@pytest.fixture
def decided(in_state, pact):
    """Return an application sent by somebody who is not its contact, decided this moment; the office may think again."""

    def decided(state: str) -> Application:
        pact.undo_minutes = 30
        pact.save()
        application = in_state(state)
        application.applicants.update(email=SENDER, name="Heinz Muster")
        return application

    return decided


def what(email: str) -> list[tuple[str, int]]:
    return [(one.purpose, one.object_id) for one in asked_links.belongings(email)]


@pytest.mark.parametrize("state", ["accepted", "rejected"])
def test_a_decision_is_not_seen_before_its_mail_is_due(state, decided):
    application = decided(state)
    case = [(access.APPLICATION, application.pk)]

    assert what(SENDER) == case
    assert what(application.contact_email) == []  # no contact of any partner yet


def test_a_known_contact_of_the_organisation_sees_no_partner_before_that_either(decided):
    application = decided("accepted")
    ContactFactory(organisation=application.partner.organisation, email=ERIKA, is_main=False)

    assert what(ERIKA) == []
    Application.objects.update(decided_at=timezone.now() - timedelta(hours=1))
    assert [purpose for purpose, _ in what(ERIKA)] == [access.PARTNER]


def test_once_told_the_contact_gets_the_partner_and_the_sender_the_application(decided, open_link, mails):
    application = decided("accepted")
    Application.objects.update(decided_at=timezone.now() - timedelta(hours=1))
    contact = application.partner.organisation.contacts.get()

    assert what(application.contact_email) == [(access.PARTNER, contact.pk)]
    assert what(SENDER) == [(access.APPLICATION, application.pk)]
    asked_links.ask(SENDER)
    tasks.send_asked_links()
    client = Client()
    page = client.get(open_link(client, mails(kind="link_asked")[0].link)["Location"]).content.decode()
    assert "ist aufgenommen" in page


def test_whoever_sent_it_and_is_the_contact_too_gets_the_partner_alone(decided):
    application = decided("accepted")
    application.applicants.update(email=application.contact_email)
    Application.objects.update(decided_at=timezone.now() - timedelta(hours=1))

    assert [purpose for purpose, _ in what(application.contact_email.upper())] == [access.PARTNER]


def test_a_rejection_that_was_told_leaves_nothing_to_open(decided):
    decided("rejected")
    Application.objects.update(decided_at=timezone.now() - timedelta(hours=1))

    assert what(SENDER) == []


# --- Several things of one person -------------------------------------------------------------------------------------


@pytest.fixture
def erika(pact, open_link) -> Client:
    """Somebody who is a contact, fills two applications and asked something, and has opened the asked link."""
    for kind in ("partner", "draft", "draft", "inquiry"):
        make(kind)
    asked_links.ask(ERIKA)
    tasks.send_asked_links()
    client = Client()
    assert led_to(open_link(client, AccessLink.objects.get(purpose=access.RETURN))) == "/mein-klimapakt/auswahl/"
    return client


def test_of_several_things_a_person_chooses(erika):
    page = erika.get("/mein-klimapakt/auswahl/").content.decode()

    for application in Application.objects.all():
        path = f"/mein-klimapakt/auswahl/application/{application.pk}/"
        assert path in page
        assert led_to(erika.post(path)) == "/mein-klimapakt/antrag/"
        assert application.name in erika.get("/mein-klimapakt/antrag/").content.decode()


def test_what_belongs_to_somebody_else_cannot_be_chosen(erika):
    others = [make(kind, "otto@musterwerk.example") for kind in ("partner", "draft", "inquiry")]

    codes = [
        erika.post(f"/mein-klimapakt/auswahl/{purpose}/{one.pk}/").status_code
        for purpose, one in zip(["partner", "application", "interest"], others, strict=True)
    ]

    assert codes == [404, 404, 404]
    assert erika.post("/mein-klimapakt/auswahl/return/1/").status_code == 404
    assert erika.get(f"/mein-klimapakt/auswahl/application/{others[1].pk}/").status_code == 405


def test_what_was_taken_away_since_cannot_be_opened(erika):
    application = Application.objects.first()
    person = application.applicants.get()
    colleague = ApplicantFactory(application=application, email="otto@musterbaeckerei.example")
    applying.remove(person, by=colleague)

    response = erika.post(f"/mein-klimapakt/auswahl/application/{application.pk}/")

    assert response.status_code == 404


def test_the_asked_link_opens_nothing_once_nothing_is_left(pact, open_link):
    one = make("inquiry")
    asked_links.ask(ERIKA)
    tasks.send_asked_links()
    Interest.objects.filter(pk=one.pk).delete()

    response = open_link(Client(), AccessLink.objects.get(purpose=access.RETURN))

    assert response.status_code == 404


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_asked_link_opens_nothing(method, pact):
    make("unproven inquiry")
    asked_links.ask(ERIKA)
    tasks.send_asked_links()
    link = AccessLink.objects.get(purpose=access.RETURN)

    response = getattr(Client(), method)("/z/" + link.url().rpartition("/z/")[2])

    assert response.status_code == 200
    assert AccessLink.objects.count() == 1
    assert not Interest.objects.readable().exists()


def test_opening_it_proves_the_address(pact, open_link):
    draft = make("unproven draft")
    asked_links.ask(ERIKA)
    tasks.send_asked_links()

    open_link(Client(), AccessLink.objects.get(purpose=access.RETURN))

    assert draft.applicants.get().is_proven


def test_of_several_things_none_is_proven_before_it_is_chosen(pact, open_link):
    make("partner")
    foreign = make("unproven draft")  # somebody else typed this address
    inquiry = make("unproven inquiry")
    asked_links.ask(ERIKA)
    tasks.send_asked_links()
    client = Client()

    open_link(client, AccessLink.objects.get(purpose=access.RETURN))

    assert not foreign.applicants.get().is_proven
    assert not Interest.objects.readable().exists()
    client.post(f"/mein-klimapakt/auswahl/interest/{inquiry.pk}/")
    assert Interest.objects.readable().get() == inquiry
    assert not foreign.applicants.get().is_proven
