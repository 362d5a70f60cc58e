"""How shows, claims, invoices, deliveries and runs stand now, in the shapes of the API.

Many of a kind are read together; what is gone is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from bot.api import people
from bot.api.shapes import Json, claim_json, invoice_json, item_json, show_json
from bot.domain.option_stock import gathered
from storage import claims, deliveries, invoices, items, runs, shows

Standing = Callable[[sa.Connection, int, Sequence[int]], dict[int, Json]]


def invoices_now(tx: sa.Connection, workspace_id: int, invoice_ids: Sequence[int], public_url: str) -> dict[int, Json]:
    """Invoices with how their links fared; `public_url` is where the world reaches us, if it does."""
    found = invoices.many(tx, workspace_id, invoice_ids)
    known = people.known(tx, workspace_id, {invoice.buyer_id for invoice in found.values()})
    links = deliveries.links_of(tx, workspace_id, found)
    return {
        invoice_id: invoice_json(invoice, known.get(invoice.buyer_id), links.get(invoice_id), public_url)
        for invoice_id, invoice in found.items()
    }


def deliveries_now(tx: sa.Connection, workspace_id: int, delivery_ids: Sequence[int]) -> dict[int, Json]:
    """Deliveries, whatever they say."""
    found = deliveries.many(tx, workspace_id, delivery_ids)
    known = people.known(tx, workspace_id, {one.buyer_id for one in found.values() if one.buyer_id is not None})
    return {
        delivery_id: {
            "id": delivery.id,
            "purpose": delivery.purpose,
            "invoice_id": delivery.invoice_id,
            "buyer": known.get(delivery.buyer_id or 0),
            "status": delivery.status.value,
            "rung": delivery.rung or None,
            "error": delivery.error or None,
        }
        for delivery_id, delivery in found.items()
    }


def runs_now(tx: sa.Connection, workspace_id: int, run_ids: Sequence[int]) -> dict[int, Json]:
    """How far runs have come; there are never many."""
    found = {run_id: run_now(tx, workspace_id, run_id) for run_id in run_ids}
    return {run_id: run for run_id, run in found.items() if run}


def shows_now(tx: sa.Connection, workspace_id: int, show_ids: Sequence[int]) -> dict[int, Json]:
    """Shows with all their items; there are never many."""
    found = {show_id: shows.get(tx, workspace_id, show_id) for show_id in show_ids}
    return {
        show_id: show_json(show)
        | {"items": [item_json(item) for item in gathered(items.of_show(tx, workspace_id, show_id))]}
        for show_id, show in found.items()
        if show is not None
    }


def claim_now(tx: sa.Connection, workspace_id: int, claim_id: int) -> Json:
    """One claim beside the entry of the ledger that made it, or nothing ({})."""
    row = claims.ledger_of(tx, workspace_id, [claim_id]).get(claim_id)
    if row is None:
        return {}
    known = people.known(tx, workspace_id, {row.buyer_id} if row.buyer_id is not None else ())
    return claim_json(row, known.get(row.buyer_id or 0))


def invoice_now(tx: sa.Connection, workspace_id: int, invoice_id: int, public_url: str) -> Json:
    """One invoice, or nothing ({})."""
    return invoices_now(tx, workspace_id, [invoice_id], public_url).get(invoice_id, {})


def run_now(tx: sa.Connection, workspace_id: int, run_id: int) -> Json:
    """One run, or nothing ({})."""
    run = runs.get(tx, workspace_id, run_id)
    if run is None:
        return {}
    outcomes = runs.outcomes(tx, workspace_id, run_id)
    counts = {outcome: count for outcome, count in outcomes.items() if outcome}
    return {
        "id": run.id,
        "kind": run.kind,
        "show_id": run.show_id,
        "total": sum(outcomes.values()),
        "done": sum(counts.values()),
        "counts": counts,
        "finished": run.finished_at is not None,
    }
