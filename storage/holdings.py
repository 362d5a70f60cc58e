"""Holdings: the claims by which buyers have items or wait for them, and what comments change about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.claim import ClaimStatus
from storage import events, tallies
from storage.claims import get
from storage.events import EventKind
from storage.rows import Rows, look_up, update_rows
from storage.tables import claims as table
from storage.tables import to_millis


class Held(NamedTuple):
    """A claim by which a buyer has an item or waits for it."""

    id: int
    item_id: int
    buyer_id: int
    options: str
    status: str
    seq: int
    wish: int
    quantity: int
    invoice_id: int | None


def of(tx: sa.Connection, workspace_id: int, show_id: int, wishes: Iterable[tuple[int, int]]) -> list[Held]:
    """What these buyers have, or wait for, of these items (buyer id, item id), in the order they came by it."""
    # Without `|| ''` PostgreSQL may find the claims by item and status, which are ever more as the show goes on.
    found = look_up(
        tx,
        "c.id, c.item_id, c.buyer_id, c.options, c.status, c.seq, c.wish, c.quantity, c.invoice_id",
        "claims c",
        "c.show_id = :show_id AND c.buyer_id = r.buyer_id AND c.item_id = r.item_id "
        "AND c.workspace_id = :workspace_id AND c.status || '' IN ('winner', 'waitlisted', 'offered')",
        {"buyer_id": "bigint", "item_id": "bigint"},
        list(wishes),
        workspace_id=workspace_id,
        show_id=show_id,
    )
    return sorted(map(Held._make, found), key=lambda row: (row.seq, row.wish))


def set_quantities(tx: sa.Connection, workspace_id: int, show_id: int, held: Rows, now: datetime) -> None:
    """Let claims be for another number of pieces, each given as (seq, wish, quantity)."""
    ids = ids_of(tx, workspace_id, show_id, [(seq, wish) for seq, wish, _ in held])
    rows = [(ids[seq, wish], quantity, to_millis(now)) for seq, wish, quantity in held]
    update_rows(tx, "claims", _QUANTITY, rows, workspace_id=workspace_id, show_id=show_id)
    for claim_id in ids.values():
        events.note(tx, workspace_id, EventKind.CLAIM_UPDATED, claim_id, now=now)


_QUANTITY = {"id": "bigint", "quantity": "bigint", "decided_at": "bigint"}


def ids_of(tx: sa.Connection, workspace_id: int, show_id: int, keys: Sequence[tuple[int, int]]) -> dict[Any, int]:
    """(seq, wish) → the id of that claim."""
    if not keys:
        return {}
    rows = tx.execute(
        sa.select(table.c.id, table.c.seq, table.c.wish).where(
            table.c.workspace_id == workspace_id,
            table.c.show_id == show_id,
            table.c.seq.in_({seq for seq, _ in keys}),
        )
    )
    found = {(row.seq, row.wish): row.id for row in rows}
    return {key: found[key] for key in keys}


def unmatched(tx: sa.Connection, workspace_id: int, show_id: int) -> list[sa.Row[Any]]:
    """Every claim of a show that names an item it does not have, in the order written."""
    mine = table.c.workspace_id == workspace_id, table.c.show_id == show_id
    query = sa.select(table).where(*mine, sa.text("claims.status = 'unmatched'"))  # in the words of its index
    return list(tx.execute(query.order_by(table.c.seq, table.c.wish)))


def last_wish(tx: sa.Connection, workspace_id: int, show_id: int, seq: int) -> int:
    """The highest number that a claim of this comment has."""
    last: int | None = tx.scalar(
        sa.select(sa.func.max(table.c.wish)).where(
            table.c.workspace_id == workspace_id, table.c.show_id == show_id, table.c.seq == seq
        )
    )
    return last or 0


def settle(
    tx: sa.Connection, workspace_id: int, claim_id: int, *, status: ClaimStatus, now: datetime, **values: Any
) -> None:
    """Give a claim its status and `item_id`, `item_code`, `quantity`, `reason` or `position`; the tally follows."""
    before = get(tx, workspace_id, claim_id)
    assert before is not None, "claims are never deleted"
    tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, table.c.id == claim_id)
        .values(status=status.value, decided_at=now, **values)
    )
    if before.status is not status:
        tallies.add(tx, workspace_id, before.show_id, {before.status.value: -1, status.value: 1})
    events.note(tx, workspace_id, EventKind.CLAIM_UPDATED, claim_id, now=now)
