"""What is taken, told by its content; everything else gets a German sentence."""

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from klimapakt.uploads import DocumentField, UploadField, check, decoding
from klimapakt.uploads.profiles import DOCUMENT, LOGO, PDF, PNG
from tests.bad_input.checks import ENGLISH
from tests.corpus import FILES, LOGOS
from tests.klimapakt.uploads.sample import file


@pytest.mark.parametrize(("profile", "corpus"), [(DOCUMENT, FILES), (LOGO, LOGOS)], ids=["document", "logo"])
def test_each_profile_takes_its_kinds_and_nothing_else(profile, corpus):
    wrong = []

    for name, (make, is_taken) in corpus.items():
        try:
            check(SimpleUploadedFile("datei", make()), profile)
        except ValidationError as refusal:
            assert not ENGLISH.search(refusal.message), name
            wrong += [name] if is_taken else []
        else:
            wrong += [] if is_taken else [name]

    assert wrong == []


@pytest.mark.parametrize("called", ["bild.png", "seite.html", "programm.exe", "Bilanz", "bilanz.pdf.exe"])
def test_a_name_that_is_inconsistent_with_the_content_changes_nothing(called):
    cleaned = UploadField(profile="document").clean(file("a pdf", called))

    assert cleaned.checked == (DOCUMENT, PDF)
    assert cleaned.name.endswith(".pdf")


def test_an_empty_file_is_refused():
    with pytest.raises(ValidationError, match="leer"):
        check(SimpleUploadedFile("leer.pdf", b""), DOCUMENT)
    with pytest.raises(ValidationError, match="leer"):
        DocumentField().clean(SimpleUploadedFile("leer.pdf", b""))


def test_a_spoofed_size_does_not_help_a_file_that_is_too_large():
    large = SimpleUploadedFile("gross.pdf", FILES["11 MB"][0]())
    large.size = 1000

    with pytest.raises(ValidationError, match="größer als 10 MB"):
        check(large, DOCUMENT)


def test_a_logo_has_a_limit_of_its_own():
    large = SimpleUploadedFile("logo.png", FILES["a png"][0]() + b"\0" * 6 * 1024 * 1024)

    with pytest.raises(ValidationError, match="größer als 5 MB"):
        check(large, LOGO)


def test_the_file_is_at_its_start_afterwards():
    taken = file("a png")

    assert check(taken, DOCUMENT) == PNG
    assert taken.read(8) == b"\x89PNG\r\n\x1a\n"


def test_an_image_is_drawn_again_without_what_it_held_beside_its_picture():
    photograph = FILES["a jpeg with a place"][0]()
    assert b"MARKE" in photograph

    kind, image = decoding.draw_again(photograph, longest_side=1600)

    assert kind.name == "JPEG"
    assert b"MARKE" not in image
    assert b"Exif" not in image


def test_a_second_format_behind_an_image_does_not_survive():
    both = FILES["a png with a web page behind"][0]()
    assert b"<script>" in both

    assert b"<script>" not in decoding.draw_again(both, longest_side=1600)[1]


def test_a_photograph_that_lies_on_its_side_is_set_upright():
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    lying = BytesIO()
    Image.new("RGB", (40, 20)).save(lying, "JPEG", exif=exif)

    _, image = decoding.draw_again(lying.getvalue(), longest_side=1600)

    assert Image.open(BytesIO(image)).size == (20, 40)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "I;16"])
def test_every_mode_of_an_image_becomes_one_that_browsers_show(mode):
    from PIL import Image

    source = BytesIO()
    Image.new(mode, (30, 20)).save(source, "JPEG" if mode == "CMYK" else "PNG")

    kind, image = decoding.draw_again(source.getvalue(), longest_side=1600)

    with Image.open(BytesIO(image)) as drawn:
        assert drawn.mode == ("RGBA" if mode in ("RGBA", "LA") else "RGB")
        assert drawn.size == (30, 20)
        assert drawn.format == kind.name


def test_a_large_image_becomes_smaller():
    from PIL import Image

    source = BytesIO()
    Image.new("RGB", (5000, 1000)).save(source, "PNG")

    _, image = decoding.draw_again(source.getvalue(), longest_side=1600)

    assert Image.open(BytesIO(image)).size == (1600, 320)


def test_an_image_that_promises_more_than_it_holds_cannot_be_drawn():
    with pytest.raises(decoding.Undecodable):
        decoding.draw_again(FILES["a png of 20 million points"][0](), longest_side=1600)


def test_what_needs_too_much_memory_ends_before_it_has_it(tmp_path):
    """The control run shows that the limit is what ends it: without it, the same file takes a gigabyte."""
    import subprocess
    import sys

    bomb = FILES["a pdf that unpacks to a gigabyte"][0]()

    def megabytes(program: str) -> float:
        code = f"import resource, subprocess, sys; subprocess.run([sys.executable, '-I', {program!r}, 'document', '100'], stdin=sys.stdin); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
        run = subprocess.run([sys.executable, "-c", code], input=bomb, capture_output=True, check=True)
        return int(run.stdout)

    unlimited = tmp_path / "decoder.py"
    unlimited.write_text(decoding.DECODER.read_text().replace("    limit()\n", ""))
    most = 640

    assert megabytes(str(decoding.DECODER)) < most
    assert megabytes(str(unlimited)) > most


def test_what_takes_too_long_is_ended(tmp_path, monkeypatch):
    slow = tmp_path / "decoder.py"
    slow.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(decoding, "DECODER", slow)
    monkeypatch.setattr(decoding, "SECONDS", 0.5)

    with pytest.raises(decoding.Undecodable, match="too long"):
        decoding.open_document(b"%PDF-")
    with pytest.raises(ValidationError, match="können wir nicht annehmen"):
        check(file("a pdf"), DOCUMENT)


def test_the_decoder_gets_nothing_of_the_environment(tmp_path, monkeypatch):
    curious = tmp_path / "decoder.py"
    curious.write_text("import os, sys\nsys.stdout.write(repr(sorted(os.environ)))\n")
    monkeypatch.setattr(decoding, "DECODER", curious)
    monkeypatch.setenv("SECRET_KEY_OF_A_TEST", "geheim")

    assert b"SECRET" not in decoding._run("document", 1, b"")
