from django.utils import timezone

from events.services import registration, reminder
from klimapakt.celery import app


@app.task(name="events.remind")
def remind() -> None:
    """Write the reminders that are due. Runs every few minutes; running twice does no harm."""
    reminder.send_due(now=timezone.now())


@app.task(name="events.delete_unconfirmed_registrations")
def delete_unconfirmed_registrations() -> None:
    """Forget registrations whose address nobody proved. Runs nightly; running twice does no harm."""
    registration.delete_unconfirmed()
