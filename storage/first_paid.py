"""First paid: what buyers who pay first have won and not paid, and others wait for."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.claim import ClaimStatus
from bot.domain.invoice import HAS_MONEY
from storage.tables import FLAGGED, to_millis

_MONEY = ", ".join(f"'{status.value}'" for status in sorted(HAS_MONEY))
_WON = f"c.status = '{ClaimStatus.WINNER.value}' AND c.item_id IS NOT NULL"
_WAITS = f"status = '{ClaimStatus.WAITLISTED.value}'"
_PAYS_FIRST = f"({FLAGGED.text}) AND b.pays_first"  # all of the words of the index, so that it is used
_CLAIM = "c.id, c.workspace_id, c.show_id, c.item_id, c.quantity, c.seq, c.wish"

_YIELDING = f"""
WITH unpaid AS (
    SELECT {_CLAIM} FROM buyers b CROSS JOIN claims c
    WHERE {_PAYS_FIRST} AND c.workspace_id = b.workspace_id AND c.buyer_id = b.id AND {_WON} AND c.invoice_id IS NULL
        {{here}}
    UNION ALL
    SELECT {_CLAIM} FROM buyers b CROSS JOIN invoices i CROSS JOIN claims c
    WHERE {_PAYS_FIRST} AND i.workspace_id = b.workspace_id AND i.buyer_id = b.id AND i.status NOT IN ({_MONEY})
        AND c.invoice_id = i.id AND {_WON}
        {{here}}
), firsts AS (
    SELECT w.item_id, min(w.position) AS place FROM claims w JOIN buyers o ON o.id = w.buyer_id
    WHERE w.item_id IN (SELECT item_id FROM unpaid) AND w.{_WAITS} AND NOT o.pays_first
    GROUP BY w.item_id
), needed AS (
    SELECT f.item_id, max(w.quantity) AS pieces FROM firsts f
    JOIN claims w ON w.item_id = f.item_id AND w.{_WAITS} AND w.position <= f.place
    GROUP BY f.item_id
), kept AS (
    SELECT u.id, u.workspace_id, u.show_id, u.item_id, u.seq, u.wish, n.pieces, t.quantity - t.won AS spare,
        sum(u.quantity) OVER (PARTITION BY u.item_id) AS most,
        sum(u.quantity) OVER (PARTITION BY u.item_id ORDER BY u.seq DESC, u.wish DESC) - u.quantity AS newer
    FROM unpaid u JOIN needed n ON n.item_id = u.item_id JOIN items t ON t.id = u.item_id
)
SELECT k.workspace_id, k.show_id, k.id FROM kept k
WHERE k.spare + k.newer < k.pieces AND k.pieces <= k.spare + k.most
    AND NOT EXISTS (SELECT 1 FROM claims d WHERE d.item_id = k.item_id AND d.due_at <= :now)
ORDER BY k.workspace_id, k.show_id, k.item_id, k.seq DESC, k.wish DESC
"""
"""Nobody overtakes in a line, so what has to become free is what the largest wish in it needs, up to the first of
somebody who does not pay first. An item of which anything is due otherwise is looked at when that is done. The crosses
have SQLite begin with the buyers, of whom it cannot know how few they are."""
_EVERYWHERE = sa.text(_YIELDING.format(here=""))
_HERE = sa.text(_YIELDING.format(here="AND b.workspace_id = :workspace_id AND c.show_id = :show_id"))


class Yielding(NamedTuple):
    """A claim that somebody else is to have."""

    workspace_id: int
    show_id: int
    claim_id: int


def yielding(tx: sa.Connection, now: datetime, *, of: tuple[int, int] | None = None) -> list[Yielding]:
    """Of each item as many such claims as the next in line needs, newest first; none where that is not enough.

    `of` is the workspace and show to look at.
    """
    values: dict[str, Any] = {"now": to_millis(now)}
    if of is None:
        rows = tx.execute(_EVERYWHERE, values)
    else:
        rows = tx.execute(_HERE, values | {"workspace_id": of[0], "show_id": of[1]})
    return [Yielding(*row) for row in rows]
