"""What a process can die in while it reminds (tests.killed)."""

from tests.killed import Act


def remind() -> None:
    from events.tasks import remind

    remind()


ACTS = {"remind": Act(remind, ("events/services/reminder.py", "klimapakt/mailbox/outbox.py"))}
