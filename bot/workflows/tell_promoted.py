"""Tells a buyer that it is their turn: an item they were waiting for is theirs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from bot.domain.claim import Claim
from bot.workflows.tell import Parcel, tell_buyer
from storage import items


def tell_promoted(tx: sa.Connection, workspace_id: int, promoted: Iterable[Claim], now: datetime) -> list[Parcel]:
    """Write a note to each of them down."""
    parcels: list[Parcel] = []
    for claim in promoted:
        if claim.buyer_id is None:
            continue
        item = items.by_code(tx, workspace_id, claim.show_id, claim.item_code)
        title = f" {item.title}" if item and item.title else ""
        parcels += tell_buyer(
            tx,
            workspace_id,
            claim.buyer_id,
            f"Good news: {claim.item_code}{title} is yours! Your pay link follows.",
            purpose="promotion",
            key=f"promotion:{claim.id}",
            now=now,
        )
    return parcels
