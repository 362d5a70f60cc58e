"""Statements over many rows at once, on both databases: their number does not grow with what they carry.

Rows are tuples, and `columns` maps the names of what they hold, in their order, to `text` or `bigint`. The values go
to the driver as they are, so moments are milliseconds and JSON is text already, and so they come back. SQLite gets its
statements through a cursor of the driver's own, inside the transaction: they are the same text every time, the claim
path is made of them, and SQLAlchemy's care for a statement and its result costs several times what SQLite does.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import sqlalchemy as sa

Columns = Mapping[str, str]
Rows = Sequence[Sequence[Any]]


def run_with_rows(tx: sa.Connection, sql: str, columns: Columns, rows: Rows, **more: Any) -> Sequence[Sequence[Any]]:
    """Run a statement that these rows are part of; returns what it finds, if it is to find something.

    `{rows}` becomes their unpacking into the table `r`. `{join}` joins a table to it: row by row, through that table's
    index, which SQLite has to be told because it cannot know how few rows there are.
    """
    if tx.dialect.name == "sqlite":
        values = [row[0] for row in rows] if len(columns) == 1 else rows
        more["rows"] = json.dumps(values, ensure_ascii=False)
        return _run(tx, _with_json(sql, tuple(columns)), more)
    found = tx.execute(_with_arrays(sql, tuple(columns.items())), {**_arrays(columns, rows), **more})
    return found.all() if found.returns_rows else ()


def run_fixed(tx: sa.Connection, sql: str, **values: Any) -> Sequence[Sequence[Any]]:
    """Run a statement that is the same text every time, with values by name; returns what it finds."""
    if tx.dialect.name == "sqlite":
        return _run(tx, sql, values)
    found = tx.execute(_text(sql), values)
    return found.all() if found.returns_rows else ()


_text = functools.cache(sa.text)


def _run(tx: sa.Connection, sql: str, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
    """Run a statement on SQLite's own cursor; its errors become SQLAlchemy's here."""
    cursor = tx.connection.cursor()
    try:
        cursor.execute(sql, values)
        return cursor.fetchall()
    except tx.dialect.loaded_dbapi.Error as failure:
        raise _known(tx, sql, failure) from failure


def _run_many(tx: sa.Connection, sql: str, rows: Rows) -> None:
    cursor = tx.connection.cursor()
    try:
        cursor.executemany(sql, rows)
    except tx.dialect.loaded_dbapi.Error as failure:
        raise _known(tx, sql, failure) from failure


def _known(tx: sa.Connection, sql: str, failure: Exception) -> Exception:
    return sa.exc.DBAPIError.instance(sql, None, failure, tx.dialect.loaded_dbapi.Error, hide_parameters=True)


@functools.cache
def _with_json(sql: str, names: tuple[str, ...]) -> str:
    if len(names) == 1:
        picks = f"value AS {names[0]}"
    else:
        picks = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(names))
    return sql.format(rows=f"(SELECT {picks} FROM json_each(:rows)) AS r", join="CROSS JOIN")


@functools.cache
def _with_arrays(sql: str, columns: tuple[tuple[str, str], ...]) -> sa.TextClause:
    names = ", ".join(name for name, _ in columns)
    return sa.text(sql.format(rows=f"{_unnest(columns)} AS r({names})", join="JOIN"))


def look_up(
    tx: sa.Connection, picks: str, table: str, on: str, columns: Columns, rows: Rows, **more: Any
) -> Sequence[Sequence[Any]]:
    """Find what a table (“claims c”) has for each of these rows `r`, row by row through the index that fits `on`.

    PostgreSQL has to be told as well: of a table that has just begun to fill it thinks that reading all is cheaper.
    """
    if tx.dialect.name == "sqlite":
        return run_with_rows(tx, f"SELECT {picks} FROM {{rows}} {{join}} {table} ON {on}", columns, rows, **more)
    alias = table.split()[-1]
    found = f"SELECT * FROM {table} WHERE {on} OFFSET 0"
    return run_with_rows(
        tx, f"SELECT {picks} FROM {{rows}} CROSS JOIN LATERAL ({found}) AS {alias}", columns, rows, **more
    )


def insert_rows(tx: sa.Connection, table: str, columns: Columns, rows: Rows, **same: int) -> None:
    """Insert many rows; `same` is what all of them have in common. Something was read in this transaction before."""
    common = tuple(same.values())
    names = (*same, *columns)
    whole = [(*common, *row) for row in rows]
    if tx.dialect.name == "sqlite":
        _run_many(tx, _insert_values(table, names), whole)
    else:
        _copy(tx, table, names, whole)


@functools.cache
def _insert_values(table: str, names: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def update_rows(tx: sa.Connection, table: str, columns: Columns, rows: Rows, **where: int) -> None:
    """Set columns of many rows, which are found by the first of `columns` and by what they have in common, `where`."""
    if not rows:
        return
    if tx.dialect.name == "sqlite":  # joined with the rows, it would read them again for each row of the table
        common = tuple(where.values())
        _run_many(tx, _update_values(table, (*columns, *where), len(columns)), [(*row, *common) for row in rows])
    else:
        tx.execute(_update_from(table, tuple(columns.items()), tuple(where)), {**_arrays(columns, rows), **where})


@functools.cache
def _update_values(table: str, names: tuple[str, ...], count: int) -> str:
    numbered = [f"{name} = ?{number}" for number, name in enumerate(names, 1)]
    found = " AND ".join((numbered[0], *numbered[count:]))
    return f"UPDATE {table} SET {', '.join(numbered[1:count])} WHERE {found}"


@functools.cache
def _update_from(table: str, columns: tuple[tuple[str, str], ...], where: tuple[str, ...]) -> sa.TextClause:
    key, *values = (name for name, _ in columns)
    found = " AND ".join((f"{table}.{key} = r.{key}", *(f"{table}.{name} = :{name}" for name in where)))
    new = ", ".join(f"{name} = r.{name}" for name in values)
    return sa.text(f"UPDATE {table} SET {new} FROM {_unnest(columns)} AS r({key}, {', '.join(values)}) WHERE {found}")


def _copy(tx: sa.Connection, table: str, names: tuple[str, ...], rows: Rows) -> None:
    """Half of what the same rows cost as arrays. It is asyncpg's own, so its errors become SQLAlchemy's here."""

    async def copy(driver: asyncpg.Connection) -> None:
        assert driver.is_in_transaction(), "the transaction begins with its first statement"
        await driver.copy_records_to_table(table, records=rows, columns=names)

    try:
        tx.connection.run_async(copy)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
        raise sa.exc.DBAPIError(f"COPY {table}", None, failure) from failure


def new_ids(tx: sa.Connection, table: str, count: int) -> list[int]:
    """Ids for `count` new rows, rising: for those whose ids are needed before they can be asked for one by one."""
    if tx.dialect.name == "sqlite":  # nobody else writes meanwhile
        newest: int = tx.exec_driver_sql(f"SELECT coalesce(max(id), 0) FROM {table}").scalar_one()
        return list(range(newest + 1, newest + 1 + count))
    numbers = sa.text(
        "SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, CAST(:count AS integer))"
    )
    return list(tx.scalars(numbers, {"table": table, "count": count}))


def _unnest(columns: tuple[tuple[str, str], ...]) -> str:
    return f"unnest({', '.join(f'CAST(:all_{name} AS {kind}[])' for name, kind in columns)})"


def _arrays(columns: Columns, rows: Rows) -> dict[str, list[Any]]:
    """The rows by column, for the parameters of `_unnest`."""
    found = zip(*rows, strict=True) if rows else [()] * len(columns)
    return {f"all_{name}": list(column) for name, column in zip(columns, found, strict=True)}
