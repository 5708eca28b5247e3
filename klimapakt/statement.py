"""Queries of the busiest pages, turned into SQL once.

Who is listed is a rule of several nested conditions. It is written once, as QuerySet methods, and every page
asks it live; but putting such a query together takes Django several times as long as Postgres needs to answer
(bench/README.md). A statement puts it together at its first use and afterwards only fills in the values.
"""

import copy
from collections.abc import Callable
from typing import Any

from django.db import connections
from django.db.models import Expression, QuerySet


class Placeholder(Expression):
    """Stands for a value that is not known yet, wherever a QuerySet takes a value."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list["Placeholder"]]:
        return "%s", [self]


class Statement:
    """A QuerySet that is built and compiled once in a process.

    `build` takes Placeholders by keyword and hands them on as if they were values: it may filter by them, not
    look at them. Calling the statement with the values returns the list that the QuerySet would have given.
    """

    def __init__(self, build: Callable[..., QuerySet]) -> None:
        self._build = build
        self._compiled: tuple[QuerySet, Any, str, tuple] | None = None

    def __call__(self, **values: object) -> list[Any]:
        if self._compiled is None:
            self._compiled = self._compile(values)
        queryset, compiler, sql, params = self._compiled
        filled = tuple(values[param.name] if isinstance(param, Placeholder) else param for param in params)
        compiler = copy.copy(compiler)  # another thread may be using it
        compiler.connection = connections[queryset.db]
        compiler.as_sql = lambda *args, **kwargs: (sql, filled)
        queryset = queryset.all()
        queryset.query.get_compiler = lambda *args, **kwargs: compiler
        return list(queryset)

    def _compile(self, values: dict[str, object]) -> tuple[QuerySet, Any, str, tuple]:
        queryset = self._build(**{name: Placeholder(name) for name in values})
        compiler = queryset.query.get_compiler(queryset.db)
        sql, params = compiler.as_sql()
        if {param.name for param in params if isinstance(param, Placeholder)} != set(values):
            raise ValueError("Every value has to reach the SQL as it is.")
        return queryset, compiler, sql, params
