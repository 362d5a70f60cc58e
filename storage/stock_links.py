"""Stock links: which thing of a provider's catalogue an item is, and how many of it were counted there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.show import ShowStatus
from storage.tables import items, shows
from storage.tables import stock_links as table


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLink:
    """One item, or row of its stock, and its counterpart."""

    id: int
    workspace_id: int
    item_id: int
    provider: str
    account_id: str
    external_id: str
    seen_quantity: int
    """The provider's count that our quantity allows for already."""
    missing_quantity: int
    """Pieces that are won here and not there: taken off our quantity as soon as somebody gives theirs back."""
    pushed_quantity: int | None
    """What the provider is being told to count, until it is known to have got there."""
    pushes: int
    """How often it was told."""
    synced_at: datetime
    """When the provider was read last; what it is told to count is as of then."""


def _link(row: sa.Row[Any]) -> StockLink:
    return StockLink(
        id=row.id,
        workspace_id=row.workspace_id,
        item_id=row.item_id,
        provider=row.provider,
        account_id=row.account_id,
        external_id=row.external_id,
        seen_quantity=row.seen_quantity,
        missing_quantity=row.missing_quantity,
        pushed_quantity=row.pushed_quantity,
        pushes=row.pushes,
        synced_at=row.synced_at,
    )


def due(tx: sa.Connection, *, drafts_before: datetime, ended_after: datetime) -> list[StockLink]:
    """What is to be looked at, of every workspace: all of shows that are live, and elsewhere what does not agree.

    Of a draft also what was read last before `drafts_before`; of an ended show nothing that ended before `ended_after`.
    """
    left = items.c.quantity - items.c.won
    differs = sa.or_(table.c.pushed_quantity.is_not(None), table.c.seen_quantity != left)
    rows = tx.execute(
        sa.select(table)
        .join(items, items.c.id == table.c.item_id)
        .join(shows, shows.c.id == items.c.show_id)
        .where(
            sa.or_(
                shows.c.status == ShowStatus.LIVE.value,
                sa.and_(shows.c.status == ShowStatus.DRAFT.value, sa.or_(differs, table.c.synced_at <= drafts_before)),
                sa.and_(shows.c.ended_at > ended_after, differs),
            )
        )
        .order_by(table.c.workspace_id, table.c.id)
    )
    return [_link(row) for row in rows]


def of_items(tx: sa.Connection, workspace_id: int, item_ids: Sequence[int]) -> list[StockLink]:
    """The links of these items."""
    rows = tx.execute(sa.select(table).where(table.c.workspace_id == workspace_id, table.c.item_id.in_(item_ids)))
    return [_link(row) for row in rows]


def by_external_id(
    tx: sa.Connection, workspace_id: int, provider: str, account_id: str, external_id: str
) -> StockLink | None:
    """The link to this thing of the catalogue, or None."""
    row = tx.execute(
        sa.select(table).where(
            table.c.workspace_id == workspace_id,
            table.c.provider == provider,
            table.c.account_id == account_id,
            table.c.external_id == external_id,
        )
    ).one_or_none()
    return None if row is None else _link(row)


def lock(tx: sa.Connection, workspace_id: int, link_id: int) -> StockLink | None:
    """One link, held until the transaction ends; None when it was cut."""
    row = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.id == link_id).with_for_update()
    ).one_or_none()
    return None if row is None else _link(row)


def add(
    tx: sa.Connection,
    workspace_id: int,
    item_id: int,
    *,
    provider: str,
    account_id: str,
    external_id: str,
    seen_quantity: int,
    missing_quantity: int,
    now: datetime,
) -> None:
    """Link an item. Raises IntegrityError when it, or that thing of the catalogue, is linked already."""
    tx.execute(
        table.insert().values(
            workspace_id=workspace_id,
            item_id=item_id,
            provider=provider,
            account_id=account_id,
            external_id=external_id,
            seen_quantity=seen_quantity,
            missing_quantity=missing_quantity,
            synced_at=now,
        )
    )


def change(tx: sa.Connection, workspace_id: int, link_id: int, **values: Any) -> None:
    """Set `seen_quantity`, `missing_quantity`, `pushed_quantity`, `pushes` or `synced_at`."""
    tx.execute(table.update().where(table.c.id == link_id, table.c.workspace_id == workspace_id).values(**values))


def remove(tx: sa.Connection, workspace_id: int, item_id: int) -> bool:
    """Cut the link of an item; False when it had none."""
    gone = tx.execute(table.delete().where(table.c.workspace_id == workspace_id, table.c.item_id == item_id))
    return gone.rowcount > 0
