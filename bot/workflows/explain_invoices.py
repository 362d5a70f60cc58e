"""Explains why an order to invoice has nothing to bill, in words an operator can act on."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from bot.domain.invoice import Invoice, InvoiceStatus
from bot.domain.show import Show, ShowStatus
from bot.kit.errors import BadInput
from storage import claims, invoices


def check_claims(tx: sa.Connection, show: Show) -> None:
    """The show must have ended, or have claims. Raises BadInput."""
    if show.status is ShowStatus.DRAFT and not claims.active(tx, show.workspace_id, show.id):
        raise BadInput(f"“{show.title}” is a draft without claims: nothing to bill. To start it: /live")


def why_nothing(tx: sa.Connection, show: Show, only: Collection[int] | None, under_way: int) -> str:
    """Why nothing was billed, of everybody or of `only` these buyers."""
    if under_way:
        return "Their invoices are being made right now."
    theirs = [
        one
        for one in invoices.of_show(tx, show.workspace_id, show.id)
        if (only is None or one.buyer_id in only) and one.status is not InvoiceStatus.VOID
    ]
    if not theirs:
        return "No winners yet: nothing to bill." if only is None else "They have won nothing yet: nothing to bill."
    lines = [f"Nothing new to bill: {_counted(theirs)}."]
    if any(one.status is InvoiceStatus.ERROR for one in theirs):
        lines.append("To try the refused ones again: /invoice retry")
    elif any(one.waits_for_page for one in theirs):
        lines.append("To have a new page for what is left: /invoice retry")
    if missing := sorted({code for one in theirs if one.status is InvoiceStatus.DRAFT for code in one.unpriced}):
        lines.append(f"Waiting for a price: {', '.join(missing)}. Set it: /item edit {missing[0]} 19.90")
    return "\n".join(lines)


def status_word(status: InvoiceStatus) -> str:
    """A status as an operator reads it: “refused”, “partly paid”."""
    return "refused" if status is InvoiceStatus.ERROR else status.value.replace("_", " ")


def _counted(found: Collection[Invoice]) -> str:
    counts: dict[str, int] = {}
    for one in found:
        word = status_word(one.status)
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{count} {word}" for word, count in counts.items())
