"""What comes in is bounded and whole, whatever the sender says; a page in German says what was wrong."""

import socket
import tempfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http.multipartparser import MultiPartParserError
from django.test import Client, RequestFactory

from klimapakt.uploads.handlers import MOST_OF_A_FILE, MOST_OF_A_REQUEST
from klimapakt.uploads.profiles import MEGABYTE
from tests.klimapakt.uploads.sample import file

BOUNDARY = "----WebKitFormBoundaryAbCdEf"
PART = (
    f"--{BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="{name}"{more}\r\n\r\n'
)  # fmt: skip


def body(content: bytes = b"%PDF-1.4 abc", end: bytes = f"\r\n--{BOUNDARY}--\r\n".encode()) -> bytes:
    before = PART.format(name="before", more="").encode() + b"1\r\n"
    return before + PART.format(name="file", more='; filename="a.pdf"').encode() + content + end


def sent(content: bytes, **headers: str) -> object:
    return RequestFactory().generic(
        "POST", "/", content, content_type=f"multipart/form-data; boundary={BOUNDARY}", **headers
    )


def test_a_file_comes_in_whole_and_never_touches_the_disk(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    request = sent(body(b"x" * 9 * MEGABYTE))

    assert request.FILES["file"].read() == b"x" * 9 * MEGABYTE
    assert request.POST["before"] == "1"
    assert list(tmp_path.iterdir()) == []


def test_of_a_file_that_is_too_large_only_the_size_is_kept_and_all_other_input():
    after = f"\r\n{PART.format(name='after', more='')}2\r\n--{BOUNDARY}--\r\n".encode()
    request = sent(body(b"x" * (MOST_OF_A_FILE + 5 * MEGABYTE), after))

    large = request.FILES["file"]

    assert large.size == MOST_OF_A_FILE + 5 * MEGABYTE
    assert len(large.read()) == MOST_OF_A_FILE + 1
    assert (request.POST["before"], request.POST["after"]) == ("1", "2")


@pytest.mark.parametrize("kept", [10, 60, 150, -1, -8, -10])
def test_a_body_that_was_cut_off_is_not_taken_for_a_whole_one(kept):
    """The closing boundary ends with „--“ and a line break, and only the line break may be missing."""
    request = sent(body()[:kept])

    if kept == -1:
        assert "file" in request.FILES
    else:
        with pytest.raises(MultiPartParserError):
            request.FILES  # noqa: B018 - parses


def test_django_alone_goes_on_without_the_file_that_was_cut_off(settings):
    """The control run of the test before."""
    settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

    request = sent(body()[:-10])

    assert (dict(request.FILES), request.POST["before"]) == ({}, "1")


def test_somebody_may_have_read_the_body_before():
    request = sent(body())
    assert request.body

    assert request.FILES["file"].read() == b"%PDF-1.4 abc"


@pytest.fixture
def page(pact) -> str:
    return "/mitmachen/antrag/"


TYPE = f"multipart/form-data; boundary={BOUNDARY}"


@pytest.mark.parametrize(
    ("content", "content_type", "headers", "code", "words"),
    [
        (body()[:80], TYPE, {}, 400, "nicht vollständig angekommen"),
        (body(), "multipart/form-data", {}, 400, "nicht vollständig angekommen"),
        (body(), "multipart/form-data; boundary=other", {}, 400, "nicht vollständig angekommen"),
        (body(), "multipart/form-data; boundary=\udcff".encode("utf-8", "replace").decode(), {}, 400, "angekommen"),
        (body(), TYPE, {"CONTENT_LENGTH": "50"}, 400, "nicht vollständig angekommen"),
        (body(), TYPE, {"CONTENT_LENGTH": "-5"}, 400, "angekommen"),
        (body(b"x" * MOST_OF_A_REQUEST), TYPE, {}, 413, "höchstens 10 MB"),
        (body() * 30, TYPE, {}, None, ""),
    ],
    ids=["cut off", "no boundary", "other boundary", "odd boundary", "length too small", "negative length", "too much", "many"],
)  # fmt: skip
def test_odd_bodies_get_a_page_in_german(page, content, content_type, headers, code, words):
    response = Client().generic("POST", page, content, content_type=content_type, **headers)

    assert response.status_code in ([code] if code else [200, 400, 413, 422])
    assert words in response.content.decode()
    assert "Traceback" not in response.content.decode()


def test_too_many_files_are_too_much(page):
    response = Client().post(page, {"file": [file(name=f"{number}.pdf") for number in range(11)]})

    assert response.status_code == 413
    assert "zu groß" in response.content.decode()


def test_a_form_without_a_file_field_ignores_a_file(page):
    response = Client().post(page, {"name": "x", "file": SimpleUploadedFile("a.pdf", b"%PDF-")})

    assert response.status_code == 422


def test_no_temporary_folder_is_left_by_an_upload():
    before = set(Path(tempfile.gettempdir()).glob("*.upload*"))

    sent(body(b"x" * 9 * MEGABYTE)).FILES  # noqa: B018 - parses

    assert set(Path(tempfile.gettempdir()).glob("*.upload*")) == before


def test_a_length_that_is_too_large_for_what_comes_ends_with_the_connection(live_server, pact, settings):
    """A sender that promises more than it sends waits in vain; nothing hangs for others, nothing is stored."""
    cookie = f"{settings.CSRF_COOKIE_NAME}={'x' * 32}"
    address = (live_server.thread.host, live_server.thread.port)
    with socket.create_connection(address, timeout=10) as connection:
        head = f"POST /mitmachen/antrag/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nContent-Type: {TYPE}\r\nContent-Length: 5000\r\n\r\n"
        connection.sendall(head.encode() + body()[:-12])
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(100)

    assert b" 400 " in answer
