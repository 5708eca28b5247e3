"""Several cases in one browser, each in a tab of its own: no page leads to another case, and none acts on it."""

from html.parser import HTMLParser

import pytest
from django.test import Client

from klimapakt.links.models import OneTimeCode
from partners.access import about
from partners.mails.application import application_access
from partners.mails.interest import interest_access
from partners.models import Application, Contact, Interest
from tests.factories import ApplicationFactory
from tests.factories.interest import InterestFactory
from tests.factories.talks import LETTER, TalkBookingFactory, TalkSlotFactory
from tests.filled import CHECK, CONFIRMATIONS, OVERVIEW, SEND, begin, fields_on, filled, led_to, path_of_step
from tests.partners.company import browser_of, company
from tests.urls.table import path_of

OWN = "/mein-klimapakt/"
INQUIRY = "/mein-klimapakt/interesse/"
MEND, ASK_AGAIN = OVERVIEW + "adresse/", OVERVIEW + "bestaetigung/"


class Ways(HTMLParser):
    """All that a page leads to among the pages behind personal links: what it links to, and where its forms go."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        given = dict(attributes)
        if tag == "form" and given.get("method", "").lower() == "post":
            self.forms.append(given.get("action") or "(the page's own address)")
        elif tag in ("a", "img") and (target := given.get("href") or given.get("src") or "").startswith(OWN):
            self.links.append(target.partition("#")[0])


def strays(client: Client, start: str, case: str) -> list[str]:
    """Visit all pages that can be reached from one; return every link and form that does not stay with the case."""
    found, seen, to_visit, ways_counted = [], set(), [start], 0
    while to_visit:
        path = to_visit.pop()
        if path in seen:
            continue
        seen.add(path)
        response = client.get(path)
        if response.status_code in (301, 302):
            ways = [response["Location"].partition("#")[0]]
            links, forms = [way for way in ways if way.startswith(OWN)], []
        elif response["Content-Type"].startswith("text/html"):
            ways = Ways(response.content.decode())
            links, forms = ways.links, [form for form in ways.forms if not form.startswith(("/abmelden/", "/konto/"))]
        else:
            continue
        ways_counted += len(links) + len(forms)
        found += [f"{path}: {way}" for way in (*links, *forms) if not way.endswith(case)]
        to_visit += [link for link in links if link not in seen]
    assert ways_counted, "nothing was visited"
    return sorted(found)


@pytest.fixture
def full(pact):
    """Every page that a case can have is there."""
    pact.books_talks_online = pact.uses_letter_of_intent = True
    pact.letter_of_intent = LETTER
    pact.save()
    TalkSlotFactory()
    return pact


CASES = ["draft", "unproven draft", "unproven, sent", "asked", "withdrawn", "inquiry", "booked", "partner"]


@pytest.fixture
def both(full, in_state, office):
    """Return a browser that opened the named case and then another one of its kind, and the first one's address."""

    def both(kind: str) -> tuple[Client, str, str]:
        client = Client()
        if kind == "partner":
            mine, other = company(), company(email="erika@musterholding.example")
            for contact in (mine, other):
                client.post(path_of(browser_of(contact).link))
            return client, OWN, about(mine)
        if kind in ("inquiry", "booked"):
            mine, other = InterestFactory(), InterestFactory()
            if kind == "booked":
                TalkBookingFactory(application=None, interest=mine)
            for one in (mine, other):
                client.post(path_of(interest_access(one)))
            return client, INQUIRY, about(mine)
        if kind == "unproven draft":
            mine = filled(client)
            begin(client, organisation="Mustermühle GmbH")
            return client, OVERVIEW, about(mine)
        mine = in_state({"draft": "draft", "unproven, sent": "unconfirmed", "asked": "query"}.get(kind, kind))
        for application in (mine, ApplicationFactory()):
            client.post(path_of(application_access(application.applicants.get())))
        return client, OVERVIEW, about(mine)

    return both


@pytest.mark.parametrize("kind", CASES)
def test_every_page_of_a_case_leads_to_pages_of_this_case_alone(kind, both):
    client, start, case = both(kind)

    assert strays(client, start + case, case) == []


def test_the_visitor_finds_what_strays(pact):
    """The control: a page that forgets its case is found."""
    ways = Ways(f'<a href="{OWN}daten/">Daten</a><form method="post"></form>')

    assert [way for way in (*ways.links, *ways.forms) if not way.endswith("?vorgang=contact:1")] == [
        f"{OWN}daten/", "(the page's own address)",
    ]  # fmt: skip


# --- What acts --------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_drafts(pact, client) -> tuple[Client, Application, Application]:
    """A browser that filled one draft, then began another one in a second tab; no address is proven."""
    first = filled(client)
    begin(client, organisation="Mustermühle GmbH")
    return client, first, Application.objects.exclude(pk=first.pk).get()


