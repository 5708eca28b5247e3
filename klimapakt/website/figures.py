"""The pact in figures, for the start page and for everybody in the admin."""

from django.db.models import Aggregate, Count, QuerySet, Subquery, Sum, Value
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format

from agreements.models import Measure
from klimapakt.pact.models import Pact
from klimapakt.statement import Statement
from partners.models import InitialPartner, Partner


def figures(pact: Pact | None = None) -> list[dict[str, str]]:
    """Return value, label and note of each figure, in one query. A sum always says of how many partners it is."""
    pact, today = pact or Pact.load(), timezone.localdate()
    [(partners, initial_partners, public)] = _FIGURES(on=today)
    numbers = []
    if pact.climate_neutral_by:
        numbers.append(
            {"value": str(pact.climate_neutral_by), "label": "klimaneutral", "note": f"Ziel der Stadt {pact.city}"}
        )
    numbers.append({"value": number_format(partners), "label": pact.partner_title, "note": "mit Vereinbarung in Kraft"})
    numbers.append(
        {"value": number_format(initial_partners), "label": "Initialpartner", "note": "haben den Pakt gegründet"}
    )
    if public["count"]:
        note = f"von {number_format(public['partners'])} der {number_format(partners)} {pact.partner_title}"
        if public["saving"]:
            note += f", erwartete Einsparung {number_format(public['saving'], 0, force_grouping=True)} t CO₂e im Jahr"
        numbers.append(
            {
                "value": number_format(public["count"]),
                "label": "öffentliche Maßnahmen",
                "note": note,
                "url": reverse("website:impact"),
            }
        )
    return numbers


def aggregate_of(rows: QuerySet, aggregate: Aggregate | JSONObject) -> Subquery:
    """An aggregate over rows that have nothing to do with the outer query."""
    return Subquery(rows.order_by().values(one=Value(1)).annotate(value=aggregate).values("value"))


_FIGURES = Statement(
    lambda on: Pact.objects.values_list(
        aggregate_of(Partner.objects.klimapartner(on=on), Count("pk")),
        aggregate_of(InitialPartner.objects.all(), Count("pk")),
        aggregate_of(
            Measure.objects.public(on=on),
            JSONObject(
                count=Count("pk"), saving=Sum("expected_saving"), partners=Count("agreement__partner", distinct=True)
            ),
        ),
    )
)
