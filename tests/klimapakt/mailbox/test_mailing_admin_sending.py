"""One button sends a mailing, and a page shows how far it is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from klimapakt.mailbox.models import Mailing, OutgoingMail
from tests.events.reading import text_of
from tests.factories import OutgoingMailFactory, PartnerFactory
from tests.factories.mailbox import mailing_in
from tests.klimapakt.mailbox.mailing_pages import page_of
from tests.klimapakt.mailbox.mailings import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pact")]


# --- 4 Senden ---------------------------------------------------------------------------------------------------------


def test_the_last_page_opens_only_after_the_samples(office_client):
    mailing = mailing_in("prepared")

    early = office_client.get(page_of(mailing, "senden/"), follow=True)
    posted = office_client.post(page_of(mailing, "senden/"), {"when": "now"}, follow=True)
    read = office_client.post(page_of(mailing, "lesen/"), follow=True)

    for answer in (early, posted):
        assert answer.redirect_chain[-1][0] == page_of(mailing, "lesen/")
        assert "Bitte sehen Sie sich zuerst die Beispiele an." in text_of(answer)
    assert read.redirect_chain[-1][0] == page_of(mailing, "senden/")
    assert "2 Personen erhalten diese Mail." in text_of(read)
    assert Mailing.objects.get().status == "prepared"


def test_pressing_send_twice_sends_once(office_client, mails):
    mailing = mailing_in("prepared")
    mailing.note_reading()

    first = office_client.post(page_of(mailing, "senden/"), {"when": "now"}, follow=True)
    second = office_client.post(page_of(mailing, "senden/"), {"when": "now"}, follow=True)

    assert "2 Mails gehen ab sofort heraus." in text_of(first)
    assert "Diese Rundmail ist schon freigegeben." in text_of(second)
    assert "Das geht nicht mehr" not in text_of(second)
    assert [mail.status for mail in mails()] == ["queued", "queued"]


def test_whoever_presses_send_on_a_page_of_yesterday_is_told_that_things_have_moved(office_client):
    mailing = mailing_in("stopped")

    answer = office_client.post(page_of(mailing, "senden/"), {"when": "now"}, follow=True)

    assert "der Stand hat sich inzwischen geändert" in text_of(answer).replace("Der", "der")


def test_a_time_is_meant_as_it_is_in_berlin(office_client, mails, time_machine):
    time_machine.move_to("2026-03-02T09:00:00+01:00")
    mailing = mailing_in("prepared", people=1)
    mailing.note_reading()

    answer = office_client.post(
        page_of(mailing, "senden/"), {"when": "later", "day": "2026-03-30", "time": "08:00"}, follow=True
    )

    assert mails()[0].due_at.isoformat() == "2026-03-30T06:00:00+00:00"  # summer time began on the day before
    assert "1 Mail geht ab 30. März 2026, 08:00 Uhr heraus." in text_of(answer)
    assert "Sie gehen ab 30. März 2026, 08:00 Uhr heraus." in text_of(answer)


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Bitte wählen Sie, wann"),
        ({"when": "later"}, "Bitte geben Sie den Tag an."),
        ({"when": "later", "day": "2099-01-01"}, "Bitte geben Sie die Uhrzeit an."),
        ({"when": "later", "day": "2099-01-01", "time": "08:00"}, "in den nächsten 180 Tagen"),
        ({"when": "later", "day": "2020-01-01", "time": "08:00"}, "Dieser Zeitpunkt ist schon vorbei."),
        ({"when": "later", "day": "0001-01-01", "time": "00:00"}, "Bitte prüfen Sie das Jahr"),
        ({"when": "later", "day": "gestern", "time": "25:00"}, "Bitte"),
    ],
)
def test_a_time_that_is_none_is_refused_at_its_field(sent, sentence, office_client, mails):
    mailing = mailing_in("prepared", people=1)
    mailing.note_reading()

    answer = office_client.post(page_of(mailing, "senden/"), sent)

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert [mail.status for mail in mails()] == ["draft"]


@pytest.mark.parametrize(
    ("mode", "rate", "sentence"),
    [
        ("live", 30, "Bei 30 Mails in der Minute dauert das ungefähr 1 Minute."),
        ("live", 0, "Das dauert wenige Augenblicke."),
        ("staff", 30, "Probebetrieb: Mails gehen nur an Adressen der Geschäftsstelle."),
        ("held", 30, "Nichts verlässt das Portal."),
    ],
)
def test_the_last_page_says_how_long_it_takes_and_whether_mails_leave(mode, rate, sentence, office_client, settings):
    settings.MAIL_MODE, settings.MAIL_PER_MINUTE = mode, rate
    mailing = mailing_in("prepared")
    mailing.note_reading()

    assert sentence in text_of(office_client.get(page_of(mailing, "senden/")))


def test_the_last_page_says_that_the_audience_has_changed(office_client):
    mailing = mailing_in("prepared")
    mailing.note_reading()
    mailing.mails.order_by("pk")[0]
    person("Neu Dazu")
    PartnerFactory._meta.model.objects.order_by("pk").first().agreements.update(in_force_until="2025-12-31")

    page = text_of(office_client.get(page_of(mailing, "senden/")))

    assert "1 Person gehört nicht mehr dazu und bekommt die Mail trotzdem" in page
    assert "1 ist neu und bekommt sie nicht" in page


# --- Watching ---------------------------------------------------------------------------------------------------------


def test_the_progress_page_counts_and_loads_itself_again(office_client):
    mailing = mailing_in("released", people=3)
    OutgoingMail.objects.filter(pk=mailing.mails.first().pk).update(status="sent", sent_at=timezone.now())

    answer = office_client.get(page_of(mailing, "verlauf/"))
    still = office_client.get(page_of(mailing, "verlauf/?ruhig=1"))

    assert "1 von 3 Mails gesendet. Noch 2" in text_of(answer)
    assert '<progress class="office-bar" max="3" value="1"' in answer.content.decode()
    assert '<meta http-equiv="refresh" content="5">' in answer.content.decode()
    assert f"mailing__id__exact={mailing.pk}&amp;status__in=queued" in answer.content.decode()
    assert "http-equiv" not in still.content.decode()


def test_the_numbers_lead_to_the_mails(office_client):
    mailing = mailing_in("released")
    OutgoingMailFactory(subject="Eine andere Mail")

    page = text_of(office_client.get(f"/admin/mailbox/outgoingmail/?mailing__id__exact={mailing.pk}&status__in=queued"))

    assert "2 Mails" in page
    assert "Eine andere Mail" not in page


@pytest.mark.parametrize(
    ("state", "button", "question", "then"),
    [
        ("released", "unterbrechen", "2 Mails warten dann, bis Sie fortsetzen.", "paused"),
        ("paused", "fortsetzen", "Niemand bekommt die Mail zweimal.", "released"),
        ("released", "stoppen", "2 Mails gehen dann nicht mehr heraus.", "stopped"),
        ("paused", "stoppen", "Das lässt sich nicht zurücknehmen.", "stopped"),
    ],
)
def test_each_button_says_what_will_happen_and_does_it(state, button, question, then, office_client):
    mailing = mailing_in(state)
    address = page_of(mailing, f"{button}/")

    assert address in office_client.get(page_of(mailing, "verlauf/")).content.decode()
    assert question in text_of(office_client.get(address))
    assert Mailing.objects.get().status == state
    office_client.post(address)

    assert Mailing.objects.get().status == then


def test_a_planned_mailing_goes_on_at_its_time_and_its_page_keeps_still(office_client):
    mailing = mailing_in("paused")
    Mailing.objects.update(send_at=timezone.now() + timedelta(days=3))
    address = page_of(mailing, "fortsetzen/")

    question = text_of(office_client.get(address))
    answer = office_client.post(address, follow=True)

    assert "2 Mails gehen dann ab " in question
    assert "Fortgesetzt. 2 Mails gehen ab " in text_of(answer)
    assert "http-equiv" not in answer.content.decode()


def test_a_mailing_that_is_over_has_no_buttons_but_the_copy(office_client):
    mailing = mailing_in("released")
    mailing.mails.update(status="sent", sent_at=timezone.now())

    answer = office_client.get(page_of(mailing, "verlauf/"))

    assert "2 von 2 Mails gesendet. Fertig." in text_of(answer)
    assert "stoppen/" not in answer.content.decode()
    assert "http-equiv" not in answer.content.decode()
    assert "Als Vorlage kopieren" in text_of(answer)
