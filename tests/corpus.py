"""Bad input, by kind of field; every fault that is found becomes a row.

Each text holds the word MARKE, so that a test can look for it where it must not be.
"""

from collections.abc import Callable
from functools import cache
from io import BytesIO

M = "MARKE"

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
"""A harmless document of one page."""

TEXTS = {
    "NUL": f"a\x00{M}",
    "control characters": f"a\x0b\x0c\x1b[31m\x07\x85{M}",
    "line and paragraph separator": f"a\u2028b\u2029{M}",
    "line breaks": f"a\r\nb\rc\nd{M}",
    "header": f"a\r\nBcc: alle@evil.example\r\n\r\n{M}",
    "right-to-left override": f"\u202egpj.{M}\u202c",
    "bidi isolates": f"\u2066\u2067\u2068{M}\u2069",
    "zero width": f"\u200b\u200c\u200d\ufeff{M}\u2060\u00ad",
    "zero width inside a letter": f"e\u200d\u0301{M}",
    "only invisible": "\u200b\u2060\u00ad \u3000",
    "combining marks": "Z" + "\u0301" * 500 + M,
    "decomposed": "Mu\u0308ller Stra\u0308\u00dfe " + M,
    "private use": f"\ue000{M}\uf8ff",
    "unassigned": f"\u0378{M}\U000e0041",
    "emoji": f"🏭 {M} 👩‍🌾",
    "homograph": f"\u0410dmin {M}",
    "other scripts": f"株式会社 {M} שלום",
    "html": f"<b>{M}</b><script>alert(1)</script>",
    "attribute": f'"><img src=x onerror=alert(1)>{M}',
    "entities": f"&lt;{M}&amp;&#x41;",
    "django template": f"{{{{ 7*7 }}}}{{% load static %}}{{# x #}}{M}",
    "format strings": f"{{0.__class__}} %s %(x)s {M}",
    "shell": f"$(id) `id` ; rm -rf / | {M}",
    "sql": f"'; DROP TABLE partners_application; -- {M}",
    "like": f"%_\\{M}",
    "spreadsheet": f"=1+1 @SUM(A1) +{M}",
    "leading minus": f"-oQ/tmp {M}",
    "link": f"[{M}](javascript:alert(1)) http://evil.example",
    "path": f"../../etc/passwd {M}",
    "one long word": M + "x" * 10_000,
    "long text": (M + " wort") * 2_000,
    "only spaces": "   \t\n  ",
    "quotes": f"„{M}“ »x« 'y' \"z\"",
}

MAILS = {
    "no dot": f"{M}@localhost",
    "address literal": f"{M}@[127.0.0.1]",
    "address without brackets": f"{M}@127.0.0.1",
    "leading minus": f"-oQ/{M}@firma.example",
    "leading equals": f"={M}@firma.example",
    "leading plus": f"+{M}@firma.example",
    "leading at": f"@{M}@firma.example",
    "quote": f"'{M}'='1@firma.example",
    "zero width": f"{M}@firma.example\u200b",
    "right-to-left": f"{M}\u202e@firma.example",
    "two": f"{M}@firma.example,zwei@firma.example",
    "two with semicolon": f"{M}@firma.example;zwei@firma.example",
    "header": f"{M}@firma.example\r\nBcc: alle@evil.example",
    "line break at the end": f"{M}@firma.example\n",
    "name and address": f"Max <{M}@firma.example>",
    "umlaut before the at": f"m\u00fcller{M}@firma.example",
    "quoted local part": f'"a b {M}"@firma.example',
    "no at": f"{M}.firma.example",
    "two dots": f"{M}..x@firma.example",
    "no domain": f"{M}@",
    "long": M + "x" * 300 + "@firma.example",
    "long label": f"{M}@{'x' * 64}.example",
    "umlaut domain": f"{M}@m\u00fcller.example",
    "cyrillic domain": f"{M}@\u0430pple.example",
    "sharp s in the domain": f"{M}@stra\u00dfe.example",
    "capitals": f"{M}@FIRMA.Example",
    "spaces around": f"  {M}@firma.example  ",
    "NUL": f"{M}\x00@firma.example",
}

