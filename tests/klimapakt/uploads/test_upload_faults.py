"""Processes die while a file is received or examined, the scanner and the disk fail: no file is lost, half, or let through."""

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.utils import timezone

from klimapakt.uploads.models import LEASE, Upload
from klimapakt.uploads.tasks import examine
from klimapakt.uploads.trouble import NoRoom, storing
from tests.factories import OrganisationFactory
from tests.full_disk import little_room_for
from tests.killed import killable
from tests.klimapakt.uploads.sample import examine_all, later, received, stored, wait_until
from tests.stack import process_environment

pytestmark = pytest.mark.fault


@pytest.fixture
def case(transactional_db):
    return OrganisationFactory()


@pytest.fixture
def run_until(transactional_db) -> Iterator:
    with killable("tests.klimapakt.uploads.killed", process_environment()) as run_until:
        yield run_until


def test_a_process_killed_at_any_line_of_receiving_leaves_all_or_nothing(case, run_until):
    seen = set()
    for line in range(1, 200):
        end = run_until(line, "receive")
        upload = Upload.objects.first()
        seen.add((end, upload is not None))
        assert upload is None or (upload.is_waiting and len(upload.content) == upload.size)
        Upload.objects.all().delete()
        if end == "done":
            break

    assert end == "done"
    assert {("killed", False), ("done", True)} <= seen


def test_a_process_killed_at_any_line_of_examining_lets_nothing_through_and_loses_nothing(case, run_until):
    ends = []
    for line in range(1, 200):
        upload = received(case, "a png", "logo")
        ends.append(run_until(line, "examine"))
        upload = stored(upload)
        if upload.is_released:
            assert bytes(upload.content) == b"drawn again"
        else:
            assert bytes(upload.content).startswith(b"\x89PNG")
            later(upload)
            examine_all()
            assert stored(upload).is_released
        upload.delete()
        if ends[-1] == "done":
            break

    assert ends[-1] == "done"
    assert len(ends) > 20


def test_a_worker_that_dies_gives_the_file_to_the_next(case, start):
    upload = received(case, "a png", "logo")
    Upload.objects.claim(now=timezone.now() - LEASE)  # and was killed
    start()

    examine.delay()

    wait_until(lambda: stored(upload).is_released)


def test_a_worker_lets_nothing_through_while_its_scanner_is_away(case, start, clamd):
    from tests.clamd_peer import HANG_UP

    clamd.always(HANG_UP)
    upload = received(case)
    start(CLAMD_URL=clamd.url)
    examine.delay()
    wait_until(lambda: stored(upload).waits_for)
    assert stored(upload).is_waiting

    clamd.always("")
    later(upload)
    examine.delay()

    wait_until(lambda: stored(upload).is_released)


# --- The disk of the database is full ---------------------------------------------------------------------------------


@pytest.fixture
def little_room(case) -> Iterator[Callable[[], object]]:
    """Put the table of uploads on a file system of two megabytes; returns a function that makes room."""
    with little_room_for("uploads_upload") as make_room:
        yield make_room


def large_image() -> bytes:
    import os
    from io import BytesIO

    from PIL import Image

    target = BytesIO()
    Image.frombytes("RGB", (1200, 1000), os.urandom(3_600_000)).save(target, "PNG")
    return target.getvalue()


def test_a_full_disk_takes_nothing_and_leaves_no_half_row(case, little_room):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from klimapakt.uploads.receiving import receive

    large = SimpleUploadedFile("gross.png", large_image())
    with pytest.raises(NoRoom), storing(), transaction.atomic():
        receive(large, profile="logo", about=case)

    assert not Upload.objects.exists()
    little_room()
    assert received(case).is_waiting


def test_a_full_disk_is_said_on_the_page_and_nothing_is_stored(pact, little_room, open_link):
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    import partners.mails.application as mails
    from tests.factories import ApplicationFactory

    client, application = Client(), ApplicationFactory()
    open_link(client, mails.application_access(application.applicants.get()))
    saved_at = type(application).objects.get().saved_at
    path = "/mein-klimapakt/antrag/dateien/logo/"

    response = client.post(path, {"file": SimpleUploadedFile("gross.png", large_image()), "rights": "on"})

    assert response.status_code == 503
    assert "Das liegt an uns" in response.content.decode()
    assert response.context["form"]["rights"].value(), "the rest of the form stays"
    assert not Upload.objects.exists()
    assert type(application).objects.get().saved_at == saved_at

    little_room()
    assert (
        client.post(path, {"file": SimpleUploadedFile("gross.png", large_image()), "rights": "on"}).status_code == 302
    )


# --- Too much, for the real server ------------------------------------------------------------------------------------


@pytest.mark.parametrize("megabytes", [11, 31, 200])
def test_whoever_sends_too_much_reads_why_and_the_connection_does_not_break_before(portal, pact, megabytes):
    import http.client
    from urllib.parse import urlsplit

    from django.conf import settings

    boundary, size = "xxBOUNDARYxx", megabytes * 1024 * 1024
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-'.encode()
    tail = f"\r\n--{boundary}--\r\n".encode()
    connection = http.client.HTTPConnection(urlsplit(portal).netloc, timeout=30)
    connection.putrequest("POST", "/mitmachen/antrag/")
    connection.putheader("Content-Type", f"multipart/form-data; boundary={boundary}")
    connection.putheader("Cookie", f"{settings.CSRF_COOKIE_NAME}={'x' * 32}")
    connection.putheader("Content-Length", str(len(head) + size + len(tail)))
    connection.endheaders()
    try:
        connection.send(head)
        for _ in range(megabytes):
            connection.send(b"x" * 1024 * 1024)
        connection.send(tail)
    except (BrokenPipeError, ConnectionResetError):
        assert megabytes > 100, "only what is far too much may be cut off"

    answer = connection.getresponse()

    page = answer.read().decode()
    assert answer.status == (403 if megabytes < 30 else 413)  # the small one is read, and lacks the form's token
    assert "zu groß" in page or megabytes < 30
    connection.close()
