"""Awards a claim that did not get its item: one that waits, out of turn, or one whose item was listed too late."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.claim import Claim, ClaimStatus
from bot.domain.show import Item
from bot.kit.errors import BadInput
from bot.workflows import move_claims
from bot.workflows.assistant import Assistant
from bot.workflows.keep_deeds import Deed, begin
from bot.workflows.stock_options import check_one, the_item
from bot.workflows.tell import Parcel, hand_over
from bot.workflows.tell_promoted import tell_promoted
from storage import claims, items, shows

TO_BE_AWARDED = (ClaimStatus.WAITLISTED, ClaimStatus.OFFERED, ClaimStatus.UNMATCHED)


class NotEnough(BadInput):
    """Fewer pieces are left than the claim asks for."""


async def award_claim(assistant: Assistant, workspace_id: int, claim_id: int, *, by: str, key: str = "") -> Claim:
    """Give a claim all the pieces it asks for; the claim that has them now comes back.

    With a `key` it is done once. Raises NotEnough when too few are left, BadInput when there is nothing to give it.
    """
    deed = Deed.of(by, key)
    given, parcels = await assistant.database.write(_award, workspace_id, claim_id, deed, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    return given


def _award(
    tx: sa.Connection, workspace_id: int, claim_id: int, deed: Deed, now: datetime
) -> tuple[Claim, list[Parcel]]:
    found = claims.get(tx, workspace_id, claim_id)
    show = shows.lock(tx, workspace_id, found.show_id) if found else None
    begin(tx, workspace_id, deed, now)
    claim = claims.get(tx, workspace_id, claim_id)  # again, now that nobody else can move it
    if show is None or claim is None or claim.status not in TO_BE_AWARDED:
        raise BadInput("Only a claim that waits, or had no item yet, can be awarded.")
    if claim.buyer_id is None:
        raise BadInput("The platform did not say who made this claim, so nobody can be given its item.")
    item_id = the_item(tx, workspace_id, show, claim.item_code).id if claim.item_id is None else claim.item_id
    item = items.lock(tx, workspace_id, [item_id])[item_id]
    check_one(tx, workspace_id, item)
    if claim.status is not ClaimStatus.OFFERED and claim.quantity > item.left:
        raise NotEnough(_not_enough(item))
    waiting = None if claim.status is ClaimStatus.UNMATCHED else claim
    given = move_claims.award(
        tx,
        workspace_id,
        show,
        item,
        claim.buyer_id,
        quantity=claim.quantity,
        waiting=waiting,
        settles=claim if waiting is None else None,
        deed=deed,
        now=now,
    )
    return given, tell_promoted(tx, workspace_id, [given], now)


def _not_enough(item: Item) -> str:
    left = f"only {item.left} of {item.quantity} left" if item.left else f"all {item.quantity} are won"
    return f"{item.code}: {left}. When there are more pieces, raise its quantity first."
