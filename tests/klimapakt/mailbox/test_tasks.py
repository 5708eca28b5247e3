"""What runs by the clock, and how long it may take."""

from klimapakt.celery import app
from klimapakt.mailbox import smtp
from klimapakt.mailbox.models.queue import HAND_OVER_LEASE
from klimapakt.mailbox.pump import RUN_SECONDS


def test_every_task_on_the_schedule_exists(settings):
    tasks = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    app.loader.import_default_modules()

    assert set(tasks) <= set(app.tasks)
    assert {name for name in tasks if name.startswith("mailbox.")} == {
        "mailbox.pump",
        "mailbox.file_copies",
        "mailbox.settle_unclear",
        "mailbox.read_inbox",
        "mailbox.send_digest",
        "mailbox.delete_bodies",
    }
    assert tasks["mailbox.pump"] == 15.0


def test_nobody_ends_a_pump_that_waits_for_an_answer(settings):
    app.loader.import_default_modules()
    pump = app.tasks["mailbox.pump"]

    assert smtp.PATIENCE == 600  # RFC 5321, 4.5.3.2.6
    assert RUN_SECONDS + smtp.PATIENCE < pump.soft_time_limit < pump.time_limit
    assert HAND_OVER_LEASE.total_seconds() > smtp.PATIENCE
    assert settings.CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS is False


def test_the_broker_hands_no_task_out_twice_while_it_runs(settings):
    app.loader.import_default_modules()
    longest = max(task.time_limit or settings.CELERY_TASK_TIME_LIMIT for task in app.tasks.values())

    assert longest < settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert settings.CELERY_WORKER_PREFETCH_MULTIPLIER == 1
