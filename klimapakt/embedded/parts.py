"""The command lines of the portal's own parts: the same for `up` and for `web`, `worker`, `beat`."""

from klimapakt.embedded.bootstrap import PYTHON

WEB_WORKERS = 2
WEB_THREADS = 4
"""Two processes use two cores; four threads each wait for the database meanwhile. Eight connections in all."""

WORKER_PROCESSES = 2
"""One may render a PDF while the other sends mail."""


def web(host: str, port: int) -> list[str]:
    """Return the command line of the web server."""
    return [
        *(str(PYTHON), "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS), "--no-ws"),
        *("--workers-kill-timeout", "3", "klimapakt.wsgi:application"),
    ]


def worker() -> list[str]:
    """Return the command line of the worker."""
    return [
        *_celery("worker", "--pool", "prefork", "--concurrency", str(WORKER_PROCESSES)),
        # Talk among workers costs a second at each start and tells us nothing: Postgres knows what is to be done.
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def beat() -> list[str]:
    """Return the command line of the clock."""
    return _celery("beat", "--pidfile", "")


def manage(*arguments: str) -> list[str]:
    """Return the command line of a Django command."""
    return [str(PYTHON), "manage.py", *arguments]


def _celery(part: str, *options: str) -> list[str]:
    return [str(PYTHON), "-m", "celery", "--app", "klimapakt", part, "--loglevel", "INFO", *options]
