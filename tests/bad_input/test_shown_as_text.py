"""What is typed is shown as text."""

import icalendar
import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client

from agreements.mails import access_to as agreement_access
from agreements.models import Signature
from agreements.services import offering
from events.models import Event, Registration
from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.fields import LineFormField, ProseFormField
from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from partners import steps
from partners.models import Application, Partner
from partners.services import applying, decision, publication, questions, review
from tests.bad_input.checks import of_kind
from tests.bad_input.form import page_form
from tests.factories import (
    AgendaItemFactory,
    AgreementFactory,
    ConsentFactory,
    ContactFactory,
    EventFactory,
    InitialPartnerFactory,
    MeasureFactory,
    OrganisationFactory,
    PartnerFactory,
)
from tests.factories.agreements import ready_to_offer
from tests.factories.events import InvitationFactory
from tests.filled import CHECK, NEXT, OVERVIEW, path_of_step
from tests.urls.table import path_of

BAD = '<script>alert("x")</script>{{ 1|add:"7006651" }}'


def test_what_a_company_types_is_text_on_every_page(form_named, office, office_client):
    form = form_named("StepForm organisation")
    client, application = form.client, Application.objects.get()
    pages = []
    for step in steps.STEPS[:-1]:  # nothing is typed into consents
        form = page_form(client, path_of_step(step.slug), **NEXT)
        short = ("postal_code", "contact_phone", "register_number")
        fields = [n for n in of_kind(form, LineFormField, ProseFormField) if n not in short]
        deputy = {"deputy_email": "kim@firma.example"} if step is steps.PEOPLE else {}
        response = form.send(signatory_is_contact=None, **dict.fromkeys(fields, BAD), **deputy)
        assert response.status_code == 302, response.context["form"].errors
        pages.append(client.get(form.path))
    applicant = application.applicants.get()
    applying.invite(application, name=BAD, email="kim@firma.example", by=applicant)
    pages += [client.get(path) for path in (OVERVIEW, CHECK, OVERVIEW + "mitwirkende/", OVERVIEW + "loeschen/")]
    Application.objects.update(chosen_consents=["profile"])
    applying.send(application, by=applicant)
    archive.render_next()
    review.start_review(application, by=office)
    questions.ask(application, [questions.Asked(BAD)], by=office)
    [question] = application.questions.all()
    pages.append(client.get(OVERVIEW))
    questions.answer(application, [questions.Reply(question.pk, BAD)], by=applicant)
    pages += [
        client.get(OVERVIEW),
        office_client.get(f"/admin/partners/application/{application.pk}/change/"),
    ]
    pages += [
        office_client.get(f"/admin/partners/application/{application.pk}/{b}/")
        for b in ("aufnehmen", "ablehnen", "rueckfrage")
    ]
    Pact.objects.update(uses_letter_of_intent=False, uses_orientation_talk=False)
    partner = decision.accept(application, by=office)
    Partner.objects.update(text=BAD)
    ConsentFactory(organisation=partner.organisation, purpose="initial_partners")
    agreement = AgreementFactory(partner=partner, in_force=True)
    MeasureFactory(agreement=agreement, title=BAD, description=BAD)
    event = EventFactory(
        published=True, title=BAD, teaser=BAD, text=BAD, venue=BAD, results=BAD, host=partner.organisation
    )
    AgendaItemFactory(event=event, title=BAD, speaker=BAD)
    InitialPartnerFactory(organisation__name=BAD, role=BAD, short_name=BAD[:40])
    publication.publish(partner, by=office)
    public = Client()
    pages += [public.get(path) for path in ("/", "/klimapartner/", partner.get_absolute_url(), "/initialpartner/",
                                            "/veranstaltungen/", event.get_absolute_url(), "/sitemap.xml")]  # fmt: skip
    pages += [
        office_client.get(path)
        for path in (
            "/admin/", "/admin/partners/application/", "/admin/partners/partner/", f"/admin/partners/partner/{partner.pk}/change/",
            f"/admin/partners/organisation/{partner.organisation_id}/change/", "/admin/partners/organisation/",
            "/admin/partners/initialpartner/", f"/admin/events/event/{event.pk}/change/", "/admin/events/event/",
            f"/admin/agreements/agreement/{agreement.pk}/change/", "/admin/agreements/agreement/", "/admin/mailbox/outgoingmail/",
            f"/admin/mailbox/outgoingmail/{OutgoingMail.objects.get(kind='application_received').pk}/change/",
        )
    ]  # fmt: skip

    assert_text(pages, besides=5)


