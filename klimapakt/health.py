"""For the operator's monitoring. No personal data, no version numbers."""

import time

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from redis import Redis, RedisError

OLDEST_DUE_MAIL_SECONDS = 15 * 60


@login_not_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Say whether database, broker and outbox are well; 503 when the portal cannot work without the broken part.

    A dead broker only slows mails down (beat and the next start find them), so it is reported, not fatal.
    """
    parts = {"database": _database(), "broker": _broker()}
    if parts["database"] == "ok":
        parts["outbox"] = _outbox()
    return JsonResponse(parts, status=200 if parts["database"] == "ok" else 503)


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        return "ok" if not executor.migration_plan(executor.loader.graph.leaf_nodes()) else "migrations missing"
    except DatabaseError:
        return "unreachable"


def _broker() -> str:
    url = settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    client = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
    try:
        started = time.monotonic()
        client.ping()
        return "ok" if time.monotonic() - started < 1 else "slow"
    except RedisError:
        return "unreachable"
    finally:
        client.close()


def _outbox() -> str:
    from klimapakt.mailbox.models import OutgoingMail
    from klimapakt.mailbox.outbox import sending_is_on
    from klimapakt.pact.models import Pact, PactMissing

    try:
        if not sending_is_on(Pact.load()):
            return "sending is off"
    except PactMissing:
        return "no pact yet"
    oldest = (
        OutgoingMail.objects.sendable(now=timezone.now()).order_by("due_at").values_list("due_at", flat=True).first()
    )
    late = oldest and (timezone.now() - oldest).total_seconds() > OLDEST_DUE_MAIL_SECONDS
    return "mails wait too long" if late else "ok"
