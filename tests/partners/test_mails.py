"""All mails of the way from application to public partner, with names that want to be more than names."""

from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from klimapakt.documents import archive
from klimapakt.mailbox import message
from klimapakt.mailbox.models import OutgoingMail
from partners.mails.application import application_entered, application_started, draft_ends, proof_ends
from partners.models import Application, Consent
from partners.services import applying, decision, publication, questions, review
from tests.corpus import TEXTS
from tests.factories import AgreementFactory, ApplicationFactory

ELSEWHERE = (
    "contact_", "data_check", "interest_", "letter_", "link_asked", "office_contact", "office_interest", "office_letter",
    "office_profile", "office_talk", "profile_re", "talk_",
)  # fmt: skip
"""Mails off this way: the tests of interest, talks, letters and profiles write them."""

NAME = "A & B <GmbH> {{ 7*7 }} {% now 'Y' %} %s"


@pytest.fixture
def all_mails(pact, office) -> dict[str, OutgoingMail]:
    """Walk every way that writes a mail; returns one of each kind."""
    pact.name, pact.office_person, pact.agreement_name, pact.partner_title = (f"{NAME} {n}" for n in range(4))
    pact.save()

    def new(address: str) -> Application:
        application = ApplicationFactory(
            name=f"{NAME} {address[0]}",
            contact_email=address,
            contact_name=NAME,
            wishes=NAME,
            already_doing=NAME,
            chosen_consents=["profile", "measures"],
        )
        return applying.send(application, by=application.applicants.get())

    withdrawn, rejected, accepted = (new(f"{letter}@b.example") for letter in "wra")
    archive.render_next()
    applicant = withdrawn.applicants.get()
    application_started(applicant)
    application_entered(applicant)
    for warn in (draft_ends, proof_ends):
        warn(applicant, deleted_on=timezone.localdate())
    applying.withdraw(withdrawn)
    review.start_review(rejected, by=office)
    decision.reject(rejected, NAME, by=office)
    OutgoingMail.objects.filter(kind="application_rejected").update(status="sent", sent_at="2026-01-01T00:00Z")
    decision.undo_decision(rejected, by=office)
    review.send_link(rejected, by=office)
    review.start_review(accepted, by=office)
    questions.ask(accepted, [questions.Asked(NAME)], by=office)
    writer = accepted.applicants.get()
    questions.answer(accepted, [questions.Reply(accepted.questions.get().pk, NAME)], by=writer)
    draft = ApplicationFactory()
    applying.invite(draft, name=NAME, email="kim@b.example", by=draft.applicants.get())
    partner = decision.accept(accepted, by=office)
    AgreementFactory(partner=partner, in_force=True)
    publication.publish(partner, by=office)
    publication.send_link(partner, by=office)
    publication.withdraw_consent(partner.organisation.contacts.get(is_main=True), Consent.Purpose.PROFILE)
    return {mail.kind: mail for mail in OutgoingMail.objects.order_by("-pk")}


def test_every_mail_text_of_the_app_is_written_by_somebody(all_mails):
    texts = {path.stem for path in (Path(settings.BASE_DIR) / "templates" / "partners" / "mail").glob("*.txt")}

    assert {kind for kind in all_mails if kind in texts} == {text for text in texts if not text.startswith(ELSEWHERE)}


def test_every_mail_shows_names_literally(all_mails, pact):
    for kind, mail in all_mails.items():
        text = mail.subject + mail.body
        assert "&amp;" not in text, kind
        assert "&lt;" not in text, kind
        assert NAME in text, kind
        assert text.count("{{") == text.count("{{ 7*7 }}"), kind


def test_every_mail_has_a_subject_a_greeting_an_end_and_can_be_built(all_mails, pact):
    for kind, mail in all_mails.items():
        assert mail.subject, kind
        assert not mail.subject.startswith("Betreff"), kind
        assert len(mail.subject) <= 250, kind
        assert "\n\n\n" not in mail.body, kind
        assert mail.body.endswith("\n"), kind
        assert "None" not in mail.body, kind
        if mail.to_email == pact.office_email:
            assert mail.link is None, kind
        else:
            assert mail.body.startswith("Guten Tag"), kind
            assert f"Impressum: {settings.PORTAL_BASE_URL}/impressum/" in mail.body, kind
        assert message.build(mail, pact), kind


def test_every_link_in_a_mail_leads_to_this_portal(all_mails):
    for kind, mail in all_mails.items():
        addresses = [word for word in mail.body.split() if word.startswith("http")]
        strangers = [a for a in addresses if not a.startswith(settings.PORTAL_BASE_URL + "/")]
        assert [a for a in strangers if a != "https://www.musterbaeckerei.example"] == [], kind


def test_the_office_is_not_sent_what_it_can_read_in_the_admin(all_mails):
    for kind in ("office_application", "office_answer", "office_withdrawal", "office_consent"):
        body = all_mails[kind].body
        assert "@" not in body.replace(settings.PORTAL_BASE_URL, ""), kind
        assert "/admin/partners/" in body, kind


@pytest.mark.parametrize("name", TEXTS.values(), ids=TEXTS)
def test_a_hostile_name_makes_a_mail_that_can_be_sent(name, pact, office):
    from klimapakt.text import clean_line

    cleaned = clean_line(name)[:200] or "Leer"
    application = ApplicationFactory(name=cleaned, contact_name=cleaned, applicant__name=cleaned)

    applying.send(application, by=application.applicants.get())
    archive.render_next()

    for mail in OutgoingMail.objects.all():
        assert message.build(mail, pact)
    receipt = OutgoingMail.objects.get(kind="application_received")
    assert cleaned in receipt.body
