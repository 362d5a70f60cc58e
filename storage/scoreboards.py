"""The one message of a show in each group that says how the items stand, as rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from storage.rows import run_with_rows
from storage.tables import feeds, shows
from storage.tables import scoreboards as table


class BoardStatus(StrEnum):
    """How far the message of a group is."""

    WANTED = "wanted"
    """To be sent."""
    SENDING = "sending"
    SHOWN = "shown"
    UNKNOWN = "unknown"
    """It was cut off in flight: only a person may have it sent again."""
    OVER = "over"
    """It has said its last, as long as the show does not go on."""
    OFF = "off"
    """We may not write there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One message in one group."""

    id: int
    show_id: int
    channel_id: int
    chat_id: str
    message_id: str | None
    status: BoardStatus
    attempt: int
    """Rises every time it is sent anew."""


def want(tx: sa.Connection, workspace_id: int, places: Collection[tuple[int, int, str]]) -> None:
    """Have a message for each (show, channel, chat) that has none yet."""
    run_with_rows(
        tx,
        "INSERT INTO scoreboards (workspace_id, show_id, channel_id, chat_id) "
        "SELECT CAST(:workspace_id AS bigint), r.show_id, r.channel_id, r.chat_id FROM {rows} WHERE true "
        "ON CONFLICT (show_id, channel_id, chat_id) DO NOTHING",
        {"show_id": "bigint", "channel_id": "bigint", "chat_id": "text"},
        list(places),
        workspace_id=workspace_id,
    )


def moving(tx: sa.Connection, workspace_id: int) -> list[Board]:
    """The messages of live shows, and those of ended ones that have not said their last; none in a muted group."""
    return [_board(row) for row in tx.execute(_MOVING, {"workspace": workspace_id})]


_MUTED = sa.exists().where(
    feeds.c.workspace_id == table.c.workspace_id,
    feeds.c.channel_id == table.c.channel_id,
    feeds.c.external_id == table.c.chat_id,
    feeds.c.muted.is_(True),
)
_MOVING = (
    sa.select(table)
    .join(shows, sa.and_(shows.c.id == table.c.show_id, shows.c.workspace_id == table.c.workspace_id))
    .where(
        table.c.workspace_id == sa.bindparam("workspace"),
        shows.c.status != "draft",
        sa.or_(shows.c.status == "live", table.c.status != BoardStatus.OVER.value),
        table.c.status.not_in([BoardStatus.UNKNOWN.value, BoardStatus.OFF.value]),
        ~_MUTED,
    )
    .order_by(table.c.id)
)
"""Asked for after whatever moves, twice a second."""


def of_show(tx: sa.Connection, workspace_id: int, show_id: int) -> list[Board]:
    """The messages of a show."""
    rows = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.show_id == show_id).order_by(table.c.id)
    )
    return [_board(row) for row in rows]


def cut_off(tx: sa.Connection, workspace_id: int) -> list[Board]:
    """Messages that somebody who is gone was sending: nobody knows whether they are there."""
    rows = tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, table.c.status == BoardStatus.SENDING.value)
        .values(status=BoardStatus.UNKNOWN.value)
        .returning(*table.c)
    )
    return [_board(row) for row in rows]


def begin(tx: sa.Connection, workspace_id: int, board: Board) -> bool:
    """Mark as `sending`, just before the call; False when somebody has moved it since it was read."""
    changed = tx.execute(
        table.update()
        .where(
            table.c.id == board.id,
            table.c.workspace_id == workspace_id,
            table.c.attempt == board.attempt,
            table.c.status == board.status.value,
            table.c.status != BoardStatus.SENDING.value,
        )
        .values(status=BoardStatus.SENDING.value)
    )
    return changed.rowcount == 1


def settle(tx: sa.Connection, workspace_id: int, board: Board, status: BoardStatus, message_id: str | None) -> None:
    """Record how it went, unless it was asked for anew meanwhile."""
    tx.execute(
        table.update()
        .where(table.c.id == board.id, table.c.workspace_id == workspace_id, table.c.attempt == board.attempt)
        .values(status=status.value, message_id=message_id)
    )


def send_anew(tx: sa.Connection, workspace_id: int, board_id: int) -> None:
    """Have a message sent again, whatever became of it."""
    tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, table.c.id == board_id)
        .values(status=BoardStatus.WANTED.value, message_id=None, attempt=table.c.attempt + 1)
    )


def move_chat(tx: sa.Connection, workspace_id: int, channel_id: int, *, old: str, new: str) -> None:
    """A group has another id now: what stands in the old one cannot be edited any more, so it is sent anew."""
    there = table.c.workspace_id == workspace_id, table.c.channel_id == channel_id
    has_new = sa.select(table.c.show_id).where(*there, table.c.chat_id == new)
    moving = table.c.show_id.not_in(has_new.scalar_subquery()), table.c.status != BoardStatus.OVER.value
    tx.execute(
        table.update()
        .where(*there, table.c.chat_id == old, *moving)
        .values(chat_id=new, status=BoardStatus.WANTED.value, message_id=None, attempt=table.c.attempt + 1)
    )
    tx.execute(table.delete().where(*there, table.c.chat_id == old))


def first_winners(
    tx: sa.Connection, workspace_id: int, item_ids: Collection[int], *, most: int
) -> dict[int, list[str]]:
    """Item → the names of its first winners, at most so many."""
    first = "FROM claims w WHERE w.item_id = r.id AND w.status = 'winner' ORDER BY w.seq, w.wish LIMIT :most"
    if tx.dialect.name == "sqlite":
        claims = f"{{rows}} {{join}} claims c ON c.id IN (SELECT w.id {first})"
    else:
        claims = f"{{rows}} CROSS JOIN LATERAL (SELECT w.* {first}) AS c"
    found = run_with_rows(
        tx,
        f"SELECT r.id, b.name, b.handle FROM {claims} JOIN buyers b ON b.id = c.buyer_id "
        "WHERE c.workspace_id = :workspace_id ORDER BY r.id, c.seq, c.wish",
        {"id": "bigint"},
        [(item_id,) for item_id in item_ids],
        workspace_id=workspace_id,
        most=most,
    )
    winners: dict[int, list[str]] = {}
    for row in found:
        winners.setdefault(row[0], []).append(row[1] or row[2])
    return winners


def _board(row: sa.Row[Any]) -> Board:
    return Board(
        id=row.id,
        show_id=row.show_id,
        channel_id=row.channel_id,
        chat_id=row.chat_id,
        message_id=row.message_id,
        status=BoardStatus(row.status),
        attempt=row.attempt,
    )
