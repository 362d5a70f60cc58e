"""Tells a buyer that it is their turn: an item they were waiting for is theirs, or after all is not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from bot.domain.claim import Claim, ClaimStatus
from bot.workflows.choose_texts import texts_for
from bot.workflows.tell import Parcel, tell_buyer
from messaging.templates import called
from storage import buyers, items


def tell_promoted(tx: sa.Connection, workspace_id: int, promoted: Iterable[Claim], now: datetime) -> list[Parcel]:
    """Write a note to each of them down; a claim can come to win more than once."""
    parcels: list[Parcel] = []
    for claim in promoted:
        if claim.buyer_id is None:
            continue
        texts = texts_for(tx, workspace_id, claim.buyer_id, claim.show_id)
        parcels += tell_buyer(
            tx,
            workspace_id,
            claim.buyer_id,
            texts.say("promoted", **_named(tx, workspace_id, claim)),
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
        texts = texts_for(tx, workspace_id, claim.buyer_id, claim.show_id)
        said = [texts.say("taken_back", **_named(tx, workspace_id, claim))]
        if claim.status is ClaimStatus.WAITLISTED:
            said.append(texts.say("in_line", position=claim.position))
        parcels += tell_buyer(
            tx,
            workspace_id,
            claim.buyer_id,
            " ".join(said),
            purpose="promotion",
            key=f"taken-back:{claim.id}:{seq}",
            now=now,
        )
    return parcels


def tell_released(tx: sa.Connection, workspace_id: int, claim: Claim, now: datetime) -> list[Parcel]:
    """Write a note down to somebody who had an item, when an operator takes it back."""
    if claim.buyer_id is None or claim.status is not ClaimStatus.WINNER:
        return []
    texts = texts_for(tx, workspace_id, claim.buyer_id, claim.show_id)
    buyer = buyers.get(tx, workspace_id, claim.buyer_id)
    assert buyer is not None, "buyers are never deleted"
    return tell_buyer(
        tx,
        workspace_id,
        buyer.id,
        texts.say("released", str(claim.id), name=buyer.name or buyer.handle, **_named(tx, workspace_id, claim)),
        purpose="promotion",
        key=f"released:{claim.id}:{now.timestamp()}",
        now=now,
    )


def _named(tx: sa.Connection, workspace_id: int, claim: Claim) -> dict[str, str]:
    item = items.by_code(tx, workspace_id, claim.show_id, claim.item_code)
    title = item.title if item is not None else ""
    return {"code": claim.item_code, "title": title, "item": called(claim.item_code, title)}
