"""The whole portal: started, disturbed, stopped, and started again on the same data.

All tests share one data folder, so that each start is also the clean start after what the test before did.
"""

import json
import os
import signal
import smtplib
import urllib.request

import psycopg
import pytest
import redis

from klimapakt.embedded.postgres import NAME
from klimapakt.embedded.processes import children

from .conftest import Portal, free_port, living, seconds_until_gone

pytestmark = pytest.mark.fault

GONE_SECONDS = 10
PROCESSES = [
    *("guard", "supervisor", "web", "web child", "worker", "worker child", "beat"),
    *("postgres", "postgres backend", "valkey", "mail"),
]


def leave_traces(portal: Portal, text: str) -> None:
    """Write to the database, the broker and the mail server, each of which says that it is done."""
    with database(portal) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS test_trace (text text)")
        connection.execute("INSERT INTO test_trace VALUES (%s)", [text])
    broker(portal).rpush("test-traces", text)
    _, _, port = portal.folder.state()["mail"].partition("127.0.0.1:")
    with smtplib.SMTP("127.0.0.1", int(port.partition("?")[0])) as client:
        client.sendmail("a@example.org", ["b@example.org"], f"Subject: {text}\r\n\r\n")


def traces(portal: Portal) -> list[set[str]]:
    """Return what is there of it, place by place."""
    with database(portal) as connection:
        rows = {row[0] for row in connection.execute("SELECT text FROM test_trace")}
    entries = {entry.decode() for entry in broker(portal).lrange("test-traces", 0, -1)}
    mails = [path.read_text() for path in (portal.folder.mail / "new").iterdir()]
    subjects = {
        line.removeprefix("Subject: ") for mail in mails for line in mail.splitlines() if line.startswith("Subj")
    }
    return [rows, entries, subjects]


def database(portal: Portal) -> psycopg.Connection:
    return psycopg.connect(host=str(portal.folder.run / "postgres"), user=NAME, dbname=NAME, autocommit=True)


def broker(portal: Portal) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(portal.folder.run / "valkey" / "valkey.sock"))


def pid_of(portal: Portal, name: str) -> int:
    process, _, child = name.partition(" ")
    return max(children(portal.pids[process])) if child else portal.pids[process]


def test_one_start_serves_refuses_a_second_and_helps_a_command(portal):
    portal.start()
    address = f"http://127.0.0.1:{portal.port}"

    with urllib.request.urlopen(f"{address}/health/live") as answer:
        assert answer.status == 200
    assert f"{address}/" in portal.output
    assert portal.folder.secrets()["STAFF_PASSWORD"] in portal.output
    assert str(portal.folder.path) in portal.output

    code, output = portal.run("up", "--port", str(free_port()))
    assert (code, output.count("\n")) == (1, 1)
    assert f"läuft das Portal schon unter {address} (Prozess {portal.process.pid})." in output

    code, output = portal.run("up", "--port", str(portal.port), PORTAL_DATA=f"{portal.folder.path}/other")
    assert (code, output.count("\n")) == (1, 1)
    assert f"Port {portal.port} ist schon belegt" in output

    script = "import os, json; print(json.dumps([os.environ['MAIL_URL'], os.environ['DATABASE_URL']]))"
    code, output = portal.run("manage", "shell", "--no-imports", "-c", script)
    assert code == 0
    mail, _ = json.loads(output)
    assert mail == portal.folder.state()["mail"]

    everything = portal.descendants()
    assert portal.end(signal.SIGINT) == 0
    assert living(everything) == set()
    assert "Traceback" not in portal.output


def test_command_without_a_running_portal_starts_the_servers_and_ends_them(portal):
    script = "from django.db import connection as c; c.ensure_connection(); print('pid', c.connection.info.backend_pid)"

    code, output = portal.run("manage", "shell", "--no-imports", "-c", script)

    assert code == 0
    backend = int(output.rpartition("pid ")[2])
    assert not os.path.exists(f"/proc/{backend}")
    assert not (portal.folder.postgres / "data" / "postmaster.pid").exists()
    assert portal.run("manage", "no_such_command")[0] == 1


@pytest.mark.parametrize("victim", PROCESSES)
def test_kill_of_any_one_process_ends_all_and_loses_nothing(portal, victim):
    portal.start()
    leave_traces(portal, victim)
    everything = portal.descendants()

    os.kill(pid_of(portal, victim), signal.SIGKILL)

    seconds_until_gone(everything, GONE_SECONDS)
    portal.output = portal.process.communicate(timeout=5)[0]
    assert portal.process.returncode == (-signal.SIGKILL if victim == "guard" else 1)
    assert "Traceback" not in portal.output
    if victim not in ("guard", "supervisor"):
        assert f"„{victim.partition(' ')[0]}“ hat sich unerwartet beendet" in portal.output
        assert f"{portal.folder.log}/" in portal.output


def test_next_start_is_clean_and_finds_everything(portal):
    portal.start()
    leave_traces(portal, "last")

    rows, entries, subjects = traces(portal)
    assert "last" in rows
    assert rows == entries == subjects & rows
    assert portal.end(impatient=True) == 0
