"""Comments, as the ledger has them: what is known already of those that a platform lists."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from storage.tables import ledger

_AT_ONCE = 500


def texts_of(
    tx: sa.Connection, workspace_id: int, channel_id: int, comment_ids: Collection[str]
) -> dict[str, set[str]]:
    """Comment id → every text it has had, for those of these comments that were heard of; a deletion has none."""
    found: dict[str, set[str]] = {}
    ids = list(comment_ids)
    for start in range(0, len(ids), _AT_ONCE):
        rows = tx.execute(
            sa.select(ledger.c.comment_id, ledger.c.text).where(
                ledger.c.workspace_id == workspace_id,
                ledger.c.channel_id == channel_id,
                ledger.c.comment_id.in_(ids[start : start + _AT_ONCE]),
                ledger.c.verb != "removed",
            )
        )
        for comment_id, text in rows:
            found.setdefault(comment_id, set()).add(text)
    return found


def feeds_heard(tx: sa.Connection, workspace_id: int, show_id: int, channel_id: int) -> list[str]:
    """The feeds of a channel that a show has comments from."""
    return list(
        tx.scalars(
            sa.select(ledger.c.feed_id)
            .distinct()
            .where(
                ledger.c.workspace_id == workspace_id,
                ledger.c.show_id == show_id,
                ledger.c.channel_id == channel_id,
                ledger.c.comment_id.is_not(None),
                ledger.c.feed_id != "",
            )
            .order_by(ledger.c.feed_id)
        )
    )
