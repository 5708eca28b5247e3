"""What a company says about itself, on its own pages; and what of it the public sees."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from klimapakt.uploads.models import Upload
from partners.mails.partner import partner_access
from partners.models import Consent, Contact, Partner, ProfileProposal
from partners.services import profile, publication
from tests.bad_input.form import page_form
from tests.corpus import FILES
from tests.factories import ConsentFactory, ContactFactory
from tests.partners.company import browser_of, company
from tests.partners.services.test_profile import logo, partner_of, propose, release

PNG = FILES["a png"][0]()
PROFILE, OFFERS, DATA = "/mein-klimapakt/profil/", "/mein-klimapakt/angebote/", "/mein-klimapakt/daten/"
LOGO = "/mein-klimapakt/profil/logo/"


@pytest.fixture
def erika(pact) -> Contact:
    return company(listed=True)


def public_page(contact: Contact) -> str:
    client = Client()
    client.cookies["x"] = "1"  # past the page cache, which lives from commits
    return client.get(partner_of(contact).get_absolute_url()).content.decode()


# --- Proposing on the page --------------------------------------------------------------------------------------------


def test_what_is_typed_waits_and_the_public_sees_the_old(erika):
    client = browser_of(erika)

    answer = page_form(client, PROFILE, text="Ganz neuer Text.").send()

    assert answer.status_code == 302
    assert "Ganz neuer Text." not in public_page(erika)
    page = client.get(PROFILE).content.decode()
    assert "Das wartet auf die Freigabe" in page
    assert ProfileProposal.objects.get().proposed_by == erika


def test_of_two_colleagues_the_second_sees_what_the_first_proposed_and_keeps_her_words(erika):
    first, second = browser_of(erika), browser_of(erika)
    forms = page_form(first, PROFILE, text="Von der Ersten."), page_form(second, PROFILE, text="Von der Zweiten.")
    forms[0].send()

    answer = forms[1].send()

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Von der Ersten." in page
    assert ">\nVon der Zweiten.</textarea>" in page
    assert ProfileProposal.objects.get().text == "Von der Ersten."
    again = forms[1].send(shown=answer.context["form"]["shown"].value())
    assert again.status_code == 302
    assert ProfileProposal.objects.get(status="open").text == "Von der Zweiten."


def test_a_form_of_another_company_is_not_taken(erika):
    other = company(email="x@anderswo.example")
    mine = page_form(browser_of(erika), PROFILE, text="Für Musterbetrieb.")

    answer = browser_of(other).post(PROFILE, mine.data)

    assert answer.status_code == 409
    assert ProfileProposal.objects.count() == 0


def test_what_was_returned_stands_in_the_form_with_the_reason(erika, office):
    proposal = propose(erika, text="Etwas zu lang.")
    profile.give_back(proposal, "Bitte kürzer.", by=office)
    client = browser_of(erika)

    page, start = client.get(PROFILE).content.decode(), client.get("/mein-klimapakt/").content.decode()

    assert "Bitte kürzer." in page
    assert "Etwas zu lang." in page
    assert "Bitte kürzer." in start
    assert page_form(client, PROFILE, text="Kurz.").send().status_code == 302
    assert "Bitte kürzer." not in client.get("/mein-klimapakt/").content.decode()


def test_the_logo_of_what_was_returned_is_still_there(erika, office):
    profile.give_back(propose(erika, text="Lang.", logo_id=str(logo(partner_of(erika)).pk)), "Kürzer.", by=office)
    client = browser_of(erika)

    pages = [client.get(path).content.decode() for path in (PROFILE, LOGO)]

    assert "auch Ihr neues Logo" in pages[0]
    assert all("Kürzer." in page and LOGO + "datei/" in page for page in pages)
    assert client.get(LOGO + "datei/").status_code == 200
    page_form(client, PROFILE, text="Kurz.").send()
    assert set(profile.open_proposal(partner_of(erika)).changes) == {"text", "logo_id"}


def test_what_was_returned_is_let_go_by_one_button(erika, office):
    profile.give_back(propose(erika, text="Lang."), "Kürzer.", by=office)
    client = browser_of(erika)
    form = page_form(client, PROFILE)
    form.path = PROFILE + "zurueckziehen/"

    form.send()

    assert "Kürzer." not in client.get("/mein-klimapakt/").content.decode()
    assert "Lang." not in client.get(PROFILE).content.decode()


def test_two_logos_are_told_apart_by_size_and_day(erika):
    Partner.objects.update(logo=logo(partner_of(erika)))
    Upload.objects.update(created_at="2026-03-01T12:00Z", size=2048)
    propose(erika, logo_id=str(logo(partner_of(erika)).pk))

    page = browser_of(erika).get(PROFILE).content.decode().replace("\xa0", " ")

    assert "logo.png, 2,0 KB, hochgeladen am 1. März 2026" in page
    assert "logo.png, 3 Bytes, hochgeladen am" in page


def test_a_proposal_is_taken_back_by_one_button(erika):
    propose(erika, text="Neu.")
    client = browser_of(erika)

    form = page_form(client, PROFILE)
    form.path = PROFILE + "zurueckziehen/"

    form.send()
    again = client.post(form.path, form.data, follow=True)

    assert ProfileProposal.objects.get().status == "withdrawn"
    assert "Inzwischen hat jemand etwas geändert" in again.content.decode()


@pytest.mark.parametrize("sent", [None, "", "x", "99999999999999999999", "shown"])
def test_only_the_proposal_that_the_page_showed_is_taken_back(erika, sent):
    propose(erika, text="Von der Ersten.")
    client = browser_of(erika)
    form = page_form(client, PROFILE)
    form.path = PROFILE + "zurueckziehen/"
    newer = propose(erika, text="Von der Kollegin.")

    form.send(**({} if sent == "shown" else {"proposal": sent}))

    assert profile.open_proposal(partner_of(erika)) == newer
    assert "Inzwischen hat jemand etwas geändert" in client.get(PROFILE).content.decode()


def test_the_proposal_of_another_company_is_not_taken_back(erika):
    theirs = propose(company(email="max@fern.example"), text="Fremd.")

    browser_of(erika).post(PROFILE + "zurueckziehen/", {"proposal": theirs.pk})

    theirs.refresh_from_db()
    assert theirs.is_open


def test_a_long_profile_is_compared_quickly(erika):
    propose(erika, text=" ".join(f"alt{n}" for n in range(180)))

    assert browser_of(erika).get(PROFILE).status_code == 200


# --- The logo ---------------------------------------------------------------------------------------------------------


def test_a_logo_waits_for_the_check_and_for_the_release(erika):
    client = browser_of(erika)

    answer = client.post(LOGO, {"file": SimpleUploadedFile("logo.png", PNG), "rights": "on"})

    upload = Upload.objects.get()
    assert answer.status_code == 302
    assert ProfileProposal.objects.get().logo_id == upload.pk
    assert "wird gerade geprüft" in client.get(LOGO).content.decode()
    assert client.get(LOGO + "datei/").status_code == 404


def test_a_logo_that_the_company_has_not_agreed_to_show_says_so(erika):
    Partner.objects.update(logo=logo(partner_of(erika)))
    client, missing = browser_of(erika), "fehlt uns noch Ihre Einwilligung"
    before = [missing in client.get(path).content.decode() for path in (PROFILE, LOGO)]

    publication.give_consent(erika, Consent.Purpose.QUOTE)

    assert before == [True, True]
    assert [missing in client.get(path).content.decode() for path in (PROFILE, LOGO)] == [False, False]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"file": SimpleUploadedFile("logo.png", b"kein Bild"), "rights": "on"},
        {"file": SimpleUploadedFile("l.png", PNG)},
    ],
)
def test_a_bad_logo_is_refused_at_its_field(sent, erika):
    answer = browser_of(erika).post(LOGO, sent)

    assert answer.status_code == 422
    assert Upload.objects.count() == ProfileProposal.objects.count() == 0


def test_whoever_tries_one_logo_after_the_other_runs_out_of_no_room(erika):
    client = browser_of(erika)

    for number in range(5):
        answer = client.post(LOGO, {"file": SimpleUploadedFile("logo.png", PNG + bytes([number])), "rights": "on"})
        assert answer.status_code == 302, answer.context["form"].errors

    assert Upload.objects.get().pk == ProfileProposal.objects.get(status="open").logo_id


def test_a_profile_without_logo_is_proposed_by_one_button(erika):
    Partner.objects.update(logo=logo(partner_of(erika)))

    browser_of(erika).post(LOGO + "entfernen/")

    assert ProfileProposal.objects.get().changes == {"logo_id": None}
    assert partner_of(erika).logo_id


# --- Two partners in one browser --------------------------------------------------------------------------------------


@pytest.fixture
def two(erika, open_link) -> tuple[Client, Contact, Contact]:
    """A browser that opened the pages of one partner, and then those of another one."""
    client, other = browser_of(erika), company(email="x@anderswo.example")
    open_link(client, partner_access(other))
    return client, erika, other


PAGES = ["", "profil/", "profil/logo/", "angebote/", "daten/", "personen/"]


@pytest.mark.parametrize("state", ["plain", "open", "returned"])
@pytest.mark.parametrize("page", PAGES)
def test_every_way_on_stays_with_the_partner_of_the_page(page, state, two, office):
    client, first, _ = two
    if state != "plain":
        proposal = propose(first, text="Neu.", logo_id=str(logo(partner_of(first)).pk))
    if state == "returned":
        profile.give_back(proposal, "Kürzer.", by=office)

    html = client.get(f"/mein-klimapakt/{page}?vorgang=contact:{first.pk}").content.decode().split("<main")[1]

    ways = re.findall(r'(?:href|action|src)="(/mein-klimapakt/[^"]*)"', html)
    assert ways
    assert [way for way in ways if f"?vorgang=contact:{first.pk}" not in way] == []
    assert "<form" not in re.sub(r'<form[^>]* action="/mein', "", html)


def test_a_logo_goes_to_the_partner_of_the_page(two):
    client, first, other = two
    sent = {"file": SimpleUploadedFile("logo.png", PNG), "rights": "on"}
    page = client.get(f"{LOGO}?vorgang=contact:{first.pk}").content.decode()
    [action, *_] = re.findall(r'action="(/mein-klimapakt/[^"]*)"', page)

    answer = client.post(action, sent)

    assert answer["Location"] == f"{LOGO}?vorgang=contact:{first.pk}"
    assert profile.open_proposal(partner_of(first)).logo_id == Upload.objects.get().pk
    assert profile.open_proposal(partner_of(other)) is None


def test_a_form_that_does_not_say_whose_it_is_changes_nobody(two):
    client, *_ = two

    for path in (LOGO + "entfernen/", PROFILE + "zurueckziehen/", DATA + "bestaetigen/", LOGO, PROFILE, OFFERS):
        assert client.post(path).status_code == 403


# --- What the public sees ---------------------------------------------------------------------------------------------


@pytest.fixture
def adorned(erika, office) -> Contact:
    """A listed partner with everything on its profile."""
    changes = {"quote": "Klimaschutz ist Handwerk.", "quote_person": "E. M.", "links": ["https://bericht.example/"]}
    release(propose(erika, **changes, logo_id=str(logo(partner_of(erika)).pk)), office)
    ConsentFactory(organisation=erika.organisation, purpose=Consent.Purpose.QUOTE)
    return erika


def test_quote_and_logo_are_shown_with_consent_and_vanish_with_it(adorned):
    logo_path = partner_of(adorned).get_absolute_url() + "logo/"
    before, picture = public_page(adorned), Client().get(logo_path)
    assert "Klimaschutz ist Handwerk." in before
    assert logo_path in before
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/png")

    publication.withdraw_consent(adorned, Consent.Purpose.QUOTE)

    after = public_page(adorned)
    assert "Klimaschutz ist Handwerk." not in after
    assert "E. M." not in after
    assert logo_path not in after
    assert Client().get(logo_path).status_code == 404
    assert "https://bericht.example/" in after


def test_the_logo_of_a_partner_that_is_not_listed_is_not_there(adorned):
    path = partner_of(adorned).get_absolute_url() + "logo/"
    assert Client().get(path).status_code == 200

    Partner.objects.update(publication="hidden")

    assert Client().get(path).status_code == 404


def test_a_full_profile_costs_six_queries_at_most(adorned, django_assert_max_num_queries):
    client = Client()
    client.cookies["x"] = "1"

    with django_assert_max_num_queries(6):
        assert client.get(partner_of(adorned).get_absolute_url()).status_code == 200


# --- Offers, the yearly check -----------------------------------------------------------------------------------------


def test_offers_are_stored_at_once_and_never_public(erika):
    client = browser_of(erika)

    page_form(client, OFFERS, offers=["tour", "room"], offers_text="Heizungskeller", needs=["know_how"]).send()

    partner = partner_of(erika)
    assert (partner.offers, partner.needs) == (["tour", "room"], ["know_how"])
    assert "Heizungskeller" not in public_page(erika)
    assert client.get(OFFERS).content.decode().count(" checked") == 3


def test_an_outdated_page_of_offers_keeps_what_was_typed(erika):
    client = browser_of(erika)
    form = page_form(client, OFFERS, offers_text="Von mir")
    Partner.objects.update(offers_text="Von jemand anderem")

    answer = form.send()

    assert answer.status_code == 409
    assert "Von mir" in answer.content.decode()
    assert "Von jemand anderem" in answer.content.decode()
    assert partner_of(erika).offers_text == "Von jemand anderem"


def test_one_click_says_that_all_is_right(erika, mails):
    client = browser_of(erika)
    partner_of(erika).data_checks.create(asked_at=timezone.now())
    assert "Daten noch stimmen" in client.get("/mein-klimapakt/").content.decode()

    shown = client.get(DATA).context["form"]["shown"].value()
    client.post(DATA + "bestaetigen/", {"shown": shown})

    check = partner_of(erika).data_checks.order_by("pk").first()
    assert check.answered_by == "Erika Muster"
    assert "Daten noch stimmen" not in client.get("/mein-klimapakt/").content.decode()


@pytest.mark.parametrize("sent", [{}, {"shown": "x" * 64}, {"shown": ["a", "b"]}])
def test_nothing_is_confirmed_unseen(sent, erika):
    answer = browser_of(erika).post(DATA + "bestaetigen/", sent)

    assert answer.status_code == 409
    assert not partner_of(erika).data_checks.exists()


def test_the_pages_cost_the_same_for_any_number_of_people(erika, django_assert_max_num_queries):
    for number in range(10):
        ContactFactory(organisation=erika.organisation, is_main=False, email=f"p{number}@x.example")
    client = browser_of(erika)

    with django_assert_max_num_queries(30):
        for path in ("/mein-klimapakt/personen/", DATA):
            client.get(path)
