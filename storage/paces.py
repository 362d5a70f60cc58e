"""Paces: when calls may be made that every process on one PostgreSQL makes together, on the database's clock.

A limit that is booked ahead is one number, the moment from which one more call costs no waiting (the generic cell rate
algorithm). A limit of so many calls in any second is so many places, each taken by a call until it counts no more.
Either is one statement, the places of all limits of a call together: it locks rows for as long as they take to change.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    ), wanted AS MATERIALIZED (
        SELECT wish.*, now, made, soonest,
            greatest(now, coalesce((SELECT due FROM paces WHERE key = wish.key || ' paused'), 0)) AS opens
        FROM moment, unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[])
            WITH ORDINALITY AS wish(key, most, held, patience, nth),
        LATERAL (
            SELECT count(*) AS made, min(free_at) AS soonest FROM pace_places WHERE key = wish.key AND number <= most
        ) known
    ), chosen AS MATERIALIZED (
        SELECT nth, wanted.key, held, patience, now,
            CASE WHEN made < most THEN made + 1 ELSE place.number END AS number,
            CASE WHEN made < most THEN opens ELSE greatest(opens, soonest) END AS start
        FROM wanted LEFT JOIN LATERAL (
            SELECT number FROM pace_places
            WHERE key = wanted.key AND number <= most AND made >= most AND free_at <= soonest
            LIMIT 1 FOR UPDATE SKIP LOCKED
        ) place ON true
    ), turn AS MATERIALIZED (
        SELECT max(start) AS at, bool_and(number IS NOT NULL AND start - now <= patience) AS open FROM chosen
    ), taken AS (
        INSERT INTO pace_places AS known (key, number, free_at)
        SELECT key, number, at + held FROM chosen, turn WHERE open ORDER BY nth
        ON CONFLICT (key, number) DO UPDATE SET free_at = excluded.free_at
        WHERE known.free_at <= (SELECT at FROM turn)
        RETURNING key, number, free_at
    )
    SELECT start - now AS wait, taken.number, taken.free_at FROM chosen LEFT JOIN taken USING (key) ORDER BY nth
"""
_TELL = """
    WITH moment AS MATERIALIZED (
        SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
    ), told AS MATERIALIZED (
        SELECT key, number, free_at = known_until AS ours, now + rest AS until
        FROM moment, unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) AS said(key, number, known_until, rest)
        JOIN pace_places place USING (key, number)
        ORDER BY key, number FOR UPDATE OF place
    )
    UPDATE pace_places AS place SET free_at = CASE WHEN ours THEN until ELSE greatest(free_at, until) END
    FROM told WHERE place.key = told.key AND place.number = told.number
    RETURNING place.key, place.number, CASE WHEN ours THEN free_at ELSE 0 END AS free_at
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
class Wish:
    """What a call wants of one limit: one of so many places."""

    key: str
    most: int
    seconds: float
    """For how long, from when the call may be made."""
    patience: float
    """Seconds for which a place is booked that is not free yet."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A place of a limit."""

    seconds: float
    """How long it takes until there is one."""
    number: int
    """0 when none was taken."""
    until: int
    """When it is free again, by the database's clock: whoever knows that can be told from who had it before."""


async def take(standing: Standing, wishes: Sequence[Wish]) -> list[Seat]:
    """Take a place in each of these limits, or in none. Raises Broken.

    Two who ask for the same at the same moment may both get nothing, or one a part; then it is to be given back.
    """
    columns = zip(
        *((wish.key, wish.most, _micros(wish.seconds), _micros(wish.patience)) for wish in wishes), strict=True
    )
    return [
        Seat(seconds=row["wait"] / 1_000_000, number=row["number"] or 0, until=row["free_at"] or 0)
        for row in await standing.ask(_TAKE, *map(list, columns))
    ]


@dataclass(frozen=True, slots=True)
class Change:
    """A place that is to be free so many seconds from now, taken by somebody who knew it until then."""

    key: str
    number: int
    until: int
    seconds: float


async def tell(standing: Standing, changes: Sequence[Change]) -> dict[tuple[str, int], int]:
    """Say when these places are free again; one that is somebody else's by now at least not before. Raises Broken.

    Returns (limit, number) → until when, 0 for what is not ours.
    """
    columns = zip(*((one.key, one.number, one.until, _micros(one.seconds)) for one in changes), strict=True)
    told = await standing.ask(_TELL, *map(list, columns))
    return {(row["key"], row["number"]): row["free_at"] for row in told}


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
