"""What a PDF looks like inside: tagged, in German, with our fonts, and nothing in it that the page did not bring."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pdfua
import pikepdf
import pytest
from pypdf import PdfReader

from klimapakt import pdf
from tests.klimapakt.documents.sample import plain_page, rich_page

LETTERS = "CO₂ → ✓ – „“ ‚‘ … · × € § ½ ≤ ☐ ☑ äöüß ẞ Łukasz Żółć ąęńśź Şükrü Ğış İ Ελλάδα Київ A‑B 1\u202f234"
SECRET = "canary-4711"


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def fonts_of(content: bytes) -> set[str]:
    with pikepdf.open(BytesIO(content)) as file:
        return {
            str(found["/BaseFont"]).partition("+")[2]
            for found in file.objects
            if isinstance(found, pikepdf.Dictionary) and found.get("/Type") == "/Font"
        }


def test_a_document_with_everything_is_accessible(tmp_path, caplog):
    path = tmp_path / "rich.pdf"

    path.write_bytes(pdf.render(rich_page()))

    report = pdfua.validate(path)
    assert [(finding.rule_id, finding.message) for finding in report.findings] == []
    assert caplog.records == []


def test_the_check_for_accessibility_finds_what_it_looks_for(tmp_path):
    from weasyprint import HTML

    path = tmp_path / "bare.pdf"
    HTML(string=rich_page()).write_pdf(path)

    assert "UA-01-005" in {finding.rule_id for finding in pdfua.validate(path).findings}


def test_a_document_has_title_author_and_language():
    with pikepdf.open(BytesIO(pdf.render(rich_page()))) as file:
        assert str(file.docinfo["/Title"]) == "Vereinbarung der Musterbäckerei GmbH"
        assert str(file.docinfo["/Author"]) == "Klimapakt Musterstadt"
        assert str(file.Root["/Lang"]) == "de"
        assert file.Root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert b"pdfuaid:part" in file.Root["/Metadata"].read_bytes()


def test_each_header_cell_says_what_it_heads():
    with pikepdf.open(BytesIO(pdf.render(rich_page(rows=3)))) as file:
        cells = [found for found in file.objects if isinstance(found, pikepdf.Dictionary) and found.get("/S") == "/TH"]

        assert [str(cell["/A"]["/Scope"]) for cell in cells] == ["/Column"] * 3 + ["/Row"] * 4


def test_the_same_page_gives_the_same_bytes():
    assert pdf.render(rich_page()) == pdf.render(rich_page())


def test_head_and_foot_stand_on_every_page():
    pages = PdfReader(BytesIO(pdf.render(rich_page()))).pages

    assert len(pages) == 3
    for number, page in enumerate(pages, start=1):
        text = page.extract_text()
        assert f"Seite {number} von 3" in text
        assert "Klimapakt Musterstadt" in text
        assert "Fassung 2" in text
        assert "0123456789abcdef" * 4 in text
        assert "t CO₂e im Jahr" in text  # the head of the table, where it goes on


def test_a_sum_stands_once_at_the_end():
    assert text_of(pdf.render(rich_page())).count("zusammen") == 1


def test_long_words_are_divided_as_germans_do_it():
    syllables = ["Kli", "ma", "schutz", "ge", "sichts", "punk", "ten"]

    text = text_of(pdf.render(plain_page("Klimaschutzgesichtspunkten " * 40)))

    divided = {line.rpartition(" ")[2] for line in text.splitlines() if line.endswith("-")}
    assert divided
    assert divided <= {"".join(syllables[:count]) + "-" for count in range(1, len(syllables))}


def test_a_text_without_any_space_stays_on_the_page_and_complete():
    content = pdf.render(plain_page("x" * 5000))

    assert text_of(content).count("x") == 5000
    for page in PdfReader(BytesIO(content)).pages:
        assert max(len(line) for line in page.extract_text().splitlines()) < 120


def test_a_table_of_long_texts_does_not_take_long():
    row = f"<tr><th scope='row'>{'x' * 200}</th><td>{'Ein langer Satz. ' * 24}</td></tr>"
    table = f"<table><thead><tr><th scope='col'>Name</th><th scope='col'>Text</th></tr></thead>{row * 60}</table>"
    html = plain_page("x").replace("<p>x</p>", table)
    pdf.look()

    started = time.process_time()
    pdf.render(html)

    assert time.process_time() - started < 15  # half a minute while the columns' widths were found from their texts


def test_all_letters_come_from_our_fonts(caplog):
    content = pdf.render(plain_page(LETTERS))

    assert fonts_of(content) <= {"Fira-Sans", "Fira-Sans-Semi-Bold", "Signs"}
    assert set(LETTERS) <= set(text_of(content)) | {"\u202f", "‑"}  # readers may give these two as space and hyphen
    assert caplog.records == []  # it would name each letter that no font has


def test_no_font_of_the_system_is_needed(tmp_path):
    config = tmp_path / "fonts.conf"
    config.write_text('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig/>')
    page = tmp_path / "page.html"
    page.write_text(plain_page(LETTERS))
    code = (
        "import sys, django; django.setup()\n"
        "from pathlib import Path; from klimapakt import pdf\n"
        "sys.stdout.buffer.write(pdf.render(Path(sys.argv[1]).read_text()))"
    )

    without = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, page],
        env={**os.environ, "FONTCONFIG_FILE": str(config)},
        capture_output=True,
        check=True,
    )

    assert without.stdout == pdf.render(plain_page(LETTERS))
    assert without.stderr == b""


def test_the_fonts_leave_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pdf.unload()

    pdf.render(plain_page())
    assert list(tmp_path.iterdir()) != []
    pdf.unload()

    assert list(tmp_path.iterdir()) == []


def test_only_who_renders_loads_weasyprint():
    code = (
        "import sys, django; django.setup()\n"
        "import klimapakt.urls, klimapakt.documents.tasks\n"
        "sys.exit('weasyprint' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- Nothing from outside -------------------------------------------------------------------------------------------


class Canary:
    """A web server that notes who asks for what."""

    def __init__(self) -> None:
        heard = self.heard = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(SECRET.encode())

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/x.png"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.stop()


TRAPS = {
    "image": '<img alt="x" src="{url}">',
    "object": '<object data="{url}"></object>',
    "embed": '<embed src="{url}">',
    "style sheet": '<link rel="stylesheet" href="{url}">',
    "import": '<style>@import url("{url}");</style>',
    "background": '<style>body {{ background: url("{url}") }}</style>',
    "content": '<style>p::before {{ content: url("{url}") }}</style>',
    "list mark": '<ul style="list-style-image: url({url})"><li>x</li></ul>',
    "font": '<style>@font-face {{ font-family: trap; src: url("{url}") }} p {{ font-family: trap }}</style><p>x</p>',
    "attachment": '<link rel="attachment" href="{url}">',
    "attachment link": '<a rel="attachment" href="{url}">x</a>',
    "drawing": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="{url}" width="9" height="9"/></svg>',
    "drawing in an image": '<img alt="x" src="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 width=%229%22 '
    'height=%229%22%3E%3Cimage href=%22{url}%22 width=%229%22 height=%229%22/%3E%3C/svg%3E">',
}


@pytest.mark.parametrize("trap", TRAPS.values(), ids=TRAPS)
def test_a_page_that_wants_an_address_is_refused_before_anybody_is_asked(canary, trap):
    html = plain_page("x").replace("<p>x</p>", "<p>x</p>" + trap.format(url=canary.address))

    with pytest.raises(pdf.NotSelfContained):
        pdf.render(html)

    assert canary.heard == []


@pytest.mark.parametrize("trap", TRAPS.values(), ids=TRAPS)
def test_weasyprint_by_itself_would_ask(canary, trap):
    from weasyprint import HTML

    html = plain_page("x").replace("<p>x</p>", "<p>x</p>" + trap.format(url=canary.address))

    HTML(string=html).write_pdf()

    assert canary.heard != []


@pytest.mark.parametrize("trap", TRAPS.values(), ids=TRAPS)
def test_a_page_that_wants_a_file_is_refused(tmp_path, trap):
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    html = plain_page("x").replace("<p>x</p>", "<p>x</p>" + trap.format(url=secret.as_uri()))

    with pytest.raises(pdf.NotSelfContained):
        pdf.render(html)


def attached(content: bytes) -> list[bytes]:
    with pikepdf.open(BytesIO(content)) as file:
        return [spec.get_file().read_bytes() for spec in file.attachments.values()]


def test_weasyprint_by_itself_would_attach_the_file(tmp_path):
    from weasyprint import HTML

    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)

    content = HTML(string=f'<link rel="attachment" href="{secret.as_uri()}">').write_pdf()

    assert attached(content) == [SECRET.encode()]


@pytest.mark.parametrize(
    "address", ["x.png", "/etc/hostname", "//127.0.0.1/x.png", "ftp://127.0.0.1/x.png", "FILE:///etc/hostname"]
)
def test_relative_and_strange_addresses_are_refused_too(address):
    with pytest.raises(pdf.NotSelfContained):
        pdf.render(plain_page("x").replace("<p>x</p>", f'<img alt="x" src="{address}">'))


@pytest.mark.parametrize(
    "name", ["<img src=file:///etc/hostname>", '<link rel=attachment href="file:///etc/hostname">', "{{7*7}} &amp; %s"]
)
def test_what_people_type_stands_there_literally(name):
    content = pdf.render(rich_page(name=name))

    assert name in text_of(content).replace("\n", "")
    assert attached(content) == []