COMMONEST = {
    "NUL", "header", "right-to-left override", "zero width inside a letter", "only invisible", "combining marks", "private use",
    "html", "django template", "one long word", "long text", "only spaces", "no dot", "address literal", "two",
    "line break at the end", "long", "sharp s in the domain", "script", "data", "open bracket", "port",
}  # fmt: skip
"""Rows for the large forms of the office, whose fields are the same classes as those of the small ones."""

WEB = {
    "script": f"javascript:alert('{M}')",
    "script with slashes": f"javascript://firma.example/%0aalert('{M}')",
    "data": f"data:text/html,<script>{M}</script>",
    "file": f"file:///etc/{M}",
    "ftp": f"ftp://firma.example/{M}",
    "user and password": f"https://firma.example@evil.example/{M}",
    "no dot": f"https://{M}",
    "spaces": f"https://firma.example/{M} x",
    "line break": f"https://firma.example/\r\n{M}",
    "open bracket": f"https://[firma.example/{M}",
    "port": f"https://firma.example:99999/{M}",
    "long": f"https://firma.example/{M}" + "x" * 300,
    "no scheme": f"www.firma.example/{M}",
    "capitals": f"HTTPS://FIRMA.example/{M}",
    "quote": f'https://firma.example/"onmouseover="{M}',
}

NUMBERS = [
    "-1", "0", "1e308", "1e3", "NaN", "Infinity", "-0", "9" * 40, "2147483648", "99999999999", "1.000", "1,000", "1.000,5",
    "1,000.5", "12,5", "12.5", "ca. 25", "25 Personen", "\u0661\u0662\u0663", "\uff11\uff12", "0x10", "1_000", " 25 ", "25\x00",
    "\u00bd", "", "--1", "1 000", "1\u202f000",
]  # fmt: skip

DATES = [
    "29.02.2027", "30.02.2026", "00.00.0000", "0001-01-01", "9999-12-31", "1899-12-31", "2026-13-01", "gestern", "1.1.26",
    "2026-01-01T00:00", "20260101", "", "\u0661.\u0661.2026", "2026-1-1", "'; --", "2026-01-01\x00", "12345-01-01", "-1-01-01",
]  # fmt: skip

CHOICES = ["", "gibt-es-nicht", "C\x00", "C,D", "<b>", "0", "None", "\u202e"]


def _image(kind: str, size: tuple[int, int] = (20, 20), **options: object) -> bytes:
    from PIL import Image

    target = BytesIO()
    Image.new(options.pop("mode", "RGB"), size).save(target, kind, **options)
    return target.getvalue()


def _gif(frames: int) -> bytes:
    from PIL import Image

    pictures = [Image.new("L", (9, 9), number) for number in range(frames)]
    target = BytesIO()
    pictures[0].save(target, "GIF", save_all=True, append_images=pictures[1:])
    return target.getvalue()


def _moving_png() -> bytes:
    from PIL import Image

    pictures = [Image.new("L", (9, 9), number) for number in range(3)]
    target = BytesIO()
    pictures[0].save(target, "PNG", save_all=True, append_images=pictures[1:])
    return target.getvalue()


