"""The office writes to many: four steps, a list of who gets it, three mails to read, one button that sends."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from klimapakt.mailbox import mailing as services
from klimapakt.mailbox import proof, rewording
from klimapakt.mailbox.admin import mailing_pages
from klimapakt.mailbox.models import AddressProblem, Mailing, OutgoingMail
from klimapakt.newsletter.models import Subscription
from tests.events.reading import text_of
from tests.factories import ContactFactory, OutgoingMailFactory, PartnerFactory, UserFactory
from tests.factories.mailbox import MailingFactory, mailing_in
from tests.rows import all_rows, difference

pytestmark = pytest.mark.django_db

LIST = "/admin/mailbox/mailing/"
TOKEN = "7e0d9f6e-3e0b-4d92-8d2a-6f6a3c1d2f10"


@pytest.fixture(autouse=True)
def _musterstadt(pact) -> None:
    """Every mailing belongs to a pact with a mailbox."""


def page_of(mailing: Mailing, rest: str = "") -> str:
    return f"{LIST}{mailing.pk}/{rest}"


def person(name: str, **fields) -> object:
    organisation = fields.pop("organisation", None) or PartnerFactory(listed=True).organisation
    return ContactFactory(name=name, organisation=organisation, **fields)


def filters(mailing: Mailing, **more) -> dict[str, object]:
    """What the page of recipients sends."""
    return {"standing": "in_force", "publication": "", "who": "first", "version": mailing.version, **more}


def words(mailing: Mailing, **more) -> dict[str, object]:
    return {"subject": "Neues", "body": "Guten Tag {name}", "version": mailing.version, **more}


def boxes(response) -> dict[str, bool]:
    """Return the people who can be struck off, and whether they are."""
    tags = re.findall(r'<input type="checkbox" name="struck" value="([^"]+)"( checked)?>', response.content.decode())
    return {key: bool(checked) for key, checked in tags}


# --- 1 An wen? --------------------------------------------------------------------------------------------------------


def test_a_mailing_begins_with_the_question_to_whom(office_client):
    page = text_of(office_client.get(f"{LIST}add/"))

    assert "Ansprechpersonen der Klimapartner" in page
    assert "Angemeldete einer Veranstaltung" in page
    assert "Gesendet wird erst im letzten Schritt" in page


def test_the_same_form_sent_twice_begins_one_mailing(office, office_client):
    sent = {"audience": "partners", "token": TOKEN}

    answers = [office_client.post(f"{LIST}add/", sent) for _ in range(2)]

    begun = Mailing.objects.get()
    assert [answer.url for answer in answers] == [page_of(begun, "empfaenger/")] * 2
    assert (begun.audience, begun.created_by) == ("partners", office)


@pytest.mark.parametrize(
    "sent",
    [{}, {"audience": "niemand", "token": TOKEN}, {"audience": "partners", "token": "x"}, {"audience": "\x00"}],
)
def test_whatever_else_is_sent_begins_nothing(sent, office_client):
    assert office_client.post(f"{LIST}add/", sent).status_code == 422
    assert not Mailing.objects.exists()


def test_the_list_says_who_gets_it_and_who_does_not_and_why(office_client):
    one, gone = person("Erika Muster"), person("Weg Gezogen", email="weg@firma.example")
    person("Ohne Adresse", email="")
    AddressProblem.objects.create(email=gone.email, sentence="Diese Adresse gibt es nicht mehr.")

    answer = office_client.get(page_of(MailingFactory(), "empfaenger/"))

    page = text_of(answer)
    assert "1 Person bekommt diese Mail" in page
    assert boxes(answer) == {f"contact:{one.pk}": False}
    assert "2 im Empfängerkreis ohne Mail, und warum" in page
    assert "Diese Adresse gibt es nicht mehr. (weg@firma.example)" in page
    assert "Keine Adresse eingetragen." in page


def test_people_are_struck_off_and_come_back(office_client):
    one, two = person("Erika Muster"), person("Max Beispiel")
    mailing = MailingFactory()

    office_client.post(page_of(mailing, "empfaenger/"), filters(mailing, struck=f"contact:{one.pk}", apply="1"))
    struck = office_client.get(page_of(mailing, "empfaenger/"))
    mailing.refresh_from_db()
    office_client.post(page_of(mailing, "empfaenger/"), filters(mailing, apply="1"))
    back = office_client.get(page_of(mailing, "empfaenger/"))

    assert boxes(struck) == {f"contact:{one.pk}": True, f"contact:{two.pk}": False}
    assert "1 Person bekommt diese Mail" in text_of(struck)
    assert boxes(back) == {f"contact:{one.pk}": False, f"contact:{two.pk}": False}


def test_whoever_was_struck_off_stays_so_while_the_filter_does_not_show_them(office_client):
    baker = person("Erika Muster")
    builder = person("Max Beispiel", organisation=PartnerFactory(listed=True, organisation__sector="F").organisation)
    mailing = MailingFactory(left_out=[f"contact:{baker.pk}"])

    def send(**more) -> None:
        mailing.refresh_from_db()
        office_client.post(page_of(mailing, "empfaenger/"), filters(mailing, apply="1", **more))

    send(sectors="F", struck=f"contact:{baker.pk}")
    send(sectors="F")
    send()

    mailing.refresh_from_db()
    assert mailing.left_out == [f"contact:{baker.pk}"]
    assert [one.key for one in services.recipients_of(mailing).chosen] == [f"contact:{builder.pk}"]


def test_the_proposed_choice_leads_to_the_text_at_once(office_client):
    person("Erika Muster")
    office_client.post(f"{LIST}add/", {"audience": "partners", "token": TOKEN})
    mailing = Mailing.objects.get()
    proposed = {**filters(mailing), "standing": "in_force", "publication": "", "who": "first", "next": "1"}

    answer = office_client.post(page_of(mailing, "empfaenger/"), proposed)

    assert answer.url == page_of(mailing, "text/")


def test_a_changed_choice_is_shown_before_one_goes_on(office_client):
    person("Erika Muster")
    person("Max Beispiel", organisation=PartnerFactory(listed=True, organisation__sector="F").organisation)
    mailing = MailingFactory()
    address = page_of(mailing, "empfaenger/")

    changed = office_client.post(address, filters(mailing, sectors="F", next="1"), follow=True)
    mailing.refresh_from_db()
    same = office_client.post(address, filters(mailing, sectors="F", next="1"))

    assert "Bitte sehen Sie sich die Liste noch einmal an." in text_of(changed)
    assert "1 Person bekommt diese Mail" in text_of(changed)
    assert same.url == page_of(mailing, "text/")


def test_of_two_who_choose_the_second_is_told_and_keeps_what_was_typed(office_client):
    one = person("Erika Muster")
    mailing = MailingFactory()
    Mailing.objects.get().edit(seen=1, subject="Anders")

    answer = office_client.post(page_of(mailing, "empfaenger/"), filters(mailing, struck=f"contact:{one.pk}"))

    assert answer.status_code == 409
    assert "Inzwischen hat jemand anderes diese Rundmail geändert." in text_of(answer)
    assert boxes(answer) == {f"contact:{one.pk}": True}
    assert 'name="version" value="2"' in answer.content.decode()


def test_the_list_takes_more_people_than_a_form_has_boxes(office_client, monkeypatch):
    monkeypatch.setattr(mailing_pages, "SHOWN_AT_MOST", 2)
    people = [person(f"Person {n}") for n in range(4)]
    mailing = MailingFactory(left_out=[f"contact:{people[3].pk}"])

    answer = office_client.get(page_of(mailing, "empfaenger/"))
    office_client.post(page_of(mailing, "empfaenger/"), filters(mailing, struck=list(boxes(answer)), apply="1"))

    assert boxes(answer) == {f"contact:{people[3].pk}": True, f"contact:{people[0].pk}": False}
    assert "Hier stehen nur die ersten 2; 2 weitere" in text_of(answer)
    mailing.refresh_from_db()
    assert len(services.recipients_of(mailing).chosen) == 2


@pytest.mark.parametrize("first", ["\x00", "x" * 300, ""])
def test_of_two_values_for_one_choice_the_last_counts_and_alone_is_kept(first, office_client):
    mailing = MailingFactory()

    office_client.post(page_of(mailing, "empfaenger/"), filters(mailing, standing=[first, "\x00not_in_force"]))

    mailing.refresh_from_db()
    assert mailing.choices["standing"] == ["not_in_force"]


def test_whoever_has_no_name_is_called_by_the_address(office_client):
    Subscription.objects.create(email="erika@firma.example", confirmed_at=timezone.now())
    mailing = MailingFactory(audience="newsletter", body="Neues")

    pages = [office_client.get(page_of(mailing, rest)).content.decode() for rest in ("empfaenger/", "text/?vorschau=1")]

    assert '<th scope="row">erika@firma.example</th>' in pages[0]
    assert "erika@firma.example auslassen" in pages[0]
    assert "So liest es erika@firma.example" in pages[1]
    assert 'title="Mail an erika@firma.example"' in pages[1]


def test_another_audience_begins_its_choice_anew_and_keeps_the_text(office_client):
    mailing = MailingFactory(left_out=["contact:1"])

    office_client.post(page_of(mailing, "kreis/"), {"audience": "applicants", "token": TOKEN})

    mailing.refresh_from_db()
    assert (mailing.audience, mailing.left_out) == ("applicants", [])
    assert mailing.choices == {"states": ["submitted", "in_review", "query"]}
    assert mailing.body.startswith("Guten Tag")


@pytest.mark.parametrize("sent", [{}, {"who": "x"}, {"sectors": "\x00"}, {"sizes": ["1", "9" * 99]}, {"version": "x"}])
def test_a_choice_that_is_none_changes_nothing(sent, office_client):
    person("Erika Muster")
    mailing = MailingFactory()
    before = all_rows()

    answer = office_client.post(page_of(mailing, "empfaenger/"), {**(filters(mailing) if sent else {}), **sent})

    assert answer.status_code in (409, 422)
    assert difference(before, all_rows()) == {}


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


def test_the_list_offers_to_write_a_mailing_and_says_what_one_is(office_client):
    empty = office_client.get(LIST)
    MailingFactory()
    filled = office_client.get(LIST)

    assert "Rundmail schreiben" in text_of(empty)
    assert "Rundmail hinzufügen" not in text_of(empty)
    assert "Hier ist noch nichts. Eine Rundmail ist ein Text an viele" in text_of(empty)
    assert "Hier ist noch nichts." not in text_of(filled)


@pytest.mark.parametrize("rest", ["text/", "mails/{}/"])
def test_the_browser_lets_nobody_type_more_than_the_portal_takes(rest, office_client):
    mailing = mailing_in("prepared" if "mails" in rest else "draft")
    first = mailing.mails.first()

    page = office_client.get(page_of(mailing, rest.format(first and first.pk))).content.decode()

    assert re.search(r'<textarea name="body"[^>]* maxlength="[12]0000"', page)


def test_a_copy_is_a_new_draft(office_client):
    mailing = mailing_in("released")
    address = page_of(mailing, "kopieren/")
    token = office_client.get(address).context["form"]["token"].value()

    answers = [office_client.post(address, {"token": token}) for _ in range(2)]

    copy = Mailing.objects.exclude(pk=mailing.pk).get()
    assert [answer.url for answer in answers] == [page_of(copy, "empfaenger/")] * 2
    assert (copy.status, copy.body) == ("draft", mailing.body)


@pytest.mark.parametrize(
    ("state", "rest"),
    [
        ("draft", "text/"),
        ("prepared", "lesen/"),
        ("released", "verlauf/"),
        ("paused", "verlauf/"),
        ("stopped", "verlauf/"),
    ],
)
def test_a_mailing_opens_where_it_stands(state, rest, office_client):
    mailing = mailing_in(state)

    assert office_client.get(page_of(mailing, "change/")).url == page_of(mailing, rest)


def test_the_list_shows_how_each_mailing_stands(office_client, django_assert_max_num_queries):
    mailing_in("released")
    planned = mailing_in("prepared", people=1)
    planned.note_reading()
    services.release(planned, send_at=timezone.now() + timedelta(days=2))
    MailingFactory(subject="")

    with django_assert_max_num_queries(12):
        page = text_of(office_client.get(LIST))

    assert "wird gesendet 2 0 0" in page
    assert "geplant für" in page
    assert "Rundmail ohne Betreff" in page


def test_only_a_draft_can_be_deleted(administrator):
    client = Client()
    client.force_login(administrator)
    draft, prepared = MailingFactory(), mailing_in("prepared")

    codes = [client.post(page_of(one, "delete/"), {"post": "yes"}).status_code for one in (draft, prepared)]

    assert codes == [302, 403]
    assert list(Mailing.objects.all()) == [prepared]


def test_who_may_not_see_mailings_sees_none(initial_partner_user):
    client, mailing = Client(), mailing_in("prepared", people=1)
    client.force_login(initial_partner_user)
    mail = mailing.mails.get()
    routes = ["", "kreis/", "empfaenger/", "text/", "text/ansicht/1/", "lesen/", f"mails/{mail.pk}/",
              "senden/", "verlauf/", "zurueck/", "kopieren/", "change/"]  # fmt: skip

    codes = {route: client.get(page_of(mailing, route)).status_code for route in routes[1:]}

    assert set(codes.values()) == {403}, codes
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403
    for route in ("probe/", f"mails/{mail.pk}/streichen/", "lesen/", "senden/"):
        assert client.post(page_of(mailing, route)).status_code == 403


def test_who_may_only_look_sees_the_progress_without_buttons():
    from django.contrib.auth.models import Permission

    reader, client, mailing = UserFactory(), Client(), mailing_in("released")
    reader.user_permissions.add(Permission.objects.get(codename="view_mailing"))
    client.force_login(reader)

    answer = client.get(page_of(mailing, "change/"), follow=True)

    assert "0 von 2 Mails gesendet." in text_of(answer)
    assert "unterbrechen/" not in answer.content.decode()
    assert client.post(page_of(mailing, "stoppen/")).status_code == 403
    assert Mailing.objects.get().status == "released"
