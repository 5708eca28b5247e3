"""Before an address is proven nobody reads what was typed; and no page tells more than it must."""

from django.test import Client

from events.models import Registration
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.pump import pump
from partners.models import Partner
from partners.services import applying, decision
from tests.bad_input.form import page_form
from tests.factories import AgreementFactory, ConsentFactory
from tests.factories.events import MeetingFactory, PartnerContactFactory, RegistrationFactory
from tests.filled import apply
from tests.urls.table import path_of


def test_before_its_address_is_proven_the_office_sees_of_an_application_only_name_and_time(
    pact, office_client, postbox
):
    application = apply(Client())
    hidden = [
        "erika@musterbaeckerei.example",
        "Erika Muster",
        "Backstraße",
        "Heinz Muster",
        "4711",
        "Strom vom",
        "Austausch über",
    ]
    pump()

    seen = []
    for path in (
        "/admin/", "/admin/partners/application/", f"/admin/partners/application/{application.pk}/change/",
        f"/admin/partners/application/{application.pk}/bestaetigung/", f"/admin/partners/application/{application.pk}/history/",
        "/admin/partners/application/?q=erika", "/admin/mailbox/outgoingmail/", "/admin/mailbox/outgoingmail/?q=erika@musterbaeckerei.example",
        f"/admin/mailbox/outgoingmail/{OutgoingMail.objects.latest("pk").pk}/change/",
    ):  # fmt: skip
        response = office_client.get(path)
        assert response.status_code == 200, path
        seen.append(response.content.decode().replace(path, ""))

    text = "\n".join(seen).replace('value="erika@musterbaeckerei.example"', "").replace('value="erika"', "")
    assert "Musterbäckerei GmbH" in text
    assert "unbestätigt" in text
    assert [word for word in hidden if word in text] == []
    applying.prove(OutgoingMail.objects.latest("pk").link)  # the control: afterwards it is all there
    text = office_client.get(f"/admin/partners/application/{application.pk}/change/").content.decode()
    assert [word for word in hidden if word not in text] == []


def test_before_its_address_is_proven_the_office_sees_nobody_who_registered(pact, office_client, postbox):
    event = MeetingFactory()
    typed = {
        "name_1": "Frida Fremd",
        "email": "frida@fern.example",
        "note": "Mit Rollstuhl",
        "organisation_name": "Fernverein",
    }
    page_form(Client(), f"/veranstaltungen/{event.slug}/anmelden/", **typed).send()
    registration = Registration.objects.get()
    pump()
    people = f"/admin/events/event/{event.pk}/"
    paths = [
        people + "change/", people + "rueckmeldungen/", people + "teilnahmeliste/", "/admin/events/registration/",
        "/admin/events/registration/?q=frida", "/admin/events/registration/?status__exact=unconfirmed",
        f"/admin/events/registration/{registration.pk}/change/", f"/admin/events/registration/{registration.pk}/namen/",
        "/admin/mailbox/outgoingmail/", f"/admin/mailbox/outgoingmail/{OutgoingMail.objects.get().pk}/change/", "/admin/",
    ]  # fmt: skip

    before = "\n".join(office_client.get(path, follow=True).content.decode() for path in paths)
    Client().post(path_of(AccessLink.objects.get()))
    after = "\n".join(office_client.get(path, follow=True).content.decode() for path in paths)

    assert [word for word in typed.values() if word in before.replace("q=frida", "")] == []
    assert [word for word in typed.values() if word not in after] == []


def test_a_form_answers_the_same_to_an_address_we_know_and_to_one_we_do_not(pact, in_state, office):
    event, closed = MeetingFactory(slug="offen"), MeetingFactory(slug="zu", audience="partners")
    contact = PartnerContactFactory()
    RegistrationFactory(event=event, email="bekannt@firma.example")
    answers = {}
    for address in (contact.email, "bekannt@firma.example", "niemand@firma.example"):
        answers[address] = []
        for slug in (event.slug, closed.slug):
            client, path = Client(), f"/veranstaltungen/{slug}/anmelden/"
            sent = page_form(
                client, path, **({"name_1": "Kim Muster"} if slug == "offen" else {}), email=address
            ).send()
            shown = client.get(sent["Location"]).content.decode().replace(address, "")
            answers[address].append((sent.status_code, sent["Location"], shown))

    assert len({tuple(given) for given in answers.values()}) == 1


def test_no_public_page_shows_a_person_of_a_company(pact, in_state, office):
    partner = decision.accept(in_state("in_review"), by=office)
    AgreementFactory(partner=partner, in_force=True)
    Partner.objects.update(publication="published")
    ConsentFactory(organisation=partner.organisation)

    pages = [
        Client().get(path).content.decode()
        for path in ("/", "/klimapartner/", partner.get_absolute_url(), "/sitemap.xml")
    ]

    assert partner.organisation.name in pages[2]
    for page in pages:
        assert "Erika Muster" not in page
        assert "@musterbaeckerei" not in page


def test_no_version_of_any_software_is_told(pact):
    responses = [Client().get(path) for path in ("/", "/admin/login/", "/health/ready", "/gibt-es-nicht")]

    for response in responses:
        assert "Server" not in response.headers
        assert "X-Powered-By" not in response.headers
        assert "jango" not in response.content.decode()
