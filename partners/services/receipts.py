"""Receipts whose copy cannot be made leave without it: late, but never lost."""

from datetime import datetime, timedelta

from django.db import models, transaction

from klimapakt.documents.models import Document
from partners import receipt
from partners.mails import application as mails

WAIT_AT_MOST = timedelta(hours=1)
"""So long a receipt waits for its copy: ten times what a busy worker needs."""


def send_without_copy(*, now: datetime) -> int:
    """Send receipts whose PDF is broken or overdue, each once; returns how many."""
    late = Document.objects.filter(
        ~models.Q(problem="") | models.Q(created_at__lte=now - WAIT_AT_MOST), kind=receipt.KIND, content=None
    )
    sent = 0
    for document in late:
        with transaction.atomic():
            sent += mails.application_received(document)
    return sent
