"""One of each kind, in the state that its row in the table needs; and a browser for each role."""

import mailbox
from collections.abc import Callable
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

import agreements.mails
import events.mails
from agreements import pdf
from agreements.models import TemplateContribution, TemplateSection
from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.mailbox import optout
from klimapakt.mailbox.models import AddressProblem, IncomingMail, MailboxState, MailWording, OutgoingMail
from klimapakt.newsletter.models import Subscription
from klimapakt.setup.roles import COUNTERSIGNING
from partners.mails.application import application_access
from partners.mails.interest import interest_access
from partners.mails.partner import partner_access
from partners.models import Interest
from partners.services import decision, merging, profile, review, shown
from tests.corpus import PDF
from tests.factories import (
    AgreementFactory,
    ApplicantFactory,
    ApplicationFactory,
    ConsentFactory,
    ContactFactory,
    EventFactory,
    InitialPartnerFactory,
    OrganisationFactory,
    OutgoingMailFactory,
    PartnerFactory,
    UserFactory,
)
from tests.factories.agreements import agreement_in, ready_to_offer, record_from_paper
from tests.factories.events import InvitationFactory, MeetingFactory, RegistrationFactory
from tests.factories.interest import InterestFactory
from tests.factories.mailbox import mailing_in
from tests.factories.talks import LETTER, LetterFactory, TalkBookingFactory, TalkSlotFactory
from tests.klimapakt.uploads.sample import received
from tests.urls.roles import BY_LINK
from tests.urls.table import path_of


@pytest.fixture
def things(pact, in_state, office, user_of_role, settings, tmp_path) -> SimpleNamespace:
    """One of each kind, in the state that the row needs."""
    settings.EMBEDDED = frozenset({"mail"})
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    pact.uses_orientation_talk = pact.uses_letter_of_intent = pact.books_talks_online = True
    pact.letter_of_intent = LETTER
    pact.save()
    return SimpleNamespace(
        today=timezone.localdate(),
        pact=pact,
        founder=InitialPartnerFactory(),
        interest=interest_with_a_link(),
        unread=InterestFactory(unconfirmed=True),
        **talks_and_letters(),
        closed_interest=InterestFactory(closed=True),
        group=Group.objects.create(name="Praktikum"),
        user=user_of_role["anonymous"],
        mail_key=mail_in_the_postbox(tmp_path),
        **applications(in_state, office),
        **partners_and_their_agreements(office),
        **events_and_their_guests(),
        **what_the_mailbox_holds(),
    )


def interest_with_a_link() -> Interest:
    interest = InterestFactory(follow_up_on=timezone.localdate() + timedelta(days=1))
    interest_access(interest)
    return interest


def talks_and_letters() -> dict[str, object]:
    """A free time, a talk that is over, and a letter with its file."""
    begun = timezone.now() - timedelta(hours=2)
    talk = TalkBookingFactory(slot__starts_at=begun, slot__ends_at=begun + timedelta(hours=1))
    letter = LetterFactory()
    archive.store(
        "letter-of-intent", key=f"letter-of-intent:{letter.pk}", name="Absichtserklärung.pdf", content=PDF,
        content_type="application/pdf", about=letter,
    )  # fmt: skip
    return {"slot": TalkSlotFactory(), "talk": talk, "letter": letter}


