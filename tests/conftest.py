"""Real parts for every test: Postgres, the broker, an SMTP peer, and a browser."""

from collections.abc import Iterator

import pytest

pytest_plugins = ["tests.fixtures", "tests.stack"]


@pytest.fixture(autouse=True)
def _empty_page_store() -> Iterator[None]:
    """No test sees a page that another one rendered."""
    from django.core.cache import caches

    caches["pages"].clear()
    yield