def test_the_page_of_one_draft_deletes_no_other(two_drafts):
    client, first, second = two_drafts
    page = client.get(OVERVIEW + "loeschen/" + about(first)).content.decode()
    assert "Musterbäckerei GmbH" in page
    assert about(first) in page

    client.post(OVERVIEW + "loeschen/" + about(first))

    assert list(Application.objects.all()) == [second]


def test_the_page_of_one_draft_sends_no_other_and_shows_what_became_of_it(two_drafts):
    client, first, second = two_drafts
    page = client.get(CHECK + about(first)).content.decode()
    assert SEND + about(first) in page

    response = client.post(SEND + about(first), CONFIRMATIONS, follow=True)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("unconfirmed", "draft")
    assert "Musterbäckerei GmbH" in response.content.decode()


def test_a_step_saves_and_leads_to_the_next_one_of_the_same_draft(two_drafts):
    client, first, _ = two_drafts
    page = fields_on(client, path_of_step("heute") + about(first))
    begin(client, organisation="Musterwerk GmbH")

    response = client.post(path_of_step("heute"), page | {"already_doing": "Dach.", "next": "1"}, follow=True)

    first.refresh_from_db()
    assert first.already_doing == "Dach."
    assert "Musterbäckerei GmbH" in response.content.decode()


def test_the_address_of_one_draft_is_mended_and_no_other(two_drafts):
    client, first, second = two_drafts

    response = client.post(MEND + about(first), {"email": "neu@musterbaeckerei.example"})

    assert (led_to(response), response["Location"].endswith(about(first))) == (OVERVIEW, True)
    assert first.applicants.get().email == "neu@musterbaeckerei.example"
    assert second.applicants.get().email != "neu@musterbaeckerei.example"


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        (MEND, {"email": "neu@musterbaeckerei.example"}),
        (ASK_AGAIN, {}),
        (SEND, CONFIRMATIONS),
        (OVERVIEW + "loeschen/", {}),
    ],
)
def test_what_could_be_meant_for_either_draft_happens_to_none(path, sent, two_drafts, mails):
    client, *_ = two_drafts
    before = len(mails())

    response = client.post(path, sent)

    assert response.status_code == 403
    assert Application.objects.filter(status="draft").count() == 2
    assert len(mails()) == before


def test_with_one_case_open_an_address_without_it_still_works(pact, client):
    filled(client)

    assert led_to(client.post(ASK_AGAIN)) == OVERVIEW


def test_of_two_inquiries_the_one_on_the_page_is_deleted(pact):
    first, second = InterestFactory(), InterestFactory()
    client = Client()
    for one in (first, second):
        client.post(path_of(interest_access(one)))

    assert client.post(INQUIRY + "loeschen/").status_code == 403
    client.post(INQUIRY + "loeschen/" + about(first))

    assert Interest.objects.get() == second


def test_an_inquiry_leads_to_its_own_application_though_another_one_was_opened_since(pact):
    inquiry, other = InterestFactory(), ApplicationFactory()
    client = Client()
    client.post(path_of(interest_access(inquiry)))
    client.post(path_of(application_access(other.applicants.get())))

    page = client.post(INQUIRY + "antrag/" + about(inquiry), follow=True).content.decode()

    assert inquiry.organisation in page
    assert other.name not in page


def test_the_code_before_what_matters_goes_to_the_person_of_the_page(pact):
    mine, other = company(), company(email="erika@musterholding.example")
    client = Client()
    for contact in (mine, other):
        client.post(path_of(browser_of(contact).link))
    page = f"{OWN}personen/{mine.pk}/{about(mine)}"

    assert mine.email in client.get(page).content.decode()
    client.post(page, {"stepup": "send"})

    assert OneTimeCode.objects.get().link.email == mine.email
    assert Contact.objects.count() == 2


def test_a_page_about_a_case_that_this_browser_has_not_opened_stays_closed(pact, client):
    filled(client)
    other = ApplicationFactory()

    assert client.get(OVERVIEW + about(other)).status_code == 403
    assert client.post(OVERVIEW + "loeschen/" + about(other)).status_code == 403
    assert Application.objects.count() == 2


def test_an_answer_reaches_the_question_of_its_page(in_state, office):
    mine, other = in_state("query"), in_state("query")
    client = Client()
    for application in (mine, other):
        client.post(path_of(application_access(application.applicants.get())))
    question = mine.questions.get()

    response = client.post(OVERVIEW + "antwort/" + about(mine), {f"answer_{question.pk}": "Zwei."})

    question.refresh_from_db()
    assert question.answer == "Zwei."
    assert response["Location"] == OVERVIEW + about(mine)
    assert other.questions.get().is_open
