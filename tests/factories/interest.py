"""Somebody who asked the office something."""

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from partners.models import Interest


class InterestFactory(DjangoModelFactory):
    """An inquiry that the office may read. Traits: unconfirmed, closed."""

    class Meta:
        model = Interest

    class Params:
        unconfirmed = factory.Trait(status=Interest.Status.UNCONFIRMED, confirmed_at=None)
        closed = factory.Trait(
            status=Interest.Status.CLOSED,
            closed_at=factory.LazyFunction(timezone.now),
            closing_reason="Frage beantwortet",
        )

    status = Interest.Status.OPEN
    confirmed_at = factory.LazyFunction(timezone.now)
    organisation = factory.Sequence(lambda n: f"Musterverein {n} e. V.")
    name = "Ida Muster"
    email = factory.Sequence(lambda n: f"ida{n}@musterverein.example")
    question = "Was kostet uns das?"
