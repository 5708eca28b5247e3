"""The worker. Postgres holds the truth; the broker only wakes (docs/decisions/0003)."""

import os

from celery import Celery
from celery.signals import setup_logging, task_prerun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "klimapakt.settings")

app = Celery("klimapakt")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_the_portals_logging(**kwargs: object) -> None:
    """Keep Celery from installing its own handlers: ours mask tokens and addresses."""
    from logging.config import dictConfig

    from django.conf import settings

    dictConfig(settings.LOGGING)


@task_prerun.connect
def look_after_connections(**kwargs: object) -> None:
    """Treat a task like a request: its database connection is kept for CONN_MAX_AGE, and checked before use."""
    from django.db import close_old_connections

    close_old_connections()
