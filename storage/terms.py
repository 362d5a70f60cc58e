"""What was agreed with one buyer for one show, as rows."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from storage.tables import terms as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How one buyer's things of one show are billed and sent."""

    pickup: bool = False
    """They fetch them."""
    later: bool = False
    """They are sent with what the buyer has in a later show."""
    coupon_id: int | None = None


PLAIN = Terms()


def of(tx: sa.Connection, workspace_id: int, show_id: int, buyer_id: int) -> Terms:
    """What was agreed; nothing, as a rule."""
    row = tx.execute(_OF, {"workspace": workspace_id, "show": show_id, "buyer": buyer_id}).one_or_none()
    return PLAIN if row is None else Terms(pickup=row.pickup, later=row.later, coupon_id=row.coupon_id)


_OF = sa.select(table).where(
    table.c.workspace_id == sa.bindparam("workspace"),
    table.c.show_id == sa.bindparam("show"),
    table.c.buyer_id == sa.bindparam("buyer"),
)


def later_shows(tx: sa.Connection, workspace_id: int, buyer_id: int) -> frozenset[int]:
    """The shows whose things are sent to this buyer later."""
    return frozenset(
        tx.scalars(
            sa.select(table.c.show_id).where(
                table.c.workspace_id == workspace_id, table.c.buyer_id == buyer_id, table.c.later.is_(True)
            )
        )
    )


def agree(
    tx: sa.Connection,
    workspace_id: int,
    show_id: int,
    buyer_id: int,
    *,
    pickup: bool | None = None,
    later: bool | None = None,
    coupon_id: int | None = None,
) -> None:
    """Agree on this; what is None stays as it was."""
    given = {"pickup": pickup, "later": later, "coupon_id": coupon_id}
    tx.execute(_OPEN, {"workspace_id": workspace_id, "show": show_id, "buyer": buyer_id})
    tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, table.c.show_id == show_id, table.c.buyer_id == buyer_id)
        .values({name: value for name, value in given.items() if value is not None})
    )


_OPEN = sa.text(
    "INSERT INTO terms (workspace_id, show_id, buyer_id) VALUES (:workspace_id, :show, :buyer) "
    "ON CONFLICT (show_id, buyer_id) DO NOTHING"
)
