"""What two records of the same organisation have in common (`partners/duplicates.py`).

The database folds it, by the functions of migration 0008: so an index can find it, and both sides follow one rule.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Lower


def match_name(field: str) -> Func:
    """Return a name without legal form, „und“, umlauts, accents, punctuation and spaces: „Müller & Co. KG“ is mueller."""
    return Func(field, function="partners_match_name", output_field=models.TextField())


def mail_domain(field: str) -> Func:
    """Return what stands after the @, in lower case; empty where there is none."""
    return Func(Lower(field), Value("@"), Value(2), function="split_part", output_field=models.TextField())


def _generated(function: str, *fields: str) -> models.GeneratedField:
    return models.GeneratedField(
        expression=Func(*fields, function=function, output_field=models.TextField()),
        output_field=models.TextField(null=True),
        db_persist=True,
    )


class Matchable(models.Model):
    """Columns by which an organisation is recognised; NULL where there is nothing to compare."""

    match_name = _generated("partners_match_name", "name")
    match_host = _generated("partners_match_host", "website")
    match_register = _generated("partners_match_register", "register_number")
    match_address = _generated("partners_match_address", "postal_code", "street")

    class Meta:
        abstract = True


def match_indexes(table: str) -> list[models.Index]:
    """Return the indexes of these columns: trigrams for names that are alike, the others for equality."""
    return [
        GinIndex(fields=["match_name"], opclasses=["gin_trgm_ops"], name=f"{table}_match_name"),
        *(
            models.Index(fields=[f"match_{column}"], name=f"{table}_match_{column}")
            for column in ("host", "register", "address")
        ),
    ]
