"""Paces: how far ahead the calls of a limit are booked, by every process on one PostgreSQL, on the database's clock.

A limit is one number, the moment from which one more call costs no waiting (the generic cell rate algorithm). A booking
is one statement: it locks one row for as long as that row takes to change.
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


async def pause(standing: Standing, key: str, seconds: float) -> None:
    """Give out no place for so long. Raises Broken."""
    await standing.ask(_PAUSE, key, _micros(seconds))


def prune(tx: sa.Connection, idle: float) -> int:
    """Forget limits that have cost nobody any waiting for so many seconds; returns how many. PostgreSQL only."""
    return tx.execute(
        sa.text(
            "DELETE FROM paces WHERE due < CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) - :idle"
        ),
        {"idle": _micros(idle)},
    ).rowcount


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)
