"""Each link opens the things of its own company, and nothing beside them."""

import re

import pytest
from django.test import Client

import agreements.mails
import events.mails
from agreements.models import Agreement, Response, Signature
from agreements.services import offering
from events.models import Registration
from klimapakt.links.models import OneTimeCode
from partners.mails.application import application_access
from partners.mails.partner import partner_access
from tests.corpus import PDF
from tests.factories import ContactFactory, PartnerFactory
from tests.factories.agreements import agreement_in
from tests.factories.events import InvitationFactory, MeetingFactory, RegistrationFactory
from tests.rows import all_rows, difference
from tests.urls.asking import ask
from tests.urls.office_pages import AGREEMENT, EVENT
from tests.urls.opening import LINKS

# --- Two companies ----------------------------------------------------------------------------------------------------


def test_two_companies_see_only_their_own_application(in_state, open_link):
    first, second = in_state("query"), in_state("query")
    client = Client()
    open_link(client, application_access(first.applicants.get()))

    page = client.get("/mein-klimapakt/antrag/").content.decode()
    client.post("/mein-klimapakt/antrag/antwort/", {"answer": "Zwei."})
    client.post("/mein-klimapakt/antrag/zurueckziehen/", {"application": second.pk, "pk": second.pk})

    assert first.name in page
    assert second.name not in page
    assert second.contact_email not in page
    first.refresh_from_db()
    second.refresh_from_db()
    assert [first.status, second.status] == ["withdrawn", "query"]
    assert second.questions.get().answer == ""


def test_two_partners_see_and_change_only_their_own_consents(pact, open_link):
    first, second = PartnerFactory(listed=True), PartnerFactory(listed=True)
    client = Client()
    open_link(client, partner_access(ContactFactory(organisation=first.organisation)))

    page = client.get("/mein-klimapakt/").content.decode()
    client.post("/mein-klimapakt/einwilligung/profile/widerrufen/", {"organisation": second.organisation_id})

    assert first.organisation.name in page
    assert second.organisation.name not in page
    assert not first.organisation.consents.standing().exists()
    assert second.organisation.consents.standing().exists()


def test_whoever_speaks_for_two_partners_withdraws_the_consent_that_the_page_showed(pact, open_link):
    first, second = PartnerFactory(listed=True), PartnerFactory(listed=True)
    client, people = Client(), []
    for partner in (first, second):
        people.append(ContactFactory(organisation=partner.organisation, email="erika@musterholding.example"))
        open_link(client, partner_access(people[-1]))
        page = client.get("/mein-klimapakt/").content.decode()
        assert f"/einwilligung/profile/widerrufen/?vorgang=contact:{people[-1].pk}" in page

    answer = client.post(f"/mein-klimapakt/einwilligung/profile/widerrufen/?vorgang=contact:{people[0].pk}")

    assert not first.organisation.consents.standing().exists()
    assert second.organisation.consents.standing().exists()
    assert first.organisation.name in client.get(answer["Location"]).content.decode()


def test_the_signatory_of_one_company_reads_and_signs_nothing_of_another(pact, open_link):
    own, foreign = (agreement_in("offered").newest_version() for _ in range(2))
    link = agreements.mails.access_to(own)
    client = Client()
    open_link(client, link)
    base = "/mein-klimapakt/vereinbarung/"
    client.post(base + "code/", {"sha256": own.sha256})
    code = OneTimeCode.objects.get(link=link).digits()
    rows = all_rows()

    page = client.get(f"{base}?fassung={foreign.sha256}").content.decode()
    signature = {"name": "Erika Muster", "function": "Inhaberin", "agrees": "on", "code": code}
    codes = {
        name: client.post(base + name, {"sha256": foreign.sha256, **data}).status_code
        for name, data in {
            "code/": {}, "unterschreiben/": signature, "aenderung/": {"text": "Anders."}, "ablehnen/": {"reason": "Nein."},
        }.items()
    }  # fmt: skip

    assert foreign.agreement.partner.organisation.name not in page
    assert set(codes.values()) == {409}
    assert difference(rows, all_rows()) == {}


def test_a_signed_file_is_handed_out_to_its_own_company_alone(things, open_link):
    stranger = Client()
    open_link(stranger, partner_access(ContactFactory(organisation=PartnerFactory().organisation)))

    answer = stranger.get(f"/mein-klimapakt/vereinbarung/dokument/{things.scan.sha256}/")

    assert answer.status_code == 404


def test_a_signatory_with_two_links_signs_the_version_that_the_page_was_about(pact, open_link):
    first, second = (agreement_in("offered").newest_version() for _ in range(2))
    client, links = Client(), [agreements.mails.access_to(version) for version in (first, second)]
    for link in links:
        open_link(client, link)

    client.post("/mein-klimapakt/vereinbarung/code/", {"sha256": first.sha256})
    client.post(
        "/mein-klimapakt/vereinbarung/unterschreiben/",
        {"sha256": first.sha256, "name": "Erika Muster", "function": "Inhaberin", "agrees": "on",
         "code": OneTimeCode.objects.get().digits()},
    )  # fmt: skip

    assert Signature.objects.get().version == first


