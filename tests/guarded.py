"""What a public form needs beside its answers (klimapakt.limits)."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from klimapakt.limits.forms import new_token


def stamped(form_name: str, *, ago: timedelta = timedelta(minutes=1), **answers: object) -> dict[str, object]:
    """Return the answers with the token of a page that was shown a while ago."""
    with time_machine.travel(timezone.now() - ago, tick=False):
        return {"form_token": new_token(form_name), **answers}
