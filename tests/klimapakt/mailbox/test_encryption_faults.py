"""A connection that is not safe gets no mail."""

import dataclasses
from collections.abc import Iterator

import pytest

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.pump import pump
from tests.factories import OutgoingMailFactory
from tests.smtp_peer import CERTIFICATE, Peer

pytestmark = pytest.mark.fault

S = OutgoingMail.Status


@pytest.fixture
def peer_with_starttls(settings) -> Iterator[Peer]:
    peer = Peer(starttls=True)
    settings.MAIL_SERVER = dataclasses.replace(
        settings.MAIL_SERVER, host="localhost", port=peer.port, security="starttls"
    )
    yield peer
    peer.close()


def test_without_starttls_nothing_leaves_and_the_problem_is_named(pact, peer: Peer, settings):
    OutgoingMailFactory()
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, security="starttls")

    pump()

    mail = OutgoingMail.objects.get()
    assert (mail.status, peer.taken) == (S.RETRY, [])
    assert "STARTTLS" in mail.problem


def test_a_certificate_that_nobody_signed_gets_nothing_and_the_problem_is_named(pact, peer_with_starttls):
    OutgoingMailFactory()
    pump()

    mail = OutgoingMail.objects.get()
    assert (mail.status, peer_with_starttls.taken) == (S.RETRY, [])
    assert mail.problem.startswith("Das Zertifikat des Mailservers ist nicht gültig")


def test_a_certificate_that_this_system_trusts_gets_the_mail(pact, peer_with_starttls, monkeypatch):
    OutgoingMailFactory()
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    pump()

    assert OutgoingMail.objects.get().status == S.SENT
    assert peer_with_starttls.reached["STARTTLS"] == 1


def test_a_server_that_breaks_off_the_encryption_gets_nothing(pact, peer_with_starttls):
    OutgoingMailFactory()
    peer_with_starttls.at("STARTTLS", "454 4.7.0 not now")

    pump()

    mail = OutgoingMail.objects.get()
    assert (mail.status, peer_with_starttls.taken) == (S.RETRY, [])