def applications(in_state: Callable, office: object) -> dict[str, object]:
    submitted, unconfirmed, query = in_state("submitted"), in_state("unconfirmed"), in_state("query")
    rejected, reviewed, proposed = in_state("rejected"), in_state("in_review"), in_state("in_review")
    decision.propose_rejection(proposed, "Ihr Sitz liegt nicht in der Stadt.", by=UserFactory(username="kollegin"))
    review.put_off(proposed, timezone.localdate() + timedelta(days=1), by=office)
    for kind in ("orientation_talk", "letter_of_intent"):
        document = SimpleUploadedFile("loi.pdf", PDF)
        review.record_step(reviewed, kind, done_on=date(2026, 1, 2), document=document, note="", by=office)
    failed = OutgoingMail.objects.first()
    OutgoingMail.objects.filter(pk=failed.pk).update(status="failed", html="<p>Guten Tag</p>")
    paper = received(query)
    query.files.create(upload=paper)
    paper.release(content=PDF, content_type="application/pdf", name="Bilanz.pdf")
    return {
        "paper": paper,
        "quarantined": received(query, "a png"),
        "submitted": submitted,
        "unconfirmed": unconfirmed,
        "unsent": ApplicationFactory(applicant__is_proven=False),
        "query": query,
        "question": query.questions.get(),
        "colleague": ApplicantFactory(application=query, email="kim@musterbaeckerei.example", is_proven=False),
        "rejected": rejected,
        "reviewed": reviewed,
        "proposed": proposed,
        "proposed_seen": shown.proposal(proposed),
        "office": office,
        "tomorrow": timezone.localdate() + timedelta(days=1),
        "step": reviewed.steps.first(),
        "failed": failed,
        "link": path_of(application_access(submitted.applicants.get())),
    }


def partners_and_their_agreements(office: object) -> dict[str, object]:
    partner = PartnerFactory(published=True)
    ConsentFactory(organisation=partner.organisation)
    contact = ContactFactory(organisation=partner.organisation)
    partner_access(contact)
    bound = ready_to_offer(partner=partner)
    record_from_paper(bound, by=office, scan=SimpleUploadedFile("Vereinbarung.pdf", PDF))
    ready = PartnerFactory()
    ConsentFactory(organisation=ready.organisation)
    AgreementFactory(partner=ready, in_force=True)
    offered, signed = agreement_in("offered"), agreement_in("signed")
    ConsentFactory(organisation=partner.organisation, purpose="quote")
    partner.logo = received(partner, "a jpeg", "logo")
    partner.logo.release(content=b"drawn again", content_type="image/png", name="Logo.png")
    partner.save()
    proposal = profile.propose(contact, profile.wished(partner) | {"text": "Neu."}, shown=profile.state_of(partner))
    return {
        "invited": ContactFactory(organisation=partner.organisation, is_main=False, invited_at=timezone.now()),
        "proposal": proposal,
        "profile_state": profile.state_of(partner),
        "partner": partner,
        "twin": OrganisationFactory(),
        "double": OrganisationFactory(),
        "merge": merging.merge(OrganisationFactory(), OrganisationFactory(), take=[], by=office),
        "contact": contact,
        "hidden": PartnerFactory(),
        "ready": ready,
        "bound": bound,
        "scan": pdf.signed_copy(bound),
        "agreement": ready_to_offer(),
        "empty": AgreementFactory(),
        "offered": offered,
        "version": offered.newest_version(),
        "signed": signed,
        "signed_version": signed.newest_version(),
        "section": TemplateSection.objects.first(),
        "contribution": TemplateContribution.objects.first(),
        "broken": broken_document(bound),
    }


def broken_document(about: object) -> Document:
    document = archive.order("sheet", key="broken", name="Blatt.pdf", html="x", about=about, is_kept=False)
    document.give_up("Das PDF ließ sich nicht erstellen.")
    return document


def events_and_their_guests() -> dict[str, object]:
    event = MeetingFactory(slug="treffen")
    registration = RegistrationFactory(event=event)
    attendance = archive.order("attendance", key="list", name="Liste.pdf", html="x", about=event, is_kept=False)
    attendance.fill(PDF, now=timezone.now())
    return {
        "event": event,
        "announced": EventFactory(published=True),
        "cancelled": EventFactory(status="cancelled"),
        "draft": EventFactory(),
        "registration": registration,
        "withdrawn": RegistrationFactory(event=event, cancelled=True),
        "invitation": InvitationFactory(event=event),
        "attendance": attendance,
    }


