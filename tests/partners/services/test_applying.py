"""A company begins an application, sends it, and proves its address."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.newsletter.models import Subscription
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners import access
from partners.mails.application import PROOFS
from partners.models import Applicant, Application, Consent
from partners.models.consent import TEXT_VERSION
from partners.services import applying
from tests.factories import ApplicationFactory
from tests.partners.services.drafts import BEGUN, begin, colleague_of, draft, timeline_of
from tests.rows import all_rows, difference

# --- Beginning --------------------------------------------------------------------------------------------------------


def test_a_begun_application_is_a_draft_with_one_person_and_one_mail(pact, mails):
    applicant = begin()

    application = applicant.application
    assert (application.status, application.name, application.contact_email) == (
        "draft", "Musterbäckerei GmbH", BEGUN["email"],
    )  # fmt: skip
    [mail] = mails()
    assert (mail.kind, mail.to_email, mail.link.purpose, mail.is_proven) == (
        "application_started", BEGUN["email"], access.APPLICATION, False,
    )  # fmt: skip
    assert mail.link.expires_at - mail.link.created_at == timedelta(days=90)
    assert timeline_of(application) == ["Antrag begonnen"]


def test_the_same_form_sent_again_finds_the_first_application(pact):
    token = uuid4()
    first, is_new = applying.start(form_token=token, **BEGUN)
    before = all_rows()

    again, is_new_again = applying.start(form_token=token, **{**BEGUN, "organisation": "Anders GmbH"})

    assert (is_new, is_new_again) == (True, False)
    assert again == first
    assert difference(before, all_rows()) == {}


def test_no_mail_to_an_unproven_address_holds_a_word_that_somebody_typed(pact, mails):
    first = begin(organisation="ZZMARKE-FIRMA", name="ZZMARKE-PERSON")
    applying.prove(mails()[0].link)
    first.refresh_from_db()
    applying.invite(first.application, name="ZZMARKE-KIM", email="kim@musterbaeckerei.example", by=first)

    said = [" ".join([mail.subject, mail.body, mail.to_name, mail.key, str(mail)]) for mail in mails(kind__in=PROOFS)]

    assert len(said) == 2
    assert [text for text in said if "ZZMARKE" in text] == []
    application = ApplicationFactory(name="ZZMARKE-FIRMA", contact_name="ZZMARKE-PERSON")  # the control
    application_mail = mails(kind="application_draft_ends")
    assert application_mail == []
    from partners.mails.application import draft_ends

    draft_ends(application.applicants.get(), deleted_on=timezone.localdate())
    assert "ZZMARKE-PERSON" in mails(kind="application_draft_ends")[0].body


# --- Sending and proving ----------------------------------------------------------------------------------------------


def test_what_a_proven_person_sends_has_arrived(pact, mails):
    applicant = draft(chosen_consents=["profile"])

    application = applying.send(applicant.application, by=applicant)

    assert application.status == "submitted"
    assert (application.sent_by, application.sent_at) == (applicant, application.confirmed_at)
    [news] = mails(kind="office_application")
    assert (news.to_email, news.link) == (pact.office_email, None)
    assert f"/admin/partners/application/{application.pk}/change/" in news.body
    assert timeline_of(application) == [
        "Erika Muster hat bestätigt: darf für die Organisation handeln, die Angaben stimmen, Datenschutzhinweise gelesen",
        "Antrag eingegangen, E-Mail-Adresse bestätigt",
    ]


def test_what_an_unproven_person_sends_waits_for_the_proof(pact, mails):
    applicant = ApplicationFactory(applicant__is_proven=False).applicants.get()

    application = applying.send(applicant.application, by=applicant)

    assert (application.status, application.confirmed_at) == ("unconfirmed", None)
    assert mails(kind="office_application") == []
    [mail] = mails(kind="application_started")
    applying.prove(mail.link)
    application.refresh_from_db()
    assert application.status == "submitted"
    assert len(mails(kind="office_application")) == 1


def test_a_draft_is_not_sent_while_something_is_missing(pact):
    applicant = draft(sector="", employees=None)
    before = all_rows()

    with pytest.raises(NotPossible, match="Es fehlt noch: Branche, Zahl der Beschäftigten."):
        applying.send(applicant.application, by=applicant)

    assert difference(before, all_rows()) == {}


def test_each_consent_is_kept_with_its_text_and_who_gave_it(pact):
    applicant = draft(chosen_consents=["profile", "quote"])

    application = applying.send(applicant.application, by=applicant)

    consents = {consent.purpose: consent for consent in application.consents.all()}
    assert set(consents) == {"profile", "quote"}
    for purpose, consent in consents.items():
        assert (consent.text, consent.text_version) == (Consent.TEXTS[purpose], TEXT_VERSION)
        assert (consent.given_by, consent.given_by_email) == ("Erika Muster", applicant.email)
        assert consent.stands


@pytest.mark.parametrize("wanted", [True, False])
def test_the_newsletter_is_ordered_only_by_its_own_tick_and_confirmed_by_its_own_mail(wanted, pact, mails):
    applicant = draft(orders_newsletter=wanted)

    applying.send(applicant.application, by=applicant)

    assert Subscription.objects.filter(email=applicant.email, confirmed_at=None).exists() == wanted
    assert [mail.to_email for mail in mails(kind="newsletter_confirm")] == [applicant.email] * wanted


def test_an_unproven_sender_orders_no_newsletter_for_somebody(pact):
    applicant = ApplicationFactory(orders_newsletter=True, applicant__is_proven=False).applicants.get()

    applying.send(applicant.application, by=applicant)

    assert not Subscription.objects.exists()


def test_a_contact_who_took_no_part_gets_a_link_of_her_own(pact, mails):
    applicant = draft()
    Application.objects.update(contact_email="chefin@musterbaeckerei.example", contact_name="Chefin Muster")

    applying.send(applicant.application, by=applicant)

    [mail] = mails(kind="application_invited")
    assert mail.to_email == "chefin@musterbaeckerei.example"


def test_proving_twice_changes_nothing(pact, mails):
    begin()
    link = mails()[0].link
    applying.prove(link)
    before = all_rows()

    applying.prove(link)

    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("why", ["closed", "removed", "gone"])
def test_a_link_that_ended_proves_nothing(why, pact, mails):
    applicant = draft()
    kim = colleague_of(applicant)
    [mail] = mails(kind="application_invited")
    match why:
        case "closed":
            AccessLink.objects.filter(pk=mail.link.pk).update(revoked_at=timezone.now())
        case "removed":
            Applicant.objects.filter(pk=kim.pk).update(left_at=timezone.now())
        case "gone":
            Application.objects.all().delete()

    with pytest.raises(TransitionNotAllowed):
        applying.prove(mail.link)

    assert not Applicant.objects.filter(pk=kim.pk).exclude(proven_at=None).exists()


def test_a_withdrawn_application_is_told_to_both_sides(in_state, mails):
    application = in_state("query")

    applying.withdraw(application)

    assert [mail.to_email for mail in mails(kind="application_withdrawn")] == [application.contact_email]
    assert [mail.to_email for mail in mails(kind="office_withdrawal")] == ["klimapakt@musterstadt.example"]


def test_no_process_of_joining_needs_a_mailbox_to_be_set_up(pact):
    pact.office_email = ""
    pact.save()
    applicant = draft()

    applying.send(applicant.application, by=applicant)

    assert not OutgoingMail.objects.filter(to_email="").exists()
