"""clamd is asked by its own protocol; whatever is not a plain answer leaves the file where it is."""

import pytest
from django.core.exceptions import ValidationError

from klimapakt.uploads import DocumentField, scanner
from tests.clamd_peer import FALL_SILENT, FOUND, HANG_UP, TOO_LARGE, Clamd
from tests.corpus import EICAR
from tests.klimapakt.uploads.sample import file


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(scanner, "SECONDS_TO_ANSWER", 0.5)


def test_a_clean_file_is_clean_and_reaches_the_scanner_byte_for_byte(clamd):
    content = bytes(range(256)) * 1000

    assert scanner.scan(content) == ""
    assert clamd.scanned == [content]
    assert clamd.commands == [b"zINSTREAM\0"]


def test_a_virus_found_is_named(clamd):
    assert scanner.scan(b"before" + EICAR) == "Eicar-Test-Signature"


def test_the_scanner_may_listen_on_a_socket_in_the_file_system(tmp_path, settings):
    peer = Clamd(tmp_path / "clamd.ctl")
    settings.CLAMD = peer.address

    assert scanner.scan(EICAR) == "Eicar-Test-Signature"

    peer.close()


@pytest.mark.parametrize(
    "answer",
    [
        "stream: Can't allocate memory ERROR",
        "INSTREAM size limit exceeded. ERROR",
        "UNKNOWN COMMAND",
        "OK",
        "FOUND",
        "stream: FOUND",
        "stream: NOT OK",
        "stream: OK, or perhaps not",
        "stream: ",
        "x" * 5000,
        HANG_UP,
        TOO_LARGE,
        FALL_SILENT,
    ],
)
def test_a_scanner_error_or_an_unexpected_status_is_no_answer(clamd, impatient, answer):
    clamd.next(answer)

    with pytest.raises(scanner.ScannerTrouble):
        scanner.scan(b"x" * 200_000)


def test_a_scanner_that_is_unreachable_gives_no_answer(no_clamd):
    with pytest.raises(scanner.ScannerTrouble, match="cannot be reached"):
        scanner.scan(b"x")


def test_staff_keep_what_is_clean(clamd):
    taken = DocumentField().clean(file())

    assert taken.read(5) == b"%PDF-"
    assert len(clamd.scanned) == 1


@pytest.mark.parametrize(
    ("answer", "sentence"), [(FOUND, "Schadsoftware"), (HANG_UP, "antwortet gerade nicht"), ("stream: ?", "antwortet")]
)
def test_staff_are_told_when_a_file_was_not_found_clean(clamd, answer, sentence):
    clamd.next(answer)

    with pytest.raises(ValidationError, match=sentence):
        DocumentField().clean(file())


def test_without_a_scanner_staff_files_pass_the_check_alone(settings):
    settings.CLAMD = None

    assert DocumentField().clean(file()).name == "Bilanz.pdf"
