"""R5 and R1: the least a service must do to take comments and answer for them, on SQLite.

aiohttp on uvloop, the signature, JSON, and one writer that commits whatever came during its last commit: it keeps
each comment, decides first come first served with counters of stock, and writes the claim, in raw SQL. Every webhook
is answered after the commit that holds its comments. No buyers, no shows, no languages, no changes of mind.

Tried on one core, and slower: the whole batch as one JSON parameter (0.9), the commit in the loop's own thread (0.8).
"""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.reference_web import Comment, Keep, Stock, options, serve

_TABLES = """
CREATE TABLE events (
    comment_id TEXT PRIMARY KEY, author TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE TABLE items (
    code INTEGER PRIMARY KEY, quantity INTEGER NOT NULL, won INTEGER NOT NULL, waiting INTEGER NOT NULL
);
CREATE TABLE claims (
    id INTEGER PRIMARY KEY, comment_id TEXT NOT NULL, code INTEGER NOT NULL, author TEXT NOT NULL,
    status TEXT NOT NULL, position INTEGER
);
"""


def open_database(home: Path, items: int, pieces: int) -> sqlite3.Connection:
    """An empty shop on disk, safe against a power cut."""
    connection = sqlite3.connect(home / "reference.db", isolation_level=None, check_same_thread=False)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + _TABLES)
    connection.executemany("INSERT INTO items VALUES (?, ?, 0, 0)", [(code, pieces) for code in range(1, items + 1)])
    return connection


def keep(connection: sqlite3.Connection, comments: list[Comment]) -> None:
    """One transaction: the comments that are new, their claims, and what is left."""
    connection.execute("BEGIN IMMEDIATE")
    ids = [comment[0] for comment in comments]
    marks = ",".join("?" * len(ids))
    known = connection.execute(f"SELECT comment_id FROM events WHERE comment_id IN ({marks})", ids)  # noqa: S608
    stock = Stock(connection.execute("SELECT code, quantity, won, waiting FROM items"))
    fresh, claims = stock.decide(comments, {row[0] for row in known})
    connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", fresh)
    connection.executemany(
        "INSERT INTO claims (comment_id, code, author, status, position) VALUES (?, ?, ?, ?, ?)", claims
    )
    connection.executemany("UPDATE items SET won = ?2, waiting = ?3 WHERE code = ?1", stock.changed())
    connection.execute("COMMIT")


def main() -> None:
    """Serve until killed."""
    told = options(__doc__)

    async def open_keeper() -> Keep:
        connection = open_database(told.home, told.items, told.pieces)
        loop, thread = asyncio.get_running_loop(), ThreadPoolExecutor(1)

        async def keep_there(comments: list[Comment]) -> None:
            await loop.run_in_executor(thread, keep, connection, comments)

        return keep_there

    serve(open_keeper, port=told.port)


if __name__ == "__main__":
    main()
