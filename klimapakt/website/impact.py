"""What the partners set out to do, in sums that always say of how many partners they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import JSONObject

from agreements.models import Measure, Target
from klimapakt.pact.models import Pact, PactMissing
from klimapakt.statement import Statement
from klimapakt.website.figures import aggregate_of
from partners.models import Partner

NEWEST_MEASURES = 6
LONGEST_BAR = 74
"""Percent of the chart's width; the rest is room for the figure behind it, also on a telephone."""
BAR_PITCH = 3.5
"""Height of a bar with its label, in em, so that the chart grows with the reader's type."""


@dataclass(frozen=True, slots=True)
class CategorySum:
    """The public measures of one category. Savings are t CO2e a year, None where no measure has a figure."""

    label: str
    measures: int
    with_figure: int
    saving: Decimal | None

    @property
    def without_figure(self) -> int:
        return self.measures - self.with_figure


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart with its label above and its figure behind, in SVG lengths."""

    of: CategorySum
    label_y: str
    y: str
    figure_y: str
    width: str


@dataclass(frozen=True, slots=True)
class Impact:
    """Measures of agreements in force whose partner is listed and agreed to their publication."""

    day: date
    klimapartner: int
    partners_with_measures: int
    partners_with_figures: int
    partners_with_target: int
    target_years: tuple[int, int] | None
    categories: list[CategorySum]

    @classmethod
    def on(cls, day: date) -> Self:
        """Return the sums of that day, in two queries. Raises PactMissing before there is a pact."""
        found = _PARTNERS(on=day)
        if not found:
            raise PactMissing
        [(klimapartner, measures, targets)] = found
        return cls(
            day=day,
            klimapartner=klimapartner,
            partners_with_measures=measures["all"],
            partners_with_figures=measures["with_figure"],
            partners_with_target=targets["all"],
            target_years=(targets["first"], targets["last"]) if targets["all"] else None,
            categories=_sums(_CATEGORIES(on=day)),
        )

    @property
    def measures(self) -> int:
        return sum(category.measures for category in self.categories)

    @property
    def without_figure(self) -> int:
        return sum(category.without_figure for category in self.categories)

    @property
    def saving(self) -> Decimal | None:
        """Expected savings of all in t CO2e a year, None where no measure has a figure."""
        return (
            sum((c.saving for c in self.categories if c.saving is not None), Decimal(0)) if self._has_figures else None
        )

    @property
    def _has_figures(self) -> bool:
        return any(category.with_figure for category in self.categories)

    @property
    def bars(self) -> list[Bar]:
        """The chart: as long as the savings, none where there is nothing to compare."""
        longest = max((category.saving or 0 for category in self.categories), default=0)
        if not longest:
            return []
        return [
            Bar(
                category,
                label_y=f"{BAR_PITCH * place + 1}em",
                y=f"{BAR_PITCH * place + 1.5}em",
                figure_y=f"{BAR_PITCH * place + 2.5}em",
                width=f"{LONGEST_BAR * (category.saving or 0) / longest:.1f}%",
            )
            for place, category in enumerate(self.categories)
        ]

    @property
    def chart_height(self) -> str:
        return f"{BAR_PITCH * len(self.categories)}em"


def _sums(found: Iterable[tuple]) -> list[CategorySum]:
    """The categories, the largest saving first."""
    labels = dict(Measure.Category.choices)
    sums = [CategorySum(labels[category], *numbers) for category, *numbers in found]
    return sorted(sums, key=lambda c: (-1 if c.saving is None else c.saving, c.measures), reverse=True)


def newest_measures(*, on: date) -> list[dict]:
    """A public measure each of the partners that joined last: its largest."""
    labels = dict(Measure.Category.choices)
    return [measure | {"category_label": labels[measure["category"]]} for measure in _NEWEST(on=on)]


_CATEGORIES = Statement(
    lambda on: (
        Measure.objects.public(on=on)
        .order_by("category")
        .values_list("category")
        .annotate(Count("pk"), Count("expected_saving"), Sum("expected_saving"))
    )
)

_PARTNERS = Statement(
    lambda on: Pact.objects.values_list(
        aggregate_of(Partner.objects.klimapartner(on=on), Count("pk")),
        aggregate_of(
            Measure.objects.public(on=on),
            JSONObject(
                all=Count("agreement__partner", distinct=True),
                with_figure=Count("agreement__partner", distinct=True, filter=Q(expected_saving__isnull=False)),
            ),
        ),
        aggregate_of(
            Target.objects.public(on=on),
            JSONObject(all=Count("agreement__partner", distinct=True), first=Min("year"), last=Max("year")),
        ),
    )
)


def _newest(on: date) -> QuerySet:
    in_force_from = F("agreement__in_force_from").desc(nulls_last=True)
    largest = F("expected_saving").desc(nulls_last=True)
    one_each = (
        Measure.objects.public(on=on)
        .order_by("agreement__partner_id", in_force_from, largest, "pk")
        .distinct("agreement__partner_id")
    )
    return (
        Measure.objects.filter(pk__in=one_each.values("pk"))
        .order_by(in_force_from, "pk")
        .values(
            "title",
            "category",
            "expected_saving",
            partner=F("agreement__partner__organisation__name"),
            slug=F("agreement__partner__slug"),
        )[:NEWEST_MEASURES]
    )


_NEWEST = Statement(_newest)
