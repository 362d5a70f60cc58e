"""P5: the reference on PostgreSQL: the same service, one asyncpg connection, a handful of statements per batch."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg  # type: ignore[import-untyped]

from benchmarks.reference_web import Comment, Keep, Stock, options, serve

_TABLES = """
CREATE TABLE events (comment_id text PRIMARY KEY, author text NOT NULL, text text NOT NULL, at bigint NOT NULL);
CREATE TABLE items (code int PRIMARY KEY, quantity int NOT NULL, won int NOT NULL, waiting int NOT NULL);
CREATE TABLE claims (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, comment_id text NOT NULL, code int NOT NULL,
    author text NOT NULL, status text NOT NULL, position int
);
"""
_KNOWN = "SELECT comment_id FROM events WHERE comment_id = ANY($1::text[])"
_STOCK = "SELECT code, quantity, won, waiting FROM items ORDER BY code FOR UPDATE"
_KEEP = """
WITH e AS (
    INSERT INTO events SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
), c AS (
    INSERT INTO claims (comment_id, code, author, status, position)
    SELECT * FROM unnest($5::text[], $6::int[], $7::text[], $8::text[], $9::int[])
)
UPDATE items SET won = n.won, waiting = n.waiting
FROM unnest($10::int[], $11::int[], $12::int[]) AS n (code, won, waiting) WHERE items.code = n.code
"""


async def keep(connection: asyncpg.Connection, comments: list[Comment]) -> None:
    """One transaction: the comments that are new, their claims, and what is left."""
    async with connection.transaction():
        stock = Stock(await connection.fetch(_STOCK))
        known = await connection.fetch(_KNOWN, [comment[0] for comment in comments])
        fresh, claims = stock.decide(comments, {row[0] for row in known})
        await connection.execute(_KEEP, *_columns(fresh, 4), *_columns(claims, 5), *_columns(stock.changed(), 3))


def _columns(rows: Sequence[tuple[object, ...]], count: int) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(count)]


def main() -> None:
    """Serve until killed."""
    told = options(__doc__)

    async def open_keeper() -> Keep:
        connection = await asyncpg.connect(told.database)
        await connection.execute(_TABLES)
        shop = [(code, told.pieces, 0, 0) for code in range(1, told.items + 1)]
        await connection.copy_records_to_table("items", records=shop)

        async def keep_there(comments: list[Comment]) -> None:
            await keep(connection, comments)

        return keep_there

    serve(open_keeper, port=told.port)


if __name__ == "__main__":
    main()
