"""An application is begun with an address that nobody has proven: a slip is mended, and a foreign one gains nothing."""

import pytest
from django.test import Client

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from partners import access
from partners.models import Application
from partners.services import asked_links
from tests.filled import (
    BEGIN,
    CHECK,
    CONFIRMATIONS,
    LATER,
    OVERVIEW,
    SEND,
    START,
    a_minute_later,
    begin,
    fields_on,
    fill,
    filled,
    led_to,
    opened,
    path_of_step,
)  # fmt: skip
from tests.urls.table import path_of

PEOPLE, MEND = OVERVIEW + "mitwirkende/", OVERVIEW + "adresse/"
CORRECTED = "erika.muster@musterbaeckerei.example"
OPEN_THE_LINK = "Bitte öffnen Sie Ihren persönlichen Link"


def mailed_link() -> AccessLink:
    return OutgoingMail.objects.filter(kind="application_started").latest("pk").link


# --- Somebody else's address ------------------------------------------------------------------------------------------


@pytest.fixture
def owner(pact, client) -> Client:
    """The browser of whoever reads the address that `client` only typed."""
    filled(client)
    owner = Client()
    owner.post(path_of(mailed_link()))
    return owner


def test_whoever_only_typed_the_address_reads_nothing_once_its_owner_is_there(owner, client):
    fill(owner, "wuensche", wishes="Wir bauen ein Werk.")

    for path in (OVERVIEW, CHECK, PEOPLE, path_of_step("wuensche"), OVERVIEW + "dateien/"):
        answer = client.get(path)
        assert answer.status_code == 403, path
        assert OPEN_THE_LINK in answer.content.decode()
    assert "Wir bauen ein Werk." in owner.get(CHECK).content.decode()


def test_whoever_only_typed_the_address_does_nothing_either(owner, client):
    for path, sent in ((SEND, CONFIRMATIONS), (OVERVIEW + "loeschen/", {}), (MEND, {"email": CORRECTED})):
        assert client.post(path, sent).status_code == 403, path
    application = Application.objects.get()
    assert (application.status, application.applicants.get().email) == ("draft", BEGIN["email"])


def test_a_page_left_open_saves_no_more_but_gives_back_what_was_typed(pact, client):
    begin(client)
    page = opened(client, "wuensche")
    Client().post(path_of(mailed_link()))

    lost = client.post(path_of_step("wuensche"), page | LATER | {"wishes": "Noch nicht gespeichert."})

    assert lost.status_code == 403
    assert "Noch nicht gespeichert." in lost.content.decode()
    assert Application.objects.get().wishes == ""


def test_it_is_the_same_once_the_application_is_sent(pact, client):
    filled(client)
    client.post(SEND, CONFIRMATIONS)
    before = client.get(OVERVIEW).status_code

    Client().post(path_of(mailed_link()))

    assert (before, client.get(OVERVIEW).status_code) == (200, 403)
    assert Application.objects.get().status == "submitted"


def test_the_own_browser_goes_on_when_the_mail_is_opened_in_it(pact, client):
    filled(client)

    client.post(path_of(mailed_link()))

    assert client.get(OVERVIEW).status_code == 200
    assert fill(client, "heute").status_code == 302


def test_each_mailed_link_goes_on_opening_the_draft(pact, client, mails):
    filled(client)
    a_minute_later()
    client.post(OVERVIEW + "bestaetigung/")
    first, second = (mail.link for mail in mails(kind="application_started"))

    for link in (second, first, second):
        assert Client().post(path_of(link)).status_code == 302


def test_a_link_that_was_asked_for_proves_the_address_as_well(pact, client, open_link):
    filled(client)
    asked_links.ask(BEGIN["email"])
    asked_links.send_all()
    owner = Client()

    open_link(owner, AccessLink.objects.get(purpose=access.RETURN))

    assert (owner.get(OVERVIEW).status_code, client.get(OVERVIEW).status_code) == (200, 403)


# --- A slip in the address --------------------------------------------------------------------------------------------


def test_a_form_sent_again_with_another_address_corrects_it(pact, client, mails):
    form = fields_on(client, START) | BEGIN
    client.post(START, form)
    first = mailed_link()

    response = client.post(START, form | {"email": CORRECTED})

    assert led_to(response) == OVERVIEW
    assert CORRECTED in client.get(response["Location"]).content.decode()
    application = Application.objects.get()
    assert (application.contact_email, application.applicants.get().email) == (CORRECTED, CORRECTED)
    assert [(mail.to_email, mail.status) for mail in mails()] == [(BEGIN["email"], "withdrawn"), (CORRECTED, "queued")]
    first.refresh_from_db()
    assert first.revoked_at


def test_a_proven_address_is_not_corrected_by_an_old_form_and_the_page_says_so(pact, client):
    form = fields_on(client, START) | BEGIN
    client.post(START, form)
    client.post(path_of(mailed_link()))

    response = client.post(START, form | {"email": CORRECTED}, follow=True)

    assert f"Er gehört zur Adresse {BEGIN['email']}." in response.content.decode()
    assert Application.objects.get().contact_email == BEGIN["email"]


def test_the_form_of_somebody_else_corrects_nothing(pact, client):
    form = fields_on(client, START) | BEGIN
    client.post(START, form)

    Client().post(START, form | {"email": CORRECTED})

    assert Application.objects.get().applicants.get().email == BEGIN["email"]


def test_an_address_that_had_its_mails_is_refused_at_the_field_of_the_start_form(pact, client):
    for _ in range(3):
        begin(Client(), email=CORRECTED)
    form = fields_on(client, START) | BEGIN
    client.post(START, form)

    response = client.post(START, form | {"email": CORRECTED})

    assert response.status_code in (422, 429)
    assert "email" in response.context["form"].errors or response.context["form"].non_field_errors()
    assert Application.objects.filter(contact_email=BEGIN["email"]).count() == 1


@pytest.mark.parametrize("state", ["draft", "sent"])
@pytest.mark.parametrize("typed", ["", "keine Adresse", "erika@"])
def test_a_wrong_address_is_said_at_the_field_and_stays_there(typed, state, pact, client):
    filled(client)
    if state == "sent":
        client.post(SEND, CONFIRMATIONS)

    response = client.post(MEND, {"email": typed})

    page = response.content.decode()
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"email"}
    assert page.count('aria-invalid="true"') == 1
    assert f'value="{typed}"' in page or not typed
    assert "<title>Fehler: " in page
    assert Application.objects.get().applicants.get().email == BEGIN["email"]


def test_an_address_of_a_colleague_is_refused_at_the_field(pact, client):
    application = filled(client)
    application.applicants.create(name="Kim", email="kim@musterbaeckerei.example")

    response = client.post(MEND, {"email": "Kim@musterbaeckerei.example"})

    assert response.status_code == 422
    assert "arbeitet schon jemand" in response.context["form"].errors["email"][0]
    assert "<details open>" in response.content.decode()


def test_a_draft_without_a_name_is_called_yours(pact, client):
    filled(client)
    Application.objects.update(name="")

    pages = [client.get(path).text for path in (OVERVIEW, CHECK, PEOPLE, path_of_step("wuensche"), START)]

    assert [page for page in pages if "von ," in page or "von  " in page or "von <" in page] == []
    assert all("Ihr Antrag" in page for page in pages[:4])
