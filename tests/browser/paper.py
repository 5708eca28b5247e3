"""PDFs as somebody sees them who opens or prints them."""

import subprocess
from io import BytesIO
from pathlib import Path

import pypdf
from PIL import Image


def text_of_pdf(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages)


def picture_of(file: Path) -> Image.Image:
    """Return the first page as somebody sees it."""
    subprocess.run(["pdftoppm", "-png", "-r", "50", "-singlefile", file, file.with_suffix("")], check=True)
    return Image.open(file.with_suffix(".png")).convert("L")


def is_written_on(picture: Image.Image) -> bool:
    """Whether a page of white paper has something dark on it, and is not all dark."""
    dark = sum(picture.histogram()[:128]) / (picture.width * picture.height)
    return 0.002 < dark < 0.5