def test_what_a_guest_types_is_text_on_every_page_in_every_mail_and_file(form_named, office_client):
    form = form_named("RegistrationForm")
    event = Event.objects.get()
    Event.objects.update(title=BAD, venue=BAD, teaser=BAD, text=BAD)
    form.send(name_1=BAD, name_2=BAD, organisation_name=BAD, note=BAD)
    registration, guest = Registration.objects.get(), Client()
    guest.post(path_of(AccessLink.objects.get(purpose="event-confirm")))
    InvitationFactory(
        event=event,
        contact__name=BAD,
        contact__organisation=PartnerFactory(listed=True, organisation__name=BAD).organisation,
    )
    people, page = f"/admin/events/event/{event.pk}", f"/mein-klimapakt/veranstaltung/{event.slug}/"

    pages = [
        guest.get(path)
        for path in (page, f"/veranstaltungen/{event.slug}/", f"/veranstaltungen/{event.slug}/anmelden/")
    ]
    pages += [
        office_client.get(path)
        for path in (
            f"{people}/change/", f"{people}/einladen/", f"{people}/rueckmeldungen/", f"{people}/anmeldung-eintragen/",
            f"{people}/teilnahmeliste/", f"{people}/absagen/", f"{people}/kopieren/", "/admin/events/registration/",
            f"/admin/events/registration/{registration.pk}/change/", f"/admin/events/registration/{registration.pk}/abmelden/",
            f"/admin/events/registration/{registration.pk}/namen/", "/admin/events/invitation/",
            f"/admin/mailbox/outgoingmail/{OutgoingMail.objects.get(kind='event_registered').pk}/change/",
        )
    ]  # fmt: skip
    office_client.post(f"{people}/teilnahmeliste/pdf/")
    sheet = Document.objects.get(kind="attendance").html
    entry = icalendar.Calendar.from_ical(Client().get(f"/veranstaltungen/{event.slug}/termin.ics").content).events[0]
    mail = OutgoingMail.objects.get(kind="event_registered")

    assert_text(pages, besides=3)
    assert "<script>alert" not in sheet
    assert sheet.count("&lt;script&gt;alert") >= 3
    assert (entry["summary"], entry["location"]) == (BAD, BAD)
    assert f"- {BAD}\n" in mail.body


def test_what_a_signatory_and_the_office_type_is_text_on_every_page_in_every_mail_and_file(
    pact, office, office_client, open_link
):
    organisation = OrganisationFactory(name=BAD, street=BAD)
    ContactFactory(organisation=organisation, name=BAD, function=BAD[:120])
    agreement = ready_to_offer(partner=PartnerFactory(organisation=organisation))
    agreement.clauses.update(text=BAD, title=BAD)
    agreement.clauses.filter(contains="").update(text=BAD + " {laufzeit}")
    agreement.measures.update(title=BAD, description=BAD)
    agreement.contributions.update(text=BAD)
    version = offering.offer(agreement, organisation.contacts.get(), by=office)
    signatory, base = Client(), "/mein-klimapakt/vereinbarung/"
    open_link(signatory, agreement_access(version))
    admin = f"/admin/agreements/agreement/{agreement.pk}/"

    signatory.post(base + "aenderung/", {"sha256": version.sha256, "text": BAD})
    pages = [signatory.get(base), signatory.get(base + "unterschreiben/"), signatory.get(base + "pdf/")]
    pages += [
        office_client.get(admin + name) for name in ("change/", "fassung/1/", "zurueckholen/", "link/", "papier/")
    ]
    signatory.post(base + "code/", {"sha256": version.sha256})
    signatory.post(
        base + "unterschreiben/",
        {
            "sha256": version.sha256,
            "name": BAD,
            "function": BAD,
            "agrees": "on",
            "code": OneTimeCode.objects.get().digits(),
        },
    )
    pages += [signatory.get(base), office_client.get(admin + "change/")]
    office.user_permissions.add(Permission.objects.get(codename="countersign_agreement"))
    pages.append(office_client.get(admin + "gegenzeichnen/"))
    office_client.post(admin + "gegenzeichnen/", {"sha256": version.sha256})
    pages += [
        signatory.get(base),
        office_client.get(admin + "change/"),
        office_client.get("/admin/agreements/agreement/"),
    ]

    assert_text(pages, besides=2)
    assert Signature.objects.count() == 2
    for sheet in Document.objects.values_list("html", flat=True):
        assert "<script>alert" not in sheet
        assert "7006652" not in sheet
        assert sheet.count("&lt;script&gt;alert") >= 5
    for mail in OutgoingMail.objects.all():
        assert "7006652" not in mail.body + mail.subject
        assert "&lt;" not in mail.body + mail.subject
    assert BAD in OutgoingMail.objects.get(kind="office_agreement_change").body


def assert_text(pages: list[HttpResponse], *, besides: int) -> None:
    """All pages show it as text, and all but so many show it at all: the search was able to find it."""
    shown = 0
    for page in pages:
        html = page.content.decode()
        assert page.status_code == 200, page.request["PATH_INFO"]
        assert "<script>alert" not in html, page.request["PATH_INFO"]
        assert "</script>{{" not in html
        assert "7006652" not in html
        shown += "&lt;script&gt;alert" in html
    assert shown >= len(pages) - besides


@pytest.mark.parametrize("q", ["brot", "BROT", "müller", "MULLER", "strasse", "Straße", "straße"])
def test_the_search_minds_neither_capitals_nor_umlauts(q, pact):
    PartnerFactory(listed=True, organisation__name="Brot Müller Straße GmbH", text="")
    PartnerFactory(listed=True, organisation__name="Anders AG", text="")

    page = Client().get("/klimapartner/", {"q": q}).content.decode()

    assert "Brot Müller" in page
    assert "Anders AG" not in page
