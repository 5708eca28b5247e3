from django.contrib.auth.models import AbstractUser
from django.urls import reverse

from klimapakt.documents.models import Document
from klimapakt.worklist import WorkItem


def broken_documents(user: AbstractUser) -> list[WorkItem]:
    """Documents that could not be made."""
    if not user.has_perm("documents.change_document"):
        return []
    return [
        WorkItem(
            "PDF nicht erstellt",
            Document.objects.broken().count(),
            reverse("admin:documents_document_changelist"),
            "Bitte noch einmal versuchen.",
            urgent=True,
        )
    ]
