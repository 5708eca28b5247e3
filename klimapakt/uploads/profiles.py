"""What may be sent for which purpose: kinds told by content, and how much of it."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Kind:
    """A kind of file, as its first bytes tell it."""

    name: str
    ending: str
    content_type: str

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")


PDF = Kind("PDF", ".pdf", "application/pdf")
PNG = Kind("PNG", ".png", "image/png")
JPEG = Kind("JPEG", ".jpg", "image/jpeg")
WEBP = Kind("WEBP", ".webp", "image/webp")


@dataclass(frozen=True)
class Profile:
    """The rules for one purpose. `longest_side` in pixels: larger images are made smaller."""

    slug: str
    kinds: tuple[Kind, ...]
    max_bytes: int
    most: int
    longest_side: int
    help_text: str
    refused: str

    @property
    def accept(self) -> str:
        """For the file dialogue of the browser."""
        return ",".join(kind.ending for kind in self.kinds).replace(".jpg", ".jpg,.jpeg")

    @property
    def too_large(self) -> str:
        return f"Diese Datei ist größer als {self.max_bytes // MEGABYTE} MB. Bitte laden Sie eine kleinere hoch."


LOGO = Profile(
    slug="logo",
    kinds=(PNG, JPEG, WEBP),
    max_bytes=5 * MEGABYTE,
    most=3,
    longest_side=1600,
    help_text="PNG, JPEG oder WebP, höchstens 5 MB",
    refused="Dieses Bild können wir nicht annehmen. Bitte laden Sie ein PNG, JPEG oder WebP bis 5 MB hoch, ohne Animation und mit höchstens 20 Millionen Bildpunkten.",
)
DOCUMENT = Profile(
    slug="document",
    kinds=(PDF, PNG, JPEG),
    max_bytes=10 * MEGABYTE,
    most=5,
    longest_side=4000,
    help_text="PDF, PNG oder JPEG, höchstens 10 MB",
    refused="Diese Datei können wir nicht annehmen. Bitte laden Sie ein PDF, PNG oder JPEG bis 10 MB hoch, ohne Passwort und ohne eingebettete Programme.",
)

PROFILES = {profile.slug: profile for profile in (LOGO, DOCUMENT)}

CASE_BYTES = 25 * MEGABYTE
"""So much one case may send, whatever it is for."""

QUARANTINE_BYTES = 500 * MEGABYTE
"""So much may wait for the check at once: whoever floods the portal fills no disk."""
