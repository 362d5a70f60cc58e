"""Flags: what a shop decided about single buyers, as far as it bears on their claims."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from storage.rows import run_with_rows

BLOCKED = "blocked"
DEPOSIT_DUE = "a deposit is due first"


def refusals(tx: sa.Connection, workspace_id: int, buyer_ids: Iterable[int]) -> dict[int, str]:
    """Why those of these buyers who may not claim may not."""
    ids = [(buyer_id,) for buyer_id in set(buyer_ids)]
    if not ids:
        return {}
    found = run_with_rows(
        tx,
        "SELECT b.id, b.blocked FROM {rows} {join} buyers b ON b.id = r.id "
        "WHERE b.workspace_id = :workspace_id AND (b.blocked OR b.deposit_due)",
        {"id": "bigint"},
        ids,
        workspace_id=workspace_id,
    )
    return {buyer_id: BLOCKED if blocked else DEPOSIT_DUE for buyer_id, blocked in found}
