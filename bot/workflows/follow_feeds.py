"""Follows a group that has got another id, as Telegram gives it one when it becomes a supergroup."""

from __future__ import annotations

import sqlalchemy as sa

from storage import channels, deliveries, runs, scoreboards


def follow_feed(tx: sa.Connection, workspace_id: int, channel_id: int, *, old: str, new: str) -> None:
    """What was said to be of the old group is of the new one, and what waits to go there goes on; repeating it is fine.

    The ledger stays as it was written.
    """
    if old == new:
        return
    channels.move_feed(tx, workspace_id, channel_id, old=old, new=new)
    for places in (scoreboards, runs, deliveries):
        places.move_chat(tx, workspace_id, channel_id, old=old, new=new)
