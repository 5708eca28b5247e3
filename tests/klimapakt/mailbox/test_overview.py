"""The mailbox at a glance: what waits, what left, what went wrong, and whether the sender runs."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.mailbox import restored
from klimapakt.mailbox.models import AddressProblem, IncomingMail, MailboxState, Mailing, OutgoingMail
from tests.factories import OutgoingMailFactory

S = OutgoingMail.Status
PAGE = "/admin/mailbox/mailboxstate/1/change/"


@pytest.fixture
def now():
    return timezone.now()


def state_is(**fields: object) -> None:
    MailboxState.load()
    MailboxState.objects.update(**fields)


def test_it_is_the_first_page_of_its_area_and_one_click_from_the_start(pact, office_client):
    start = office_client.get("/admin/")

    mailbox = next(area for area in start.context["app_list"] if area["app_label"] == "mailbox")
    first = mailbox["models"][0]
    assert (first["object_name"], first["name"]) == ("MailboxState", "Überblick")
    assert office_client.get(first["admin_url"]).headers["Location"] == PAGE


def test_it_counts_what_waits_what_left_and_what_went_wrong(pact, office_client, now):
    OutgoingMailFactory(due_at=now - timedelta(minutes=3))
    OutgoingMailFactory(due_at=now + timedelta(days=1))
    OutgoingMailFactory(status=S.SENT, sent_at=now)
    OutgoingMailFactory(status=S.SENT, sent_at=now - timedelta(days=2))
    OutgoingMailFactory.create_batch(3, status=S.FAILED)
    OutgoingMailFactory.create_batch(2, status=S.BOUNCED)
    OutgoingMailFactory(status=S.SENT, sent_at=now - timedelta(days=2), copy_status="given_up")
    AddressProblem.objects.create(email="weg@firma.example", sentence="Die Adresse gibt es nicht.")

    context = office_client.get(PAGE).context

    assert (context["waiting"].count, context["waiting"].due) == (2, 1)
    assert (context["sent"].today, context["sent"].last_hour) == (1, 1)
    assert {problem.title: problem.count for problem in context["problems"]} == {
        "nicht gesendet": 3,
        "nicht zustellbar": 2,
        "Kopie nicht abgelegt": 1,
    }
    assert context["addresses"] == 1


def test_each_figure_leads_to_the_mails_it_counts(pact, office_client, now):
    for state in (S.FAILED, S.UNCLEAR, S.BOUNCED, S.HELD):
        OutgoingMailFactory(status=state)
    OutgoingMailFactory(status=S.EXPIRED, expires_at=now)
    OutgoingMailFactory(status=S.SENT, sent_at=now, copy_status="given_up")
    OutgoingMailFactory()
    page = office_client.get(PAGE).content.decode()

    lists = [
        part.split('"')[0] for part in page.split('href="')[1:] if part.startswith("/admin/mailbox/outgoingmail/?")
    ]
    found = {path: office_client.get(path.replace("&amp;", "&")).context["cl"].result_count for path in lists}

    assert len(found) == 8  # six problems, what waits, what left today
    assert set(found.values()) == {1}


def test_a_mail_that_came_too_late_is_counted_for_a_week_and_a_code_never(pact, office_client, now):
    link = AccessLink.issue("probe", 1, email="max@musterbetrieb.example", valid_for=timedelta(days=1))
    code = OneTimeCode.objects.create(link=link, expires_at=now)
    OutgoingMailFactory(status=S.EXPIRED, expires_at=now - timedelta(days=6))
    OutgoingMailFactory(status=S.EXPIRED, expires_at=now - timedelta(days=9))
    OutgoingMailFactory(status=S.EXPIRED, expires_at=now, code=code)

    page = office_client.get(PAGE)

    [problem] = page.context["problems"]
    shown = office_client.get(f"/admin/mailbox/outgoingmail/?{problem.query}").context["cl"].result_count
    assert (problem.count, problem.title) == (1, "Mail kam zu spät und wurde nicht gesendet")
    assert shown == 1


@pytest.mark.parametrize(("number", "words"), [(1, "Kopie nicht abgelegt"), (2, "Kopien nicht abgelegt")])
def test_the_words_follow_the_number(number, words, pact, office_client):
    OutgoingMailFactory.create_batch(number, status=S.SENT, copy_status="given_up")

    assert f"<strong>{number}</strong> {words}" in office_client.get(PAGE).content.decode()


def test_when_nothing_is_open_one_sentence_says_so(pact, office_client, now):
    quiet = office_client.get(PAGE).content.decode()
    state_is(stopped_at=now, stopped_because="Das Passwort stimmt nicht.")
    stopped = office_client.get(PAGE).content.decode()

    assert "Alles in Ordnung, nichts ist offen." in quiet
    assert "<strong>0</strong>" not in quiet
    assert "Alles in Ordnung" not in stopped


@pytest.mark.parametrize(("fields", "settings_", "words"), [
    ({}, {}, "Das Senden läuft."),
    ({"stopped_because": "Das Passwort stimmt nicht.", "stopped_at": True}, {}, "Das Senden steht seit"),
    ({"held_because": "Aus einer Sicherung.", "held_at": True}, {}, "Aus einer Sicherung."),
    ({"slowed_until": True}, {}, "bat um Geduld"),
    ({}, {"MAIL_MODE": "held"}, "Nichts verlässt das Portal."),
], ids=["runs", "stopped", "held", "slowed", "mode"])  # fmt: skip
def test_one_sentence_says_whether_the_sender_runs(pact, office_client, settings, now, fields, settings_, words):
    moments = {"stopped_at": now, "held_at": now, "slowed_until": now + timedelta(minutes=5)}
    state_is(**{name: moments[name] if value is True else value for name, value in fields.items()})
    for name, value in settings_.items():
        setattr(settings, name, value)

    answer = office_client.get(PAGE)

    assert words in answer.context["sender"].sentence
    assert words in answer.content.decode()


def test_a_worker_that_does_not_run_is_noticed(pact, office_client, now):
    mail = OutgoingMailFactory(due_at=now - timedelta(minutes=16))

    assert "Hintergrunddienst" in office_client.get(PAGE).context["sender"].sentence
    OutgoingMail.objects.filter(pk=mail.pk).update(due_at=now - timedelta(minutes=14))
    assert office_client.get(PAGE).context["sender"].runs


def test_a_worker_that_stopped_a_quarter_of_an_hour_ago_is_noticed_though_mails_left_before(pact, office_client, now):
    left = OutgoingMailFactory(status=S.SENT, sent_at=now - timedelta(minutes=16))
    OutgoingMailFactory(due_at=now - timedelta(minutes=16))

    assert "Hintergrunddienst" in office_client.get(PAGE).context["sender"].sentence
    OutgoingMail.objects.filter(pk=left.pk).update(sent_at=now - timedelta(minutes=14))
    assert office_client.get(PAGE).context["sender"].runs


DOWN = "Der Mailserver ist nicht erreichbar. Das Portal versucht es weiter."


def tried(now: object, *, minutes: int, **fields: object) -> OutgoingMail:
    """A mail that waits for so many minutes and was tried just now."""
    at = now - timedelta(minutes=1)
    return OutgoingMailFactory(
        status=S.RETRY, created_at=now - timedelta(minutes=minutes), tried_at=at, problem=DOWN, due_at=now, **fields
    )


@pytest.mark.parametrize(("minutes", "runs"), [(2, True), (59, True), (61, False)])
def test_a_server_that_takes_nothing_is_said_at_once_and_is_work_after_an_hour(pact, office_client, now, minutes, runs):
    OutgoingMailFactory(status=S.SENT, sent_at=now - timedelta(minutes=5))
    tried(now, minutes=minutes)
    OutgoingMailFactory.create_batch(2, due_at=now - timedelta(minutes=20))

    sender = office_client.get(PAGE).context["sender"]
    start = office_client.get("/admin/").content.decode()

    assert sender.sentence == f"Zurzeit geht keine Mail heraus. {DOWN}"
    assert sender.runs == runs
    assert (DOWN in start) == (not runs)


@pytest.mark.parametrize(("code", "is_about_the_server"), [(None, True), (421, True), (450, False), (452, False)])
def test_an_answer_about_one_mail_says_nothing_about_the_others(pact, office_client, now, code, is_about_the_server):
    tried(now, minutes=90, server_code=code)

    assert (DOWN in office_client.get(PAGE).context["sender"].sentence) == is_about_the_server


def test_an_old_mail_without_the_time_of_its_try_breaks_nothing(pact, office_client, now):
    OutgoingMailFactory(status=S.RETRY, created_at=now - timedelta(days=1), due_at=now, tried_at=None)

    assert office_client.get(PAGE).context["sender"].sentence == "Das Senden läuft."


def test_one_mail_that_must_wait_while_others_leave_alarms_nobody(pact, office_client, now):
    tried(now, minutes=90)
    OutgoingMailFactory(status=S.SENT, sent_at=now)

    assert office_client.get(PAGE).context["sender"].sentence == "Das Senden läuft."
    assert DOWN not in office_client.get("/admin/").content.decode()


@pytest.mark.parametrize(("per_minute", "is_said"), [(30, True), (0, False)])
def test_it_says_how_fast_it_may_send(pact, office_client, settings, per_minute, is_said):
    settings.MAIL_PER_MINUTE = per_minute

    page = office_client.get(PAGE).content.decode()

    assert ("höchstens 30 Mails in der Minute" in page) == is_said
    assert ("Mails in der Minute" in page) == is_said


def test_a_mailbox_that_is_not_read_is_said_and_a_problem_with_it_too(pact, office_client, settings):
    settings.IMAP_SERVER = None
    assert "Das Portal liest das Postfach nicht" in office_client.get(PAGE).content.decode()

    state_is(inbox_problem="Der Posteingang ist nicht erreichbar.")
    assert "Der Posteingang ist nicht erreichbar." in office_client.get(PAGE).content.decode()


def a_running_mailing(now: object, **fields: object) -> Mailing:
    mailing = Mailing.objects.create(
        audience="partners", subject="Rundschreiben", body="x", status="released", released_at=now, **fields
    )
    OutgoingMailFactory.create_batch(2, mailing=mailing, status=S.SENT)
    OutgoingMailFactory(mailing=mailing, status=S.FAILED)
    OutgoingMailFactory(mailing=mailing)
    return mailing


def test_it_shows_how_far_running_mailings_are(pact, office_client, now):
    running, finished = a_running_mailing(now), a_running_mailing(now)
    finished.mails.filter(status=S.QUEUED).update(status=S.WITHDRAWN)

    [shown] = office_client.get(PAGE).context["mailings"]

    assert shown == running
    assert (shown.mails_sent, shown.mails_all, shown.mails_troubled) == (2, 4, 1)


def test_it_needs_the_same_few_queries_for_1_and_for_30(pact, office_client, now):
    office_client.get(PAGE)
    needed = []
    for rows in (1, 29):
        for number in range(rows):
            for state in S.values:
                OutgoingMailFactory(status=state, lease_until=now, handed_over_at=now, sent_at=now)
            answered = OutgoingMail.objects.first()
            IncomingMail.objects.create(
                fingerprint=f"{rows}:{number}", kind="reply", received_at=now, subject="Re", answers=answered
            )
            a_running_mailing(now)
            AddressProblem.objects.create(email=f"weg{rows}-{number}@firma.example", sentence="x")
        with CaptureQueriesContext(connection) as queries:
            assert office_client.get(PAGE).status_code == 200
        needed.append(len(queries))

    assert needed[0] == needed[1]
    assert needed[0] <= 19


# --- Deciding ---------------------------------------------------------------------------------------------------------


def test_the_office_starts_a_sender_that_stands_still(pact, office_client, now):
    state_is(stopped_at=now, stopped_because="Das Passwort stimmt nicht.", refusals_in_a_row=3)
    page = office_client.get(PAGE).content.decode()
    button = "/admin/mailbox/mailboxstate/1/wieder-senden/"

    explanation = office_client.get(button).content.decode()
    still = MailboxState.load().stopped_at
    office_client.post(button)

    assert button in page
    assert "Das Passwort stimmt nicht." in explanation
    assert still == now
    assert (MailboxState.load().stopped_at, MailboxState.load().refusals_in_a_row) == (None, 0)
    assert button not in office_client.get(PAGE).content.decode()


@pytest.fixture
def restored_mails(pact, now) -> tuple[OutgoingMail, OutgoingMail]:
    """One that came out of a backup, and one of a mailing that somebody paused."""
    state_is(held_at=now, held_because="Die Datenbank wurde aus einer Sicherung geholt.")
    return (
        OutgoingMailFactory(status=S.HELD, problem=restored.BECAUSE),
        OutgoingMailFactory(status=S.HELD, problem="Die Rundmail ist unterbrochen."),
    )


@pytest.mark.parametrize(("button", "expected"), [("freigeben", S.QUEUED), ("verwerfen", S.WITHDRAWN)])
def test_after_a_restore_the_office_decides_about_what_waits(restored_mails, office_client, button, expected):
    held, paused = restored_mails
    path = f"/admin/mailbox/mailboxstate/1/{button}/"

    explanation = office_client.get(path).content.decode()
    office_client.post(path)

    assert "Angehalten: 1 Mail." in explanation
    for mail in restored_mails:
        mail.refresh_from_db()
    assert (held.status, paused.status) == (expected, S.HELD)
    assert MailboxState.load().held_at is None


@pytest.mark.parametrize("button", ["wieder-senden", "freigeben", "verwerfen"])
def test_when_nothing_stands_still_there_is_nothing_to_press(pact, office_client, button):
    OutgoingMailFactory(status=S.HELD, problem="Die Rundmail ist unterbrochen.")

    answer = office_client.post(f"/admin/mailbox/mailboxstate/1/{button}/")

    assert answer.status_code == 302
    assert OutgoingMail.objects.get().status == S.HELD


def test_who_may_only_look_cannot_decide(pact, office, now):
    office.groups.clear()
    office.user_permissions.add(*Permission.objects.filter(codename__in=["view_mailboxstate", "view_outgoingmail"]))
    state_is(stopped_at=now, stopped_because="x")
    client = Client()
    client.force_login(office)

    codes = [client.get(PAGE).status_code, client.post(PAGE.replace("change", "wieder-senden")).status_code]

    assert codes == [200, 403]
    assert MailboxState.load().stopped_at == now


# --- On every page ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "fields", "words"), [
    ("staff", {}, "nur an Adressen der Geschäftsstelle"),
    ("held", {}, "Nichts verlässt das Portal"),
    ("live", {"stopped_at": timezone.now(), "stopped_because": "Das Passwort stimmt nicht."}, "Das Passwort stimmt nicht."),
    ("live", {"held_at": timezone.now()}, "Nach einer Wiederherstellung"),
])  # fmt: skip
def test_every_page_of_the_office_says_that_mails_do_not_leave_as_usual(
    pact, office_client, settings, mode, fields, words
):
    settings.MAIL_MODE = mode
    state_is(**fields)

    pages = [office_client.get(path).content.decode() for path in ("/admin/", "/admin/pact/pact/1/change/", PAGE)]

    for page in pages:
        assert words in page
        assert f'<a href="{PAGE}">Zum Postfach</a>' in page


def test_when_all_is_well_no_page_says_anything(pact, office_client):
    assert "Zum Postfach" not in office_client.get("/admin/").content.decode()


def test_whoever_may_not_see_mails_reads_nothing_about_them_and_costs_no_query(pact, initial_partner_user, settings):
    settings.MAIL_MODE = "held"
    client = Client()
    client.force_login(initial_partner_user)

    with CaptureQueriesContext(connection) as queries:
        page = client.get("/admin/").content.decode()

    assert "Zum Postfach" not in page
    assert [query for query in queries if "mailbox_" in query["sql"]] == []


def test_the_notice_costs_one_query(pact, office_client):
    office_client.get("/admin/partners/partner/")

    with CaptureQueriesContext(connection) as queries:
        office_client.get("/admin/partners/partner/")

    assert len([query for query in queries if "mailbox_" in query["sql"]]) == 1
