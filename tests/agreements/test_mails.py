"""The mails around an agreement, read as their readers do."""

import pytest

from agreements.services import answering, offering
from klimapakt.documents import archive
from klimapakt.mailbox.message import build
from klimapakt.mailbox.models import CODE_MARK, LINK_MARK, OutgoingMail
from tests.agreements.test_agreement_states import ask_for_code
from tests.factories.agreements import agreement_in

KINDS = {
    "agreement_offered", "agreement_link", "agreement_code", "agreement_signed", "agreement_in_force",
    "agreement_withdrawn", "office_agreement_signed", "office_agreement_change", "office_agreement_declined",
    "office_agreement_in_force",
}  # fmt: skip


@pytest.fixture
def all_mails(pact, office) -> dict[str, OutgoingMail]:
    """One mail of each kind."""
    agreement = agreement_in("offered")
    offering.send_link(agreement, by=office)
    ask_for_code(agreement)
    answering.request_change(agreement.newest_version(), "Bitte 50 Prozent.")
    answering.note_opening(agreement.newest_version(), answering.mails.access_to(agreement.newest_version()))
    offering.take_back(agreement, by=office)
    agreement_in("declined")
    agreement_in("in_force")
    while archive.render_next():
        pass
    return {mail.kind: mail for mail in OutgoingMail.objects.order_by("-pk")}


def test_there_is_a_mail_for_each_occasion(all_mails):
    assert all_mails.keys() == KINDS


def test_every_mail_says_what_it_is_about_and_can_be_sent(all_mails, pact):
    for mail in all_mails.values():
        assert mail.subject
        assert "{" not in mail.body, mail.kind
        assert "None" not in mail.body, mail.kind
        assert build(mail, pact)


def test_only_the_signatory_gets_a_link_or_a_code(all_mails):
    with_link = {kind for kind, mail in all_mails.items() if LINK_MARK in mail.body}
    with_code = {kind for kind, mail in all_mails.items() if CODE_MARK in mail.body}

    assert with_link == {"agreement_offered", "agreement_link"}
    assert with_code == {"agreement_code"}
    assert not any(kind.startswith("office") for kind in with_link | with_code)


def test_the_receipt_names_person_time_and_hash(all_mails):
    body = all_mails["agreement_signed"].body

    assert "unterschrieben von Erika Muster, Geschäftsführerin" in body
    assert "Uhr" in body
    assert "SHA-256" in body


def test_the_office_is_told_where_to_act(all_mails):
    for kind, mail in all_mails.items():
        if kind.startswith("office"):
            assert "/admin/agreements/agreement/" in mail.body


def test_a_code_goes_before_other_mails_and_not_after_its_end(all_mails):
    mail = all_mails["agreement_code"]

    assert mail.is_urgent
    assert mail.expires_at == mail.code.expires_at
