from klimapakt.celery import app
from klimapakt.mailbox import outbox


@app.task(name="mailbox.pump")
def pump() -> None:
    """Send what waits. Woken after each commit that wrote a mail, and by beat for what a lost wake-up left."""
    outbox.pump()
