"""The common verdict after every fault: nothing acknowledged is lost, nothing happened twice, nothing is oversold."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.facebook.pages import Comment
from tests.faults.processes import ServedShop


def decided_once(shop: ServedShop, comments: Sequence[Comment], *, quantity: int) -> None:
    """Each of these, one piece each from different buyers, is in the ledger once; as many won as there were."""
    kept, claims, items = shop.look(
        "SELECT comment_id FROM ledger WHERE kind = 'comment'",
        "SELECT status, position FROM claims ORDER BY show_id, seq, wish",
        "SELECT quantity, won, waiting FROM items",
    )
    assert sorted(row.comment_id for row in kept) == sorted(comment.id for comment in comments)
    winners = min(quantity, len(comments))
    waiting = len(comments) - winners
    assert [row.status for row in claims] == ["winner"] * winners + ["waitlisted"] * waiting
    assert [row.position for row in claims[winners:]] == list(range(1, waiting + 1))
    assert [tuple(row) for row in items] == [(quantity, winners, waiting)]