def what_the_mailbox_holds() -> dict[str, object]:
    now = timezone.now()
    state = MailboxState.load()
    MailboxState.objects.update(stopped_at=now, stopped_because="Das Passwort stimmt nicht.", held_at=now)
    invitation = OutgoingMailFactory(status="sent", topic="invitation")
    mailings = {name: mailing_in(name, people=1) for name in ("draft", "prepared", "released", "paused")}
    mailings["prepared"].note_reading()
    return {
        "state": state,
        "unclear": OutgoingMailFactory(status="unclear", handed_over_at=now),
        "waiting": OutgoingMailFactory(),
        "unsubscribe": optout.address(invitation).removeprefix(settings.PORTAL_BASE_URL),
        "optout": optout.add("erika@firma.example", "newsletter"),
        "problem": AddressProblem.objects.create(email="weg@firma.example", sentence="Die Adresse gibt es nicht."),
        "incoming": IncomingMail.objects.create(
            fingerprint="1", kind="reply", received_at=now, subject="Re: Einladung"
        ),
        "mailing": mailings["draft"],
        "prepared": mailings["prepared"],
        "draft_mail": mailings["prepared"].mails.first(),
        "released": mailings["released"],
        "paused": mailings["paused"],
        "wording": MailWording.objects.create(kind="event_invitation", number=1, subject="Einladung", body="{link}"),
        "subscription": Subscription.objects.create(email="leserin@firma.example", confirmed_at=now, text="Ja."),
    }


def mail_in_the_postbox(folder: Path) -> str:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@b.example", "c@d.example", "S"
    mail["Date"] = "Mon, 02 Nov 2026 10:00:00 +0100"
    mail.set_content("Hallo")
    mail.add_alternative("<p>Hallo</p>", subtype="html")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="Blatt.pdf")
    return mailbox.Maildir(folder / "mail", create=True).add(mail.as_bytes())


@pytest.fixture
def foreign(things, office) -> SimpleNamespace:
    """What belongs to other companies: numbers of a person, a paper, a document."""
    paper = received(things.submitted)
    paper.release(content=PDF, content_type="application/pdf", name="Bilanz.pdf")
    things.submitted.files.create(upload=paper)
    bound = ready_to_offer()
    record_from_paper(bound, by=office, scan=SimpleUploadedFile("Fremd.pdf", PDF + b"%fremd"))
    return SimpleNamespace(
        contact=ContactFactory(organisation=things.hidden.organisation).pk,
        applicant=things.submitted.applicants.get().pk,
        paper=paper.pk,
        document=pdf.signed_copy(bound).sha256,
    )


@pytest.fixture
def user_of_role(office, initial_partner_user, administrator, django_user_model) -> dict[str, object]:
    countersigner = UserFactory(username="gegenzeichnung", first_name="Gerda", last_name="Muster")
    countersigner.groups.add(Group.objects.get(name=COUNTERSIGNING))
    administrator.first_name, administrator.last_name = "Adam", "Muster"
    administrator.save()
    return {
        "anonymous": django_user_model.objects.create(username="jemand", is_active=False),
        "initial_partner": initial_partner_user,
        "countersigner": countersigner,
        "office": office,
        "administrator": administrator,
    }


@pytest.fixture
def client_of(things, user_of_role, open_link) -> Callable[[str], Client]:
    """Return a browser in which a person of this role works."""
    links = {
        "applicant": lambda: application_access(things.query.applicants.first()),
        "contact": lambda: partner_access(things.contact),
        "guest": lambda: events.mails.registration_access(things.event, things.registration),
        "signatory": lambda: agreements.mails.access_to(things.version),
    }
    assert set(links) == set(BY_LINK)

    def client_of(role: str) -> Client:
        client = Client(raise_request_exception=False)
        if role in links:
            open_link(client, links[role]())
        elif role != "anonymous":
            client.force_login(user_of_role[role])
        return client

    return client_of
