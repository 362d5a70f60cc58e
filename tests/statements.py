"""Statements are compiled once for a whole run, not once for each of its thousand databases."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


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
