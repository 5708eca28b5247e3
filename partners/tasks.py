from klimapakt.celery import app
from partners.services import joining


@app.task(name="partners.delete_unconfirmed_applications")
def delete_unconfirmed_applications() -> None:
    """Forget applications whose address nobody proved. Runs nightly; running twice does no harm."""
    joining.delete_unconfirmed()
