"""The yardstick: Django's own generic list view of 50 rows in one file, with what `startproject` sets up.

No layout, no rules about who sees what. It keeps its database connection between requests, as the portal does.

    python -m bench.bare.project    makes the table in DATABASE_URL and prints the queries of one request
"""

import sys
from datetime import date, timedelta

from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.urls import path, reverse

from bench.bare import startproject

startproject.configure(__name__, kept_seconds=60)

from django.views.generic import DetailView, ListView  # noqa: E402 (needs the settings)

ROWS = 50


class Company(models.Model):
    class Sector(models.TextChoices):
        INDUSTRY = "C", "Industrie und verarbeitendes Gewerbe"
        TRADE = "G", "Handel"
        RESEARCH = "N", "Beratung, Forschung und Technik"
        HEALTH = "R", "Gesundheit und Soziales"

    name = models.CharField(max_length=200, db_index=True)
    sector = models.CharField(max_length=1, choices=Sector)
    place = models.CharField(max_length=100)
    joined_on = models.DateField()
    summary = models.CharField(max_length=200)

    class Meta:
        app_label = "bare"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("company", args=[self.pk])


class CompanyList(ListView):
    model = Company
    paginate_by = ROWS
    template_name = "company_list.html"


urlpatterns = [
    path("companies/", CompanyList.as_view(), name="companies"),
    path("companies/<int:pk>/", DetailView.as_view(model=Company), name="company"),
]

application = get_wsgi_application()


def _set_up() -> None:
    with connection.schema_editor() as schema:
        schema.create_model(Company)
    Company.objects.bulk_create(
        Company(
            name=f"Musterbetrieb {number:03d} GmbH",
            sector=Company.Sector.values[number % 4],
            place="Musterstadt",
            joined_on=date(2024, 1, 1) + timedelta(days=13 * number),
            summary="Wir backen Brot mit Strom vom eigenen Dach und fahren es mit dem Rad in der ganzen Stadt aus.",
        )
        for number in range(ROWS)
    )


def _count_queries() -> int:
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        assert Client(SERVER_NAME="127.0.0.1").get("/companies/").status_code == 200
    return len(queries)


if __name__ == "__main__":
    _set_up()
    sys.stdout.write(f"{_count_queries()}\n")
