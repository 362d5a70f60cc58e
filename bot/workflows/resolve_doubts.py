"""Resolves a doubt: an operator says what an unclear comment means, which is decided now, by the rules of comments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.claim import Claim, ClaimStatus, Wish
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.decide_comments import decide_wishes
from bot.workflows.keep_deeds import Deed, begin
from bot.workflows.tell import Parcel, hand_over
from bot.workflows.tell_promoted import tell_promoted
from storage import buyers, claims, doubts, items, ledger, shows
from storage.doubts import Doubt

NOTHING = 0
"""The choice that says that a comment claims nothing."""
KIND = "resolve"
VERB = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What an unclear comment came to."""

    text: str
    buyer: str
    """What whoever wrote it is called."""
    claims: tuple[Claim, ...]
    """None when it means nothing."""
    open: int
    """How many others are unclear in this show."""


async def resolve_doubt(
    assistant: Assistant, workspace_id: int, show_id: int, seq: int, choice: int, *, by: str, key: str = ""
) -> Resolved:
    """Take one of the meanings offered for the comment at this entry, from 1 on, or NOTHING.

    Raises BadInput when it is resolved already, or cannot be any more.
    """
    deed = Deed.of(by, key)
    resolved, parcels = await assistant.database.write(
        _resolve, workspace_id, show_id, seq, choice, deed, assistant.now()
    )
    await hand_over(assistant, workspace_id, parcels)
    return resolved


def _resolve(
    tx: sa.Connection, workspace_id: int, show_id: int, seq: int, choice: int, deed: Deed, now: datetime
) -> tuple[Resolved, list[Parcel]]:
    show = shows.lock(tx, workspace_id, show_id)
    doubt = doubts.find(tx, workspace_id, show_id, seq)
    begin(tx, workspace_id, deed, now)
    if show is None or doubt is None or not NOTHING <= choice <= len(doubt.maybe):
        raise BadInput("There is nothing like that to resolve. See /doubts")
    wishes = _wishes(tx, workspace_id, doubt, choice)
    buyer = buyers.get(tx, workspace_id, doubt.buyer_id) if doubt.buyer_id is not None else None
    if (who := doubts.resolved_by(tx, workspace_id, doubt)) is not None:
        raise BadInput(f"“{doubt.text}” is already resolved by {who}.")
    if not doubts.is_open(tx, workspace_id, doubt):
        raise BadInput(f"“{doubt.text}” was edited or deleted since, so there is nothing to resolve.")
    if wishes and buyer is None:
        raise BadInput("The platform did not say who wrote this, so nobody can be given its item.")
    number = shows.take_seq(tx, workspace_id, show)
    made = decide_wishes(tx, workspace_id, show, wishes, buyer.id, number, now) if wishes and buyer is not None else []
    entry = _entry(doubt, number, wishes, made, deed)
    ledger.write_entries(tx, workspace_id, show_id, [entry], now)
    doubts.resolve(tx, workspace_id, doubt, number)
    found = tuple(claims.of_entry(tx, workspace_id, show_id, number))
    resolved = Resolved(
        text=doubt.text,
        buyer=buyer.label if buyer is not None else "Somebody",
        claims=found,
        open=doubts.count_open(tx, workspace_id, show_id),
    )
    won = [claim for claim in found if claim.status is ClaimStatus.WINNER]
    return resolved, tell_promoted(tx, workspace_id, won, now)


def items_of(entry: Mapping[str, Any]) -> Sequence[str]:
    """The codes of the items that an entry of a deed is about."""
    return entry["items"] if "items" in entry else [entry["item"]]


def _wishes(tx: sa.Connection, workspace_id: int, doubt: Doubt, choice: int) -> list[Wish]:
    wanted = doubt.maybe[choice - 1] if choice != NOTHING else ()
    wishes = []
    for code, quantity, options in wanted:
        item = items.by_code(tx, workspace_id, doubt.show_id, code)
        wishes.append(
            Wish(code, None, quantity, options) if item is None else Wish(item.code, item.id, quantity, options)
        )
    return wishes


def _entry(doubt: Doubt, seq: int, wishes: list[Wish], made: list[ledger.NewClaim], deed: Deed) -> ledger.Entry:
    """What the ledger says of it. It is about the comment, which gives back what it has when it is deleted."""
    return ledger.Entry(
        seq=seq,
        kind=KIND,
        channel_id=doubt.channel_id,
        feed_id=doubt.feed_id,
        comment_id=doubt.comment_id,
        verb=VERB,
        revision=seq,  # it may be undone and resolved again
        buyer_id=doubt.buyer_id,
        text=doubt.text,
        status=made[0].status if made else ClaimStatus.IGNORED.value,
        reason=made[0].reason if made else f"means nothing, says {deed.by}",
        commented_at=doubt.commented_at,
        entry={
            "resolves": doubt.seq,
            "wishes": [(wish.code, wish.quantity, wish.options) for wish in wishes],
            "items": list(dict.fromkeys(wish.code for wish in wishes)),
            **deed.marks,
        },
    )
