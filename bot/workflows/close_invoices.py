"""Closes a void invoice in our books: its claims go to the invoice that takes it over, or are free again."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from bot.domain.claim import Claim, ClaimStatus
from bot.domain.invoice import Invoice, InvoiceStatus, Line
from bot.domain.show import Item
from storage import claims, invoices, items, runs


def close_void(tx: sa.Connection, invoice: Invoice) -> bool:
    """Mark a locked invoice void; True when another invoice took its claims over."""
    workspace_id = invoice.workspace_id
    invoices.change(tx, workspace_id, invoice.id, status=InvoiceStatus.VOID)
    successor = invoices.successor(tx, workspace_id, invoice.id)
    if successor is None:
        claims.unbill(tx, workspace_id, invoice.id)
        runs.settle(tx, workspace_id, invoice.id, InvoiceStatus.VOID.value)
        return False
    carried = [claim for claim in claims.on_invoice(tx, workspace_id, invoice.id) if claim.status is ClaimStatus.WINNER]
    claims.bill(tx, workspace_id, [claim.id for claim in carried], successor.id)
    claims.unbill(tx, workspace_id, invoice.id)  # whatever was released meanwhile
    by_id = {item.id: item for item in items.of_show(tx, workspace_id, invoice.show_id)}
    billed = claims.on_invoice(tx, workspace_id, successor.id)
    invoices.rewrite_lines(tx, workspace_id, successor.id, lines_for(billed, by_id))
    runs.settle(tx, workspace_id, invoice.id, "replaced")
    return True


def lines_for(billed: Iterable[Claim], by_id: dict[int, Item]) -> list[Line]:
    """Invoice lines from the winners among these claims: the same item and options become one line."""
    pieces: dict[tuple[int, tuple[str, ...]], int] = {}
    for claim in billed:
        if claim.item_id is not None and claim.status is ClaimStatus.WINNER:
            key = (claim.item_id, claim.options)
            pieces[key] = pieces.get(key, 0) + claim.quantity
    return [
        Line(
            code=by_id[item_id].whole_code,
            title=by_id[item_id].title,
            options=options,
            quantity=quantity,
            unit_cents=by_id[item_id].price_cents,
        )
        for (item_id, options), quantity in pieces.items()
    ]
