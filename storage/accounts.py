"""Accounts: what buyers won, paid and owe, in every show, many buyers in one statement."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from bot.domain.buyer import Account
from bot.domain.invoice import OWED, InvoiceStatus
from bot.domain.show import ShowStatus
from storage.rows import run_with_rows

_OWED = ", ".join(f"'{status.value}'" for status in sorted(OWED))
_PAID = ", ".join(
    f"'{status.value}'" for status in (InvoiceStatus.PAID, InvoiceStatus.REFUNDED, InvoiceStatus.PARTLY_REFUNDED)
)
_BILLED = f"""
SELECT i.buyer_id, i.show_id, i.currency,
    sum(CASE WHEN i.status IN ({_PAID}) THEN 1 ELSE 0 END) AS paid,
    sum(CASE WHEN i.status = '{InvoiceStatus.PARTLY_PAID.value}' THEN 1 ELSE 0 END) AS partly_paid,
    sum(CASE WHEN i.status IN ({_OWED}) THEN 1 ELSE 0 END) AS unpaid,
    sum(CASE WHEN i.status IN ({_OWED}) AND i.amount_cents > i.paid_cents THEN i.amount_cents - i.paid_cents ELSE 0 END)
        AS unpaid_cents,
    0 AS won, 0 AS won_cents
FROM {{invoices}}
WHERE i.workspace_id = :workspace_id AND i.status <> '{InvoiceStatus.VOID.value}'
GROUP BY i.buyer_id, i.show_id, i.currency
"""
_UNBILLED = """
SELECT c.buyer_id, c.show_id, s.currency, 0 AS paid, 0 AS partly_paid, 0 AS unpaid, 0 AS unpaid_cents,
    count(*) AS won, sum(c.quantity * coalesce(t.price_cents, 0)) AS won_cents
FROM {claims} JOIN shows s ON s.id = c.show_id LEFT JOIN items t ON t.id = c.item_id
WHERE c.workspace_id = :workspace_id AND c.status = 'winner' AND c.invoice_id IS NULL AND c.buyer_id IS NOT NULL
GROUP BY c.buyer_id, c.show_id, s.currency
"""
_ALL = f"""
SELECT a.buyer_id, a.show_id, a.currency, sum(a.paid), sum(a.partly_paid), sum(a.unpaid), sum(a.unpaid_cents),
    sum(a.won), sum(a.won_cents), s.status
FROM ({_BILLED} UNION ALL {_UNBILLED}) AS a JOIN shows s ON s.id = a.show_id
GROUP BY a.buyer_id, a.show_id, a.currency, s.status
ORDER BY a.buyer_id, a.show_id, a.currency
"""
_OF_BUYERS = _ALL.format(
    invoices="{rows} {join} invoices i ON i.buyer_id = r.id", claims="{rows} {join} claims c ON c.buyer_id = r.id"
)
_OF_EVERYBODY = sa.text(_ALL.format(invoices="invoices i", claims="claims c"))


def of_buyers(tx: sa.Connection, workspace_id: int, buyer_ids: Iterable[int]) -> dict[int, list[Account]]:
    """Buyer → their accounts; a buyer who never won anything has none and is absent."""
    wanted = [(buyer_id,) for buyer_id in buyer_ids]
    if not wanted:
        return {}
    return _by_buyer(run_with_rows(tx, _OF_BUYERS, {"id": "bigint"}, wanted, workspace_id=workspace_id))


def owing(tx: sa.Connection, workspace_id: int) -> dict[int, list[Account]]:
    """The same for everybody in the workspace who owes something."""
    everybody = _by_buyer(tx.execute(_OF_EVERYBODY, {"workspace_id": workspace_id}))
    return {buyer_id: theirs for buyer_id, theirs in everybody.items() if any(account.owes for account in theirs)}


def _by_buyer(rows: Iterable[Any]) -> dict[int, list[Account]]:
    found: dict[int, list[Account]] = {}
    for buyer_id, show_id, currency, paid, partly, unpaid, unpaid_cents, won, won_cents, status in rows:
        found.setdefault(buyer_id, []).append(
            Account(
                show_id=show_id,
                over=status == ShowStatus.ENDED.value,
                currency=currency,
                paid=int(paid),
                partly_paid=int(partly),
                unpaid=int(unpaid),
                unpaid_cents=int(unpaid_cents),
                won=int(won),
                won_cents=int(won_cents),
            )
        )
    return found


def shows_of(tx: sa.Connection, workspace_id: int, buyer_id: int) -> int:
    """In how many shows a buyer claimed something."""
    count = tx.scalar(_SHOWS, {"workspace_id": workspace_id, "buyer_id": buyer_id})
    return int(count or 0)


_SHOWS = sa.text(
    "SELECT count(*) FROM shows s WHERE s.workspace_id = :workspace_id "
    "AND EXISTS (SELECT 1 FROM claims c WHERE c.show_id = s.id AND c.buyer_id = :buyer_id)"
)
