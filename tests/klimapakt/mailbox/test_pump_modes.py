"""When nothing may leave, or not to everybody."""

import pytest
from django.test import Client

from klimapakt.mailbox.pump import pump
from tests.factories import OutgoingMailFactory, UserFactory
from tests.klimapakt.mailbox.outbox_states import states


def test_held_mails_wait_untouched(pact, postbox, settings):
    settings.MAIL_MODE = "held"
    OutgoingMailFactory()

    assert pump() == 0

    assert (states(), postbox.messages()) == (["queued"], [])
    settings.MAIL_MODE = "live"
    assert pump() == 1


def test_in_staff_mode_only_the_office_gets_mail(pact, postbox, settings):
    settings.MAIL_MODE = "staff"
    UserFactory(email="Ada@musterstadt.example")
    UserFactory(email="gast@musterstadt.example", is_staff=False)
    for address in (
        pact.office_email,
        "ada@musterstadt.example",
        "gast@musterstadt.example",
        "max@musterbetrieb.example",
    ):
        OutgoingMailFactory(to_email=address)

    pump()

    assert states() == ["sent", "sent", "failed", "failed"]
    assert {mail["To"].addresses[0].addr_spec for mail in postbox.messages()} == {
        pact.office_email,
        "ada@musterstadt.example",
    }


def test_in_staff_mode_an_address_is_known_in_any_case_and_who_has_left_gets_nothing(pact, postbox, settings):
    settings.MAIL_MODE = "staff"
    UserFactory(email="frueher@musterstadt.example", is_active=False)
    for address in (pact.office_email.capitalize(), "frueher@musterstadt.example"):
        OutgoingMailFactory(to_email=address)

    pump()

    assert states() == ["sent", "failed"]


@pytest.mark.parametrize("address", ["", "klimapakt@stadt.invalid"])
def test_an_office_without_a_mailbox_sends_nothing_and_closes_the_application(address, pact, postbox):
    pact.office_email = address
    pact.save()
    OutgoingMailFactory()
    client = Client()

    assert pump() == 0
    assert (states(), postbox.messages()) == (["queued"], [])
    for method in ("get", "post"):
        response = getattr(client, method)("/mitmachen/antrag/")
        assert (response.status_code, response["Location"]) == (302, "/mitmachen/")
    assert "Der Online-Antrag ist zurzeit geschlossen" in client.get("/mitmachen/").content.decode()
    assert ".invalid" not in client.get("/impressum/").content.decode()


def test_what_waits_because_nothing_may_leave_stands_on_the_work_list(pact, office_client, settings):
    settings.MAIL_MODE = "held"
    OutgoingMailFactory()

    page = office_client.get("/admin/").content.decode()

    assert "Mails warten" in page
    assert "Der Betrieb hält die Mails an." in page
