"""The public list of partners as plain rows: what fifty cards need, in one query."""

from dataclasses import dataclass
from datetime import date

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Left
from django.urls import reverse

from partners import interfaces
from partners.models import Partner, Sector
from partners.models.organisation import size_label

TEASER = 160
"""Characters of the profile text on a card."""


@dataclass(frozen=True, slots=True)
class Row:
    url: str
    name: str
    sector_label: str
    place: str
    size_label: str
    teaser: str
    since: date | None
    """First day as Klimapartner, where it is known."""


def rows(partners: QuerySet, *, on: date) -> list[Row]:
    """Turn a QuerySet of listed partners into rows, in its order."""
    base = reverse("partners:list")
    found = partners.annotate(since=first_day(on), teaser=Left("text", TEASER + 1)).values_list(
        "slug",
        "organisation__name",
        "organisation__sector",
        "organisation__place",
        "organisation__employees",
        "teaser",
        "since",
    )
    labels = dict(Sector.choices)
    return [
        Row(f"{base}{slug}/", name, labels.get(sector, ""), place, size_label(employees), shorten(teaser), since)
        for slug, name, sector, place, employees, teaser, since in found
    ]


def newest_rows(*, on: date, count: int) -> list[Row]:
    """The partners that joined last; those whose day is not known come after."""
    newest = (
        Partner.objects.listed(on=on)
        .annotate(joined=first_day(on))
        .order_by(F("joined").desc(nulls_last=True), "slug")
    )
    return rows(newest[:count], on=on)


def first_day(on: date) -> Subquery:
    """First day as Klimapartner, for annotating partners; NULL where nobody knows it."""
    return Subquery(
        interfaces.agreements_in_force(on)
        .filter(partner=OuterRef("pk"))
        .order_by("in_force_from")
        .values("in_force_from")[:1]
    )


def shorten(text: str) -> str:
    """Cut a text at a word, with an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= TEASER else line[:TEASER].rpartition(" ")[0].rstrip(",;.–- ") + " …"
