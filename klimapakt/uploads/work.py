from django.contrib.auth.models import AbstractUser
from django.urls import reverse
from django.utils import timezone

from klimapakt.uploads.models import Upload
from klimapakt.worklist import WorkItem


def waiting_files(user: AbstractUser) -> list[WorkItem]:
    """Files whose check does not come about."""
    if not user.has_perm("uploads.view_upload"):
        return []
    return [
        WorkItem(
            "Dateien warten auf ihre Prüfung",
            Upload.objects.stuck(now=timezone.now()).count(),
            reverse("admin:uploads_upload_changelist"),
            "Der Virenscanner oder der Worker antwortet nicht. Bitte sagen Sie es der Technik.",
            urgent=True,
        )
    ]
