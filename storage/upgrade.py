"""Upgrades: a database brought to the shape that this version of the code needs, by Alembic."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from storage.database import DISCREET, prepare_sqlite, sync_url
from storage.revisions import revision_of

_TURN = {"turn": 0x6D696772617465}


def migrate(url: str) -> str:
    """Bring the database to this version's shape, forward only; returns the revision. Blocking.

    Raises WrongRevision when a newer version has been at work there.
    """
    where = sa.make_url(url)
    revision_of(where)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = sa.create_engine(sync_url(where), **DISCREET)
    if where.get_backend_name() == "sqlite":
        prepare_sqlite(engine)
    try:
        with engine.connect().execution_options(write=True) as connection, connection.begin():
            if where.get_backend_name() == "postgresql":  # two of them at once take turns
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(CAST(:turn AS bigint))"), _TURN)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            revision = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()
    finally:
        engine.dispose()
    return str(revision)
