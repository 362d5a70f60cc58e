"""Gives back what a buyer passes on by comment: the next in line gets it, and an unpaid bill with it on is voided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.claim import Claim, ClaimStatus, Wish
from bot.domain.giving import given_back
from bot.domain.invoice import Invoice
from bot.domain.reading import normalise_code
from bot.domain.show import Show
from bot.workflows import move_claims
from bot.workflows.release_claims import KEEPS_MONEY, with_its_invoice
from bot.workflows.tell import Parcel, label_of, tell_operators
from bot.workflows.tell_promoted import tell_promoted
from bot.workflows.void_invoices import TO_BE_VOIDED
from storage import claims, holdings

GIVEN_BACK = "given back by comment"
OFF = "cancelling by comment is off"


@dataclass(slots=True, kw_only=True)
class GivingBack:
    """What a comment gives back, decided and not yet done."""

    status: ClaimStatus
    reason: str
    back: list[Claim] = field(default_factory=list)
    kept: list[Claim] = field(default_factory=list)
    """What stays, as it is paid or a bill for it is being made."""
    voids: list[int] = field(default_factory=list)
    """Unpaid invoices that bill it."""

    def facts(self, gives: Sequence[Wish]) -> dict[str, Any]:
        """What the ledger keeps of it, so that it can be derived again."""
        return {
            "back": [(give.code, give.quantity, give.options, give.group) for give in gives],
            "kept": [claim.id for claim in self.kept],
        }


def look(tx: sa.Connection, workspace_id: int, show: Show, gives: Sequence[Wish], buyer_id: int) -> GivingBack:
    """Decide what goes back; the invoices that bill it are held until the transaction ends."""
    held = claims.active(tx, workspace_id, show.id, buyer_id=buyer_id)
    open_wishes = [row for row in holdings.unmatched(tx, workspace_id, show.id) if row.buyer_id == buyer_id]
    looking = GivingBack(status=ClaimStatus.IGNORED, reason="")
    reasons: list[str] = []
    groups: dict[int, str] = {}
    for give in gives:
        if give.item_id is None:
            same = [row for row in open_wishes if normalise_code(row.item_code) == normalise_code(give.code)]
            found = [claim for row in same if (claim := claims.get(tx, workspace_id, row.id)) is not None]
        else:
            found = [claim for claim in held if claim.item_id == give.item_id]
            if found and groups.setdefault(give.group, give.code) != give.code:
                doubt = f"it could be {groups[give.group]} or {give.code}"
                return GivingBack(status=ClaimStatus.AMBIGUOUS, reason=doubt)
        back, doubt = given_back(give.quantity, give.options, found)
        if doubt:
            return GivingBack(status=ClaimStatus.AMBIGUOUS, reason=f"gives {give.code} back, but {doubt}")
        if not back and give.group not in groups:
            reasons.append(f"has no {give.code} to give back")
        for claim in back:
            current, billed = with_its_invoice(tx, workspace_id, claim)
            if why := _why_it_stays(billed):
                looking.kept.append(current)
                reasons.append(f"{claim.item_code} {why}, so it stays")
                continue
            looking.back.append(current)
            if billed is not None and billed.status in TO_BE_VOIDED and billed.id not in looking.voids:
                looking.voids.append(billed.id)
    if looking.back:
        looking.status = ClaimStatus.RELEASED
        reasons.insert(0, f"gives {', '.join(dict.fromkeys(claim.item_code for claim in looking.back))} back")
    elif looking.kept:
        looking.status = ClaimStatus.REJECTED
    looking.reason = "; ".join(dict.fromkeys(reasons))
    return looking


def carry_out(
    tx: sa.Connection, workspace_id: int, show: Show, giving: GivingBack, buyer_id: int, now: datetime
) -> list[Parcel]:
    """Give back what was decided, once the comment is in the ledger."""
    parcels: list[Parcel] = []
    for claim in giving.back:
        if claim.status is ClaimStatus.UNMATCHED:
            claims.move(tx, workspace_id, claim.id, status=ClaimStatus.RELEASED, reason=GIVEN_BACK, now=now)
            continue
        current = claims.get(tx, workspace_id, claim.id)
        assert current is not None, "it was just read"
        moved = move_claims.release(tx, workspace_id, show, current, kind="release", reason=GIVEN_BACK, now=now)
        parcels += tell_promoted(tx, workspace_id, moved.promoted, now)
    for claim in giving.kept:
        who = label_of(tx, workspace_id, buyer_id)
        parcels += tell_operators(
            tx,
            workspace_id,
            f"{who} wants to give {claim.item_code} back, but it is paid or being billed. "
            f"To take it back: /release {claim.item_code} {who}",
            key=f"gives-back:{claim.id}",
            now=now,
        )
    return parcels


def _why_it_stays(invoice: Invoice | None) -> str:
    if invoice is None:
        return ""
    if invoice.status in KEEPS_MONEY:
        return "is paid"
    return "is being billed" if invoice.is_being_made else ""
