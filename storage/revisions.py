"""Revisions: whether a database has the shape that this version of the code needs."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from bot.kit.errors import LiveAssistError
from storage.database import DISCREET, sync_url
from storage.private_files import make_private

NEWEST = "0012"
"""The last of `storage/migrations/versions`; they are numbered."""


class WrongRevision(LiveAssistError):
    """The database has another shape than this version needs."""


def prepare(url: str) -> str:
    """Have the database ready; returns its revision. Blocking.

    A SQLite file is brought to this version's shape. On PostgreSQL other replicas may still run the version before, so
    there `live-assist migrate` is a deed of its own, and this raises WrongRevision until it is done.
    """
    where = sa.make_url(url)
    found = revision_of(where)
    if found == NEWEST:
        return found
    if where.get_backend_name() == "sqlite":
        from storage.upgrade import migrate  # what is seldom needed takes a tenth of a start to load

        return migrate(url)
    stands = "has no tables yet" if found is None else f"is at revision {found}, and this version needs {NEWEST}"
    raise WrongRevision(f"the database {stands}: run live-assist migrate, once, then start again")


def revision_of(url: sa.URL) -> str | None:
    """Which revision a database is at; None when it has no tables yet. A SQLite file is made if there is none.

    Raises WrongRevision when a newer version has been at work there.
    """
    if url.get_backend_name() == "sqlite" and url.database:
        make_private(Path(url.database))
    engine = sa.create_engine(sync_url(url), **DISCREET)
    try:
        with engine.connect() as connection:
            kept = sa.inspect(connection).has_table("alembic_version")
            found = connection.scalar(sa.text("SELECT version_num FROM alembic_version")) if kept else None
    finally:
        engine.dispose()
    if found is not None and found > NEWEST:
        raise WrongRevision(
            f"the database does not fit this version of Live Assist: it is at revision {found}, "
            f"which a newer version made; this one needs {NEWEST}"
        )
    return found
