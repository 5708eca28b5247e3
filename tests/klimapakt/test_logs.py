"""Log lines hold neither personal links nor addresses."""

import io
import logging
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from klimapakt.links.models import AccessLink
from klimapakt.logs import HidePrivateData, UtcFormatter, mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("GET /z/3f2a.AbC-_/ 200", "GET /z/[link]/ 200"),
        ("https://klimapakt.example/z/3f2a.AbC?x=1", "https://klimapakt.example/z/[link]?x=1"),
        ("POST /abbestellen/17.AbC-_/wieder/ 302", "POST /abbestellen/[link]/wieder/ 302"),
        ("to erika@firma.example failed", "to [address] failed"),
        ("<Erika.Muster+x@sub.firma.example>", "<[address]>"),
        ("a@b.example,c@d.example;e@f.example", "[address],[address];[address]"),
        ("mailto:erika@firma.example", "mailto:[address]"),
        ("two\nlines\r\nand \x1b[31mcolour", "two\nlines?\nand ?[31mcolour"),
        ("\u2028\u2029", "??"),
        ("nothing to hide: 12:30 @ noon", "nothing to hide: 12:30 @ noon"),
        ("/zebra/ /y/z", "/zebra/ /y/z"),
    ],
)
def test_lines_are_masked_as_the_table_says(text, masked):
    assert mask(text) == masked


@pytest.fixture
def log() -> tuple[logging.Logger, io.StringIO]:
    """A logger with the portal's own handler, writing into memory."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(HidePrivateData())
    handler.setFormatter(UtcFormatter())
    logger = logging.getLogger("probe")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, stream
    logger.removeHandler(handler)
    logger.propagate = True


def test_arguments_are_masked_too(log):
    logger, stream = log

    logger.error("to %s by %s", "erika@firma.example", {"link": "/z/3f2a.AbC/"})

    assert stream.getvalue().endswith("Z ERROR probe: to [address] by {'link': '/z/[link]/'}\n")


def test_a_traceback_keeps_its_frames_and_loses_what_is_private(log):
    logger, stream = log

    try:
        raise ValueError("cannot send to erika@firma.example: /z/3f2a.AbC/")
    except ValueError:
        logger.exception("failed")

    assert "test_logs.py" in stream.getvalue()
    assert "erika" not in stream.getvalue()
    assert "3f2a" not in stream.getvalue()


def test_a_log_call_with_the_wrong_number_of_arguments_breaks_nothing(log):
    logger, stream = log

    logger.error("%s and %s", "one")

    assert "%s and %s" in stream.getvalue()


def test_every_handler_of_the_portal_masks():
    assert all("private" in handler["filters"] for handler in settings.LOGGING["handlers"].values())
    assert settings.LOGGING["root"]["handlers"] == ["stderr"]


def test_a_request_of_a_link_that_fails_is_logged_without_the_link(pact, caplog):
    link = AccessLink.issue("application", 1, email="a@b.example", valid_for=timedelta(days=1))
    path = link.url().removeprefix(settings.PORTAL_BASE_URL)

    with caplog.at_level(logging.DEBUG):
        Client(enforce_csrf_checks=True).post(path)
        Client().put(path)

    assert caplog.records
    for record in caplog.records:
        HidePrivateData().filter(record)
        assert str(link.pk) not in record.getMessage()