def test_a_code_for_one_version_signs_no_other(pact, open_link):
    first, second = (agreement_in("offered").newest_version() for _ in range(2))
    client = Client()
    for version in (first, second):
        open_link(client, agreements.mails.access_to(version))
    client.post("/mein-klimapakt/vereinbarung/code/", {"sha256": first.sha256})
    code = OneTimeCode.objects.get().digits()

    answer = client.post(
        "/mein-klimapakt/vereinbarung/unterschreiben/",
        {"sha256": second.sha256, "name": "Erika Muster", "function": "Inhaberin", "agrees": "on", "code": code},
    )

    assert answer.status_code == 422
    assert not Signature.objects.exists()


def test_a_superseded_link_says_so_and_answers_nothing(pact, office, open_link):
    agreement = agreement_in("offered")
    old = agreement.newest_version()
    client = Client()
    open_link(client, agreements.mails.access_to(old))
    offering.take_back(agreement, by=office)
    agreement.measures.update(title="Etwas anderes")
    offering.offer(agreement, agreement.partner.organisation.contacts.get(), by=office)

    page = client.get("/mein-klimapakt/vereinbarung/")
    codes = [
        client.post(f"/mein-klimapakt/vereinbarung/{name}/", {"sha256": old.sha256, **data}).status_code
        for name, data in (("code", {}), ("aenderung", {"text": "Anders."}), ("ablehnen", {"reason": "Nein."}))
    ]

    assert "Diese Fassung gilt nicht mehr" in page.content.decode()
    assert "Etwas anderes" not in page.content.decode()
    assert codes == [409, 409, 409]
    assert not Response.objects.exists()


def test_two_guests_see_and_change_only_their_own_registration(pact, open_link):
    event = MeetingFactory(slug="treffen")
    own = RegistrationFactory(event=event, attendees=["Erika Muster"])
    foreign = RegistrationFactory(event=event, attendees=["Fremde Person"], note="Fremde Anmerkung")
    client = Client()
    open_link(client, events.mails.registration_access(event, own))
    base = "/mein-klimapakt/veranstaltung/treffen/"

    page = client.get(base).content.decode()
    named = {"registration": foreign.pk, "pk": foreign.pk, "email": foreign.email, "seen": own.version}
    client.post(base + "aendern/", {"name_1": "Kim Muster", **named})
    client.post(base + "abmelden/", named)

    assert "Erika Muster" in page
    assert "Fremde" not in page
    assert foreign.email not in page
    own, foreign = Registration.objects.get(pk=own.pk), Registration.objects.get(pk=foreign.pk)
    assert (own.status, own.names) == ("cancelled", ["Kim Muster"])
    assert (foreign.status, foreign.names, foreign.note) == ("confirmed", ["Fremde Person"], "Fremde Anmerkung")


def test_colleagues_see_each_other_and_nobody_of_another_company(pact, open_link):
    event = MeetingFactory(slug="treffen")
    own, foreign = PartnerFactory(listed=True).organisation, PartnerFactory(listed=True).organisation
    for organisation, name in ((own, "Kollegin Muster"), (foreign, "Fremde Person")):
        contact = ContactFactory(organisation=organisation)
        RegistrationFactory(
            event=event, contact=contact, organisation=organisation, email=contact.email, attendees=[name]
        )
    client = Client()
    open_link(client, partner_access(ContactFactory(organisation=own, is_main=False)))

    page = client.get("/mein-klimapakt/veranstaltung/treffen/").content.decode()

    assert "Kollegin Muster" in page
    assert "Fremde" not in page


@pytest.mark.parametrize("kind", ["invitation", "registration"])
def test_the_link_to_one_event_opens_no_other(kind, things, open_link):
    other = MeetingFactory(slug="anderes-treffen")
    client = Client()
    open_link(client, LINKS[f"event-{kind}"](things))

    codes = [
        client.get("/mein-klimapakt/veranstaltung/anderes-treffen/").status_code,
        client.post("/mein-klimapakt/veranstaltung/anderes-treffen/anmelden/", {"name_1": "Kim Muster"}).status_code,
    ]

    assert codes == [403, 403]
    assert not other.registrations.exists()


