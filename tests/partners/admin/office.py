"""The office's pages about applications, as tests open and fill them."""

from django.test import Client

from partners.models import Application

LIST = "/admin/partners/application/"
REASON = "Ihr Sitz liegt nicht in der Stadt."


def page_of(application: Application) -> str:
    return f"{LIST}{application.pk}/"


def shown(client: Client, application: Application) -> str:
    answer = client.get(page_of(application) + "change/")
    assert answer.status_code == 200
    return answer.content.decode()


def filled(response) -> dict[str, object]:
    """Return the form of a page as it would be sent."""
    form = response.context["form"]
    return {name: value for name in form.fields if (value := form[name].value()) is not None}
