"""Writing a mailing and reading it: the second and the third step."""

import re

import pytest
from django.utils import timezone

from klimapakt.mailbox import proof, rewording
from klimapakt.mailbox.admin import mailing_pages
from klimapakt.mailbox.models import Mailing, OutgoingMail
from tests.events.reading import text_of
from tests.factories import OutgoingMailFactory, PartnerFactory
from tests.factories.mailbox import MailingFactory, mailing_in
from tests.klimapakt.mailbox.mailing_pages import page_of, words
from tests.klimapakt.mailbox.mailings import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pact")]


# --- 2 Text -----------------------------------------------------------------------------------------------------------


def test_the_text_page_lists_the_placeholders_and_says_to_how_many(office_client):
    person("Erika Muster")

    page = text_of(office_client.get(page_of(MailingFactory(), "text/")))

    assert "Die Mail geht an 1 Person" in page
    assert "{organisation} Name der Organisation, zum Beispiel" in page
    assert "{link} Persönlicher Link zu den eigenen Seiten" in page


def test_saving_shows_the_mail_of_a_real_person(office_client):
    person("Erika Muster", organisation=PartnerFactory(listed=True, organisation__name="A & B <GmbH>").organisation)
    mailing = MailingFactory()

    answer = office_client.post(
        page_of(mailing, "text/"), words(mailing, body="Guten Tag {name} von {organisation}"), follow=True
    )
    frame = office_client.get(page_of(mailing, "text/ansicht/1/"))

    assert "So liest es Erika Muster" in text_of(answer)
    assert "Guten Tag Erika Muster von A &amp; B &lt;GmbH&gt;" in frame.content.decode()
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    assert not OutgoingMail.objects.exists()


def test_an_unknown_placeholder_is_refused_at_its_field_and_the_text_stays(office_client):
    person("Erika Muster")
    mailing = MailingFactory()

    answer = office_client.post(page_of(mailing, "text/"), words(mailing, body="Guten Tag {nahme}", next="1"))

    assert answer.status_code == 422
    assert "Den Platzhalter {nahme} gibt es hier nicht. Meinten Sie {name}?" in text_of(answer)
    assert "Guten Tag {nahme}</textarea>" in answer.content.decode()
    assert not OutgoingMail.objects.exists()


def test_of_two_who_write_the_second_is_told_and_keeps_the_text(office_client):
    person("Erika Muster")
    mailing = MailingFactory()
    stale = words(mailing, body="Mein Text")
    Mailing.objects.get().edit(seen=1, body="Text der Kollegin")

    first = office_client.post(page_of(mailing, "text/"), stale)
    second = office_client.post(page_of(mailing, "text/"), {**stale, "version": 2})

    assert first.status_code == 409
    assert "Mein Text</textarea>" in first.content.decode()
    assert 'name="version" value="2"' in first.content.decode()
    assert second.status_code == 302
    assert Mailing.objects.get().body == "Mein Text"


def test_without_recipients_there_is_no_text_to_write(office_client):
    mailing = MailingFactory()

    answer = office_client.get(page_of(mailing, "text/"), follow=True)

    assert answer.redirect_chain[-1][0] == page_of(mailing, "empfaenger/")
    assert "So bekommt niemand diese Mail." in text_of(answer)


# --- 3 Lesen ----------------------------------------------------------------------------------------------------------


def test_going_on_prepares_the_mails_and_sends_nothing(office_client, mails):
    person("Erika Muster")
    person("Max Beispiel")
    mailing = MailingFactory()

    answer = office_client.post(page_of(mailing, "text/"), words(mailing, next="1"), follow=True)

    page = text_of(answer)
    assert answer.redirect_chain[-1][0] == page_of(mailing, "lesen/")
    assert "2 Mails sind vorbereitet. Noch ist nichts gesendet." in page
    assert "Beispiel 1: Erika Muster" in page
    assert "Alle 2 Mails" in page
    assert {mail.status for mail in mails()} == {"draft"}


def test_a_long_list_has_pages(office_client, monkeypatch):
    monkeypatch.setattr(mailing_pages, "MAILS_A_PAGE", 2)
    mailing = mailing_in("prepared", people=3)

    pages = [text_of(office_client.get(page_of(mailing, f"lesen/?seite={n}"))) for n in (1, 2, "x", 99)]

    assert ["Person 3" in page.partition("Alle 3 Mails")[2] for page in pages] == [False, True, False, True]
    assert "Seite 1 von 2" in pages[0]


