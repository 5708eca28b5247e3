"""Real parts for every test: Postgres, the broker, an SMTP peer, and a browser."""

import pytest

pytest_plugins = ["tests.fixtures", "tests.stack", "tests.smtp_peer", "tests.imap_server", "tests.clamd_peer"]


@pytest.fixture(autouse=True)
def _empty_page_store() -> None:
    """No test sees a page that another one rendered."""
    from django.core.cache import caches

    caches["pages"].clear()
