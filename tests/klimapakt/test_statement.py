"""A statement is a QuerySet that is built once: same rows, same rules, other values."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Upper

from klimapakt.statement import Statement
from partners.models import Organisation, Partner
from tests.factories import OrganisationFactory, PartnerFactory


def test_a_statement_gives_models_with_what_was_selected_along(db, django_assert_num_queries):
    partner = PartnerFactory(organisation__name="Bäckerei Muster")
    statement = Statement(
        lambda slug: (
            Partner.objects.filter(slug=slug).select_related("organisation").annotate(shout=Upper("organisation__name"))
        )
    )

    with django_assert_num_queries(1):
        [found] = statement(slug=partner.slug)
        name = found.organisation.name

    assert found == partner
    assert (name, found.shout) == ("Bäckerei Muster", "BÄCKEREI MUSTER")


def test_a_statement_gives_tuples_in_the_order_and_number_of_its_queryset(db):
    for employees in (5, 40, 10, 30):
        OrganisationFactory(employees=employees)
    statement = Statement(
        lambda above: (
            Organisation.objects.filter(employees__gt=above).order_by("-employees").values_list("employees")[:2]
        )
    )

    assert statement(above=4) == [(40,), (30,)]
    assert statement(above=30) == [(40,)]
    assert statement(above=40) == []


def test_a_statement_is_built_once_and_asks_the_database_every_time(db, django_assert_num_queries):
    built = []

    def build(sector):
        built.append(sector)
        return Organisation.objects.filter(sector=sector)

    statement = Statement(build)

    with django_assert_num_queries(3):
        before = statement(sector="C")
        OrganisationFactory(sector="C")
        after = statement(sector="C")
    assert (len(before), len(after)) == (0, 1)
    assert len(built) == 1


@pytest.mark.parametrize(
    "build",
    [
        lambda name: Organisation.objects.filter(sector="C"),
        lambda name: Organisation.objects.filter(name=str(name)),
    ],
)
def test_a_value_that_does_not_reach_the_sql_as_it_is_is_refused(db, build):
    with pytest.raises(ValueError, match="Every value"):
        Statement(build)(name="Bäckerei Muster")


@pytest.mark.parametrize("values", [{}, {"name": "x"}])
def test_a_statement_needs_all_the_values_it_was_built_for(db, values):
    statement = Statement(lambda name, sector: Organisation.objects.filter(name=name, sector=sector))
    statement(name="x", sector="C")

    with pytest.raises(KeyError):
        statement(**values)


@pytest.mark.race
def test_threads_that_share_a_statement_do_not_get_each_others_rows(transactional_db):
    places = [f"Ort {number}" for number in range(4)]
    for place in places:
        OrganisationFactory(place=place)
    statement = Statement(lambda place: Organisation.objects.filter(place=place).order_by(F("pk").desc()))

    def ask(place: str) -> set[str]:
        try:
            return {row.place for _ in range(50) for row in statement(place=place)}
        finally:
            connection.close()

    with ThreadPoolExecutor(len(places)) as pool:
        answers = list(pool.map(ask, places))

    assert answers == [{place} for place in places]
