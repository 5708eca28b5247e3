"""Writing mails into the outbox: one by one and in bulk, each once, with their cause."""

import re
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from klimapakt.celery import app
from klimapakt.links.models import AccessLink
from klimapakt.mailbox import kinds, optout, outbox
from klimapakt.mailbox.models import LINK_MARK, Mailing, MailWording, OutgoingMail, Topic
from klimapakt.mailbox.outbox import Attachment, Letter
from klimapakt.mailbox.tasks import pump
from partners.models import Application
from tests.factories import ApplicationFactory, OutgoingMailFactory
from tests.filled import BEGIN, OVERVIEW, START, fields_on, led_to
from tests.klimapakt.mailbox.letters import PROBE
from tests.races import at_once


def write(key: str = "probe:1", **changes) -> bool:
    application = Application.objects.first() or ApplicationFactory()
    return outbox.enqueue(
        "partners/mail/application_link",
        **{
            "key": key, "to": "erika@musterbaeckerei.example", "about": application,
            "context": {"application": application, "applicant": application.applicants.first()}, **changes,
        },
    )  # fmt: skip


# --- Once, with its cause ---------------------------------------------------------------------------------------------


def test_the_same_key_writes_one_mail_and_one_link(pact):
    links = []

    def link() -> AccessLink:
        links.append(AccessLink.issue("application", 1, email="a@b.example", valid_for=timedelta(days=1)))
        return links[-1]

    for _ in range(3):
        write(link=link)

    assert OutgoingMail.objects.get().link == links[0]
    assert len(links) == AccessLink.objects.count() == 1


