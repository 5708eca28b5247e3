"""Every morning one mail to the office about what is open, and none when all is well."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.mailbox import digest, filing
from klimapakt.mailbox.models import MailboxState, OutgoingMail
from klimapakt.mailbox.models.queue import GIVE_UP_AFTER_ATTEMPTS
from tests.factories import OutgoingMailFactory
from tests.races import at_once

S = OutgoingMail.Status
BERLIN = ZoneInfo("Europe/Berlin")


def at(day: int, clock: str = "07:30") -> datetime:
    hour, minute = clock.split(":")
    return datetime(2026, 11, day, int(hour), int(minute), tzinfo=BERLIN)


def digests() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(kind=digest.KIND).order_by("pk"))


def went_wrong(moment: datetime, **fields: object) -> OutgoingMail:
    """A mail that was refused at that moment."""
    return OutgoingMailFactory(
        **{"status": S.FAILED, "created_at": moment, "tried_at": moment, "problem": "Die Adresse ist falsch.", **fields}
    )


def send(time_machine, moment: datetime) -> bool:
    time_machine.move_to(moment, tick=False)
    return digest.send()


def test_the_office_reads_what_failed_for_whom_and_why(pact, time_machine):
    went_wrong(at(2, "09:00"), subject="Ihr Antrag ist eingegangen", to_email="erika@musterbaeckerei.example")

    is_written = send(time_machine, at(3))

    [mail] = digests()
    assert is_written
    assert mail.to_email == pact.office_email
    assert "1 offen" in mail.subject
    assert "„Ihr Antrag ist eingegangen“ an erika@musterbaeckerei.example: Die Adresse ist falsch." in mail.body
    assert "/admin/mailbox/mailboxstate/1/change/" in mail.body


@pytest.mark.parametrize(
    ("fields", "heading"),
    [
        ({"status": S.FAILED}, "Nicht gesendet"),
        ({"status": S.UNCLEAR, "handed_over_at": at(2, "09:00")}, "Unklar, ob angekommen"),
        ({"status": S.BOUNCED, "bounced_at": at(2, "09:00")}, "Nicht zustellbar"),
        ({"status": S.EXPIRED, "expires_at": at(2, "09:00")}, "Zu spät und deshalb nicht gesendet"),
        ({"status": S.SENT, "sent_at": at(2, "09:00"), "copy_status": "given_up"}, "Kopie nicht im Postfach abgelegt"),
    ],
    ids=["failed", "unclear", "bounced", "expired", "copy"],
)
def test_each_kind_of_trouble_has_its_heading(pact, time_machine, fields, heading):
    went_wrong(at(2, "09:00"), **fields)

    send(time_machine, at(3))

    assert f"{heading}:" in digests()[0].body


@pytest.mark.parametrize(("changes", "words"), [
    ({"stopped_at": at(2, "09:00"), "stopped_because": "Das Passwort stimmt nicht."},
     "Das Senden steht seit 2. November 2026, 09:00 Uhr: Das Passwort stimmt nicht."),
    ({"held_at": at(2, "09:00"), "held_because": "Aus einer Sicherung."},
     "angehalten seit 2. November 2026, 09:00 Uhr: Aus einer Sicherung."),
], ids=["stopped", "held"])  # fmt: skip
def test_a_sender_that_stands_still_is_told_too(pact, time_machine, changes, words):
    MailboxState.load()
    MailboxState.objects.update(**changes)

    send(time_machine, at(3))

    assert words in digests()[0].body


@pytest.mark.parametrize("state", [S.SENT, S.QUEUED, S.RETRY, S.WITHDRAWN, S.DRAFT])
def test_it_is_silent_when_all_is_well(pact, time_machine, state):
    went_wrong(at(2, "09:00"), status=state, sent_at=at(2, "09:00"))

    assert not send(time_machine, at(3))
    assert digests() == []


def test_a_code_that_expired_is_no_news(pact, time_machine):
    """Who needed it has asked for another, or has given up."""
    link = AccessLink.issue("probe", 1, email="max@musterbetrieb.example", valid_for=timedelta(days=1))
    code = OneTimeCode.objects.create(link=link, expires_at=at(2, "09:00"))
    went_wrong(at(2, "08:50"), status=S.EXPIRED, expires_at=at(2, "09:00"), code=code)

    assert not send(time_machine, at(3))


def test_twice_run_is_one_mail(pact, time_machine):
    went_wrong(at(2, "09:00"))

    assert [send(time_machine, at(3)), send(time_machine, at(3, "07:31")), send(time_machine, at(3, "18:00"))] == [
        True,
        False,
        False,
    ]
    assert len(digests()) == 1


def test_what_was_told_once_is_not_told_again(pact, time_machine):
    went_wrong(at(2, "09:00"), subject="Alt")
    send(time_machine, at(3))

    assert not send(time_machine, at(4))
    went_wrong(at(4, "12:00"), subject="Neu")
    assert send(time_machine, at(5))

    body = digests()[-1].body
    assert "„Neu“" in body
    assert "„Alt“" not in body


def test_what_happens_after_the_digest_waits_for_the_next_morning(pact, time_machine):
    send(time_machine, at(3))  # found nothing
    went_wrong(at(3, "07:31"))

    assert not send(time_machine, at(3, "08:30"))
    assert send(time_machine, at(4))


# --- Nothing falls between two digests --------------------------------------------------------------------------------


def in_flight(**fields: object) -> OutgoingMail:
    """A mail that a worker had since shortly before half past seven."""
    moment = at(3, "07:29")
    return OutgoingMailFactory(
        **{"status": S.HANDING_OVER, "attempts": 1, "created_at": moment, "tried_at": moment, "lease_until": moment,
           "handed_over_at": moment, **fields}
    )  # fmt: skip


def refuse(mail: OutgoingMail, now: datetime) -> None:
    mail.mark_failed("Abgelehnt.")


def give_up(mail: OutgoingMail, now: datetime) -> None:
    OutgoingMail.objects.filter(pk=mail.pk).update(status=S.IN_FLIGHT, attempts=GIVE_UP_AFTER_ATTEMPTS)
    OutgoingMail.objects.drop_hopeless(now=now)


def lose_the_answer(mail: OutgoingMail, now: datetime) -> None:
    mail.mark_unclear()


def lose_the_worker(mail: OutgoingMail, now: datetime) -> None:
    OutgoingMail.objects.doubt(now=now)


def come_back(mail: OutgoingMail, now: datetime) -> None:
    mail.mark_sent(at=at(3, "06:00"))
    mail.refresh_from_db()
    mail.mark_bounced("Unbekannt.", at=at(3, "06:30"))  # when the notice lay in the inbox


def come_too_late(mail: OutgoingMail, now: datetime) -> None:
    OutgoingMail.objects.filter(pk=mail.pk).update(status=S.RETRY, expires_at=at(3, "07:29"))
    OutgoingMail.objects.expire(now=now)


def find_no_place_for_the_copy(mail: OutgoingMail, now: datetime) -> None:
    mail.mark_sent(at=now - filing.GIVE_UP_AFTER)
    OutgoingMail.objects.filter(pk=mail.pk).update(copy_status="waiting", copy_due_at=now)
    filing._later(OutgoingMail.objects.filter(copy_status="waiting"), now)


def fail_to_build_the_copy(mail: OutgoingMail, now: datetime) -> None:
    mail.mark_sent(at=at(3, "07:29"))
    OutgoingMail.objects.filter(pk=mail.pk).update(copy_status="given_up", copy_due_at=None)


FAULTS = [
    refuse,
    give_up,
    lose_the_answer,
    lose_the_worker,
    come_back,
    come_too_late,
    find_no_place_for_the_copy,
    fail_to_build_the_copy,
]


@pytest.mark.parametrize("noticed", [timedelta(minutes=1), timedelta(hours=20), timedelta(days=5)], ids=str)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_once_however_late_it_is_noticed(pact, time_machine, fault, noticed):
    mail = in_flight(subject="Ihr Antrag")
    now = at(3) + noticed

    first = send(time_machine, at(3))
    time_machine.move_to(now, tick=False)
    fault(mail, now)
    after = [send(time_machine, at(now.day + days)) for days in (1, 2, 3)]

    assert not first
    assert after == [True, False, False]
    assert "„Ihr Antrag“" in digests()[0].body


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_is_noticed_just_before_the_digest_is_told_by_it_and_by_no_other(pact, time_machine, fault):
    mail = in_flight()
    time_machine.move_to(at(3), tick=False)
    fault(mail, at(3))

    assert [send(time_machine, at(day)) for day in (3, 4)] == [True, False]


def test_what_comes_back_a_second_time_is_told_a_second_time(pact, time_machine):
    mail = went_wrong(at(2, "09:00"), status=S.BOUNCED, bounced_at=at(2, "09:00"), sent_at=at(2, "08:00"))
    send(time_machine, at(3))
    mail.refresh_from_db()

    mail.send_again()
    OutgoingMail.objects.filter(pk=mail.pk).update(status=S.BOUNCED)

    assert send(time_machine, at(4))
    assert not send(time_machine, at(5))


def test_what_turns_from_unclear_into_refused_is_told_as_both(pact, time_machine):
    mail = went_wrong(at(2, "09:00"), status=S.UNCLEAR, handed_over_at=at(2, "09:00"))
    send(time_machine, at(3))

    OutgoingMail.objects.filter(pk=mail.pk).update(status=S.FAILED)  # it was repeated by itself

    assert send(time_machine, at(4))
    assert "Nicht gesendet:" in digests()[-1].body


@pytest.mark.parametrize("end", [S.EXPIRED, S.FAILED, S.BOUNCED, S.WITHDRAWN])
def test_what_a_digest_told_that_nobody_got_is_told_by_the_next(pact, time_machine, end):
    went_wrong(at(2, "09:00"), subject="Alt")
    send(time_machine, at(3))
    OutgoingMail.objects.filter(kind=digest.KIND).update(status=end)

    assert send(time_machine, at(4))
    assert "„Alt“" in digests()[-1].body
    assert not send(time_machine, at(5))


def test_what_a_digest_told_that_was_not_written_is_told_by_the_next(pact, time_machine, monkeypatch):
    went_wrong(at(2, "09:00"))
    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(digest.outbox, "enqueue", fail)
        send(time_machine, at(3))

    assert send(time_machine, at(3, "08:30"))


def fail(*args: object, **kwargs: object) -> None:
    raise RuntimeError


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_at_once_one_writes(pact, time_machine):
    went_wrong(at(2, "09:00"))
    time_machine.move_to(at(3), tick=True)

    written = at_once([digest.send, digest.send])

    assert sorted(written) == [False, True]
    assert len(digests()) == 1


# --- The sender -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("waits", "is_told"), [(timedelta(minutes=61), True), (timedelta(minutes=59), False)], ids=str)
def test_a_server_that_takes_nothing_for_an_hour_is_told(pact, time_machine, waits, is_told):
    tried = at(3) - timedelta(minutes=5)
    OutgoingMailFactory(status=S.SENT, sent_at=at(2))
    went_wrong(at(3) - waits, status=S.RETRY, tried_at=tried, problem="Der Mailserver ist nicht erreichbar.")

    assert send(time_machine, at(3)) == is_told

    bodies = [mail.body for mail in digests()]
    assert bodies == [] or (
        "3. November 2026, 07:30 Uhr: Zurzeit geht keine Mail heraus. Der Mailserver ist nicht erreichbar." in bodies[0]
    )


def test_what_was_settled_meanwhile_is_left_out(pact, time_machine):
    went_wrong(at(2, "09:00"))
    OutgoingMail.objects.update(status=S.WITHDRAWN)

    assert not send(time_machine, at(3))


def test_a_missed_run_is_caught_up_by_the_next(pact, time_machine):
    went_wrong(at(2, "09:00"), subject="Erste")
    send(time_machine, at(3))
    went_wrong(at(3, "08:00"), subject="Zweite")  # and then the worker stood still for three days

    before = [send(time_machine, at(7, clock)) for clock in ("00:30", "06:30", "07:29")]
    assert send(time_machine, at(7, "13:30"))

    assert before == [False, False, False]
    assert "„Zweite“" in digests()[-1].body
    assert digests()[-1].expires_at == at(8)


def test_an_old_digest_is_not_sent_beside_the_new_one(pact, time_machine):
    went_wrong(at(2, "09:00"))
    send(time_machine, at(3))

    assert digests()[0].expires_at == at(4)


def test_a_digest_that_failed_is_no_news_itself(pact, time_machine):
    settled = went_wrong(at(2, "09:00"))
    send(time_machine, at(3))
    OutgoingMail.objects.filter(kind=digest.KIND).update(status=S.FAILED, tried_at=at(3, "08:00"))
    OutgoingMail.objects.filter(pk=settled.pk).update(status=S.WITHDRAWN)

    assert not send(time_machine, at(4))


def test_many_are_counted_and_not_all_named(pact, time_machine):
    for number in range(digest.NAMED + 3):
        went_wrong(at(2, "09:00") + timedelta(minutes=number))

    send(time_machine, at(3))

    body = digests()[0].body
    assert body.count("Die Adresse ist falsch.") == digest.NAMED
    assert "und 3 weitere" in body
    assert "23 offen" in digests()[0].subject


def test_an_address_that_nobody_has_proven_is_not_told(pact, time_machine):
    went_wrong(at(2, "09:00"), is_proven=False, to_email="frida@fern.example")

    send(time_machine, at(3))

    assert "frida@fern.example" not in digests()[0].body
    assert "unbestätigte Adresse" in digests()[0].body


def test_without_a_mailbox_nothing_is_written(pact, time_machine):
    pact.office_email = ""
    pact.save()
    went_wrong(at(2, "09:00"))

    assert not send(time_machine, at(3))


def test_half_past_seven_is_that_of_berlin_in_summer_and_winter(pact, time_machine):
    went_wrong(datetime(2026, 6, 1, tzinfo=UTC))
    summer, winter = datetime(2026, 7, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 3, 6, 30, tzinfo=UTC)

    early = [send(time_machine, moment - timedelta(minutes=1)) for moment in (summer, winter)]
    in_summer = send(time_machine, summer)
    went_wrong(summer)
    in_winter = send(time_machine, winter)

    assert (early, in_summer, in_winter) == ([False, False], True, True)
    assert digests()[0].expires_at == summer + timedelta(days=1)


def test_the_clock_asks_every_hour_at_half_past(settings):
    schedule = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert schedule["mailbox.send_digest"].minute == {30}
    assert schedule["mailbox.send_digest"].hour == set(range(24))
