import sys

from celery.signals import worker_process_shutdown

from klimapakt.celery import app
from klimapakt.documents import archive
from klimapakt.documents.models import SECONDS_TO_LIVE, SECONDS_TO_RENDER


@app.task(name="documents.render", soft_time_limit=SECONDS_TO_RENDER, time_limit=SECONDS_TO_LIVE)
def render() -> None:
    """Render one document, then wake for the next: so the limit holds for each, and mails get their turn between.

    Woken after each commit that ordered one, and by beat for what a lost wake-up or worker left.
    """
    if archive.render_next():
        archive.wake()


@app.task(name="documents.delete_outdated")
def delete_outdated() -> None:
    archive.delete_outdated()


@worker_process_shutdown.connect
def unload_fonts(**kwargs: object) -> None:
    """Remove the fonts' temporary folder: a worker's child ends without Python's own cleaning up."""
    if pdf := sys.modules.get("klimapakt.pdf"):
        pdf.unload()
