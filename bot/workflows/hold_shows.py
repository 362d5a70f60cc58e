"""Holds shows: whoever changes what belongs to one waits for whoever does so already, comments included."""

from __future__ import annotations

import sqlalchemy as sa

from bot.domain.show import Show
from bot.kit.errors import BadInput
from storage import shows


def hold_show(tx: sa.Connection, workspace_id: int, show_id: int) -> Show:
    """The show, nobody else's until the transaction ends. Raises BadInput when there is none."""
    return _found(shows.lock(tx, workspace_id, show_id))


def the_show(tx: sa.Connection, workspace_id: int, show_id: int) -> Show:
    """The show, for whoever changes nothing it decides by. Raises BadInput when there is none."""
    return _found(shows.get(tx, workspace_id, show_id))


def _found(show: Show | None) -> Show:
    if show is None:
        raise BadInput("There is no such show.")
    return show
