"""One way to move a state: the table on the model names the allowed steps, the UPDATE enforces them."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from django.db import models


class TransitionNotAllowed(Exception):
    """The stored state does not allow this step (any more): somebody else was quicker, or the page is old."""


class NotPossible(Exception):
    """A rule forbids this step now; the message is a German sentence that says what to do."""


class StateMachine(models.Model):
    """A model with a state field and a table `TRANSITIONS` from each state to the states that may follow.

    `STATE` names the field. Nothing else assigns it. `update()` skips signals and `auto_now`: the service that
    moves a state writes the timeline itself.
    """

    STATE = "status"
    TRANSITIONS: dict[str, set[str]]

    class Meta:
        abstract = True

    def may_become(self, *targets: str) -> bool:
        """Whether the loaded state allows one of these steps; for pages. The UPDATE decides."""
        return bool(self.TRANSITIONS.get(getattr(self, self.STATE), set()) & set(targets))

    def _move_to(
        self,
        target: str,
        *,
        only_from: Collection[str] = (),
        only_where: Mapping[str, object] = MappingProxyType({}),
        and_reload: bool = True,
        **changes: object,
    ) -> None:
        """Let the UPDATE itself test the stored state: of two concurrent requests one wins.

        `only_from` narrows the table down where several actions lead to the same state; `only_where` names
        further columns that must still be as they were read. Without `and_reload` this copy is done with.
        """
        sources = [state for state, targets in self.TRANSITIONS.items() if target in targets]
        if only_from:
            sources = [state for state in sources if state in only_from]
        row = type(self)._base_manager.filter(pk=self.pk, **{f"{self.STATE}__in": sources}, **only_where)
        if not row.update(**{self.STATE: target}, **changes):
            raise TransitionNotAllowed(f"{type(self).__name__} {self.pk} cannot become {target}")
        if and_reload:
            self.refresh_from_db()

    _move_to.alters_data = True
