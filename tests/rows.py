"""Every row of the database as text: what a test compares when nothing may change."""

from collections.abc import Iterable

from django.db import connection

Rows = dict[str, list[str]]


def all_rows(*, without: Iterable[str] = ("django_session",)) -> Rows:
    """Return each table with its rows, sorted; `without` names tables that a mere visit may touch."""
    with connection.cursor() as cursor:
        tables = [table for table in connection.introspection.table_names(cursor) if table not in without]
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{table}', t::text FROM \"{table}\" t" for table in tables) + " ORDER BY 1, 2"
        )
        rows: Rows = {}
        for table, row in cursor.fetchall():
            rows.setdefault(table, []).append(row)
        return rows


def difference(before: Rows, after: Rows) -> dict[str, set[str]]:
    """Return, for each table that changed, the rows that are only on one side; readable where a test fails."""
    return {
        table: set(before.get(table, [])) ^ set(after.get(table, []))
        for table in before.keys() | after.keys()
        if before.get(table) != after.get(table)
    }
