"""Move the scans of signed agreements from the disk into the table of files that must not change."""

from pathlib import PurePath

from django.core.files.storage import default_storage
from django.core.management.base import CommandError
from django.db import migrations, transaction
from django.utils import timezone

CONTENT_TYPES = {".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg"}

MISSING = (
    "Die Umstellung hält hier an und hat nichts geändert. Diese Scans von Vereinbarungen fehlen im Ordner „media“ des "
    "Datenverzeichnisses: {names}. Bitte holen Sie sie aus der Sicherung zurück und starten Sie noch einmal. Sind sie "
    "verloren, so vergisst „UPDATE agreements_agreement SET scan = '' WHERE scan = '…'“ den Namen einer Datei."
)


def store_scans(apps, schema_editor):
    Agreement, Document = apps.get_model("agreements", "Agreement"), apps.get_model("documents", "Document")
    with_scan = Agreement.objects.exclude(scan="")
    missing = [path for path in with_scan.values_list("scan", flat=True) if not default_storage.exists(path)]
    if missing:
        raise CommandError(MISSING.format(names=", ".join(missing)))
    for agreement in with_scan.select_related("partner__organisation").iterator():
        path = agreement.scan.name
        with default_storage.open(path) as file:
            content = file.read()
        is_signed = agreement.status == "in_force"
        ending = PurePath(path).suffix
        Document.objects.create(
            kind="agreement-scan",
            # A draft's scan stays to be read; the one that counts is uploaded when it is put into force.
            key=f"agreement-scan:{agreement.pk}" if is_signed else f"agreement-scan-of-draft:{agreement.pk}",
            about=f"agreement:{agreement.pk}",
            name=agreement.scan_name or f"Vereinbarung{ending}",
            content=content,
            content_type=CONTENT_TYPES.get(ending, "application/octet-stream"),
            is_kept=True,
            is_invented=agreement.partner.organisation.is_invented,
            ready_at=timezone.now(),
        )
        transaction.on_commit(lambda path=path: default_storage.delete(path), robust=True)


class Migration(migrations.Migration):
    dependencies = [
        ("agreements", "0003_keep_evidence"),
        ("documents", "0002_document_triggers"),
        ("partners", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(store_scans, migrations.RunPython.noop),
        migrations.RemoveField(model_name="agreement", name="scan"),
        migrations.RemoveField(model_name="agreement", name="scan_name"),
    ]
