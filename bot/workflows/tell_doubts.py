"""Tells operators that a comment is unclear: once, and again only after they looked or after a while."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.claim import ClaimStatus
from bot.domain.show import Show
from bot.workflows.tell import Parcel, tell_operators
from messaging.base import Button
from storage.ledger import Entry

AGAIN_AFTER = timedelta(minutes=15)
_SHOWN = 80
"""Characters of a comment that are repeated."""


def first_doubt(entries: Iterable[Entry]) -> Entry | None:
    """The first of these that an operator can resolve by a tap."""
    for entry in entries:
        if entry.status == ClaimStatus.AMBIGUOUS.value and entry.entry is not None and entry.buyer_id is not None:
            return entry
    return None


def doubt_key(show: Show, now: datetime) -> str:
    """The same until somebody looks, or for a while: whoever was told under this key is not told again."""
    return f"doubts:{show.id}:{show.doubts_seen}:{int(now.timestamp() // AGAIN_AFTER.total_seconds())}"


def tell_of_doubt(tx: sa.Connection, workspace_id: int, show: Show, doubt: Entry, now: datetime) -> list[Parcel]:
    """Write the message down, for every operator who has not been told yet."""
    text = " ".join(doubt.text.split())
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()}…"
    stop = "" if doubt.reason.endswith("?") else "."
    return tell_operators(
        tx,
        workspace_id,
        f"“{show.title}”: “{shown}” is unclear, so it waits for you: {doubt.reason}{stop}",
        key=doubt_key(show, now),
        now=now,
        buttons=[[Button(title="Show what is unclear", payload="doubts")]],
    )
