"""The inquiry on the site: asked, confirmed, looked at, taken back; and who may see it."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from partners import access, company_urls, tasks
from partners.mails.application import application_access
from partners.mails.interest import interest_access
from partners.mails.partner import partner_access
from partners.models import Application, Interest, TalkBooking
from partners.services import prospects, talks
from tests.factories import ApplicationFactory, ContactFactory, PartnerFactory
from tests.factories.interest import InterestFactory
from tests.factories.talks import LetterFactory, TalkSlotFactory
from tests.filled import led_to
from tests.guarded import stamped

PAGE = "/mitmachen/interesse/"
OWN = "/mein-klimapakt/interesse/"
ANSWERS = {
    "name": "Ida Muster",
    "organisation": "Musterverein e. V.",
    "email": "ida@musterverein.example",
    "question": "Was kostet uns das?",
}


def send(client: Client, **changes: object):
    return client.post(PAGE, stamped("interest", **{**ANSWERS, **changes}))


@pytest.fixture
def ida(pact, open_link) -> Client:
    """Somebody who asked and opened the link."""
    client = Client()
    send(client)
    open_link(client, AccessLink.objects.get())
    return client


def text_of(client: Client, path: str = OWN) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_an_inquiry_is_asked_confirmed_and_shown(pact, client, open_link):
    receipt = client.get(send(client)["Location"]).content.decode()
    assert "ida@musterverein.example" in receipt

    response = open_link(client, AccessLink.objects.get())

    assert led_to(response) == OWN
    page = text_of(client)
    for said in ANSWERS.values():
        assert said in page


@pytest.mark.parametrize("missing", ["name", "email"])
def test_what_is_needed_is_asked_for_and_the_rest_is_kept(missing, pact, client):
    response = send(client, **{missing: ""})

    assert response.status_code == 422
    form = response.context["form"]
    assert set(form.errors) == {missing}
    assert form["question"].value() == ANSWERS["question"]
    assert not Interest.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_organisation_and_question_may_be_left_out(pact, client):
    assert send(client, organisation="", question="").status_code == 302


@pytest.mark.parametrize("setting", ["uses_orientation_talk", "books_talks_online"])
def test_a_talk_can_be_wished_for_where_the_pact_offers_it(setting, pact, client):
    assert "Orientierungsgespräch" not in text_of(client, PAGE)
    send(client, wants_talk="on", email="eins@firma.example")
    Pact.objects.update(**{setting: True})

    assert "Ich möchte ein Orientierungsgespräch" in text_of(client, PAGE)
    send(client, wants_talk="on", email="zwei@firma.example")

    assert dict(Interest.objects.values_list("email", "wants_talk")) == {
        "eins@firma.example": False,
        "zwei@firma.example": True,
    }


def test_without_mail_the_form_is_closed(pact, client, settings):
    settings.MAIL_MODE = "held"

    assert client.get(PAGE)["Location"] == "/mitmachen/"
    assert send(client)["Location"] == "/mitmachen/"
    assert not Interest.objects.exists()
    assert PAGE not in text_of(client, "/mitmachen/")


def test_the_receipt_belongs_to_whoever_asked(pact):
    assert Client().get(f"{PAGE}eingang/")["Location"] == PAGE


# --- The ways in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("offers", "first"), [(True, "partners:interest"), (False, "partners:apply")])
def test_the_way_that_the_pact_wants_comes_first(offers, first, pact, client):
    Pact.objects.update(uses_orientation_talk=offers)

    ways = client.get("/mitmachen/").context["ways"]

    assert [way["url"] for way in ways][0] == reverse(first)
    assert {way["url"] for way in ways} == {reverse("partners:interest"), reverse("partners:apply")}


@pytest.mark.parametrize("path", ["/mitmachen/", "/mein-klimapakt/", "/z/abc/"])
def test_whoever_lost_a_link_finds_where_to_ask_for_it(path, pact, client):
    response = client.post(path) if path.startswith("/z/") else client.get(path)

    assert reverse("partners:link_request") in response.content.decode()


# --- What can be done next --------------------------------------------------------------------------------------------


def test_the_page_offers_what_the_pact_uses(pact, ida):
    assert "/mein-klimapakt/gespraech/" not in text_of(ida)
    assert "/mein-klimapakt/absichtserklaerung/" not in text_of(ida)

    Pact.objects.update(books_talks_online=True, uses_letter_of_intent=True, letter_of_intent="Wir wollen mitmachen.")

    page = text_of(ida)
    assert reverse("company:talk") in page
    assert reverse("company:letter") in page


def test_what_is_done_is_said_and_the_next_step_stands_out(pact, open_link):
    Pact.objects.update(books_talks_online=True, uses_letter_of_intent=True, letter_of_intent="Wir wollen mitmachen.")
    interest, client = InterestFactory(), Client()
    open_link(client, interest_access(interest))
    mains = []

    def steps() -> dict[str, str]:
        found = client.get(OWN).context["steps"]
        mains.append(next(step["title"] for step in found if step.get("is_main")))
        return {step["title"]: f"{step['text']} {step['label']}" for step in found}

    assert "Termin wählen" in steps()["Orientierungsgespräch"]
    booking = talks.book(prospects.of_interest(interest), TalkSlotFactory())
    assert f"Gebucht: {booking.slot.when}" in steps()["Orientierungsgespräch"]
    LetterFactory(application=None, interest=interest, organisation="Muster", email=interest.email)
    assert "Unterschrieben am" in steps()["Absichtserklärung"]
    assert mains == ["Orientierungsgespräch", "Absichtserklärung", "Antrag auf Beitritt"]

    TalkBooking.objects.update(status="held")
    assert "stattgefunden" in steps()["Orientierungsgespräch"]


def test_a_talk_that_is_booked_stays_on_the_page_of_a_closed_inquiry(ida, pact):
    Pact.objects.update(books_talks_online=True)
    booking = talks.book(prospects.of_interest(Interest.objects.get()), TalkSlotFactory())
    ida.post(f"{OWN}antrag/")
    Application.objects.update(status="accepted", sent_at=timezone.now(), confirmed_at=timezone.now())
    tasks.delete_interests()
    assert not Interest.objects.get().is_open

    assert booking.slot.when in text_of(ida)


def test_a_letter_without_words_is_not_offered(pact, ida):
    Pact.objects.update(uses_letter_of_intent=True)

    assert reverse("company:letter") not in text_of(ida)


def test_the_application_goes_on_where_the_inquiry_ends(ida):
    response = ida.post(f"{OWN}antrag/")

    assert led_to(response) == "/mein-klimapakt/antrag/"
    draft = Application.objects.get()
    assert (draft.name, draft.contact_email) == (ANSWERS["organisation"], ANSWERS["email"])
    assert draft.applicants.get().is_proven
    assert ida.get("/mein-klimapakt/antrag/").status_code == 200
    assert "Antrag ansehen" in text_of(ida)


def test_a_second_press_opens_the_same_application(ida):
    for _ in range(2):
        assert led_to(ida.post(f"{OWN}antrag/")) == "/mein-klimapakt/antrag/"

    assert Application.objects.count() == 1


def test_after_the_application_arrived_the_inquiry_still_leads_to_it(ida, pact):
    Pact.objects.update(books_talks_online=True)
    ida.post(f"{OWN}antrag/")
    Application.objects.update(status="submitted", sent_at=timezone.now(), confirmed_at=timezone.now())
    tasks.delete_interests()
    assert not Interest.objects.get().is_open

    page = text_of(ida)

    assert "Ihr Antrag ist eingegangen." in page
    assert "Antrag ansehen" in page
    assert reverse("company:talk") not in page
    shown = ida.post(f"{OWN}antrag/", follow=True).content.decode()
    assert Application.objects.get().reference in shown


def test_a_closed_inquiry_can_only_be_read_and_deleted(ida, office):
    from partners.services import interest

    interest.close(Interest.objects.get(), "erledigt", by=office)

    page = text_of(ida)
    assert "Ihre Anfrage ist abgeschlossen" in page
    assert "Antrag beginnen" not in page
    assert led_to(ida.post(f"{OWN}antrag/")) == OWN
    assert not Application.objects.exists()
    assert ida.post(f"{OWN}loeschen/").status_code == 302


def test_deleting_ends_the_session_too(ida):
    response = ida.post(f"{OWN}loeschen/")

    assert not Interest.objects.exists()
    assert "Ihre Anfrage ist gelöscht" in ida.get(response["Location"]).content.decode()
    assert ida.get(OWN).status_code == 403
    assert ida.post(f"{OWN}loeschen/").status_code == 403


def test_deleting_asks_once_more_and_says_what_follows(ida):
    case = f"?vorgang=interest:{Interest.objects.get().pk}"
    assert f'href="{OWN}loeschen/{case}"' in ida.get(OWN).text

    page = ida.get(f"{OWN}loeschen/{case}").text

    assert "Anfrage wirklich löschen?" in page
    assert f'action="{OWN}loeschen/{case}"' in page


@pytest.mark.parametrize(("button", "code"), [("antrag/", 405), ("loeschen/", 200)])
def test_looking_does_nothing(button, code, ida):
    assert ida.get(OWN + button).status_code == code
    assert ida.head(OWN + button).status_code == code
    assert Interest.objects.count() == 1
    assert not Application.objects.exists()


# --- Purpose by view --------------------------------------------------------------------------------------------------

# Name of the page: the purposes whose links open it.
OPENED_BY = {"interest": {access.INTEREST}, "choose": {access.RETURN}}
BUTTONS = {"interest_apply": {access.INTEREST}, "interest_withdraw": {access.INTEREST}}
LINKS = {
    access.INTEREST: lambda: interest_access(InterestFactory()),
    access.APPLICATION: lambda: application_access(ApplicationFactory().applicants.get()),
    access.PARTNER: lambda: partner_access(ContactFactory(organisation=PartnerFactory().organisation)),
}


@pytest.mark.parametrize("page", [*OPENED_BY, *BUTTONS])
@pytest.mark.parametrize("purpose", LINKS)
def test_only_a_link_of_the_right_purpose_opens_these_pages(page, purpose, pact, open_link):
    client = Client()
    open_link(client, LINKS[purpose]())

    ask = client.post if page in BUTTONS else client.get
    code = ask(reverse(f"company:{page}")).status_code

    assert (code != 403) == (purpose in (OPENED_BY | BUTTONS)[page])


FOR_PROSPECTS = ("interest", "talk", "letter")
"""Beginnings of the names of the pages that are there for somebody who asked."""


def test_the_link_to_an_inquiry_opens_nothing_else(pact, open_link):
    client = Client()
    open_link(client, interest_access(InterestFactory()))
    plain = [url for url in company_urls.urlpatterns if not url.pattern.converters]

    codes = {
        url.name: {client.get(reverse(f"company:{url.name}")).status_code, client.post(reverse(f"company:{url.name}")).status_code}
        for url in plain
        if not url.name.startswith(FOR_PROSPECTS)
    }  # fmt: skip

    assert len(codes) > 5
    assert {name: found for name, found in codes.items() if not found <= {403, 405}} == {}


def test_one_link_shows_one_inquiry(pact, open_link):
    mine, other = InterestFactory(question="Frage von Ida"), InterestFactory(question="Frage von Otto")
    client = Client()

    open_link(client, interest_access(mine))

    page = text_of(client)
    assert mine.question in page
    assert other.question not in page


@pytest.mark.parametrize("how", ["revoked", "address changed"])
def test_a_link_that_ended_shows_nothing(how, pact, open_link):
    one, client = InterestFactory(), Client()
    open_link(client, interest_access(one))

    if how == "revoked":
        AccessLink.objects.all().revoke()
    else:
        Interest.objects.update(email="neu@anderswo.example")

    assert client.get(OWN).status_code == 403


def test_the_page_needs_few_queries(pact, open_link, django_assert_max_num_queries):
    client = Client()
    open_link(client, interest_access(InterestFactory()))
    client.get(OWN)

    with django_assert_max_num_queries(5):
        client.get(OWN)
