"""Tells a buyer that it is their turn: an item they were waiting for is theirs, or after all is not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from bot.domain.claim import Claim, ClaimStatus
from bot.workflows.tell import Parcel, tell_buyer
from storage import items


def tell_promoted(tx: sa.Connection, workspace_id: int, promoted: Iterable[Claim], now: datetime) -> list[Parcel]:
    """Write a note to each of them down; a claim can come to win more than once."""
    parcels: list[Parcel] = []
    for claim in promoted:
        if claim.buyer_id is None:
            continue
        parcels += tell_buyer(
            tx,
            workspace_id,
            claim.buyer_id,
            f"Good news: {_named(tx, workspace_id, claim)} is yours! Your pay link follows.",
            purpose="promotion",
            key=f"promotion:{claim.id}:{claim.decided_at.timestamp()}",
            now=now,
        )
    return parcels


def tell_taken_back(
    tx: sa.Connection, workspace_id: int, lost: Iterable[Claim], seq: int, now: datetime
) -> list[Parcel]:
    """Write a note down to each who was told it is theirs; `seq` is the ledger entry that took it back."""
    parcels: list[Parcel] = []
    for claim in lost:
        if claim.buyer_id is None:
            continue
        waits = f" You are number {claim.position} in line." if claim.status is ClaimStatus.WAITLISTED else ""
        parcels += tell_buyer(
            tx,
            workspace_id,
            claim.buyer_id,
            f"Sorry, that was a mistake: {_named(tx, workspace_id, claim)} is not yours after all.{waits}",
            purpose="promotion",
            key=f"taken-back:{claim.id}:{seq}",
            now=now,
        )
    return parcels


def _named(tx: sa.Connection, workspace_id: int, claim: Claim) -> str:
    item = items.by_code(tx, workspace_id, claim.show_id, claim.item_code)
    return f"{claim.item_code} {item.title}" if item and item.title else claim.item_code
