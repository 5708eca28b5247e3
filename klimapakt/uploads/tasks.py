from klimapakt.celery import app
from klimapakt.uploads import examining, receiving
from klimapakt.uploads.models import SECONDS_TO_EXAMINE, SECONDS_TO_LIVE


@app.task(name="uploads.examine", soft_time_limit=SECONDS_TO_EXAMINE, time_limit=SECONDS_TO_LIVE)
def examine() -> None:
    """Examine one file, then wake for the next: so the limit holds for each, and mails get their turn between.

    Woken after each commit that brought one, and by beat for what a lost wake-up or worker left.
    """
    if examining.examine_next():
        receiving.wake()


@app.task(name="uploads.delete_unused")
def delete_unused() -> None:
    """Delete files that nothing refers to any more. Runs hourly; running twice does no harm."""
    examining.delete_unused()
