"""What the office can do with an application: each a service as a button."""

from django.contrib.auth.models import AbstractUser

from klimapakt.admin import ServiceAction
from partners import rules
from partners.admin.application import deciding, keeping, questions
from partners.admin.links import CLOSE_LINKS
from partners.models import Application

DECIDING = [
    deciding.TAKE_ON,
    deciding.CONFIRM,
    deciding.ACCEPT,
    deciding.PROPOSE_ACCEPTANCE,
    *questions.ACTIONS,
    deciding.RETURN,
    deciding.REJECT,
    deciding.PROPOSE_REJECTION,
    deciding.UNDO,
]
"""Buttons that lead on."""

KEEPING = [
    keeping.TALK,
    keeping.LETTER,
    keeping.ASSIGN,
    keeping.PUT_OFF,
    keeping.FOLLOWED_UP,
    keeping.PROOF,
    keeping.LINK,
    CLOSE_LINKS,
    keeping.WITHDRAW,
]
"""Buttons that keep things in order. The note has its field on the page."""

ACTIONS = [*DECIDING, *KEEPING, keeping.NOTE]


def offered(application: Application, actions: list[ServiceAction], user: AbstractUser) -> list[ServiceAction]:
    """Return what this person can do now: nobody is offered to confirm an own proposal."""
    is_own = application.proposed_by_id == user.pk
    return [
        action
        for action in actions
        if action.available(application) and action.is_allowed_to(user) and not (action is deciding.CONFIRM and is_own)
    ]


def main_of(application: Application, checks: list[rules.Check]) -> ServiceAction | None:
    """Return the one button that leads on; nobody is led to accept what cannot be accepted yet."""
    main = next((action for action in DECIDING if action.is_main and action.available(application)), None)
    if main not in (deciding.ACCEPT, deciding.PROPOSE_ACCEPTANCE) or not rules.obstacles(checks):
        return main
    return questions.ASK if any(check.to_fill and check.is_required for check in checks) else None
