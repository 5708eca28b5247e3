from klimapakt.celery import app
from klimapakt.newsletter import services


@app.task(name="newsletter.delete_unconfirmed")
def delete_unconfirmed() -> None:
    """Forget orders that nobody confirmed. Runs nightly; running twice does no harm."""
    services.delete_unconfirmed()
