"""The provider's books as they were last read: customers, invoices and payments, each as the provider has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import integration_data as table

_KEY = ["workspace_id", "provider", "account_id", "type", "external_id"]
_AT_ONCE = 200
"""Rows of one statement: SQLite takes 32,766 values in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a page of records did to the books."""

    new: tuple[str, ...]
    """External ids that were not there."""
    changed: tuple[str, ...]
    """External ids that were there and said something else."""


def keep(
    tx: sa.Connection,
    workspace_id: int,
    *,
    provider: str,
    account_id: str,
    type: str,
    records: Mapping[str, Mapping[str, Any]],
    now: datetime,
) -> Kept:
    """Write records down by their external ids, over what was known of them."""
    before: dict[str, Any] = {}
    ids = list(records)
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        rows = tx.execute(
            sa.select(table.c.external_id, table.c.data).where(
                table.c.workspace_id == workspace_id,
                table.c.provider == provider,
                table.c.account_id == account_id,
                table.c.type == type,
                table.c.external_id.in_(part),
            )
        )
        before.update((row.external_id, row.data) for row in rows)
        insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
        put = insert(table).values(
            [
                {
                    "workspace_id": workspace_id,
                    "provider": provider,
                    "account_id": account_id,
                    "type": type,
                    "external_id": external_id,
                    "data": dict(records[external_id]),
                    "synced_at": now,
                }
                for external_id in part
            ]
        )
        tx.execute(
            put.on_conflict_do_update(
                index_elements=_KEY, set_={"data": put.excluded.data, "synced_at": put.excluded.synced_at}
            )
        )
    return Kept(
        new=tuple(one for one in ids if one not in before),
        changed=tuple(one for one in ids if one in before and before[one] != dict(records[one])),
    )


def counts(tx: sa.Connection, workspace_id: int, provider: str, account_id: str) -> dict[str, int]:
    """How many records of each type are known of an account."""
    rows: Sequence[sa.Row[Any]] = tx.execute(
        sa.select(table.c.type, sa.func.count().label("records"))
        .where(table.c.workspace_id == workspace_id, table.c.provider == provider, table.c.account_id == account_id)
        .group_by(table.c.type)
    ).all()
    return {row.type: row.records for row in rows}
