"""The office decides, thinks again, and the company hears of it when the pact says so."""

from datetime import timedelta

import pytest
from django.utils import timezone

from agreements.models import Agreement
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible
from partners import access
from partners.models import Contact, Organisation, Partner
from partners.services import decision
from tests.factories import AgreementFactory, ContactFactory, InitialPartnerFactory, OrganisationFactory
from tests.factories.mailbox import MAY_HAVE_LEFT, bring
from tests.partners.services.in_review import DECISIONS, reviewed, timeline_of
from tests.rows import all_rows, difference

# --- deciding and thinking again --------------------------------------------------------------------------------------


@pytest.mark.parametrize("decided", DECISIONS)
@pytest.mark.parametrize("minutes", [0, 5, 1440])
def test_the_mail_about_a_decision_waits_as_long_as_the_pact_says(decided, minutes, pact, office, mails):
    pact.undo_minutes = minutes
    pact.save()
    application = reviewed(office)

    DECISIONS[decided](application, office)

    application.refresh_from_db()
    [mail] = mails(kind=f"application_{decided}")
    assert mail.due_at - application.decided_at == timedelta(minutes=minutes)
    assert mail.to_email == application.contact_email
    now = application.decided_at + timedelta(minutes=minutes)
    assert mail in OutgoingMail.objects.sendable(now=now)
    assert mail not in OutgoingMail.objects.sendable(now=now - timedelta(seconds=1))


@pytest.mark.parametrize("decided", DECISIONS)
def test_a_decision_taken_back_in_time_is_told_to_nobody(decided, pact, office, mails):
    application = reviewed(office)
    DECISIONS[decided](application, office)
    written = len(mails())

    was_told = decision.undo_decision(application, by=office)

    assert was_told is False
    assert [mail.status for mail in mails(kind=f"application_{decided}")] == ["withdrawn"]
    assert len(mails()) == written
    assert timeline_of(application)[-1] == "Entscheidung zurückgenommen"


@pytest.mark.parametrize("decided", DECISIONS)
@pytest.mark.parametrize("state", MAY_HAVE_LEFT)
def test_a_decision_taken_back_is_explained_to_the_company_that_may_have_read_it(decided, state, pact, office, mails):
    application = reviewed(office)
    DECISIONS[decided](application, office)
    bring(OutgoingMail.objects.filter(kind=f"application_{decided}"), state)

    was_told = decision.undo_decision(application, by=office)

    assert was_told is MAY_HAVE_LEFT[state]
    assert [mail.to_email for mail in mails(kind="application_reopened")] == [application.contact_email] * was_told
    [mail] = mails(kind=f"application_{decided}")
    assert mail.status in ("sent", "unclear", "withdrawn", "expired") or mail.is_unwanted


def test_a_decision_that_nobody_heard_of_is_taken_back_in_silence_though_an_earlier_one_was_told(pact, office, mails):
    application = reviewed(office)
    DECISIONS["accepted"](application, office)
    bring(OutgoingMail.objects.filter(kind="application_accepted"), "sent")
    decision.undo_decision(application, by=office)
    DECISIONS["rejected"](application, office)

    assert decision.undo_decision(application, by=office) is False
    assert len(mails(kind="application_reopened")) == 1


@pytest.mark.parametrize("first", DECISIONS)
@pytest.mark.parametrize("second", DECISIONS)
def test_after_thinking_again_each_decision_is_told_anew(first, second, pact, office, mails):
    application = reviewed(office)
    DECISIONS[first](application, office)
    decision.undo_decision(application, by=office)

    DECISIONS[second](application, office)

    assert [mail.kind for mail in mails(status="queued") if mail.kind.startswith("application_") and mail.kind.endswith("ed")
            and mail.kind != "application_received"] == [f"application_{second}"]  # fmt: skip
    application.refresh_from_db()
    assert application.status == second


