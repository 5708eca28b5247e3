"""The number of queries does not grow with what a page shows."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agreements.models import TemplateContribution, TemplateSection
from events import mails
from events.models import Event
from klimapakt.documents import archive
from klimapakt.mailbox.models import AddressProblem, IncomingMail, MailWording, OptOut, case_of
from klimapakt.newsletter.models import Subscription
from tests.factories import (
    AgendaItemFactory,
    AgreementFactory,
    ApplicationFactory,
    ConsentFactory,
    ContactFactory,
    EventFactory,
    InitialPartnerFactory,
    MeasureFactory,
    OutgoingMailFactory,
    PartnerFactory,
    TargetFactory,
    UserFactory,
)
from tests.factories.agreements import ClauseFactory, ContributionFactory, ready_to_offer, record_from_paper
from tests.factories.events import InvitationFactory, MeetingFactory, PartnerContactFactory, RegistrationFactory
from tests.factories.interest import InterestFactory
from tests.factories.mailbox import MailingFactory

PUBLIC_LIMIT = 6


def fill(rows: int) -> dict[str, object]:
    """So many of each kind, each with all that belongs to it."""
    for number in range(rows):
        partner = PartnerFactory(listed=True, organisation__sector="ABCDEFGHIJ"[number % 10])
        ConsentFactory(organisation=partner.organisation, purpose="measures")
        TargetFactory(agreement=partner.agreements.get())
        MeasureFactory(agreement=partner.agreements.get())
        ContactFactory(organisation=partner.organisation)
        founder = InitialPartnerFactory(position=number)
        if number % 2:
            founder.organisation = PartnerFactory(listed=True).organisation
            founder.save()
        EventFactory(published=True, host=partner.organisation)
        event = EventFactory(published=True, past=True, host=partner.organisation)
        AgendaItemFactory(event=event)
    partner = PartnerFactory(listed=True)
    for _ in range(rows):
        event = EventFactory(published=True, past=True, host=partner.organisation)
        MeasureFactory(agreement=partner.agreements.get())
        TargetFactory(agreement=partner.agreements.get())
    ConsentFactory(organisation=partner.organisation, purpose="measures")
    AgendaItemFactory.create_batch(rows, event=event)
    meeting = MeetingFactory(host=partner.organisation, capacity=rows)
    AgendaItemFactory.create_batch(rows, event=meeting)
    guests(meeting, rows)
    return {"partner": partner, "event": event, "meeting": meeting}


def guests(event: Event, rows: int) -> None:
    """So many who come, who wait, who do not come, and who have not answered."""
    for _ in range(rows):
        InvitationFactory(event=event)
        InvitationFactory(event=event, declined=True)
        RegistrationFactory(event=event, seats=2, by_contact=True)
        RegistrationFactory(event=event, waiting=True, seats=2)
        RegistrationFactory(event=event, cancelled=True)


def count(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
        assert response.status_code == 200, path
        assert response.content
    return len(queries)


PUBLIC_PATHS = [
    "/", "/klimapartner/", "/klimapartner/?q=muster", "/klimapartner/?branche=C", "/klimapartner/?seite=2", "{partner}",
    "/initialpartner/", "/mitmachen/", "/veranstaltungen/", "{event}", "/impressum/", "/datenschutz/",
    "/barrierefreiheit/", "{meeting}", "/wirkung/", "/mitmachen/antrag/", "/sitemap.xml", "/robots.txt",
    "{meeting}anmelden/", "{meeting}termin.ics", "/veranstaltungen/kalender.ics", "/mitmachen/interesse/",
    "/mitmachen/link/",
]  # fmt: skip


def test_every_public_page_needs_the_same_few_queries_for_1_and_for_100(pact):
    client = Client()
    client.cookies["x"] = "1"  # past the page cache
    needed = {}
    for rows in (1, 99):
        things = fill(rows)
        paths = {path: path.format(**{k: v.get_absolute_url() for k, v in things.items()}) for path in PUBLIC_PATHS}
        needed[rows] = {path: count(client, address) for path, address in paths.items()}

    assert needed[1] == needed[99]
    assert {path: number for path, number in needed[99].items() if number > PUBLIC_LIMIT} == {}


def test_a_page_that_is_kept_needs_one_query(pact, django_assert_num_queries):
    things = fill(2)
    paths = [path.format(**{k: v.get_absolute_url() for k, v in things.items()}) for path in PUBLIC_PATHS[:-8]]
    client = Client()
    for path in paths:
        client.get(path)

    for path in paths:
        with django_assert_num_queries(1) as queries:
            client.get(path)
        assert "website_publicversion" in queries.captured_queries[0]["sql"]


@pytest.mark.parametrize("role", ["office", "initial_partner_user", "administrator"])
def test_every_list_of_the_admin_needs_the_same_queries_for_1_and_for_30(role, pact, request):
    client = Client()
    client.force_login(request.getfixturevalue(role))
    lists = {
        "partners/application", "partners/partner", "partners/organisation", "partners/initialpartner", "events/event",
        "events/registration", "events/invitation", "agreements/agreement", "agreements/templatesection",
        "agreements/templatecontribution", "documents/document", "mailbox/outgoingmail", "auth/user", "auth/group",
        "mailbox/incomingmail", "mailbox/addressproblem", "mailbox/optout", "mailbox/mailing", "mailbox/mailwording",
        "newsletter/subscription", "partners/interest",
    }  # fmt: skip
    needed = {}
    for rows in (1, 29):
        for number in range(rows):
            reviewer = UserFactory()
            reviewer.groups.add(Group.objects.get_or_create(name=f"Gruppe {number}")[0])
            application = ApplicationFactory(
                status="in_review", sent_at=timezone.now(), confirmed_at=timezone.now(), reviewer=reviewer
            )
            InterestFactory(organisation="Muster", application=application, assigned_to=reviewer)
            partner = PartnerFactory(listed=True)
            AgreementFactory(partner=partner)
            InitialPartnerFactory()
            guests(EventFactory(host=partner.organisation), 1)
            mail = OutgoingMailFactory(mailing=MailingFactory())
            received = {"kind": "reply", "received_at": timezone.now(), "answers": mail}
            IncomingMail.objects.create(fingerprint=mail.key, **received)
            AddressProblem.objects.create(email=mail.to_email, sentence="Die Adresse gibt es nicht.", mail=mail)
            OptOut.objects.create(email=mail.to_email, topic="mailing")
            MailWording.objects.create(kind="partner_link", number=mail.pk, subject="Muster", body="{link}")
            Subscription.objects.create(email=mail.to_email, confirmed_at=timezone.now(), text="Ja.")
            TemplateSection.objects.create(title="Muster")
            TemplateContribution.objects.create(text="Muster")
            document = archive.order(
                "sheet", key=f"{rows}:{number}", name="Muster", html="x", about=pact, is_kept=False
            )
            document.give_up("Das PDF ließ sich nicht erstellen.")
        needed[rows] = {}
        for name in lists:
            for query in ("", "?q=muster"):
                with CaptureQueriesContext(connection) as queries:
                    code = client.get(f"/admin/{name}/{query}").status_code
                needed[rows][name + query] = (code, len(queries) if code == 200 else 0)

    assert needed[1] == needed[29]
    assert {code for code, _ in needed[29].values()} <= {200, 403, 302}


@pytest.mark.parametrize("role", ["office", "initial_partner_user"])
def test_the_start_page_of_the_office_needs_the_same_queries_for_1_and_for_30(role, pact, request):
    client = Client()
    client.force_login(request.getfixturevalue(role))
    needed = []
    for rows in (1, 29):
        for _ in range(rows):
            ApplicationFactory(status="submitted", sent_at=timezone.now(), confirmed_at=timezone.now())
            PartnerFactory(listed=True)
            AgreementFactory()
            guests(MeetingFactory(registration_closes_at=timezone.now() + timedelta(days=1)), 1)
            OutgoingMailFactory(status="failed")
        needed.append(count(client, "/admin/"))

    assert needed[0] == needed[1]


def test_the_page_of_an_application_needs_the_same_queries_however_long_its_story(in_state, office, office_client):
    from partners.services import questions as service

    application = in_state("in_review")
    page = f"/admin/partners/application/{application.pk}/change/"
    office_client.get(page)
    needed = []
    for questions in (1, 10):
        for _ in range(questions):
            service.ask(application, [service.Asked("Wie viele Standorte?")], by=office)
            open_one = application.questions.get(answered_at=None)
            service.answer(application, [service.Reply(open_one.pk, "Zwei.")], by=application.applicants.get())
        needed.append(count(office_client, page))

    assert needed[0] == needed[1]


def test_the_page_of_a_partner_needs_the_same_queries_however_many_mails_and_contacts_it_has(pact, office_client):
    partner = PartnerFactory()
    page = f"/admin/partners/partner/{partner.pk}/change/"
    office_client.get(page)
    needed = []
    for rows in (1, 29):
        for _ in range(rows):
            contact = ContactFactory(organisation=partner.organisation, is_main=False)
            mail = OutgoingMailFactory(about=case_of(partner), to_email=contact.email, status="failed")
            received = {"kind": "reply", "received_at": timezone.now(), "answers": mail, "about": case_of(partner)}
            IncomingMail.objects.create(fingerprint=mail.key, **received)
            AddressProblem.objects.create(email=contact.email, sentence="Die Adresse gibt es nicht.")
        needed.append(count(office_client, page))

    assert needed[0] == needed[1]


def test_the_page_of_a_mail_needs_the_same_queries_for_1_and_for_30_in_its_thread(pact, office_client):
    mail = OutgoingMailFactory(about="partner:1")
    page = f"/admin/mailbox/outgoingmail/{mail.pk}/change/"
    office_client.get(page)
    needed = []
    for rows in (1, 29):
        for number in range(rows):
            OutgoingMailFactory(about="partner:1")
            received = {"kind": "reply", "received_at": timezone.now(), "answers": mail}
            IncomingMail.objects.create(fingerprint=f"{rows}:{number}", **received)
        needed.append(count(office_client, page))

    assert needed[0] == needed[1]


ABOUT_AN_EVENT = ["change/", "einladen/", "rueckmeldungen/", "anmeldung-eintragen/", "teilnahmeliste/"]


def test_the_pages_about_an_event_need_the_same_queries_for_1_and_for_30_guests(pact, office_client):
    meeting = MeetingFactory()
    office_client.get(f"/admin/events/event/{meeting.pk}/change/")
    needed = []
    for rows in (1, 29):
        guests(meeting, rows)
        needed.append(
            {page: count(office_client, f"/admin/events/event/{meeting.pk}/{page}") for page in ABOUT_AN_EVENT}
        )

    assert needed[0] == needed[1]
    assert {page: number for page, number in needed[1].items() if number > 15} == {}


def test_the_preview_of_invitations_needs_the_same_queries_for_1_and_for_29_people(pact, office_client):
    meeting = MeetingFactory()
    page = f"/admin/events/event/{meeting.pk}/einladen/"
    needed = []
    for rows in (1, 29):
        people = [PartnerContactFactory().pk for _ in range(rows)]
        with CaptureQueriesContext(connection) as queries:
            assert office_client.post(page, {"contact": people}).status_code == 200
        needed.append(len(queries))

    assert needed[0] == needed[1]


def test_the_page_of_a_guest_needs_the_same_few_queries_for_1_and_for_30_others(pact, open_link):
    meeting = MeetingFactory(capacity=9, seats_per_organisation=20)
    links = {
        "invited": mails.invitation_access(meeting, InvitationFactory(event=meeting)),
        "coming": mails.registration_access(meeting, RegistrationFactory(event=meeting, by_contact=True)),
    }
    clients = {who: Client() for who in links}
    for who, link in links.items():
        open_link(clients[who], link)
    page = f"/mein-klimapakt/veranstaltung/{meeting.slug}/"
    needed = []
    for rows in (1, 29):
        guests(meeting, rows)
        needed.append({who: count(client, page) for who, client in clients.items()})

    assert needed[0] == needed[1]
    assert max(needed[1].values()) <= 8


def test_the_own_page_of_a_company_needs_the_same_queries_for_1_and_for_30_events(pact, open_link):
    from partners.mails.partner import partner_access

    client, contact = Client(), PartnerContactFactory()
    open_link(client, partner_access(contact))
    needed = []
    for rows in (1, 29):
        for _ in range(rows):
            InvitationFactory(contact=contact)
            RegistrationFactory(contact=contact, organisation=contact.organisation, email=contact.email)
        needed.append(count(client, "/mein-klimapakt/"))

    assert needed[0] == needed[1]


def test_the_pages_of_a_company_need_few_queries(in_state, open_link):
    from partners.mails.application import application_access
    from partners.mails.partner import partner_access

    client = Client()
    open_link(client, application_access(in_state("query").applicants.get()))
    open_link(client, partner_access(ContactFactory(organisation=PartnerFactory(listed=True).organisation)))

    needed = {path: count(client, path) for path in ("/mein-klimapakt/", "/mein-klimapakt/antrag/")}

    assert {path: number for path, number in needed.items() if number > 15} == {}


def test_the_own_page_of_a_company_needs_the_same_queries_for_1_and_for_4_agreements(pact, office, open_link):
    from partners.mails.partner import partner_access

    client, contact = Client(), PartnerContactFactory()
    open_link(client, partner_access(contact))
    needed = []
    for agreements in (1, 3):
        for _ in range(agreements):
            record_from_paper(ready_to_offer(partner=contact.organisation.partner), by=office)
        needed.append(count(client, "/mein-klimapakt/"))

    assert needed[0] == needed[1]


def test_the_pages_of_a_signatory_need_the_same_few_queries_however_long_the_agreement(pact, office, open_link):
    from agreements.mails import access_to
    from agreements.services import answering, offering

    client, agreement = Client(), ready_to_offer()
    pages = [f"/mein-klimapakt/vereinbarung/{name}" for name in ("", "unterschreiben/", "pdf/")]
    needed = []
    for rows in (1, 29):
        for factory in (ClauseFactory, ContributionFactory, MeasureFactory, TargetFactory):
            factory.create_batch(rows, agreement=agreement)
        version = offering.offer(agreement, agreement.partner.organisation.contacts.get(), by=office)
        for number in range(1 + rows // 5):
            answering.request_change(version, f"Wunsch {number}")
        open_link(client, access_to(version))
        needed.append([count(client, page) for page in pages])
        offering.take_back(agreement, by=office)

    assert needed[0] == needed[1]
    assert max(needed[1]) <= 10


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    caches["pages"].clear()
