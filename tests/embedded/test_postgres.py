"""The embedded Postgres and what it writes about errors."""

import subprocess
from pathlib import Path

import psycopg
import pytest

from klimapakt.embedded.folder import Folder
from klimapakt.embedded.postgres import SETTINGS, Postgres


@pytest.fixture(scope="module")
def cluster(data: Path) -> Postgres:
    folder = Folder(data)
    folder.create()
    cluster = Postgres(folder, throw_away=True)
    cluster.prepare()
    return cluster


def log_of_a_refused_row(cluster: Postgres, settings: dict[str, str]) -> str:
    """Return what a server with these settings writes while a row breaks a check and a unique key."""
    cluster.settings = settings
    output = cluster.folder.path / "output.txt"
    with output.open("w") as log:
        process = subprocess.Popen(cluster.command(), stdout=log, stderr=log, **cluster.run_as())
        try:
            assert cluster.wait(lambda: process.poll() is None)
            with psycopg.connect(cluster.url, autocommit=True) as connection:
                connection.execute("CREATE TEMP TABLE probe (email text UNIQUE, words text CHECK (words <> 'bad'))")
                insert = "INSERT INTO probe VALUES (%s, %s)"
                with pytest.raises(psycopg.errors.CheckViolation, match="erika"):
                    connection.execute(insert, ["erika@firma.example", "bad"])
                connection.execute(insert, ["kim@firma.example", "good"])
                with pytest.raises(psycopg.errors.UniqueViolation, match="kim"):
                    connection.execute(insert, ["kim@firma.example", "good"])
        finally:
            process.terminate()
            process.wait(20)
    return output.read_text()


def test_its_log_names_what_is_broken_and_quotes_nothing_of_a_row(cluster):
    quoted = log_of_a_refused_row(cluster, SETTINGS | {"log_error_verbosity": "default"})
    assert "erika@firma.example" in quoted
    assert "kim@firma.example" in quoted

    written = log_of_a_refused_row(cluster, SETTINGS)

    assert written.count("ERROR:") == written.count("STATEMENT:  INSERT INTO probe") == 2
    assert "probe_words_check" in written
    assert "firma.example" not in written