def test_many_mails_of_a_transaction_wake_the_worker_once(pact, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        for number in range(5):
            write(f"probe:{number}")

    assert OutgoingMail.objects.count() == 5
    assert len(callbacks) == 1


def test_a_mail_goes_with_its_cause(pact, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        write()
        transaction.set_rollback(True)

    assert not OutgoingMail.objects.exists()
    assert callbacks == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_once_writes_one_mail(pact):
    ApplicationFactory()

    given = at_once([write] * 8)

    assert sorted(given) == [False] * 7 + [True]
    assert OutgoingMail.objects.count() == 1


# --- What a row holds -------------------------------------------------------------------------------------------------


def test_a_mail_holds_all_that_decides_its_bytes(pact):
    due = timezone.now() + timedelta(minutes=5)

    write(due_at=due, name="Erika\nMuster")

    mail = OutgoingMail.objects.get()
    assert (mail.from_name, mail.from_email) == (pact.name, pact.office_email)
    assert (mail.dated_at, mail.due_at) == (due, due)
    assert mail.reason == "Sie erhalten diese Mail, weil Sie einen Antrag auf Beitritt begonnen oder gestellt haben."
    assert mail.reason in mail.body
    assert mail.html.startswith("<!DOCTYPE html>")
    assert (mail.topic, mail.wording, mail.references) == ("", None, "")
    assert mail.to_name == "Erika Muster"


def test_a_mail_is_from_the_address_of_the_operator_where_there_is_one(pact, settings):
    settings.MAIL_FROM = "Portal <portal@versand.example>"

    write()

    assert OutgoingMail.objects.get().from_email == "portal@versand.example"


def test_a_mail_remembers_the_words_it_was_written_with(pact):
    words = MailWording.objects.create(kind="application_link", number=1, subject="Neu", body="Hier: {link}")

    write()

    mail = OutgoingMail.objects.get()
    assert (mail.wording, mail.subject) == (words, "Neu")
    assert mail.body.startswith(f"Hier: {LINK_MARK}\n")


def test_mails_about_one_case_to_one_address_belong_together(pact):
    write("probe:1")
    write("probe:2", to="andere@musterbaeckerei.example")
    write("probe:3", about=pact)
    write("probe:4")
    write("probe:5")

    first, other, elsewhere, second, third = OutgoingMail.objects.order_by("pk")

    assert [mail.references for mail in (first, other, elsewhere)] == ["", "", ""]
    assert [mail.references for mail in (second, third)] == [first.message_id] * 2


def test_who_opted_out_of_a_topic_gets_nothing_and_the_row_says_why(pact, monkeypatch):
    monkeypatch.setitem(kinds._kinds, "probe", PROBE)
    optout.add("Erika@Musterbaeckerei.example", Topic.INVITATION)

    for number, address in enumerate(["ERIKA@musterbaeckerei.example", "max@musterbaeckerei.example"]):
        outbox.enqueue("mailbox/mail/probe", key=f"p:{number}", to=address, about=pact, context={}, link=_never)
    write()  # a duty

    assert list(OutgoingMail.objects.order_by("pk").values_list("status", "problem", "topic")) == [
        ("withdrawn", "Abbestellt", "invitation"),
        ("queued", "", "invitation"),
        ("queued", "", ""),
    ]


def _never() -> AccessLink:
    raise AssertionError


# --- Many at once -----------------------------------------------------------------------------------------------------


def letters(pact, number: int, **changes: object) -> list[Letter]:
    return [
        Letter(
            **{
                "key": f"letter:{n}", "to": f"p{n}@firma.example", "name": f"P {n}", "about": pact,
                "context": {"name": f"P {n}", "firma": "A & B <GmbH>"},
                "link": lambda n=n: AccessLink.prepare("application", n, email=f"p{n}@firma.example",
                                                       valid_for=timedelta(days=1)), **changes,
            }
        )
        for n in range(number)
    ]  # fmt: skip


TEXTS = ("Für {firma}", "Guten Tag {name},\n\n{link}")


def test_many_mails_are_written_as_one_would_be(pact, django_capture_on_commit_callbacks):
    mailing = Mailing.objects.create(audience="x", subject="x", body="x")
    due = timezone.now() + timedelta(hours=1)

    with django_capture_on_commit_callbacks() as callbacks:
        written = outbox.enqueue_all(PROBE, letters(pact, 3), texts=TEXTS, mailing=mailing, due_at=due)

    mails = OutgoingMail.objects.order_by("pk")
    assert written == 3
    assert [mail.body.split("\n")[0] for mail in mails] == ["Guten Tag P 0,", "Guten Tag P 1,", "Guten Tag P 2,"]
    assert [mail.link.object_id for mail in mails] == [0, 1, 2]
    assert all(AccessLink.find(mail.link.url().rstrip("/").rpartition("/")[2]) == mail.link for mail in mails)
    assert {
        (mail.subject, mail.kind, mail.topic, mail.mailing, mail.status, mail.due_at, mail.dated_at) for mail in mails
    } == {("Für A & B <GmbH>", "probe", "invitation", mailing, "queued", due, due)}
    assert len({mail.message_id for mail in mails}) == 3
    assert len(callbacks) == 1


def test_drafts_wake_nobody(pact, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        outbox.enqueue_all(PROBE, letters(pact, 2), texts=TEXTS, status="draft")

    assert set(OutgoingMail.objects.values_list("status", flat=True)) == {"draft"}
    assert callbacks == []


def test_the_same_many_once_more_write_nothing(pact):
    outbox.enqueue_all(PROBE, letters(pact, 3), texts=TEXTS)

    again = outbox.enqueue_all(PROBE, letters(pact, 5), texts=TEXTS)

    assert again == 2
    assert OutgoingMail.objects.count() == AccessLink.objects.count() == 5


def test_two_letters_of_one_key_are_one_mail(pact):
    assert outbox.enqueue_all(PROBE, [*letters(pact, 2), *letters(pact, 2)], texts=TEXTS) == 2


def test_whoever_opted_out_is_passed_over_in_bulk_too(pact):
    optout.add("p1@firma.example", Topic.INVITATION)

    outbox.enqueue_all(PROBE, letters(pact, 3), texts=TEXTS)

    assert list(OutgoingMail.objects.order_by("pk").values_list("status", "problem")) == [
        ("queued", ""), ("withdrawn", "Abbestellt"), ("queued", ""),
    ]  # fmt: skip
    assert AccessLink.objects.count() == 2


def test_each_of_many_belongs_to_the_first_mail_about_its_case(pact):
    first = OutgoingMailFactory(about="pact:1", to_email="p1@firma.example")
    OutgoingMailFactory(about="pact:1", to_email="p1@firma.example")
    OutgoingMailFactory(about="pact:2", to_email="p0@firma.example")

    outbox.enqueue_all(PROBE, letters(pact, 2), texts=TEXTS)

    assert list(
        OutgoingMail.objects.filter(kind="probe").order_by("pk").values_list("references", flat=True)
    ) == ["", first.message_id]  # fmt: skip


def test_files_go_with_each_of_many(pact):
    file = Attachment("Ä.pdf", "application/pdf", b"%PDF")

    outbox.enqueue_all(PROBE, letters(pact, 2, attachments=(file,)), texts=TEXTS)

    assert [[one.name for one in mail.attachments.all()] for mail in OutgoingMail.objects.all()] == [["Ä.pdf"]] * 2


def test_one_letter_that_cannot_be_written_leaves_none(pact):
    spoilt = [*letters(pact, 2), letters(pact, 1, key="x" * 201)[0]]

    with pytest.raises(Exception, match="too long"), transaction.atomic():
        outbox.enqueue_all(PROBE, spoilt, texts=TEXTS)

    assert not OutgoingMail.objects.exists()


def test_many_mails_need_no_query_each(pact):
    queries = []
    for start, number in ((0, 2), (100, 60)):
        with CaptureQueriesContext(connection) as captured:
            outbox.enqueue_all(PROBE, letters(pact, start + number)[start:], texts=TEXTS)
        queries.append(len(captured))

    assert queries[0] == queries[1]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_same_many_at_once_are_written_once_each_with_its_link(pact):
    given = at_once([lambda: outbox.enqueue_all(PROBE, letters(pact, 40), texts=TEXTS)] * 4)

    assert sum(given) == OutgoingMail.objects.count() == AccessLink.objects.count() == 40
    assert not OutgoingMail.objects.filter(link=None).exists()


def test_five_thousand_mails_are_written_in_one_go(pact):
    written = outbox.enqueue_all(PROBE, letters(pact, 5000), texts=TEXTS)

    assert written == OutgoingMail.objects.count() == 5000


# --- The broker -------------------------------------------------------------------------------------------------------


@pytest.fixture
def dead_broker(monkeypatch) -> None:
    """A broker at an address where nobody listens."""
    monkeypatch.setitem(app.conf, "broker_url", "redis+socket:///tmp/nobody/listens/here.sock")
    monkeypatch.setitem(app.conf, "broker_write_url", "redis+socket:///tmp/nobody/listens/here.sock")
    monkeypatch.setattr(app.amqp, "_producer_pool", None)


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_costs_no_application(pact, dead_broker, postbox, caplog):
    client = Client()
    form = fields_on(client, START) | BEGIN
    began = time.monotonic()

    response = client.post(START, form)

    assert time.monotonic() - began < 2
    assert (response.status_code, led_to(response)) == (302, OVERVIEW)
    assert Application.objects.count() == 1
    assert "the broker cannot be reached" in caplog.text
    pump()  # what the next sweep does
    assert len(postbox.messages()) == 1


def test_no_mail_is_sent_past_the_outbox():
    source = Path(outbox.__file__).parent.parent.parent
    modules = [
        path
        for folder in ("klimapakt", "partners", "events", "agreements")
        for path in (source / folder).rglob("*.py")
        if not {"embedded", "check"} & set(path.relative_to(source).parts)  # the trial's mail server, and `check_mail`
    ]

    senders = {
        path.name for path in modules if re.search(r"smtplib|django.core.mail\b|EmailMessage\(", path.read_text())
    }

    assert senders == {"smtp.py"}