@pytest.mark.parametrize("hidden", ["draft", "cancelled after the link was opened"])
def test_a_draft_is_nobodys_and_what_is_called_off_takes_nobody(hidden, pact, open_link):
    event = MeetingFactory(slug="treffen")
    client = Client()
    open_link(client, events.mails.invitation_access(event, InvitationFactory(event=event)))
    event.status = "draft" if hidden == "draft" else "cancelled"
    event.save()

    page = client.get("/mein-klimapakt/veranstaltung/treffen/")
    answer = client.post("/mein-klimapakt/veranstaltung/treffen/anmelden/", {"name_1": "Kim Muster"})

    assert (page.status_code, answer.status_code) == ((404, 404) if hidden == "draft" else (200, 422))
    assert not Registration.objects.exists()


# --- Files ------------------------------------------------------------------------------------------------------------


def test_a_document_is_found_only_below_its_own_case(things, client_of, in_state):
    other = in_state("in_review")
    paths = [
        f"/admin/partners/application/{other.pk}/dokument/{things.step.pk}/",
        f"{AGREEMENT}/{things.offered.pk}/dokument/{things.scan.pk}/",
        f"{EVENT}/{things.draft.pk}/teilnahmeliste/pdf/{things.attendance.pk}/",
        f"{EVENT}/{things.event.pk}/teilnahmeliste/pdf/{things.scan.pk}/datei/",
        f"{AGREEMENT}/{things.offered.pk}/fassung/2/",
    ]

    codes = [ask(client_of("office"), "get", path).status_code for path in paths]

    assert codes == [404, 404, 404, 404, 404]


def test_documents_are_handed_out_as_downloads_that_nobody_keeps(things, client_of):
    answers = [
        ask(client_of(role), "get", path)
        for role, path in (
            ("office", f"/admin/partners/application/{things.reviewed.pk}/dokument/{things.step.pk}/"),
            ("office", f"{AGREEMENT}/{things.bound.pk}/dokument/{things.scan.pk}/"),
            ("contact", f"/mein-klimapakt/vereinbarung/dokument/{things.scan.sha256}/"),
        )
    ]

    for answer in answers:
        assert answer.read == PDF
        assert answer["Content-Disposition"].startswith("attachment")
        assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("embedded", [frozenset(), frozenset({"postgres", "valkey"})])
def test_the_sent_mails_are_shown_only_where_the_mail_server_is_our_own(embedded, things, client_of, settings):
    settings.EMBEDDED = embedded
    client, key = client_of("administrator"), things.mail_key

    codes = [
        ask(client, "get", path).status_code
        for path in ("/postfach/", f"/postfach/{key}/", f"/postfach/{key}/anhang/0/")
    ]

    assert codes == [404, 404, 404]


def test_the_sent_mails_are_shown_only_on_the_machine_itself(things, client_of):
    client = client_of("administrator")

    codes = {
        address: client.get("/postfach/", REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR="127.0.0.1").status_code
        for address in ("127.0.0.1", "::1", "192.0.2.7", "127.0.0.10", "")
    }

    assert codes == {"127.0.0.1": 200, "::1": 200, "192.0.2.7": 404, "127.0.0.10": 404, "": 404}


# --- What stays -------------------------------------------------------------------------------------------------------


def test_what_others_know_of_cannot_be_deleted(things, client_of, office):
    client = client_of("administrator")
    offering.take_back(things.offered, by=office)  # a draft again, but somebody has read it

    codes = [
        ask(client, method, path, {"post": "yes"} if method == "post" else None).status_code
        for path in (
            f"{EVENT}/{things.event.pk}/delete/",
            f"{AGREEMENT}/{things.bound.pk}/delete/",
            f"{AGREEMENT}/{things.offered.pk}/delete/",
            f"{AGREEMENT}/{things.signed.pk}/delete/",
        )
        for method in ("get", "post")
    ]

    assert codes == [403] * 8


def test_an_agreement_that_was_offered_is_read_and_never_changed(things, client_of):
    client, before = client_of("administrator"), all_rows()

    for agreement in (things.offered, things.signed, things.bound, Agreement.objects.get(partner=things.ready)):
        page = client.get(f"{AGREEMENT}/{agreement.pk}/change/")
        change = client.post(f"{AGREEMENT}/{agreement.pk}/change/", {"in_force_until": "2026-01-01"})

        assert page.status_code == 200
        assert b'name="in_force_until"' not in page.content
        assert not re.search(rb'name="(clauses|targets|measures|contributions)-\d+-(title|text|year)"', page.content)
        assert "Nicht gesichert" in change.content.decode()
    assert difference(before, all_rows()) == {}


def test_wishes_of_a_signatory_come_from_the_version_of_the_link(pact, open_link):
    version = agreement_in("offered").newest_version()
    client = Client()
    open_link(client, agreements.mails.access_to(version))

    client.post("/mein-klimapakt/vereinbarung/aenderung/", {"sha256": version.sha256, "text": "Anders.",
                                                            "name": "Jemand anders", "email": "x@y.example"})  # fmt: skip

    wish = Response.objects.get()
    assert (wish.name, wish.email) == (version.to_name, version.to_email)
