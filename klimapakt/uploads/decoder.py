"""Opens a hostile file, and is killed when that takes too much. Run as a script of its own, without the portal.

    python -I decoder.py document 100 < file          says nothing, or why not
    python -I decoder.py image 1600 < file > image    writes the image anew, and its kind in the first line

Exit status 0: fine; 3: refused; anything else (a signal, a crash): it could not be opened.
"""

import resource
import sys
import warnings
from io import BytesIO

REFUSED = 3
MEMORY_BYTES = 640 * 1024 * 1024
"""Enough for 20 million points in colour, drawn twice."""
CPU_SECONDS = 20

ACTIONS = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/Rendition", "/RichMediaExecute"}
ACTION_KEYS = ("/AA", "/JS")
DEEPEST = 50
"""Nested so deep is no document of an office."""

MAX_PIXELS = 20_000_000
MOST_BYTES = 10 * 1024 * 1024


def limit() -> None:
    """Leave this process little memory, little time, no file to write and no memory image of what it read."""
    for name, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(name, (most, most))


def is_harmless_document(content: bytes, most_pages: int) -> bool:
    """Whether a PDF opens without a password, has not too many pages, carries no file and starts nothing."""
    import pikepdf

    with pikepdf.open(BytesIO(content)) as pdf:
        if pdf.is_encrypted or len(pdf.attachments) or len(pdf.pages) > most_pages:
            return False
        return "/JavaScript" not in pdf.Root.get("/Names", {}) and not any(_acts(found) for found in pdf.objects)


def _acts(found: object, depth: int = 0) -> bool:
    """Whether a PDF object starts something by itself: scripts, programs, forms that send themselves."""
    import pikepdf

    if depth > DEEPEST or not isinstance(found, pikepdf.Dictionary | pikepdf.Array | pikepdf.Stream):
        return depth > DEEPEST
    if isinstance(found, pikepdf.Array):
        return any(_acts(value, depth + 1) for value in found if not _is_elsewhere(value))
    if str(found.get("/S", "")) in ACTIONS or any(key in found for key in ACTION_KEYS):
        return True
    return any(_acts(value, depth + 1) for _, value in found.items() if not _is_elsewhere(value))


def _is_elsewhere(value: object) -> bool:
    """Indirect objects are looked at on their own, once."""
    return getattr(value, "is_indirect", False)


def image_anew(content: bytes, longest_side: int) -> tuple[str, bytes]:
    """Return kind (PNG or JPEG) and bytes of the image drawn again: upright, in sRGB, without anything else.

    What a file holds beside its picture does not survive: places, names, a second format, trailing bytes.
    """
    from PIL import Image, ImageOps

    warnings.simplefilter("ignore")  # a photograph with odd particulars is a photograph
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as image:
        moves = (
            image.format != "MPO" and getattr(image, "n_frames", 1) > 1
        )  # MPO: a telephone's JPEG with a second look
        if image.width * image.height > MAX_PIXELS or moves:
            raise ValueError("too large, or it moves")
        kind = "JPEG" if image.format in ("JPEG", "MPO") else "PNG"
        picture = _in_srgb(ImageOps.exif_transpose(image))
    while True:
        picture.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
        clean = Image.new(picture.mode, picture.size)
        clean.paste(picture)
        target = BytesIO()
        clean.save(target, kind, **({"quality": 88} if kind == "JPEG" else {}))
        if target.tell() <= MOST_BYTES:
            return kind, target.getvalue()
        longest_side = max(picture.size) // 2  # few colours on many points grow when they are mixed


def _in_srgb(image: object) -> object:
    """Return the image in a mode every browser shows; print colours are converted by their own profile."""
    from PIL import ImageCms

    has_alpha = "A" in image.getbands() or "transparency" in image.info
    plain = "RGBA" if has_alpha else "RGB"
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "RGBA", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            mode = "RGBA" if image.mode == "RGBA" else "RGB"
            return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return image.convert(plain)


def main(task: str, most: int) -> int:
    content = sys.stdin.buffer.read()
    limit()
    try:
        if task == "document":
            return 0 if is_harmless_document(content, most) else REFUSED
        kind, image = image_anew(content, most)
    except Exception:  # parsers of hostile files raise whatever they like
        return REFUSED
    sys.stdout.buffer.write(kind.encode() + b"\n" + image)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
