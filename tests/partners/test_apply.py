"""The application form as the public uses it."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from partners.models import Application
from partners.services import joining
from tests.filled import filled, token_of

APPLY, RECEIPT, MEND = "/mitmachen/antrag/", "/mitmachen/antrag/eingang/", "/mitmachen/antrag/eingang/adresse/"


def test_an_application_leads_to_a_receipt_that_says_what_to_do(pact, client):
    response = client.post(APPLY, filled(client))

    receipt = client.get(response["Location"]).content.decode()
    application = Application.objects.get()
    assert (response.status_code, response["Location"]) == (302, RECEIPT)
    assert "Bitte bestätigen Sie Ihre E-Mail-Adresse" in receipt
    assert "erika@musterbaeckerei.example" in receipt
    assert application.website == "https://www.musterbaeckerei.example"
    assert set(application.consents.values_list("purpose", flat=True)) == {"profile", "measures"}


def test_each_box_gives_its_own_consent_and_none_is_ticked_beforehand(pact, client):
    page = client.get(APPLY).content.decode()

    client.post(APPLY, filled(client, consent_profile=None, consent_measures=None, consent_initial_partners="on"))

    assert "checked" not in page
    assert list(Application.objects.get().consents.values_list("purpose", flat=True)) == ["initial_partners"]


@pytest.mark.parametrize("how", ["double click", "two browsers with one form", "back button", "reload of the receipt"])
def test_the_same_application_sent_again_stays_one(how, pact, client):
    form = filled(client)
    first = client.post(APPLY, form)

    match how:
        case "double click":
            again = client.post(APPLY, form)
        case "two browsers with one form":
            again = Client().post(APPLY, form)
        case "back button":  # the browser fetches the form anew and fills in what was typed
            again = client.post(APPLY, {**form, "form_token": token_of(client)})
        case "reload of the receipt":
            again = client.get(RECEIPT)

    assert first.status_code == 302
    assert again.status_code in (200, 302)
    assert Application.objects.count() == 1
    assert OutgoingMail.objects.count() == 1


def test_whoever_sends_the_same_form_again_with_other_answers_is_told_which_count(pact, client):
    form = filled(client)
    client.post(APPLY, form)

    client.post(APPLY, {**form, "name": "Anders GmbH"})

    assert Application.objects.get().name == "Musterbäckerei GmbH"
    assert "Es gilt, was Sie beim ersten Mal eingetragen haben." in client.get(RECEIPT).content.decode()


def test_another_application_from_the_same_browser_is_another_application(pact, client):
    client.post(APPLY, filled(client))

    client.post(APPLY, filled(client, name="Zweitbetrieb GmbH"))

    assert set(Application.objects.values_list("name", flat=True)) == {"Musterbäckerei GmbH", "Zweitbetrieb GmbH"}


@pytest.mark.parametrize("end", ["withdrawn", "rejected"])
def test_after_an_application_has_ended_the_same_answers_make_a_new_one(end, pact, client, office):
    client.post(APPLY, filled(client))
    application = Application.objects.get()
    joining.confirm(AccessLink.objects.get())
    if end == "withdrawn":
        application.refresh_from_db()
        joining.withdraw(application)
    else:
        joining.start_review(application, by=office)
        joining.reject(application, "Nicht in der Stadt.", by=office)

    client.post(APPLY, filled(client))

    assert Application.objects.count() == 2


def test_a_wrong_address_is_mended_on_the_receipt(pact, client, mails):
    client.post(APPLY, filled(client))

    response = client.post(MEND, {"email": "Neu@MUSTERBAECKEREI.example"})

    assert (response.status_code, response["Location"]) == (302, RECEIPT)
    assert "Neu@musterbaeckerei.example" in client.get(RECEIPT).content.decode()
    assert [(mail.to_email, mail.status) for mail in mails()] == [
        ("erika@musterbaeckerei.example", "withdrawn"),
        ("Neu@musterbaeckerei.example", "queued"),
    ]


def test_nobody_else_can_mend_an_address(pact, client):
    client.post(APPLY, filled(client))

    response = Client().post(MEND, {"email": "fremd@evil.example"})

    assert response.status_code == 404
    assert Application.objects.get().contact_email == "erika@musterbaeckerei.example"


def test_a_proven_address_is_not_mended_any_more(pact, client):
    client.post(APPLY, filled(client))
    joining.confirm(AccessLink.objects.get())

    response = client.post(MEND, {"email": "fremd@evil.example"})

    receipt = client.get(response["Location"]).content.decode()
    assert "Ihr Antrag ist eingegangen" in receipt
    assert Application.objects.get().contact_email == "erika@musterbaeckerei.example"
    assert not OutgoingMail.objects.filter(to_email="fremd@evil.example").exists()


def test_a_bad_address_on_the_receipt_is_said_and_the_receipt_stays(pact, client):
    client.post(APPLY, filled(client))

    response = client.post(MEND, {"email": "keine Adresse"})

    assert response.status_code == 422
    assert "vollständige E-Mail-Adresse" in response.content.decode()
    assert OutgoingMail.objects.count() == 1


def test_the_form_is_no_mail_bomb(pact):
    for _ in range(3):
        client = Client()
        assert client.post(APPLY, filled(client)).status_code == 302
    client = Client()

    refused = client.post(APPLY, filled(client))

    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"contact_email"}
    assert Application.objects.count() == OutgoingMail.objects.count() == 3


def test_a_form_that_was_taken_is_taken_again_even_when_the_address_has_had_its_share(pact, client):
    form = filled(client)
    client.post(APPLY, form)
    for _ in range(2):
        other = Client()
        other.post(APPLY, filled(other))

    again = client.post(APPLY, form)

    assert again.status_code == 302
    assert OutgoingMail.objects.count() == 3


def test_the_receipt_of_an_application_that_was_forgotten_leads_back(pact, client):
    client.post(APPLY, filled(client))
    Application.objects.update(created_at=timezone.now() - timedelta(days=99))
    joining.delete_unconfirmed()

    response = client.get(RECEIPT)

    assert (response.status_code, response["Location"]) == (302, "/mitmachen/")


def test_every_label_of_the_form_belongs_to_a_field_and_every_field_has_one(pact, client):
    page = client.get(APPLY).content.decode()

    ids = set(re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', page))
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
    assert labelled <= ids
    assert {name for name in ids - labelled if "token" not in name} == set()


def test_a_refused_form_says_so_in_its_title_and_links_each_error_to_its_field(pact, client):
    page = client.post(APPLY, filled(client, name="", employees="")).content.decode()

    assert "<title>Fehler: " in page
    assert 'href="#id_name"' in page
    assert 'href="#id_employees"' in page
    assert page.count('aria-invalid="true"') == 2
