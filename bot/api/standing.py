"""How one claim, invoice, delivery or run stands now, in the shapes of the API; nothing ({}) when it is gone."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from bot.api.shapes import Json, buyer_json, claim_json, invoice_json
from storage import buyers, claims, deliveries, invoices, runs


def claim_now(tx: sa.Connection, workspace_id: int, claim_id: int) -> Json:
    """A claim beside the entry of the ledger that made it."""
    row = claims.ledger_of(tx, workspace_id, claim_id)
    if row is None or row.claim is None:
        return {}
    return claim_json(row, buyers.get(tx, workspace_id, row.claim.buyer_id or 0))


def invoice_now(tx: sa.Connection, workspace_id: int, invoice_id: int) -> Json:
    """An invoice with how its link fared."""
    invoice = invoices.get(tx, workspace_id, invoice_id)
    if invoice is None:
        return {}
    link = deliveries.links_of(tx, workspace_id, [invoice_id]).get(invoice_id)
    return invoice_json(invoice, buyers.get(tx, workspace_id, invoice.buyer_id), link)


def delivery_now(tx: sa.Connection, workspace_id: int, delivery_id: int) -> Json:
    """A delivery, whatever it says."""
    delivery = deliveries.get(tx, workspace_id, delivery_id)
    if delivery is None:
        return {}
    buyer = buyers.get(tx, workspace_id, delivery.buyer_id) if delivery.buyer_id is not None else None
    return {
        "id": delivery.id,
        "purpose": delivery.purpose,
        "invoice_id": delivery.invoice_id,
        "buyer": buyer_json(buyer),
        "status": delivery.status.value,
        "rung": delivery.rung or None,
        "error": delivery.error or None,
    }


def run_now(tx: sa.Connection, workspace_id: int, run_id: int) -> Json:
    """How far a run has come."""
    run = runs.get(tx, workspace_id, run_id)
    if run is None:
        return {}
    parts = runs.parts(tx, workspace_id, run_id)
    counts = Counter(part.outcome for part in parts if part.outcome)
    return {
        "id": run.id,
        "kind": run.kind,
        "show_id": run.show_id,
        "total": len(parts),
        "done": counts.total(),
        "counts": dict(counts),
        "finished": run.finished_at is not None,
    }
