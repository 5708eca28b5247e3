"""The pact in figures, for the start page and for everybody in the admin."""

from django.db.models import Aggregate, Count, QuerySet, Subquery, Sum, Value
from django.utils import timezone
from django.utils.formats import number_format

from agreements.models import Measure
from klimapakt.pact.models import Pact
from partners.models import InitialPartner, Partner


def figures(pact: Pact | None = None) -> list[dict[str, str]]:
    """Return value, label and note of each figure, in one query. A sum always says of how many partners it is."""
    pact, today = pact or Pact.load(), timezone.localdate()
    members = Partner.objects.klimapartner(on=today)
    measures = Measure.objects.public(on=today)
    row = Pact.objects.filter(pk=pact.pk).values_list(
        _count(members), _count(InitialPartner.objects.all()), _count(measures),
        _aggregate(measures, Sum("expected_saving")), _aggregate(measures, Count("agreement__partner", distinct=True)),
    ).get()  # fmt: skip
    partners, initial_partners, measure_count, saving, reporting = row
    numbers = []
    if pact.climate_neutral_by:
        numbers.append(
            {"value": str(pact.climate_neutral_by), "label": "klimaneutral", "note": f"Ziel der Stadt {pact.city}"}
        )
    numbers.append(
        {"value": number_format(partners or 0), "label": pact.partner_title, "note": "mit Vereinbarung in Kraft"}
    )
    numbers.append(
        {"value": number_format(initial_partners or 0), "label": "Initialpartner", "note": "haben den Pakt gegründet"}
    )
    if measure_count:
        note = f"von {number_format(reporting)} der {number_format(partners)} {pact.partner_title}"
        if saving:
            note += f", erwartete Einsparung {number_format(saving, 0, force_grouping=True)} t CO₂e im Jahr"
        numbers.append({"value": number_format(measure_count), "label": "öffentliche Maßnahmen", "note": note})
    return numbers


def _count(rows: QuerySet) -> Subquery:
    return _aggregate(rows, Count("pk"))


def _aggregate(rows: QuerySet, aggregate: Aggregate) -> Subquery:
    """An aggregate over rows that have nothing to do with the outer query."""
    return Subquery(rows.order_by().values(one=Value(1)).annotate(value=aggregate).values("value"))
