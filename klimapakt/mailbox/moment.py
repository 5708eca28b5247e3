"""A moment as the office reads it in a sentence."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format


def moment(at: datetime) -> str:
    """Return e.g. „5. März 2026, 09:00 Uhr“."""
    return f"{date_format(timezone.localtime(at), 'j. F Y, H:i')} Uhr"
