"""What the public sees of a partner, and who may change it."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from klimapakt.states import NotPossible
from partners.mails.partner import partner_access
from partners.models import Consent, Partner
from partners.services import publication
from tests.factories import AgreementFactory, ConsentFactory, ContactFactory, MeasureFactory, PartnerFactory


def with_contact(partner: Partner):
    return ContactFactory(organisation=partner.organisation)


def public_pages_that_name(partner: Partner) -> set[str]:
    name, client = partner.organisation.name, Client()
    client.cookies["x"] = "1"  # past the page cache, which lives from commits (tests/klimapakt/website/test_cache.py)
    paths = {
        "list": "/klimapartner/",
        "start": "/",
        "profile": partner.get_absolute_url(),
        "search": "/klimapartner/?q=" + name[-8:-5],
    }
    found = {page for page, path in paths.items() if f">{name}<" in client.get(path).content.decode()}
    return found | ({"sitemap"} if partner.slug in client.get("/sitemap.xml").content.decode() else set())


EVERYWHERE = {"list", "start", "profile", "search", "sitemap"}


@pytest.mark.parametrize("agreement", [True, False])
@pytest.mark.parametrize("consent", [True, False])
@pytest.mark.parametrize("state", Partner.Publication.values)
def test_the_public_sees_a_partner_only_with_release_and_consent_and_agreement(state, consent, agreement, pact):
    partner = PartnerFactory(publication=state)
    if consent:
        ConsentFactory(organisation=partner.organisation)
    if agreement:
        AgreementFactory(partner=partner, in_force=True)

    seen = public_pages_that_name(partner)

    assert seen == (EVERYWHERE if (state, consent, agreement) == ("published", True, True) else set())


@pytest.mark.parametrize(
    ("consent", "agreement", "missing"),
    [
        (True, True, []),
        (False, True, ["Einwilligung"]),
        (True, False, ["Klimaschutzvereinbarung"]),
        (False, False, ["Einwilligung", "Klimaschutzvereinbarung"]),
    ],
)
def test_the_office_can_publish_only_with_consent_and_agreement(consent, agreement, missing, pact, office, mails):
    partner = PartnerFactory()
    with_contact(partner)
    if consent:
        ConsentFactory(organisation=partner.organisation)
    if agreement:
        AgreementFactory(partner=partner, in_force=True)

    if missing:
        with pytest.raises(NotPossible) as refusal:
            publication.publish(partner, by=office)
        assert all(word in str(refusal.value) for word in missing)
        assert len(publication.obstacles(partner, on=timezone.localdate())) == len(missing)
        assert mails() == []
    else:
        publication.publish(partner, by=office)
        assert public_pages_that_name(partner) == EVERYWHERE


@pytest.mark.parametrize("purpose", ["measures", "initial_partners"])
def test_a_consent_to_something_else_does_not_publish(purpose, pact, office):
    partner = PartnerFactory()
    AgreementFactory(partner=partner, in_force=True)
    ConsentFactory(organisation=partner.organisation, purpose=purpose)

    with pytest.raises(NotPossible, match="Einwilligung"):
        publication.publish(partner, by=office)


def test_the_partner_is_told_with_the_link_that_takes_it_back(pact, office, mails):
    partner = PartnerFactory(listed=True, published=False)
    contact = with_contact(partner)

    publication.publish(partner, by=office)

    [mail] = mails()
    assert (mail.kind, mail.to_email, mail.link.purpose, mail.link.object_id) == (
        "profile_published", contact.email, "partner", contact.pk,
    )  # fmt: skip
    assert partner.get_absolute_url() in mail.body
    assert partner.organisation.timeline.get().text == "Profil veröffentlicht"


def test_a_partner_without_an_address_is_published_without_a_mail(pact, office, mails):
    partner = PartnerFactory(listed=True, published=False)
    ContactFactory(organisation=partner.organisation, email="")

    publication.publish(partner, by=office)

    assert mails() == []
    assert public_pages_that_name(partner) == EVERYWHERE


def test_the_link_goes_to_the_main_contact_or_else_to_the_first_with_an_address(pact, office, mails):
    partner = PartnerFactory()
    ContactFactory(organisation=partner.organisation, is_main=True, email="")
    second = ContactFactory(organisation=partner.organisation, is_main=False)

    publication.send_link(partner, by=office)
    second.email = ""
    second.save()

    assert [mail.to_email for mail in mails()] == [mails()[0].to_email]
    with pytest.raises(NotPossible, match="Ansprechperson"):
        publication.send_link(partner, by=office)


def test_whoever_has_opened_a_link_is_written_to_before_whoever_never_did(pact):
    partner = PartnerFactory()
    main = ContactFactory(organisation=partner.organisation, is_main=True, invited_at=timezone.now())
    assert publication.main_contact(partner) == main

    ContactFactory(organisation=partner.organisation, is_main=False, invited_at=timezone.now() - timedelta(days=9))
    assert publication.main_contact(partner) == main

    proven = ContactFactory(organisation=partner.organisation, is_main=False)
    assert publication.main_contact(partner) == proven


def test_a_withdrawn_consent_takes_the_profile_from_every_page_at_once(pact, open_link, mails):
    partner, client = PartnerFactory(listed=True), Client()
    open_link(client, partner_access(with_contact(partner)))
    assert public_pages_that_name(partner) == EVERYWHERE

    client.post("/mein-klimapakt/einwilligung/profile/widerrufen/")

    assert public_pages_that_name(partner) == set()
    partner.refresh_from_db()
    assert partner.publication == "hidden"
    [mail] = mails()
    assert (mail.kind, mail.to_email) == ("office_consent", pact.office_email)
    assert "widerrufen" in mail.subject
    assert partner.organisation.timeline.get().text == "Einwilligung widerrufen: Veröffentlichung als Partner"


def test_a_consent_given_again_puts_the_profile_before_the_office(pact, open_link, mails):
    partner, client = PartnerFactory(listed=True), Client()
    contact = with_contact(partner)
    open_link(client, partner_access(contact))
    client.post("/mein-klimapakt/einwilligung/profile/widerrufen/")

    client.post("/mein-klimapakt/einwilligung/profile/erteilen/")

    partner.refresh_from_db()
    assert partner.publication == "proposed"
    assert public_pages_that_name(partner) == set()
    new = partner.organisation.consents.standing().get()
    assert (new.text, new.given_by, new.given_by_email) == (Consent.TEXTS["profile"], contact.name, contact.email)
    assert [mail.subject.split()[1].rstrip(":") for mail in mails()] == ["widerrufen", "erteilt"]


def test_every_change_of_a_consent_stays_on_record(pact):
    partner = PartnerFactory(listed=True)
    contact = with_contact(partner)

    for _ in range(3):
        publication.withdraw_consent(contact, "profile")
        publication.give_consent(contact, "profile")

    stands = [consent.stands for consent in partner.organisation.consents.order_by("pk")]
    assert stands == [False, False, False, True]


def test_a_withdrawn_consent_takes_the_measures_alone(pact):
    partner = PartnerFactory(listed=True)
    ConsentFactory(organisation=partner.organisation, purpose="measures")
    MeasureFactory(agreement=partner.agreements.get(), title="Abwärme der Öfen")
    client = Client()
    client.cookies["x"] = "1"
    assert "Abwärme der Öfen" in client.get(partner.get_absolute_url()).content.decode()
    assert "öffentliche Maßnahmen" in client.get("/").content.decode()

    publication.withdraw_consent(with_contact(partner), "measures")

    page = client.get(partner.get_absolute_url())
    assert page.status_code == 200
    assert "Abwärme der Öfen" not in page.content.decode()
    assert "öffentliche Maßnahmen" not in client.get("/").content.decode()


def test_a_partner_leaves_the_list_when_its_agreement_ends(pact):
    partner = PartnerFactory(published=True)
    ConsentFactory(organisation=partner.organisation)
    today = timezone.localdate()
    agreement = AgreementFactory(partner=partner, in_force=True, signed_on=today - timedelta(days=10))
    seen = {}
    for last_day in (None, today + timedelta(days=1), today, today - timedelta(days=1)):
        agreement.in_force_until = last_day
        agreement.save()
        seen[last_day and (last_day - today).days] = bool(public_pages_that_name(partner))

    assert seen == {None: True, 1: True, 0: True, -1: False}


def test_the_first_day_counts(pact):
    partner = PartnerFactory(published=True)
    ConsentFactory(organisation=partner.organisation)
    AgreementFactory(partner=partner, in_force=True, signed_on=date(2025, 3, 1))

    listed = [
        Partner.objects.listed(on=day).exists() for day in (date(2025, 2, 28), date(2025, 3, 1), date(2025, 3, 2))
    ]

    assert listed == [False, True, True]


@pytest.mark.parametrize("purpose", ["erfunden", "PROFILE", "profile%20", "..", "1"])
@pytest.mark.parametrize("action", ["widerrufen", "erteilen"])
def test_a_purpose_that_does_not_exist_is_not_found(purpose, action, pact, open_link):
    partner, client = PartnerFactory(listed=True), Client()
    open_link(client, partner_access(with_contact(partner)))

    response = client.post(f"/mein-klimapakt/einwilligung/{purpose}/{action}/")

    assert response.status_code in (404, 405)
    assert partner.organisation.consents.count() == 1


def test_the_number_of_employees_is_never_public(pact):
    partner = PartnerFactory(listed=True, organisation__employees=4711)

    pages = [Client().get(path).content.decode() for path in ("/klimapartner/", partner.get_absolute_url(), "/")]

    assert all("4711" not in page and "4.711" not in page for page in pages)
    assert "1.000 und mehr Beschäftigte" in pages[1]
