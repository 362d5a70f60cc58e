"""Shows, as rows."""

from __future__ import annotations

import functools
import json
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.pricing import Pricing
from bot.domain.show import Show, ShowStatus
from bot.domain.show_rules import ShowRules
from storage import events
from storage.database import new_id
from storage.events import EventKind
from storage.rows import run_fixed
from storage.tables import FLAGGED, from_millis
from storage.tables import shows as table


def _show(row: sa.Row[Any]) -> Show:
    return Show(
        id=row.id,
        workspace_id=row.workspace_id,
        title=row.title,
        status=ShowStatus(row.status),
        currency=row.currency,
        market=row.market,
        next_seq=row.next_seq,
        items_version=row.items_version,
        rules=ShowRules.of(row.rules),
        doubts_seen=row.doubts_seen,
        pricing=Pricing.of(row.pricing),
        started_at=row.started_at,
        ended_at=row.ended_at,
        created_at=row.created_at,
    )


def create(
    tx: sa.Connection,
    workspace_id: int,
    *,
    title: str,
    currency: str,
    now: datetime,
    market: str = "",
    pricing: Pricing | None = None,
) -> Show:
    """A new draft."""
    made = tx.execute(
        table.insert().values(
            workspace_id=workspace_id,
            title=title,
            status="draft",
            currency=currency,
            market=market,
            pricing={} if pricing is None else pricing.kept(),
            created_at=now,
        )
    )
    events.note(tx, workspace_id, EventKind.SHOW_UPDATED, new_id(made), show_id=new_id(made), now=now)
    show = get(tx, workspace_id, new_id(made))
    assert show is not None, "it was made in this transaction"
    return show


def get(tx: sa.Connection, workspace_id: int, show_id: int) -> Show | None:
    """One show of the workspace, or None."""
    row = tx.execute(_GET, {"this": show_id, "workspace": workspace_id}).one_or_none()
    return None if row is None else _show(row)


_GET = sa.select(table).where(table.c.id == sa.bindparam("this"), table.c.workspace_id == sa.bindparam("workspace"))


def lock(tx: sa.Connection, workspace_id: int, show_id: int) -> Show | None:
    """The same, held until the transaction ends: one writer per show, whichever replica."""
    row = tx.execute(
        sa.select(table)
        .where(table.c.id == show_id, table.c.workspace_id == workspace_id)
        .with_for_update(key_share=True)
    ).one_or_none()
    return None if row is None else _show(row)


def lock_all(tx: sa.Connection, workspace_id: int) -> list[int]:
    """Hold every show of the workspace, in the order in which comments hold them; their ids."""
    mine = sa.select(table.c.id).where(table.c.workspace_id == workspace_id).order_by(table.c.id)
    return list(tx.scalars(mine.with_for_update(key_share=True)))


def forget_people(tx: sa.Connection, workspace_id: int) -> None:
    """Make whatever any process remembers of the people in shows old, from the next comment on.

    Whoever does it holds all shows. All of them are made old, so that no set of them looks as it did before.
    """
    tx.execute(
        table.update().where(table.c.workspace_id == workspace_id).values(items_version=table.c.items_version + 1)
    )


def newest(tx: sa.Connection, workspace_id: int, *, before: int | None = None, limit: int = 20) -> list[Show]:
    """Shows, newest first, from before the id `before`."""
    query = sa.select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.id < before)
    return [_show(row) for row in tx.execute(query)]


class Listening(NamedTuple):
    """Who a comment can belong to."""

    shows: list[Show]
    """The live ones and the one that ended last."""
    flagged: bool
    """Whether any buyer of the workspace may not claim like anybody else."""


def listening(tx: sa.Connection, workspace_id: int) -> Listening:
    """The shows that hear, locked in a fixed order."""
    lock = "" if tx.dialect.name == "sqlite" else " FOR NO KEY UPDATE OF s"
    rows = run_fixed(tx, _LISTENING + lock, workspace_id=workspace_id)
    return Listening([_show_as_kept(*row[:-1]) for row in rows], any(row[-1] for row in rows))