def _bomb(width: int, height: int) -> bytes:
    """A PNG that names a huge size in its header and holds next to nothing."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


def _pdf(change: Callable | None = None, pages: int = 1, **options: object) -> bytes:
    import pikepdf

    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page(page_size=(200, 200))
    if change:
        change(document, pikepdf)
    target = BytesIO()
    document.save(target, **options)
    return target.getvalue()


def _script(pdf, pikepdf) -> object:
    return pdf.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)")))


def _open_action(pdf, pikepdf) -> None:
    pdf.Root.OpenAction = _script(pdf, pikepdf)


def _additional_action(pdf, pikepdf) -> None:
    pdf.Root.AA = pikepdf.Dictionary(WC=_script(pdf, pikepdf))


def _page_action(pdf, pikepdf) -> None:
    pdf.pages[0].obj.AA = pikepdf.Dictionary(O=_script(pdf, pikepdf))


def _named_script(pdf, pikepdf) -> None:
    pdf.Root.Names = pikepdf.Dictionary(
        JavaScript=pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("x"), _script(pdf, pikepdf)]))
    )


def _link_with_script(pdf, pikepdf) -> None:
    pdf.pages[0].obj.Annots = pikepdf.Array([
        pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 99, 99], A=_script(pdf, pikepdf)
            )
        )
    ])  # fmt: skip


def _launch(pdf, pikepdf) -> None:
    pdf.pages[0].obj.Annots = pikepdf.Array([
        pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 99, 99],
                A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe")),
            )
        )
    ])  # fmt: skip


def _attachment(pdf, pikepdf) -> None:
    pdf.attachments["evil.exe"] = b"MZ"


def _encrypted(**passwords: str) -> bytes:
    import pikepdf

    return _pdf(encryption=pikepdf.Encryption(**passwords))


def _webp(frames: int = 1) -> bytes:
    from PIL import Image

    pictures = [Image.new("RGB", (9, 9), (80 * number, 0, 0)) for number in range(frames)]
    target = BytesIO()
    pictures[0].save(target, "WEBP", save_all=True, append_images=pictures[1:])
    return target.getvalue()


def _mpo() -> bytes:
    """A telephone's photograph: a JPEG with a second picture behind."""
    from PIL import Image

    pictures = [Image.new("RGB", (20, 20), (90 * number, 0, 0)) for number in range(2)]
    target = BytesIO()
    pictures[0].save(target, "MPO", save_all=True, append_images=pictures[1:])
    return target.getvalue()


def _xref_loop() -> bytes:
    """A cross-reference table that names itself as the one before."""
    start = PDF.index(b"trailer")
    return PDF[
        :start
    ] + b"xref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Size 4/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        start,
        start,
    )


def _pages_in_a_circle() -> bytes:
    return PDF.replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]")


@cache
def _pdf_bomb() -> bytes:
    """A PDF of a few kilobytes whose pages stand in a stream of a gigabyte."""
    import zlib

    packed = zlib.compressobj(9)
    stream = b"".join([*(packed.compress(b" " * 2**20) for _ in range(1024)), packed.flush()])
    head = b"%PDF-1.5\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    body = b"4 0 obj<</Type/ObjStm/N 2/First 10/Filter/FlateDecode/Length %d>>stream\n" % len(stream)
    place = len(head)
    rows = bytes([0, 0, 0, 255, 1, 0, 9, 0, 2, 0, 4, 0, 2, 0, 4, 1, 1]) + place.to_bytes(2) + b"\0"
    table = place + len(body) + len(stream) + len(b"\nendstream endobj\n")
    xref = b"5 0 obj<</Type/XRef/Size 5/W[1 2 1]/Root 1 0 R/Length 20>>stream\n" + rows.ljust(20, b"\0")
    return (
        head + body + stream + b"\nendstream endobj\n" + xref + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF\n" % table
    )


def _zip_bomb(name: str) -> bytes:
    """Ten kilobytes that become ten megabytes, under a name like that of an office document."""
    import zipfile

    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"0" * 10 * 2**20)
    return target.getvalue()


def _with_exif() -> bytes:
    """A photograph that knows where it was taken."""
    from PIL import Image

    exif = Image.Exif()
    exif[0x9286] = f"{M} from home"
    exif.get_ifd(0x8825)[1] = "N"
    return _image("JPEG", exif=exif)


EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""What every virus scanner finds, and what harms nobody (eicar.org)."""

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"
HTML = b"<html><script>alert(1)</script></html>"

# name: what makes the bytes, and whether they are taken
FILES: dict[str, tuple[Callable[[], bytes], bool]] = {
    "a pdf": (_pdf, True),
    "a png": (lambda: _image("PNG"), True),
    "a jpeg": (lambda: _image("JPEG"), True),
    "a pdf of a hundred pages": (lambda: _pdf(pages=100), True),
    "a pdf of a hundred and one pages": (lambda: _pdf(pages=101), False),
    "a pdf with an empty password": (lambda: _encrypted(owner="x", user=""), False),
    "a pdf with a password": (lambda: _encrypted(owner="x", user="y"), False),
    "a pdf with OpenAction": (lambda: _pdf(_open_action), False),
    "a pdf with AA": (lambda: _pdf(_additional_action), False),
    "a pdf with AA of a page": (lambda: _pdf(_page_action), False),
    "a pdf with a named script": (lambda: _pdf(_named_script), False),
    "a pdf with a link that runs a script": (lambda: _pdf(_link_with_script), False),
    "a pdf with a link that starts a program": (lambda: _pdf(_launch), False),
    "a pdf with an attachment": (lambda: _pdf(_attachment), False),
    "a pdf behind a web page": (lambda: HTML + _pdf(), False),
    "a pdf cut in half": (lambda: _pdf()[:200], False),
    "the head of a pdf": (lambda: b"%PDF-1.7\n", False),
    "a web page with the head of a pdf": (lambda: b"%PDF-1.7\n" + HTML, False),
    "an svg": (lambda: SVG, False),
    "a web page": (lambda: HTML, False),
    "an eps": (lambda: EPS, False),
    "a tiff": (lambda: _image("TIFF"), False),
    "a bmp": (lambda: _image("BMP"), False),
    "a webp": (lambda: _image("WEBP"), False),
    "a gif": (lambda: _gif(1), False),
    "a gif of 200 pictures": (lambda: _gif(200), False),
    "a png that moves": (_moving_png, False),
    "a png of 20 million points": (lambda: _bomb(5000, 4000), True),
    "a png of 100 million points": (lambda: _bomb(10_000, 10_000), False),
    "a png of 400 million points": (lambda: _bomb(20_000, 20_000), False),
    "a png of 4 billion points": (lambda: _bomb(65_000, 65_000), False),
    "a png cut in half": (lambda: _image("PNG", (200, 200))[:60], False),
    "a png with a web page behind": (lambda: _image("PNG") + HTML, True),
    "a jpeg with a place": (_with_exif, True),
    "a jpeg with a second picture": (_mpo, True),
    "a webp that moves": (lambda: _webp(3), False),
    "a pdf whose table of contents is a circle": (_xref_loop, True),
    "a pdf whose pages are a circle": (_pages_in_a_circle, False),
    "a pdf that unpacks to a gigabyte": (_pdf_bomb, False),
    "an svg behind the head of a png": (lambda: b"\x89PNG\r\n\x1a\n" + SVG, False),
    "a program with macros": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, False),
    "the test virus": (lambda: EICAR, False),
    "a zip bomb": (lambda: _zip_bomb("0"), False),
    "a docx bomb": (lambda: _zip_bomb("word/document.xml"), False),
    "an xlsx bomb": (lambda: _zip_bomb("xl/worksheets/sheet1.xml"), False),
    "a zip that climbs": (lambda: _zip_bomb("../../../../etc/cron.d/x"), False),
    "a zip": (lambda: b"PK\x03\x04" + b"\0" * 200, False),
    "a program": (lambda: b"MZ" + b"\0" * 200, False),
    "a text": (lambda: b"Guten Tag", False),
    "nothing": (lambda: b"", False),
    "zeros": (lambda: b"\0" * 1000, False),
    "11 MB": (lambda: _pdf() + b"\n%" + b"x" * (11 * 1024 * 1024), False),
}

# a name that people gave: what staff see, and what the browser is told to call it
FILE_NAMES = {
    "loi.pdf": "loi.pdf",
    "../../etc/passwd.pdf": "passwd.pdf",
    "..\\..\\windows\\loi.pdf": "loi.pdf",
    "/etc/loi.pdf": "loi.pdf",
    "Müller & Söhne „LoI“.pdf": "Müller & Söhne „LoI“.pdf",
    "\u202efdp.exe.pdf": "fdp.exe.pdf",
    "<script>alert(1)<.pdf": "<script>alert(1)<.pdf",
    "x" * 300 + ".pdf": None,
    "con.pdf": "con.pdf",
    "-rf.pdf": "-rf.pdf",
    ".pdf": None,
    "a\r\nSet-Cookie: x=1.pdf": None,
    'a"; filename="b.exe.pdf': None,
    ".htaccess": "htaccess.pdf",
    "a.php.pdf": "a.php.pdf",
    "a.php": "a.pdf",
    "bild.png": "bild.pdf",
    "a\0.pdf": None,
    "con": "con.pdf",
    "...": None,
    "Datei ohne Endung": "Datei ohne Endung.pdf",
}

LOGOS = {
    **{name: (make, taken and "pdf" not in name) for name, (make, taken) in FILES.items()},
    "a webp": (_webp, True),
}
"""The same files, sent as a logo."""
