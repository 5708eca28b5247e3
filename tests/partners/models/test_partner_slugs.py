"""The address of a partner's page."""

import pytest

from partners.models import Partner
from tests.factories import OrganisationFactory


def test_partners_of_the_same_name_get_addresses_of_their_own(db):
    organisation = OrganisationFactory(name="Müller & Söhne GmbH")

    slugs = []
    for _ in range(3):
        slugs.append(Partner.free_slug(organisation.name))
        Partner.objects.create(organisation=OrganisationFactory(), slug=slugs[-1])

    assert slugs == ["mueller-soehne-gmbh", "mueller-soehne-gmbh-2", "mueller-soehne-gmbh-3"]


@pytest.mark.parametrize(("name", "slug"), [("Straßenbau Groß", "strassenbau-gross"), ("+++", "partner"), ("Café É", "cafe-e"),
                                            ("x" * 200, "x" * 70), ("株式会社", "partner")])  # fmt: skip
def test_an_address_is_made_from_any_name(name, slug, db):
    assert Partner.free_slug(name) == slug


def test_a_slug_that_another_begins_with_is_free(db):
    for taken in ("bau-2", "bau-gmbh", "baumarkt"):
        Partner.objects.create(organisation=OrganisationFactory(), slug=taken)

    assert Partner.free_slug("Bau") == "bau"
