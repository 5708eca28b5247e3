from django.utils import timezone

from klimapakt.celery import app
from klimapakt.limits import buckets


@app.task(name="limits.sweep")
def sweep() -> None:
    """Forget who did something long ago. Runs nightly; running twice does no harm."""
    buckets.sweep(now=timezone.now())
