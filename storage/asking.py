"""Whose turn it is to be asked about."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.kit.aging import Turns


def is_due(turns: Turns, *, made: sa.ColumnElement[Any], asked: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The condition for a row that was made then and last asked about then, by its age."""
    return sa.or_(*(sa.and_(made >= since, asked <= before) for since, before in turns))
