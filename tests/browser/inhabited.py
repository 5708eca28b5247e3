"""A portal in which every page has something to show."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from agreements import mails as agreement_mails
from agreements import pdf
from agreements.models import Version
from agreements.services import answering, offering
from events import mails as event_mails
from klimapakt.documents.models import Document
from klimapakt.links.models import AccessLink
from klimapakt.mailbox import optout, pump
from klimapakt.mailbox.models import AddressProblem, IncomingMail, MailboxState, MailWording, OutgoingMail
from klimapakt.newsletter.models import Subscription
from klimapakt.pact.models import Benefit, JoiningStep, Pact
from klimapakt.uploads.models import Upload
from partners import access
from partners.mails.interest import interest_access
from partners.models import Application, Contact, Partner
from partners.models.application import LINK_LIFETIME
from partners.services import applying, decision, merging, profile, publication, review
from tests.factories import (
    AgendaItemFactory,
    AgreementFactory,
    ApplicationFactory,
    ConsentFactory,
    ContactFactory,
    EventFactory,
    InitialPartnerFactory,
    MeasureFactory,
    OrganisationFactory,
    OutgoingMailFactory,
    PartnerFactory,
    TargetFactory,
    UserFactory,
)
from tests.factories.agreements import PDF, agreement_in, ready_to_offer, record_from_paper
from tests.factories.events import InvitationFactory, MeetingFactory, PartnerContactFactory, RegistrationFactory
from tests.factories.interest import InterestFactory
from tests.factories.mailbox import mailing_in
from tests.factories.talks import LetterFactory, TalkBookingFactory, TalkSlotFactory

LONG_NAME = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH & Co. KG"


@dataclass
class Inhabited:
    """What the tests name in addresses."""

    partner: Partner
    applications: dict[str, Application]
    company_link: str
    application_link: str
    question_link: str
    guest_links: dict[str, str]
    """Personal links to events, by what their owner has said."""
    versions: dict[str, Version]
    """What signatories got to read, by what became of it."""


def describe(pact: Pact) -> None:
    pact.teaser = "Unternehmen und Stadt arbeiten gemeinsam daran, dass Musterstadt klimaneutral wird."
    pact.framework_agreement, pact.framework_signed_by = "Rahmenvereinbarung", "Oberbürgermeister"
    pact.uses_orientation_talk = pact.books_talks_online = pact.uses_letter_of_intent = True
    pact.has_trial_data = True
    pact.save()
    for model in (Benefit, JoiningStep):
        for title in ("Beratung", "Austausch", "Sichtbarkeit"):
            model.objects.create(pact=pact, title=title, text="Kurz und klar beschrieben, in zwei Zeilen Text.")
    for name in ("Stadt Musterstadt", "Handwerkskammer Musterstadt"):
        InitialPartnerFactory(
            organisation__name=name, organisation__website="https://kammer.example", short_name="HWK", role="Gründerin"
        )


def partner_with_everything() -> Partner:
    """A listed partner whose profile shows all there is."""
    partner = PartnerFactory(
        listed=True,
        organisation__name=LONG_NAME,
        organisation__is_invented=True,
        organisation__website="https://eine-sehr-lange-adresse-ohne-jede-trennstelle.example/mit/langem/pfad/dahinter",
        slug="alles",
        text="Wir bauen Schiffe. " * 20,
    )
    agreement = partner.agreements.get()
    TargetFactory(agreement=agreement, base_value="12345.6")
    TargetFactory(agreement=agreement, unit="tonnes", amount="120")
    MeasureFactory(agreement=agreement, description="Mehr Wärme aus den Öfen. " * 10)
    MeasureFactory(agreement=agreement, to_year=2028, expected_saving=None)
    ConsentFactory(organisation=partner.organisation, purpose="measures")
    ConsentFactory(organisation=partner.organisation, purpose="quote")
    contact = ContactFactory(organisation=partner.organisation)
    wished = profile.wished(partner) | {"text": "Wir sind neu. " * 20, "quote": "Klimaschutz ist Handwerk."}
    profile.propose(contact, wished, shown=profile.state_of(partner))
    return partner


def prospects() -> None:
    """Companies that asked, booked talks that lie ahead and behind, and signed a letter."""
    today = timezone.localdate()
    asked = InterestFactory(organisation=LONG_NAME, question="Was kostet uns das? " * 30, follow_up_on=today)
    interest_access(asked)
    InterestFactory(closed=True)
    TalkBookingFactory(slot=TalkSlotFactory(host=LONG_NAME), application=None, interest=asked)
    for days, fate in enumerate(("held", "missed"), start=1):
        past = timezone.now() - timedelta(days=days)
        TalkBookingFactory(slot=TalkSlotFactory(starts_at=past, ends_at=past + timedelta(minutes=45)), status=fate)
    TalkSlotFactory()
    LetterFactory(application__name=LONG_NAME)


def under_review(pact: Pact, application: Application, office: object) -> None:
    """Bring an application to where somebody has proposed how to decide it."""
    pact.needs_second_person = True
    pact.save()
    decision.propose_rejection(application, "Ihr Sitz liegt nicht in der Stadt. " * 5, by=office)
    pact.needs_second_person = False
    pact.save()
    review.put_off(application, timezone.localdate() + timedelta(days=7), "Noch einmal anrufen", by=office)


def waiting_file() -> None:
    """A file that nobody examines before tomorrow."""
    later = timezone.now() + timedelta(days=1)
    Upload.objects.create(
        profile="logo", about="application:1", name="zeichen.png", content=b"?", content_type="image/png", size=1,
        received_sha256="0" * 64, due_at=later, waits_for="Der Virenscanner antwortet nicht.",
    )  # fmt: skip


def events(host: Partner) -> None:
    event = EventFactory(
        published=True, slug="treffen", teaser="Worum es geht.", venue="Rathaus, Saal 1", host=host.organisation,
        text="Wir sehen uns um.", results="Alle kamen wieder.", participants=40,
    )  # fmt: skip
    AgendaItemFactory(event=event, speaker="Frau Dr. Beispiel")
    for trait in ({"past": True}, {"month_only": True}, {"undated": True}):
        EventFactory(published=True, **trait)
    EventFactory(status="cancelled", slug="abgesagt")
    EventFactory(slug="entwurf")


def guests(host: Partner) -> dict[str, str]:
    """Fill meetings with people in every state; returns the links they got by mail."""
    meeting = MeetingFactory(slug="netzwerk", audience="partners", capacity=3, title="Netzwerktreffen " + LONG_NAME)
    full = MeetingFactory(slug="voll", capacity=1)
    begun = MeetingFactory(slug="begonnen", past=True)
    for event in (meeting, begun):
        AgendaItemFactory(event=event, speaker="Frau Dr. Beispiel")
    contact = Contact.objects.filter(organisation=host.organisation).first()
    invited = {
        "open": InvitationFactory(event=meeting, contact=contact),
        "declined": InvitationFactory(event=meeting, declined=True),
        "full": InvitationFactory(event=full),
    }
    coming = RegistrationFactory(event=meeting, by_contact=True, seats=2, note="Wir kommen mit dem Rad. " * 10)
    colleague = PartnerContactFactory(organisation=coming.organisation, is_main=False)
    invited["colleague"] = InvitationFactory(event=meeting, contact=colleague)
    registered = {
        "coming": coming,
        "waiting": RegistrationFactory(event=meeting, waiting=True, seats=2, name=LONG_NAME),
        "cancelled": RegistrationFactory(event=meeting, cancelled=True),
        "over": RegistrationFactory(event=begun),
    }
    RegistrationFactory(event=full)
    RegistrationFactory(event=full, unconfirmed=True)
    return {
        **{name: event_mails.invitation_access(one.event, one).url() for name, one in invited.items()},
        **{name: event_mails.registration_access(one.event, one).url() for name, one in registered.items()},
    }


@transaction.atomic
def agreements(office: object) -> dict[str, Version]:
    """Bring agreements into every state; their files are there at once, but for one that could not be made."""
    versions = {state: agreement_in(state).newest_version() for state in ("signed", "declined", "in_force")}
    versions["offered"] = offered_to(LONG_NAME)
    for fate in ("wish", "taken back", "superseded"):
        versions[fate] = agreement_in("offered").newest_version()
        answering.note_opening(versions[fate], agreement_mails.access_to(versions[fate]))
        answering.request_change(versions[fate], "Bitte erst ab 2028, wegen der Finanzierung.\n\nUnd ohne § 3.")
    for fate in ("taken back", "superseded"):
        offering.take_back(versions[fate].agreement, by=office)
    again = versions["superseded"].agreement
    offering.offer(again, again.partner.organisation.contacts.get(), by=office)
    record_from_paper(ready_to_offer(), by=office)
    pdf.copy_to_read(versions["wish"]).give_up("Das PDF ließ sich nicht erstellen.")
    for document in Document.objects.filter(content=None, problem=""):
        document.fill(PDF, now=timezone.now())
    return versions


def offered_to(name: str) -> Version:
    """Offer an agreement with everything in it to a firm of this name."""
    agreement = ready_to_offer(partner=PartnerFactory(organisation__name=name))
    TargetFactory(agreement=agreement, unit="tonnes", amount="1234.5", base_value="98765.4", scopes="1+2+3")
    for saving in (None, "12345.6"):
        MeasureFactory(
            agreement=agreement, title=name, description="Wir prüfen alle Leitungen. " * 20, expected_saving=saving
        )
    agreement.clauses.filter(title="Ziele").update(text="Ein Absatz.\n\nNoch ein Absatz. " + "Und so weiter. " * 30)
    contact = agreement.partner.organisation.contacts.get()
    return offering.offer(agreement, contact, by=UserFactory(first_name="Ottilie", last_name="Amt"))


def mailbox() -> None:
    """Mails in every state, answers, a sender that stands still, and mailings on each step."""
    now = timezone.now()
    pump.stop("Der Mailserver lehnt die Anmeldung ab. Bitte lassen Sie das Passwort prüfen.")
    MailboxState.objects.update(
        held_at=now,
        held_because="Die Datenbank wurde aus einer Sicherung geholt.",
        inbox_problem="Der Posteingang ist nicht erreichbar.",
    )
    for state in OutgoingMail.Status.values:
        OutgoingMailFactory(
            status=state, subject=f"{LONG_NAME}: {state}", about="partner:1", lease_until=now, handed_over_at=now, sent_at=now,
            html="<p>Guten Tag</p>", repeats=1, attempts=2, tried_at=now, server_code=451, copy_status="given_up",
            problem="Der Mailserver kennt diese Adresse nicht. Bitte prüfen Sie die Adresse.",
        )  # fmt: skip
    answered = OutgoingMail.objects.filter(status="bounced").first()
    for kind in IncomingMail.Kind.values:
        IncomingMail.objects.create(
            fingerprint=kind, kind=kind, received_at=now, from_name=LONG_NAME, from_email="kim@musterbetrieb.example",
            subject=f"Re: {LONG_NAME}", text="Danke.\n\nBis bald", answers=answered, about="partner:1",
        )  # fmt: skip
    AddressProblem.objects.create(
        email="weg@musterbetrieb.example", sentence="Der Mailserver kennt diese Adresse nicht."
    )
    optout.add("kim@musterbetrieb.example", "invitation")
    MailWording.objects.create(kind="partner_link", number=1, subject="Ihr Link", body="Guten Tag {name},\n\n{link}\n")
    for state in ("draft", "prepared", "paused", "released"):
        mailing = mailing_in(state, people=1)
        if state == "prepared":
            mailing.note_reading()


def agreement_link(version: Version) -> str:
    return agreement_mails.access_to(version).url()


@pytest.fixture
def inhabited(pact, in_state, office) -> Inhabited:
    """Every kind of row in every state, with names as long as they come."""
    applications = {
        state: in_state(state)
        for state in ("unconfirmed", "submitted", "in_review", "query", "accepted", "rejected", "withdrawn")
    }
    long = ApplicationFactory(name=LONG_NAME)
    applying.send(long, by=long.applicants.get())
    under_review(pact, in_state("in_review"), UserFactory(first_name="Ottilie", last_name="Amt"))
    describe(pact)
    prospects()
    waiting_file()
    reviewed = applications["in_review"]
    review.record_step(
        reviewed, "orientation_talk", done_on=timezone.localdate(), document=None, note="Gutes Gespräch.", by=office
    )
    partner = partner_with_everything()
    for _ in range(51):
        PartnerFactory(listed=True)
    proposed = applications["accepted"].partner
    ConsentFactory(organisation=proposed.organisation)
    AgreementFactory(partner=proposed)
    publication.send_link(partner, by=office)
    failed = OutgoingMail.objects.first()
    OutgoingMail.objects.filter(pk=failed.pk).update(
        status="failed", problem="Der Mailserver kennt diese Adresse nicht."
    )
    OrganisationFactory(name="Verein der Freunde e. V.", kind="club")
    merging.merge(OrganisationFactory(name=LONG_NAME), OrganisationFactory(name="Doppelt"), take=[], by=office)
    Subscription.objects.create(email="leserin@musterverein.example", confirmed_at=timezone.now(), text="Ja, bitte.")
    events(partner)
    mailbox()
    guest_links = guests(partner)
    versions = agreements(office)
    contact = Contact.objects.get(organisation=partner.organisation)
    return Inhabited(
        partner=partner,
        applications=applications,
        company_link=_link(access.PARTNER, contact.pk, contact.email),
        application_link=_link(access.APPLICATION, reviewed.pk, reviewed.contact_email),
        question_link=_link(access.APPLICATION, applications["query"].pk, applications["query"].contact_email),
        guest_links=guest_links,
        versions=versions,
    )


def _link(purpose: str, number: int, email: str) -> str:
    return AccessLink.issue(purpose, number, email=email, valid_for=min(LINK_LIFETIME, timedelta(days=1))).url()
