"""The files of an agreement: to read, signed by both, and the scan of one signed on paper. All are kept."""

from collections.abc import Iterable
from pathlib import PurePath

from django.core.files.uploadedfile import UploadedFile
from django.template.loader import get_template

from agreements import content
from agreements.models import Agreement, Signature, Version
from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.uploads import shown_name

COPY_TO_READ, SIGNED_COPY, SCAN = "agreement-version", "agreement", "agreement-scan"
COPY_FOR_THE_FILE = "agreement-filed"
"""A signed copy that is not mailed when it is ready."""

CONTENT_TYPES = {".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg"}


def order_copy_to_read(version: Version) -> Document:
    """Have the version made into a PDF without signatures."""
    return _order(COPY_TO_READ, version, signatures=[], key=key_to_read(version))


def order_signed_copy(version: Version, *, is_mailed: bool = True) -> Document:
    """Have the version made into a PDF with both signatures; `mails.in_force` sends it when it is ready."""
    kind = SIGNED_COPY if is_mailed else COPY_FOR_THE_FILE
    return _order(kind, version, signatures=list(version.signatures.all()), key=_key(SIGNED_COPY, version.agreement))


def store_scan(agreement: Agreement, scan: UploadedFile, *, is_invented: bool) -> Document:
    """Keep the scan of what was signed on paper."""
    return archive.store(
        SCAN,
        key=_key(SCAN, agreement),
        name=shown_name(scan.name),
        content=scan.read(),
        content_type=CONTENT_TYPES[PurePath(scan.name).suffix],
        about=agreement,
        is_invented=is_invented,
    )


def copy_to_read(version: Version) -> Document | None:
    return Document.objects.filter(key=key_to_read(version)).first()


def signed_copy(agreement: Agreement) -> Document | None:
    """Return the file with both signatures: made here, or scanned from paper."""
    return signed_copies([agreement]).get(agreement.pk)


def signed_copies(agreements: Iterable[Agreement]) -> dict[int, Document]:
    """Return the file with both signatures of each agreement that has one, by the agreement's id; one query."""
    keys = {_key(kind, agreement): agreement.pk for agreement in agreements for kind in (SIGNED_COPY, SCAN)}
    return {keys[document.key]: document for document in Document.objects.filter(key__in=keys)}


def version_of(document: Document) -> Version:
    """Return the version that a signed copy shows: nothing follows on what is in force."""
    agreement = Agreement.objects.select_related("partner__organisation").get(pk=document.key.rpartition(":")[2])
    return agreement.newest_version()


def documents_of(agreement: Agreement) -> list[Document]:
    """Return all files of an agreement, the oldest first."""
    return list(Document.objects.about(agreement).order_by("pk"))


def html(version: Version, *, signatures: list[Signature]) -> str:
    """Return the page that becomes the PDF: a pure function of the frozen content and its signatures."""
    wording = content.read(version.content)
    return get_template("agreements/pdf/agreement.html").render(
        {
            "wording": wording,
            "sha256": version.sha256,
            "signatures": signatures,
            "pact": {"name": wording.pact},  # as it was called then
        }
    )


def _order(kind: str, version: Version, *, signatures: list[Signature], key: str) -> Document:
    wording = content.read(version.content)
    suffix = "" if signatures else f", Fassung {version.number}"
    return archive.order(
        kind,
        key=key,
        name=f"{wording.agreement} {wording.partner}{suffix}.pdf",
        html=html(version, signatures=signatures),
        about=version.agreement,
        is_kept=True,
        is_invented=version.is_invented,
    )


def _key(kind: str, agreement: Agreement) -> str:
    return f"{kind}:{agreement.pk}"


def key_to_read(version: Version) -> str:
    """Return the key under which the copy of a version is kept."""
    return f"{COPY_TO_READ}:{version.pk}"
