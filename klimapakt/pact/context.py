from django.http import HttpRequest

from klimapakt.pact.models import Pact


def pact(request: HttpRequest) -> dict[str, Pact | None]:
    """Give every template the pact; None where a request never got that far."""
    return {"pact": getattr(request, "pact", None)}
