"""What the portal asks its outbox all day costs the same with the mails of years as with those of a day."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from klimapakt.mailbox import digest, filing, lookup, mailing, overview, pump, work
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from tests.factories import OutgoingMailFactory

NOW = timezone.now()
MAILS = OutgoingMail.objects

ASKED_ALL_DAY: dict[str, Callable[[], object]] = {
    "whose lease ended": pump._look_after_the_forgotten,
    "what was paused": mailing.keep_pauses,
    "what can be claimed": lambda: MAILS.any_to_claim(now=NOW),
    "a claim": lambda: MAILS.claim(now=NOW),
    "a claim within a rate": lambda: MAILS.claim_within(30, now=NOW, at_most=5),
    "what is unclear": lambda: list(lookup._not_looked_for()),
    "which copies are due": filing.file_copies,
    "how much waits": lambda: overview.waiting(NOW),
    "how much waits on the work list": lambda: MAILS.waiting().count(),
    "how far mailings are": lambda: list(overview.running_mailings()),
    "how much left": lambda: overview.sent(NOW),
    "what went wrong": lambda: overview.problems(NOW),
    "why nothing leaves": work.stall,
    "what needs somebody": lambda: digest._of_the_mails(Pact.load()),
}


@pytest.fixture
def outbox_of_years(pact) -> None:
    """20,000 mails of the last four years, and a few that are not at their end."""
    OutgoingMailFactory(status="sent", sent_at=NOW)
    columns = [field.column for field in OutgoingMail._meta.concrete_fields if not field.primary_key]
    new = {
        "key": "key || n", "message_id": "message_id || n", "tried_at": "now() - n * interval '2 hours'",
        "sent_at": "now() - n * interval '2 hours'", "created_at": "now() - n * interval '2 hours'",
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO mailbox_outgoingmail ({', '.join(f'"{column}"' for column in columns)}) "
            f"SELECT {', '.join(new.get(column, f'"{column}"') for column in columns)} "
            "FROM mailbox_outgoingmail, generate_series(1, 20000) AS n"
        )
        for status in ("queued", "retry", "failed", "unclear", "bounced", "held", "expired"):
            OutgoingMailFactory(status=status, tried_at=NOW)
        OutgoingMailFactory(in_flight=True)
        OutgoingMailFactory(status="sent", sent_at=NOW - timedelta(days=9), copy_status="given_up")
        cursor.execute("ANALYZE mailbox_outgoingmail")


def plans_of(ask: Callable[[], object]) -> list[str]:
    """Return how Postgres answers what is asked of the outbox."""
    plans = []

    def explain(execute: Callable, sql: str, values: object, many: bool, context: dict) -> object:
        if "mailbox_outgoingmail" in sql:
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}", values)
                plans.append("\n".join(line for [line] in cursor.fetchall()))
        return execute(sql, values, many, context)

    with connection.execute_wrapper(explain):
        ask()
    return plans


def test_nothing_that_is_asked_all_day_reads_the_whole_outbox(outbox_of_years):
    plans = {question: plans_of(ask) for question, ask in ASKED_ALL_DAY.items()}

    assert all(plans.values())
    assert [q for q, found in plans.items() if any("Seq Scan on mailbox_outgoingmail" in plan for plan in found)] == []