_KEPT = tuple(column.name for column in table.columns)
_LISTENING = f"""
SELECT {", ".join(f"s.{name}" for name in _KEPT)},
    EXISTS (SELECT 1 FROM buyers WHERE workspace_id = :workspace_id AND ({FLAGGED.text}))
FROM shows s
WHERE s.workspace_id = :workspace_id AND (s.status = '{ShowStatus.LIVE.value}' OR s.id = (
    SELECT e.id FROM shows e WHERE e.workspace_id = :workspace_id AND e.status = '{ShowStatus.ENDED.value}'
    ORDER BY e.ended_at DESC, e.id DESC LIMIT 1))
ORDER BY s.id"""
"""It begins every batch of comments."""


def _show_as_kept(*kept: Any) -> Show:
    values: dict[str, Any] = dict(zip(_KEPT, kept, strict=True))
    for name in ("started_at", "ended_at", "created_at"):
        values[name] = None if values[name] is None else from_millis(values[name])
    values["status"] = ShowStatus(values["status"])
    values["rules"], values["pricing"] = _rules(values["rules"]), _pricing(values["pricing"])
    return Show(**values)


@functools.lru_cache(maxsize=64)
def _rules(kept: str) -> ShowRules:
    return ShowRules.of(json.loads(kept))


@functools.lru_cache(maxsize=64)
def _pricing(kept: str) -> Pricing:
    return Pricing.of(json.loads(kept))


def live(tx: sa.Connection, workspace_id: int) -> Show | None:
    """The live show of the workspace, or None; there is at most one."""
    row = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.status == ShowStatus.LIVE.value)
    ).one_or_none()
    return None if row is None else _show(row)


def start(tx: sa.Connection, workspace_id: int, show_id: int, now: datetime) -> None:
    """Go live (again)."""
    _update(tx, workspace_id, show_id, status=ShowStatus.LIVE.value, ended_at=None)
    note(tx, workspace_id, show_id, now)
    tx.execute(
        table.update()
        .where(table.c.id == show_id, table.c.workspace_id == workspace_id, table.c.started_at.is_(None))
        .values(started_at=now)
    )


def end(tx: sa.Connection, workspace_id: int, show_id: int, now: datetime) -> None:
    """No more claims from what is written from now on."""
    _update(tx, workspace_id, show_id, status=ShowStatus.ENDED.value, ended_at=now)
    note(tx, workspace_id, show_id, now)


def describe(tx: sa.Connection, workspace_id: int, show_id: int, *, title: str, market: str, now: datetime) -> None:
    """Set what a show is called and whose claim words apply in it."""
    _update(tx, workspace_id, show_id, title=title, market=market)
    note(tx, workspace_id, show_id, now)


def set_rules(tx: sa.Connection, workspace_id: int, show_id: int, rules: ShowRules, now: datetime) -> None:
    """Set the rules of a show; whatever is remembered of it is old then."""
    _update(tx, workspace_id, show_id, rules=rules.kept(), items_version=table.c.items_version + 1)
    note(tx, workspace_id, show_id, now)


def set_pricing(tx: sa.Connection, workspace_id: int, show_id: int, pricing: Pricing, now: datetime) -> None:
    """Set what a show charges beside its prices; no comment means anything else because of it."""
    _update(tx, workspace_id, show_id, pricing=pricing.kept())
    note(tx, workspace_id, show_id, now)


def touch_items(tx: sa.Connection, workspace_id: int, show_id: int, now: datetime) -> None:
    """Say that the items changed."""
    _update(tx, workspace_id, show_id, items_version=table.c.items_version + 1)
    note(tx, workspace_id, show_id, now)


def note(tx: sa.Connection, workspace_id: int, show_id: int, now: datetime) -> None:
    """Tell consoles that the show, or the counters of its items, moved."""
    events.note(tx, workspace_id, EventKind.SHOW_UPDATED, show_id, show_id=show_id, now=now)


def next_seq(tx: sa.Connection, workspace_id: int, show_id: int) -> int:
    """Where the ledger of a locked show goes on."""
    seq: int | None = tx.scalar(
        sa.select(table.c.next_seq).where(table.c.id == show_id, table.c.workspace_id == workspace_id)
    )
    assert seq is not None, "the show is locked"
    return seq


def take_seq(tx: sa.Connection, workspace_id: int, show: Show) -> int:
    """The next ledger number of a locked show, used up."""
    seq = next_seq(tx, workspace_id, show.id)
    _update(tx, workspace_id, show.id, next_seq=seq + 1)
    return seq


def _update(tx: sa.Connection, workspace_id: int, show_id: int, **values: Any) -> None:
    tx.execute(table.update().where(table.c.id == show_id, table.c.workspace_id == workspace_id).values(**values))
