"""Log lines hold neither personal links nor addresses."""

import io
import logging
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from psycopg.errors import CheckViolation, UniqueViolation

from klimapakt.links.models import AccessLink
from klimapakt.logs import HidePrivateData, UtcFormatter, mask
from klimapakt.mailbox.models import AddressProblem
from tests.factories.interest import InterestFactory


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
        ("refused\nDETAIL:  Failing row contains (1, Erika\n\nKorn).\nCONTEXT:  COPY", "refused [row]"),
        (r"IntegrityError('refused\nDETAIL:  Failing row contains (1, Erika).')", "IntegrityError('refused [row]"),
        ("COPY failed\nCONTEXT:  COPY probe, line 1: Erika", "COPY failed [row]"),
        ("in DETAIL: nothing", "in DETAIL: nothing"),
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


NAME, WORDS, ADDRESS = "Erika Korn", "Vertraulich.\n\nDuring handling of it: vertraulich", "kim@firma.example"
"""Named here: a traceback shows the line of code that fails."""


def break_a_check() -> None:
    InterestFactory(status="closed", name=NAME, question=WORDS)


def break_a_unique_key() -> None:
    for _ in range(2):
        AddressProblem.objects.create(email=ADDRESS)


@pytest.mark.parametrize(
    ("offend", "kind", "said"),
    [
        (break_a_check, CheckViolation, "Failing row contains"),
        (break_a_unique_key, UniqueViolation, "Key (email)="),
    ],
)
def test_a_refused_row_leaves_no_word_of_it_in_the_log(pact, log, offend, kind, said):
    logger, stream = log

    try:
        try:
            with transaction.atomic():
                offend()
        except IntegrityError as error:
            assert isinstance(error.__cause__, kind)
            assert said in str(error)  # the driver tells; the log shall not
            logger.warning("first %s, then %r", error, error)
            raise LookupError("while that was handled") from error
    except LookupError:
        logger.exception("failed")

    written = stream.getvalue()
    assert "constraint" in written
    assert f"psycopg.errors.{kind.__name__}: " in written
    assert "django.db.utils.IntegrityError: " in written
    assert written.count("Traceback (most recent call last):") == 3
    assert written.count("[row]") == 3  # one in the warning, two in the traceback
    assert written.endswith("LookupError: while that was handled\n")
    for private in (said, "DETAIL", "Erika", "ertraulich", "kim", "firma"):
        assert private not in written


def test_what_another_handler_has_made_of_a_traceback_is_masked_too(log):
    logger, stream = log
    first = logging.StreamHandler(io.StringIO())
    logger.handlers.insert(0, first)

    try:
        raise ValueError("cannot send to erika@firma.example")
    except ValueError:
        logger.exception("failed")

    assert "erika" in first.stream.getvalue()
    assert "ValueError: cannot send to [address]" in stream.getvalue()


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
