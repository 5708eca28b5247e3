"""Move the scans of signed agreements from the disk into the table of files that must not change."""

import logging
from pathlib import PurePath

from django.core.files.storage import default_storage
from django.db import migrations, transaction
from django.utils import timezone

CONTENT_TYPES = {".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg"}

logger = logging.getLogger(__name__)


def store_scans(apps, schema_editor):
    Agreement, Document = apps.get_model("agreements", "Agreement"), apps.get_model("documents", "Document")
    for agreement in Agreement.objects.exclude(scan="").select_related("partner__organisation").iterator():
        path = agreement.scan.name
        try:
            with default_storage.open(path) as file:
                content = file.read()
        except OSError:
            logger.warning("agreement %s: its scan %s is not on the disk", agreement.pk, path)
            continue
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
