"""What the worker does for the mailbox. Each may run twice, and is found again by beat when a run is lost."""

from klimapakt.celery import app
from klimapakt.mailbox.pump import RUN_SECONDS
from klimapakt.mailbox.pump import pump as send_what_waits
from klimapakt.mailbox.smtp import PATIENCE, TIMEOUT

PUMP_SECONDS = RUN_SECONDS + PATIENCE + 5 * TIMEOUT
"""A run may begin its last mail in its last second: a dialogue with pauses, and the wait for the last answer."""


@app.task(name="mailbox.pump", soft_time_limit=PUMP_SECONDS, time_limit=PUMP_SECONDS + 60)
def pump() -> None:
    """Send what waits. Woken after each commit that wrote a mail, and by beat for what a lost wake-up left."""
    send_what_waits()


@app.task(name="mailbox.file_copies")
def file_copies() -> None:
    from klimapakt.mailbox import filing

    filing.file_copies()


@app.task(name="mailbox.settle_unclear")
def settle_unclear() -> None:
    from klimapakt.mailbox import lookup

    lookup.settle_unclear()


@app.task(name="mailbox.read_inbox")
def read_inbox() -> None:
    from klimapakt.mailbox import inbox

    inbox.read()


@app.task(name="mailbox.send_digest")
def send_digest() -> None:
    from klimapakt.mailbox import digest

    digest.send()


@app.task(name="mailbox.delete_bodies")
def delete_bodies() -> None:
    from klimapakt.mailbox import retention

    retention.delete_bodies()
