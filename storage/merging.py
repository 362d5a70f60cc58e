"""Merging: everything that one buyer has becomes another's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from storage import buyers, events
from storage.events import EventKind
from storage.tables import buyers as table
from storage.tables import (
    claims,
    coupon_uses,
    credit_balances,
    credit_movements,
    customers,
    deliveries,
    draw_winners,
    identities,
    invoices,
    strikes,
    subscriptions,
    terms,
)

MOVED = (identities, invoices, claims, deliveries, strikes, draw_winners, credit_movements, subscriptions)
"""What names a buyer and goes along. The ledger stays as it was written; the rest has functions of its own here."""


def lock(tx: sa.Connection, workspace_id: int, kept_id: int, gone_id: int) -> None:
    """Hold two buyers, and every invoice of theirs, in a fixed order."""
    both = (kept_id, gone_id)
    tx.execute(
        sa.select(table.c.id)
        .where(table.c.workspace_id == workspace_id, table.c.id.in_(both))
        .order_by(table.c.id)
        .with_for_update(key_share=True)
    )
    tx.execute(
        sa.select(invoices.c.id)
        .where(invoices.c.workspace_id == workspace_id, invoices.c.buyer_id.in_(both))
        .order_by(invoices.c.id)
        .with_for_update()
    )


def claims_by_show(tx: sa.Connection, workspace_id: int, buyer_id: int) -> dict[int, list[int]]:
    """Show → the ids of every claim a buyer made in it, whatever became of it."""
    rows = tx.execute(_CLAIMS, {"workspace_id": workspace_id, "buyer_id": buyer_id})
    found: dict[int, list[int]] = {}
    for show_id, claim_id in rows:
        found.setdefault(show_id, []).append(claim_id)
    return found


_CLAIMS = sa.text(
    "SELECT c.show_id, c.id FROM shows s JOIN claims c ON c.show_id = s.id AND c.buyer_id = :buyer_id "
    "WHERE s.workspace_id = :workspace_id ORDER BY c.show_id, c.id"
)
"""Show by show, because that is what the claims of a buyer are found by."""


def counts(tx: sa.Connection, workspace_id: int, buyer_id: int) -> Mapping[str, int]:
    """How much would go along: `claims`, `invoices` and `identities`."""
    found = {"claims": sum(map(len, claims_by_show(tx, workspace_id, buyer_id).values()))}
    for name, kind in (("invoices", invoices), ("identities", identities)):
        mine = kind.c.workspace_id == workspace_id, kind.c.buyer_id == buyer_id
        found[name] = int(tx.scalars(sa.select(sa.func.count()).select_from(kind).where(*mine)).one())
    return found


def move(tx: sa.Connection, workspace_id: int, kept_id: int, gone_id: int, now: datetime) -> None:
    """Give all that is one buyer's to the other, and let the one lead to the other from now on."""
    moved = claims_by_show(tx, workspace_id, gone_id)
    billed = tx.scalars(
        sa.select(invoices.c.id).where(invoices.c.workspace_id == workspace_id, invoices.c.buyer_id == gone_id)
    ).all()
    _move_customers(tx, workspace_id, kept_id, gone_id)
    _add_up_credit(tx, workspace_id, kept_id, gone_id)
    _move_what_is_new(tx, workspace_id, kept_id, gone_id)
    for theirs in MOVED:
        given = theirs.update().where(theirs.c.workspace_id == workspace_id, theirs.c.buyer_id == gone_id)
        if theirs is claims:
            given = given.where(claims.c.show_id.in_(list(moved)))  # the show is what finds them
        tx.execute(given.values(buyer_id=kept_id))
    tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, sa.or_(table.c.id == gone_id, table.c.merged_into_id == gone_id))
        .values(merged_into_id=kept_id)
    )
    buyers.count_strikes(tx, workspace_id, kept_id)
    for claim_id in (claim_id for theirs in moved.values() for claim_id in theirs):
        events.note(tx, workspace_id, EventKind.CLAIM_UPDATED, claim_id, now=now)
    for invoice_id in billed:
        events.note(tx, workspace_id, EventKind.INVOICE_UPDATED, invoice_id, now=now)


def _move_customers(tx: sa.Connection, workspace_id: int, kept_id: int, gone_id: int) -> None:
    """The kept buyer's customers at providers stay theirs; the other's are taken where there are none."""
    mine = customers.c.workspace_id == workspace_id, customers.c.buyer_id == gone_id
    other = customers.alias("other")
    has = sa.exists().where(
        other.c.buyer_id == kept_id,
        other.c.provider == customers.c.provider,
        other.c.account_id == customers.c.account_id,
    )
    tx.execute(customers.delete().where(*mine, has))
    tx.execute(customers.update().where(*mine).values(buyer_id=kept_id))


def _add_up_credit(tx: sa.Connection, workspace_id: int, kept_id: int, gone_id: int) -> None:
    """What both have in a currency is one balance."""
    mine = credit_balances.c.workspace_id == workspace_id, credit_balances.c.buyer_id == gone_id
    balances = credit_balances.c.currency, credit_balances.c.balance_cents
    for currency, cents in tx.execute(sa.select(*balances).where(*mine).with_for_update()).all():
        added = tx.execute(
            credit_balances.update()
            .where(
                credit_balances.c.workspace_id == workspace_id,
                credit_balances.c.buyer_id == kept_id,
                credit_balances.c.currency == currency,
            )
            .values(balance_cents=credit_balances.c.balance_cents + cents)
        )
        this = credit_balances.c.currency == currency
        if added.rowcount:
            tx.execute(credit_balances.delete().where(*mine, this))
        else:
            tx.execute(credit_balances.update().where(*mine, this).values(buyer_id=kept_id))


def _move_what_is_new(tx: sa.Connection, workspace_id: int, kept_id: int, gone_id: int) -> None:
    """Coupons the kept buyer has not used, and what was agreed for shows where nothing was agreed with them.

    A coupon both have used stays used twice; what else was agreed with the other ends.
    """
    for table_of, by in ((coupon_uses, coupon_uses.c.coupon_id), (terms, terms.c.show_id)):
        theirs = sa.select(by).where(table_of.c.workspace_id == workspace_id, table_of.c.buyer_id == kept_id)
        known = list(tx.scalars(theirs))
        mine = table_of.c.workspace_id == workspace_id, table_of.c.buyer_id == gone_id
        tx.execute(table_of.update().where(*mine, by.not_in(known)).values(buyer_id=kept_id))
    tx.execute(terms.delete().where(terms.c.workspace_id == workspace_id, terms.c.buyer_id == gone_id))
