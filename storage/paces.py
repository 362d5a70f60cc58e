"""Paces: when calls may be made that every process on one PostgreSQL makes together, on the database's clock.

A limit that is booked ahead is one number, the moment from which one more call costs no waiting (the generic cell rate
algorithm). A limit of so many calls in any second is so many places, each taken by a call until it counts no more.
Either is one statement: it locks one row for as long as that row takes to change.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from storage.standing import Standing

_BOOK = """
    WITH moment AS MATERIALIZED (
        SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
    ), asked AS MATERIALIZED (
        SELECT now, greatest(now, coalesce((SELECT due FROM paces WHERE key = $1 || ' paused'), 0)) AS opens FROM moment
    ), booked AS (
        INSERT INTO paces AS known (key, due) SELECT $1, opens + $2::bigint FROM asked WHERE opens - now <= $4::bigint
        ON CONFLICT (key) DO UPDATE SET due = greatest(known.due + $2::bigint, excluded.due)
        WHERE known.due - ($3::bigint - 1) * $2::bigint - (SELECT now FROM asked) <= $4::bigint
        RETURNING due - $3::bigint * $2::bigint AS slot
    )
    SELECT greatest(
        opens,
        coalesce(
            (SELECT slot FROM booked),
            (SELECT due - ($3::bigint - 1) * $2::bigint FROM paces WHERE key = $1),
            0
        )
    ) - now AS wait, EXISTS (SELECT FROM booked) AS booked
    FROM asked
"""
_TAKE = """
    WITH moment AS MATERIALIZED (
        SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
    ), asked AS MATERIALIZED (
        SELECT now, greatest(now, coalesce((SELECT due FROM paces WHERE key = $1 || ' paused'), 0)) AS opens FROM moment
    ), free AS MATERIALIZED (
        SELECT number FROM pace_places, asked
        WHERE key = $1 AND number <= $2 AND free_at <= now AND opens <= now
        ORDER BY free_at LIMIT 1 FOR UPDATE OF pace_places SKIP LOCKED
    ), taken AS (
        UPDATE pace_places SET free_at = (SELECT now FROM asked) + $3::bigint
        WHERE key = $1 AND number = (SELECT number FROM free) RETURNING number
    )
    SELECT (SELECT number FROM taken) AS number, opens - now AS paused, first - now AS wait, made
    FROM asked, (SELECT min(free_at) AS first, count(*) AS made FROM pace_places WHERE key = $1 AND number <= $2) known
"""
_MAKE = """
    INSERT INTO pace_places (key, number, free_at) SELECT $1, number, 0 FROM generate_series(1, $2::int) AS number
    ON CONFLICT DO NOTHING
"""
_KEEP = """
    UPDATE pace_places
    SET free_at = greatest(free_at, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + $3::bigint)
    WHERE key = $1 AND number = $2
"""
_PAUSE = """
    INSERT INTO paces AS known (key, due)
    VALUES ($1 || ' paused', (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + $2::bigint)
    ON CONFLICT (key) DO UPDATE SET due = greatest(known.due, excluded.due)
"""


@dataclass(frozen=True, slots=True)
class Booking:
    """A place in the line of a limit."""

    seconds: float
    """How long to wait for it."""
    taken: bool
    """False when that is more than the patience: then nothing was booked."""


async def book(standing: Standing, key: str, *, every: float, burst: int, patience: float) -> Booking:
    """Take the next place, one per `every` seconds and `burst` at once after a quiet time. Raises Broken."""
    (row,) = await standing.ask(_BOOK, key, _micros(every), burst, _micros(patience))
    return Booking(seconds=row["wait"] / 1_000_000, taken=row["booked"])


@dataclass(frozen=True, slots=True)
class Seat:
    """A place that was taken, or how long it takes until there is one."""

    number: int
    """0 when none was taken."""
    seconds: float


async def take(standing: Standing, key: str, *, most: int, seconds: float) -> Seat:
    """Take one of so many places for so long. Raises Broken."""
    while True:
        (row,) = await standing.ask(_TAKE, key, most, _micros(seconds))
        if row["number"] is not None or row["made"] >= most:
            return Seat(number=row["number"] or 0, seconds=max(row["wait"], row["paused"]) / 1_000_000)
        await standing.ask(_MAKE, key, most)


async def keep(standing: Standing, key: str, number: int, seconds: float) -> None:
    """Give a place back so many seconds from now, and not before. Raises Broken."""
    await standing.ask(_KEEP, key, number, _micros(seconds))


async def pause(standing: Standing, key: str, seconds: float) -> None:
    """Give out no place for so long. Raises Broken."""
    await standing.ask(_PAUSE, key, _micros(seconds))


def prune(tx: sa.Connection, idle: float) -> int:
    """Forget limits that have cost nobody any waiting for so many seconds; returns how many. PostgreSQL only."""
    since = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) - :idle"
    values = {"idle": _micros(idle)}
    tx.execute(
        sa.text(
            "DELETE FROM pace_places WHERE key IN"
            f" (SELECT key FROM pace_places GROUP BY key HAVING max(free_at) < {since})"
        ),
        values,
    )
    return tx.execute(sa.text(f"DELETE FROM paces WHERE due < {since}"), values).rowcount


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)
