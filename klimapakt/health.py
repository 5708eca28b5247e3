"""For the operator's monitoring. No personal data, no version numbers."""

import time
from datetime import timedelta

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
    """Say whether database, broker, outbox and uploads are well; 503 when the portal cannot work without the broken part.

    A dead broker only slows mails down (beat and the next start find them), so it is reported, not fatal.
    """
    parts = {"database": _database(), "broker": _broker()}
    if parts["database"] == "ok":
        parts["outbox"] = _outbox()
        parts["uploads"] = _uploads()
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
    """The worst that can be said of the mails; whoever reads only this finds the rest in the admin."""
    from klimapakt.mailbox.models import MailboxState, OutgoingMail
    from klimapakt.mailbox.outbox import sending_is_on
    from klimapakt.pact.models import Pact, PactMissing

    try:
        if not sending_is_on(Pact.load()):
            return "sending is off"
    except PactMissing:
        return "no pact yet"
    state, now = MailboxState.load(), timezone.now()
    if state.held_at:
        return "sending is held after a restore"
    if state.stopped_at:
        return "sending is stopped"
    long_ago, mails = now - timedelta(seconds=OLDEST_DUE_MAIL_SECONDS), OutgoingMail.objects
    late = mails.sendable(now=now).filter(due_at__lt=long_ago)
    # A long mailing at so many mails a minute takes its time, but it moves.
    if late.filter(is_urgent=True).exists() or (late.exists() and not mails.filter(tried_at__gte=long_ago).exists()):
        return "mails wait too long"
    if mails.filter(status=OutgoingMail.Status.UNCLEAR, handed_over_at__lt=long_ago).exists():
        return "mails are unclear"
    return "ok"


def _uploads() -> str:
    """Whether files pass the check; without the scanner they wait."""
    from klimapakt.uploads.models import Upload

    return "files wait too long" if Upload.objects.stuck(now=timezone.now()).exists() else "ok"
