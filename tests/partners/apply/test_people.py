"""Whoever has proven an address invites others to an application, and removes them."""

from django.test import Client

from klimapakt.mailbox.models import OutgoingMail
from partners.models import Application
from tests.filled import BEGIN, OVERVIEW, a_minute_later, begin, fill
from tests.partners.apply.conftest import PEOPLE, mailed_link


def test_whoever_has_proven_nothing_invites_nobody(company):
    response = company.post(PEOPLE + "einladen/", {"name": "Kim", "email": "kim@musterbaeckerei.example"})

    assert response.status_code == 422
    assert "Bitte bestätigen Sie zuerst Ihre eigene E-Mail-Adresse" in response.content.decode()
    assert not OutgoingMail.objects.filter(kind="application_invited").exists()


def test_whoever_is_removed_comes_in_no_more(proven, colleague):
    kim = Application.objects.get().applicants.get(email__startswith="kim")
    assert "Kim Muster entfernen?" in proven.get(f"{PEOPLE}{kim.pk}/entfernen/").content.decode()
    assert colleague.get(OVERVIEW).status_code == 200

    proven.post(f"{PEOPLE}{kim.pk}/entfernen/")

    assert colleague.get(OVERVIEW).status_code == 403
    assert "Kim Muster arbeitet nicht mehr mit." in proven.get(PEOPLE).content.decode()


def test_nobody_removes_herself_or_somebody_of_another_application(proven, colleague, pact):
    erika = Application.objects.get().applicants.get(email__startswith="erika")
    stranger = Client()
    begin(stranger, email="fremd@fern.example")
    fremd = Application.objects.exclude(pk=erika.application_id).get().applicants.get()

    assert "nicht selbst entfernen" in proven.post(f"{PEOPLE}{erika.pk}/entfernen/", follow=True).content.decode()
    assert proven.post(f"{PEOPLE}{fremd.pk}/entfernen/").status_code == 404
    assert proven.post(f"{PEOPLE}{fremd.pk}/erneut/").status_code == 404

    assert not Application.objects.filter(applicants__left_at__isnull=False).exists()


def test_pressed_twice_an_invitation_is_one_mail_and_says_so_twice(proven, mails):
    kim = {"name": "Kim Muster", "email": "kim@musterbaeckerei.example"}

    pages = [proven.post(PEOPLE + "einladen/", kim, follow=True).text for _ in range(2)]

    assert ["Kim Muster bekommt eine Mail mit einem eigenen Link." in page for page in pages] == [True, True]
    assert len(mails(kind="application_invited")) == 1


def test_nobody_invites_herself(proven, mails):
    page = proven.post(PEOPLE + "einladen/", {"name": "Erika", "email": BEGIN["email"].upper()})

    assert page.status_code == 422
    assert page.context["form"].errors["email"] == ["Sie sind schon dabei."]
    assert mails(kind="application_invited") == []


def test_a_link_that_went_astray_is_mailed_again(proven, colleague, mails):
    kim = Application.objects.get().applicants.get(email__startswith="kim")

    a_minute_later()
    proven.post(f"{PEOPLE}{kim.pk}/erneut/")

    assert [mail.to_email for mail in mails(kind="application_invited")] == [kim.email] * 2


def test_a_wrong_address_is_mended_and_this_browser_goes_on(company, mails):
    old = mailed_link()

    response = company.post(OVERVIEW + "adresse/", {"email": "Neu@MUSTERBAECKEREI.example"}, follow=True)

    assert "Neu@musterbaeckerei.example" in response.content.decode()
    old.refresh_from_db()
    assert old.revoked_at
    assert [(mail.to_email, mail.status) for mail in mails()] == [
        (BEGIN["email"], "withdrawn"), ("Neu@musterbaeckerei.example", "queued"),
    ]  # fmt: skip
    assert fill(company, "heute").status_code == 302


def test_an_unproven_browser_cannot_have_us_write_to_one_address_after_the_other(company, settings, mails):
    settings.FORMS_PER_ADDRESS = 3  # one went for the beginning

    for number in range(5):
        company.post(OVERVIEW + "adresse/", {"email": f"fremd{number}@musterwerk.example"})

    assert len({mail.to_email for mail in mails()}) == 3


def test_looking_at_ones_own_removal_changes_nothing_and_says_nothing(proven):
    me = Application.objects.get().applicants.get()

    page = proven.get(f"{PEOPLE}{me.pk}/entfernen/", follow=True)

    assert page.status_code == 200
    assert "nicht selbst entfernen" not in page.content.decode()
