"""The yardstick: a form, one insert, and a mail by Celery, in one file with what `startproject` sets up.

No layout, no seats to count, no proof of who registers, and no memory of the mail: what Celery loses is lost.
Every request and every task opens a database connection, as `startproject` has it, unless KEPT_SECONDS says to keep one.

    python -m bench.bare.registration    makes the table in DATABASE_URL and prints the queries of one registration
"""

import json
import os
import re
import sys
from functools import partial
from urllib.parse import urlsplit

from celery import Celery
from django.core.mail import send_mail
from django.core.wsgi import get_wsgi_application
from django.db import connection, models, transaction
from django.forms import ModelForm
from django.http import HttpResponse
from django.urls import path, reverse_lazy

from bench.bare import startproject

_mail_server = urlsplit(os.environ["MAIL_URL"])
startproject.configure(
    __name__,
    kept_seconds=int(os.environ.get("KEPT_SECONDS", "0")),
    DEFAULT_FROM_EMAIL="klimapakt@musterstadt.example",
    MAILERS={
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": _mail_server.hostname, "port": _mail_server.port},
        }
    },
)
# Celery looks after the worker's database connection only where it finds this set.
os.environ["DJANGO_SETTINGS_MODULE"] = __name__

from django.views.generic import CreateView, TemplateView  # noqa: E402 (needs the settings)

app = Celery("bare", broker=os.environ["REDIS_URL"], set_as_current=True)


class Registration(models.Model):
    name = models.CharField(max_length=200)
    email = models.EmailField()
    organisation = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        app_label = "bare"

    def __str__(self) -> str:
        return self.name


class Register(CreateView):
    model = Registration
    fields = ["name", "email", "organisation", "note"]
    template_name = "registration_form.html"
    success_url = reverse_lazy("thanks")

    def form_valid(self, form: ModelForm) -> HttpResponse:
        with transaction.atomic():
            answer = super().form_valid(form)
            transaction.on_commit(partial(confirm.delay, self.object.pk))
        return answer


@app.task(name="confirm")
def confirm(pk: int) -> None:
    registration = Registration.objects.get(pk=pk)
    send_mail(
        "Sie sind angemeldet: Netzwerktreffen",
        f"Guten Tag {registration.name},\n\nwir freuen uns auf Sie.\n\nIhre Geschäftsstelle\n",
        None,
        [registration.email],
    )


urlpatterns = [
    path("register/", Register.as_view(), name="register"),
    path("thanks/", TemplateView.as_view(template_name="registration_thanks.html"), name="thanks"),
]

application = get_wsgi_application()


def _set_up() -> None:
    with connection.schema_editor() as schema:
        schema.create_model(Registration)


def _queries() -> list[str]:
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="127.0.0.1")
    app.conf.task_always_eager = True
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/register/").content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        person = {"name": "Erika Muster", "email": "counted@person.example", "csrfmiddlewaretoken": token}
        assert client.post("/register/", person, follow=True).redirect_chain == [("/thanks/", 302)]
    return [query["sql"] for query in queries]


if __name__ == "__main__":
    _set_up()
    sys.stdout.write(json.dumps(_queries()))
