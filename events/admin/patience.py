"""What the office reads when a great many people register at the same moment."""

from collections.abc import Callable
from functools import wraps

from klimapakt.locks import Busy, patiently
from klimapakt.states import NotPossible


def patient[**P, Result](service: Callable[P, Result]) -> Callable[P, Result]:
    """Run a service once more when the event is locked; raises NotPossible with a German sentence after that."""

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> Result:
        try:
            return patiently(lambda: service(*args, **kwargs))
        except Busy:
            raise NotPossible("Gerade melden sich sehr viele an. Bitte versuchen Sie es gleich noch einmal.") from None

    return run
