"""The public list of partners as plain rows: what fifty cards need, in one query."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Left
from django.urls import reverse

from klimapakt.statement import Statement
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


def rows(partners: QuerySet) -> list[Row]:
    """Turn a QuerySet of listed partners into rows, in its order."""
    return _rows(_values(partners))


def listed_rows(places: range, *, on: date) -> list[Row]:
    """All listed partners by name: those in these places."""
    return _rows(_listed(places)(on=on)) if places else []


def newest_rows(*, on: date, count: int) -> list[Row]:
    """The partners that joined last; those whose day is not known come after."""
    return _rows(_newest(count)(on=on))


def sector_counts(*, on: date) -> dict[str, int]:
    """How many listed partners each sector has; sectors without any are not there."""
    return dict(_SECTOR_COUNTS(on=on))


def _rows(found: Iterable[tuple]) -> list[Row]:
    base, labels = reverse("partners:list"), dict(Sector.choices)
    return [
        Row(f"{base}{slug}/", name, labels.get(sector, ""), place, size_label(employees), shorten(teaser))
        for slug, name, sector, place, employees, teaser in found
    ]


def _values(partners: QuerySet) -> QuerySet:
    return partners.annotate(teaser=Left("text", TEASER + 1)).values_list(
        "slug",
        "organisation__name",
        "organisation__sector",
        "organisation__place",
        "organisation__employees",
        "teaser",
    )


@cache
def _listed(places: range) -> Statement:
    return Statement(lambda on: _values(by_name(Partner.objects.listed(on=on)))[places.start : places.stop])


@cache
def _newest(count: int) -> Statement:
    def newest(on: date) -> QuerySet:
        listed = Partner.objects.listed(on=on).alias(joined=first_day(on))
        return _values(listed.order_by(F("joined").desc(nulls_last=True), "slug"))[:count]

    return Statement(newest)


_SECTOR_COUNTS = Statement(
    lambda on: Partner.objects.listed(on=on).order_by().values_list("organisation__sector").annotate(Count("pk"))
)


def by_name(partners: QuerySet) -> QuerySet:
    """German order; the key makes it the same for equal names on every page."""
    return partners.order_by("organisation__sort_name", "pk")


def first_day(on: date) -> Subquery:
    """First day as Klimapartner, for annotating partners; NULL where nobody knows it."""
    return Subquery(
        interfaces.agreements_in_force(on)
        .filter(partner=OuterRef("pk"))
        .order_by("in_force_from")
        .values("in_force_from")[:1]
    )


def shorten(text: str) -> str:
    """Cut a text at a word, with an ellipsis; the text itself may have been cut behind `TEASER` characters."""
    line = " ".join(text.split())
    if len(text) <= TEASER:
        return line
    whole_words = line[:TEASER].rpartition(" ")[0] or line[:TEASER]
    return whole_words.rstrip(",;.–- ") + " …"
