"""The trial's mailbox page, and a mail there as mail programs draw it."""

import re

import pytest

from klimapakt.mailbox import wording
from klimapakt.mailbox.tasks import pump
from tests.factories import OutgoingMailFactory
from tests.klimapakt.mailbox.letters import PROBE


@pytest.fixture(autouse=True)
def trial(settings) -> None:
    settings.EMBEDDED = frozenset({"mail"})


def address_of_only_mail(client) -> str:
    [address] = re.findall(r'href="(/postfach/[^"]+/)"><?', client.get("/postfach/").content.decode())
    return address


def test_a_mail_can_be_read_and_looked_at(pact, postbox, office_client):
    rendered = wording.render(PROBE, {"firma": "A & B <GmbH>"}, text=("Neu: {firma}", "Guten Tag {firma}"))
    OutgoingMailFactory(subject=rendered.subject, body=rendered.text, html=rendered.html)
    pump()

    address = address_of_only_mail(office_client)
    page, look = office_client.get(address), office_client.get(f"{address}html/")

    assert "Guten Tag A &amp; B &lt;GmbH&gt;" in page.content.decode()
    assert f'href="{address}html/"' in page.content.decode()
    assert "Guten Tag A &amp; B &lt;GmbH&gt;" in look.content.decode()
    assert look["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
    )
    assert look["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("key", ["", "gibt-es-nicht/"])
def test_a_mail_of_text_only_has_no_other_look(key, pact, postbox, office_client):
    OutgoingMailFactory()
    pump()

    address = f"/postfach/{key}" if key else address_of_only_mail(office_client)

    assert office_client.get(f"{address}html/").status_code == 404
    assert key or f"{address}html/" not in office_client.get(address).content.decode()
