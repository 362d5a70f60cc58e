"""Revisions: whether a database has the shape that this version of the code needs."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.kit.errors import LiveAssistError
from storage.database import migrate, sync_url


class WrongRevision(LiveAssistError):
    """The database has another shape than this version needs."""


def prepare(url: str) -> str:
    """Have the database ready; returns its revision. Blocking.

    A SQLite file is brought to this version's shape. On PostgreSQL other replicas may still run the version before, so
    there `live-assist migrate` is a deed of its own, and this raises WrongRevision until it is done.
    """
    where = sa.make_url(url)
    return migrate(url) if where.get_backend_name() == "sqlite" else _check(where)


def _check(url: sa.URL) -> str:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    needed = scripts.get_current_head()
    assert needed is not None, "there are migrations"
    engine = sa.create_engine(sync_url(url))
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    if found == needed:
        return found
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        raise WrongRevision(
            f"the database does not fit this version of Live Assist: it is at revision {found}, "
            f"which a newer version made; this one needs {needed}"
        )
    stands = "has no tables yet" if found is None else f"is at revision {found}, and this version needs {needed}"
    raise WrongRevision(f"the database {stands}: run live-assist migrate, once, then start again")
