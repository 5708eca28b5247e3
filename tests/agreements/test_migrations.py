"""What an installation from before the versions brings along."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from klimapakt.documents.models import Document
from tests.factories import PartnerFactory

BEFORE, AFTER = ("agreements", "0003_keep_evidence"), ("agreements", "0004_scans_become_documents")


def test_scans_on_the_disk_become_documents(db, django_capture_on_commit_callbacks):
    partner = PartnerFactory()
    connection.check_constraints()  # Postgres alters no table that a deferred trigger still waits for
    executor = MigrationExecutor(connection)
    executor.migrate([BEFORE])
    Agreement = executor.loader.project_state([BEFORE]).apps.get_model("agreements", "Agreement")
    paths = {
        name: default_storage.save(f"documents/{name}", ContentFile(name.encode()))
        for name in ("signed.pdf", "draft.png")
    }
    in_force = {"partner_id": partner.pk, "status": "in_force", "is_date_unknown": True}
    signed = Agreement.objects.create(scan=paths["signed.pdf"], scan_name="Unsere Vereinbarung.pdf", **in_force)
    draft = Agreement.objects.create(scan=paths["draft.png"], partner_id=partner.pk)
    lost = Agreement.objects.create(scan="documents/lost.pdf", **in_force)
    Agreement.objects.create(**in_force)
    connection.check_constraints()

    with pytest.raises(CommandError, match=r"fehlen im Ordner „media“ des Datenverzeichnisses: documents/lost\.pdf\."):
        MigrationExecutor(connection).migrate([AFTER])
    assert not Document.objects.exists()
    Agreement.objects.filter(pk=lost.pk).update(scan="")
    connection.check_constraints()
    with django_capture_on_commit_callbacks(execute=True):
        MigrationExecutor(connection).migrate([AFTER])

    stored = {document.key: document for document in Document.objects.all()}
    assert stored.keys() == {f"agreement-scan:{signed.pk}", f"agreement-scan-of-draft:{draft.pk}"}
    scan = stored[f"agreement-scan:{signed.pk}"]
    assert (scan.name, scan.content_type, bytes(scan.content)) == (
        "Unsere Vereinbarung.pdf",
        "application/pdf",
        b"signed.pdf",
    )
    assert (scan.about, scan.is_kept, scan.is_invented) == (f"agreement:{signed.pk}", True, False)
    assert not any(default_storage.exists(path) for path in paths.values())
