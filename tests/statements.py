"""Statements: compiled once for a whole run, not once for each of its thousand databases; and noted to be looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from storage import rows


class _Compiled(dict[Any, Any]):
    """Compiled statements, found whichever of the equal dialects asks: every engine has one of its own."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_by_kind(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(_by_kind(key), compiled)


def _by_kind(key: Any) -> Any:
    """The key SQLAlchemy looks a statement up by, which begins with the dialect."""
    return (type(key[0]), *key[1:])


def compile_once() -> None:
    """From now on."""
    compiled = _Compiled()

    @sa.event.listens_for(sa.Engine, "engine_connect")
    def _share(connection: sa.Connection) -> None:
        connection.execution_options(compiled_cache=compiled)


@contextmanager
def statements(where: sa.Connection | sa.Engine) -> Iterator[list[tuple[str, Any]]]:
    """Every statement from here on, with its values: SQLAlchemy's, and those that go to the driver past it."""
    run: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, sql: str, values: object, *_: object) -> None:
        run.append((sql, values))

    def noted(directly: Callable[..., Any]) -> Callable[..., Any]:
        def run_it(tx: sa.Connection, sql: str, values: Any) -> Any:
            run.append((sql, values))
            return directly(tx, sql, values)

        return run_it

    copy = rows._copy

    def copy_it(tx: sa.Connection, table: str, names: Any, values: Any) -> None:
        run.append((f"COPY {table}", values))
        copy(tx, table, names, values)

    sa.event.listen(where, "before_cursor_execute", note)
    try:
        with (
            patch.object(rows, "_run", noted(rows._run)),
            patch.object(rows, "_run_many", noted(rows._run_many)),
            patch.object(rows, "_copy", copy_it),
        ):
            yield run
    finally:
        sa.event.remove(where, "before_cursor_execute", note)
