"""People of a company on its own pages."""

import pytest
from django.utils import timezone

from partners.models import Contact
from tests.bad_input.form import page_form
from tests.factories import ContactFactory
from tests.partners.company import browser_of, company, prove_oneself

PEOPLE = "/mein-klimapakt/personen/"


@pytest.fixture
def erika(pact) -> Contact:
    return company()


@pytest.fixture
def max_(erika) -> Contact:
    return ContactFactory(organisation=erika.organisation, name="Max Muster", is_main=False)


@pytest.fixture
def client(erika):
    """Erika's browser, with the code typed."""
    client = browser_of(erika)
    prove_oneself(client)
    return client


def test_a_colleague_is_entered_and_listed_as_invited(client, erika):
    answer = page_form(client, PEOPLE + "neu/", name="Kim Neu", email="kim@musterbetrieb.example").send()

    assert answer.status_code == 302
    assert "der Link ist noch nicht geöffnet" in client.get(PEOPLE).content.decode()


def test_a_known_address_is_refused_at_its_field(client, erika):
    answer = page_form(client, PEOPLE + "neu/", name="Kim Neu", email=erika.email).send()

    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"email"}
    assert 'value="Kim Neu"' in answer.content.decode()


def test_details_and_roles_are_changed(client, max_):
    page_form(client, f"{PEOPLE}{max_.pk}/", function="Prokurist", is_signatory="on", is_main="on").send()

    max_.refresh_from_db()
    assert (max_.function, max_.is_signatory, max_.is_main) == ("Prokurist", True, True)


def test_an_outdated_page_of_a_person_keeps_what_was_typed(client, max_):
    form = page_form(client, f"{PEOPLE}{max_.pk}/", function="Prokurist")
    Contact.objects.filter(pk=max_.pk).update(phone="0123")

    answer = form.send()

    assert answer.status_code == 409
    assert 'value="Prokurist"' in answer.content.decode()
    assert "0123" in answer.content.decode()
    max_.refresh_from_db()
    assert max_.function == "Geschäftsführung"


def test_handing_over_oneself_says_goodbye_and_closes_the_door(client, erika, max_):
    answer = page_form(client, f"{PEOPLE}{erika.pk}/uebergeben/", successor=str(max_.pk)).send()

    assert "Ihr Zugang ist beendet" in answer.content.decode()
    assert client.get(PEOPLE).status_code == 403
    max_.refresh_from_db()
    assert max_.is_main


def test_handing_over_to_somebody_new_waits_for_the_link(client, erika):
    path = f"{PEOPLE}{erika.pk}/uebergeben/"
    page_form(client, path, successor="neu", name="Kim Neu", email="kim@musterbetrieb.example").send()

    assert "sobald der Link dort geöffnet ist" in client.get(PEOPLE).content.decode()
    client.post(f"{PEOPLE}{erika.pk}/behalten/")
    assert "sobald der Link dort geöffnet ist" not in client.get(PEOPLE).content.decode()


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"successor": ""}, {"successor"}),
        ({"successor": "neu"}, {"name", "email"}),
        ({"successor": "neu", "name": "Kim", "email": "kim"}, {"email"}),
        ({"successor": "99999"}, {"successor"}),
    ],
)
def test_a_successor_is_needed(sent, wrong, client, erika, max_):
    answer = page_form(client, f"{PEOPLE}{erika.pk}/uebergeben/", **sent).send()

    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == wrong
    assert Contact.objects.filter(pk=erika.pk).exists()


def test_somebody_without_roles_is_taken_out_even_when_the_code_is_asked_for_in_between(erika, max_):
    client = browser_of(erika)
    path = f"{PEOPLE}{max_.pk}/austragen/"
    assert client.post(path).status_code == 403
    client.post(path, {"stepup": "send", "stepup_waits": "yes"})
    code = client.link.codes.get().digits()

    answer = client.post(path, {"stepup": "check", "stepup_code": code, "stepup_waits": "yes"})

    assert answer.status_code == 302
    assert not Contact.objects.filter(pk=max_.pk).exists()


STRANGE = ["{}", "{}uebergeben/", "{}austragen/", "{}behalten/", "{}einladen/"]


@pytest.mark.parametrize("path", STRANGE)
def test_people_of_another_company_are_not_there(path, client):
    stranger = company(email="x@anderswo.example")
    ContactFactory(organisation=stranger.organisation, is_main=False, invited_at=timezone.now())
    before = list(Contact.everyone.filter(organisation=stranger.organisation).values())

    answers = {
        (client.get if method == "get" else client.post)(PEOPLE + path.format(f"{person['id']}/")).status_code
        for person in before
        for method in ("get", "post")
    }

    assert answers <= {404, 405}
    assert list(Contact.everyone.filter(organisation=stranger.organisation).values()) == before


def test_a_page_for_another_company_enters_nobody(client, erika):
    other = company(email="x@anderswo.example")
    form = page_form(client, PEOPLE + "neu/", name="Kim", email="kim@musterbetrieb.example")
    browser = browser_of(other)
    prove_oneself(browser)

    browser.post(PEOPLE + "neu/", form.data)

    assert not Contact.objects.filter(name="Kim").exists()


# --- Limits -----------------------------------------------------------------------------------------------------------


def test_nobody_has_us_write_to_one_stranger_after_the_other(client, erika, max_, settings, mails):
    settings.FORMS_PER_ADDRESS = 0
    new = {"name": "Kim Neu", "email": "kim@fern.example"}
    forms = [
        page_form(client, PEOPLE + "neu/", **new),
        page_form(client, f"{PEOPLE}{max_.pk}/", **new),
        page_form(client, f"{PEOPLE}{max_.pk}/uebergeben/", successor="neu", **new),
    ]
    before = len(mails())

    for form in forms:
        answer = form.send()

        assert answer.status_code == 429, form.path
        assert 'value="kim@fern.example"' in answer.content.decode()
        assert "sehr viele Formulare" in answer.content.decode()

    assert len(mails()) == before
    assert not Contact.objects.filter(name="Kim Neu").exists()


def test_what_sends_no_mail_to_a_new_address_is_not_counted(client, max_, settings):
    settings.FORMS_PER_ADDRESS = 0

    assert page_form(client, f"{PEOPLE}{max_.pk}/", phone="0123").send().status_code == 302
