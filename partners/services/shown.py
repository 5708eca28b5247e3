"""A mark of what a page showed, so that nobody decides about, or overwrites, what she or he has not seen."""

import hashlib
import json

from klimapakt.states import TransitionNotAllowed
from partners.models import Application


class Outdated(TransitionNotAllowed):
    """The page showed something else than what stands now."""


def mark(*parts: object) -> str:
    """Return a short text that is another one as soon as any of the parts is."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def proposal(application: Application) -> str:
    """Return a mark of a proposed decision and of the answers that it is about."""
    return mark(application.proposed_at, application.version)