def test_a_mailing_out_of_a_backup_says_so_on_each_step(office_client):
    mailing = mailing_in("prepared")
    mailing.note_reading()
    steps = {step: page_of(mailing, f"{step}/") for step in ("lesen", "senden")}
    told = "Diese Rundmail ist vielleicht schon gesendet."
    assert [told in text_of(office_client.get(page)) for page in steps.values()] == [False, False]

    Mailing.objects.note_restore(now=timezone.now())

    assert office_client.get(steps["senden"]).headers["Location"] == steps["lesen"]
    assert told in text_of(office_client.get(steps["lesen"]))
    assert told in text_of(office_client.post(steps["lesen"], follow=True))
    assert told not in text_of(office_client.post(steps["senden"], {"when": "now"}, follow=True))


def test_the_mails_of_a_mailing_are_called_so(office_client):
    mail = mailing_in("released", people=1).mails.get()
    other = OutgoingMailFactory(kind=rewording.TRIAL)
    folder = "/admin/mailbox/outgoingmail/"

    page = text_of(office_client.get(f"{folder}{mail.pk}/change/"))
    found = office_client.get(folder, {"art": mail.kind}).context["cl"].queryset

    assert "Art Rundmail" in page
    assert "Art Testmail" in text_of(office_client.get(f"{folder}{other.pk}/change/"))
    assert list(found) == [mail]


def test_the_look_of_a_mail_runs_nothing_and_leads_nowhere(office_client):
    mailing = mailing_in("prepared", people=1, body="{link}")

    page = office_client.get(page_of(mailing, "lesen/")).content.decode()
    answer = office_client.get(re.search('<iframe [^>]*src="([^"]+)"', page)[1])

    assert "[persönlicher Link]" in answer.content.decode()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_one_mail_is_changed_and_another_dropped(office_client):
    mailing = mailing_in("prepared")
    first, second = mailing.mails.order_by("pk")
    address = page_of(mailing, f"mails/{first.pk}/")
    form = office_client.get(address).context["form"]

    office_client.post(address, {**form.initial, "body": "Nur für Sie: {name}"})
    office_client.post(page_of(mailing, f"mails/{second.pk}/streichen/"))

    first.refresh_from_db()
    second.refresh_from_db()
    assert proof.own_words(first) == "Nur für Sie: {name}"
    assert (second.status, second.problem) == ("withdrawn", "Von Hand gestrichen.")
    assert "1 Mail ist vorbereitet." in text_of(office_client.get(page_of(mailing, "lesen/")))


def test_an_old_page_does_not_overwrite_a_changed_mail(office_client):
    mailing = mailing_in("prepared", people=1)
    mail = mailing.mails.get()
    address = page_of(mailing, f"mails/{mail.pk}/")
    seen = office_client.get(address).context["form"].initial
    proof.edit_single(mail, subject="S", body="Von der Kollegin", seen=proof.own_words(mail))

    answer = office_client.post(address, {**seen, "body": "Von mir"})

    assert answer.status_code == 422
    assert "Von mir</textarea>" in answer.content.decode()
    assert proof.own_words(OutgoingMail.objects.get()) == "Von der Kollegin"


def test_a_personal_link_that_is_not_there_is_refused_at_the_field(office_client):
    mailing = mailing_in("prepared", people=1)
    address = page_of(mailing, f"mails/{mailing.mails.get().pk}/")
    form = office_client.get(address).context["form"]

    answer = office_client.post(address, {**form.initial, "body": "[persönlicher Link]"})

    assert answer.status_code == 422
    assert "Diese Mail hat keinen persönlichen Link." in text_of(answer)


def test_mails_of_others_are_not_found_here(office_client):
    mailing = mailing_in("prepared", people=1)
    foreign = OutgoingMailFactory()

    codes = [
        office_client.get(page_of(mailing, f"mails/{foreign.pk}/")).status_code,
        office_client.post(page_of(mailing, f"mails/{foreign.pk}/streichen/")).status_code,
    ]

    assert codes == [404, 404]


def test_a_sample_goes_to_whoever_asks(office, office_client):
    mailing = mailing_in("prepared", people=1)

    answer = office_client.post(page_of(mailing, "probe/"), follow=True)

    assert f"Die Testmail geht an Ihre Adresse {office.email}." in text_of(answer)
    assert OutgoingMail.objects.get(mailing=None).to_email == office.email


def test_to_change_the_text_the_mails_are_thrown_away_first(office_client):
    mailing = mailing_in("prepared")

    old = office_client.get(page_of(mailing, "text/"), follow=True)
    question = text_of(office_client.get(page_of(mailing, "zurueck/")))
    office_client.post(page_of(mailing, "zurueck/"))

    assert old.redirect_chain[-1][0] == page_of(mailing, "lesen/")
    assert "Die vorbereiteten Mails (2) werden verworfen" in question
    assert not OutgoingMail.objects.exists()
    assert Mailing.objects.get().status == "draft"
