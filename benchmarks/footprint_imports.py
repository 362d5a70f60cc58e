"""I: a process that only imports what Live Assist is built of, and says how much memory that takes.

Its memory and its time are what every figure of T17 and T19 is compared with. squareup is not here: nothing of the
service loads it.
"""

from __future__ import annotations

import importlib
import os
import sys

from benchmarks.machine import resident_bytes

DEPENDENCIES = (
    *("aiohttp", "aiohttp.web", "aiosqlite", "alembic.command", "asyncpg", "babel.numbers", "dbos", "dotenv", "jinja2"),
    *("cryptography.hazmat.primitives.ciphers.aead", "sqlalchemy.ext.asyncio", "stripe", "telegram", "uvloop"),
)


def main() -> None:
    """Import, look, end."""
    for name in DEPENDENCIES:
        importlib.import_module(name)
    sys.stdout.write(f"{resident_bytes(os.getpid())}\n")


if __name__ == "__main__":
    main()