def test_an_undone_acceptance_leaves_nothing_behind(pact, office):
    application = reviewed(office)
    decision.accept(application, by=office)
    partner_links = AccessLink.objects.filter(purpose=access.PARTNER)
    assert partner_links.exists()

    decision.undo_decision(application, by=office)

    application.refresh_from_db()
    assert (application.status, application.partner, application.decided_at) == ("in_review", None, None)
    assert not Organisation.objects.exists()
    assert not Partner.objects.exists()
    assert not Contact.objects.exists()
    assert set(application.consents.values_list("purpose", "organisation", "withdrawn_at")) == {
        ("profile", None, None),
        ("measures", None, None),
    }
    assert not partner_links.live(now=timezone.now()).exists()
    assert "Aufgenommen" in timeline_of(application)  # what happened stays told


def test_an_undone_acceptance_leaves_a_founder_as_it_was(pact, office):
    founder = InitialPartnerFactory(organisation__name="Musterbäckerei GmbH")
    chief = ContactFactory(organisation=founder.organisation, name="Vorstand", is_main=True)
    application = reviewed(office)
    decision.accept(application, by=office)

    decision.undo_decision(application, by=office)

    founder.organisation.refresh_from_db()
    assert not hasattr(Organisation.objects.get(pk=founder.organisation_id), "partner")
    chief.refresh_from_db()
    assert [(c.name, c.is_main) for c in founder.organisation.contacts.all()] == [("Vorstand", True)]


def test_an_undone_acceptance_leaves_an_organisation_that_was_there_before(pact, office):
    known = OrganisationFactory(name="Musterbäckerei GmbH")  # say, the host of an event
    contact = ContactFactory(organisation=known, name="Hausmeisterei", is_main=False)
    application = reviewed(office)
    decision.accept(application, by=office)

    decision.undo_decision(application, by=office)

    assert Organisation.objects.filter(pk=known.pk).exists()
    assert Contact.objects.filter(pk=contact.pk).exists()


@pytest.mark.parametrize("status", ["draft", "in_force"])
def test_an_acceptance_with_an_agreement_stays(status, pact, office):
    application = reviewed(office)
    partner = decision.accept(application, by=office)
    AgreementFactory(partner=partner, **({"in_force": True} if status == "in_force" else {}))
    before = all_rows()

    with pytest.raises(NotPossible, match="Vereinbarung"):
        decision.undo_decision(application, by=office)

    assert Agreement.objects.exists()
    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("publication", ["published", "paused", "former"])
def test_an_acceptance_that_became_public_stays(publication, pact, office):
    application = reviewed(office)
    partner = decision.accept(application, by=office)
    Partner.objects.filter(pk=partner.pk).update(publication=publication)
    before = all_rows()

    with pytest.raises(NotPossible, match="veröffentlicht"):
        decision.undo_decision(application, by=office)

    assert difference(before, all_rows()) == {}


def test_the_rejection_names_its_reason(in_state, mails, office):
    application = in_state("in_review")

    decision.reject(application, "Ihr Sitz liegt nicht in der Stadt.", by=office)

    [mail] = mails(kind="application_rejected")
    assert "Ihr Sitz liegt nicht in der Stadt." in mail.body
    assert timeline_of(application)[-1] == "Abgelehnt: Ihr Sitz liegt nicht in der Stadt."


# --- the mail about a rejection ---------------------------------------------------------------------------------------


def test_the_office_writes_the_mail_about_a_rejection_itself(in_state, mails, office):
    application = in_state("in_review")
    texts = "Zu Ihrem Antrag", "Liebe Bäckerei,\n\nleider nein: {begruendung}\n\nMelden Sie sich 2028 noch einmal."

    decision.reject(application, "Ihr Sitz liegt nicht in der Stadt.", by=office, texts=texts)

    [mail] = mails(kind="application_rejected")
    assert mail.subject == "Zu Ihrem Antrag"
    assert mail.body.startswith(
        "Liebe Bäckerei,\n\nleider nein: Ihr Sitz liegt nicht in der Stadt.\n\nMelden Sie sich 2028 noch einmal."
    )
