"""Resolves a doubt: an operator says what an unclear comment means, which is decided now, by the rules of comments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.claim import Claim, ClaimStatus, Stock, Wish
from bot.domain.deciding import Terms
from bot.domain.option_stock import gathered, stocked_of, wishes_of
from bot.domain.reading import Wanted, normalise_code
from bot.domain.show import Item, Show
from bot.domain.show_rules import Again
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.decide_by_rules import ByRules
from bot.workflows.keep_deeds import Deed, begin
from bot.workflows.tell import Parcel, hand_over
from bot.workflows.tell_promoted import tell_promoted
from storage import buyers, claims, doubts, flags, holdings, items, ledger, shows
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
    stock = items.of_show(tx, workspace_id, show_id)
    wishes = _wishes(doubt, choice, stock)
    buyer = buyers.get(tx, workspace_id, doubt.buyer_id) if doubt.buyer_id is not None else None
    if (who := doubts.resolved_by(tx, workspace_id, doubt)) is not None:
        raise BadInput(f"“{doubt.text}” is already resolved by {who}.")
    if not doubts.is_open(tx, workspace_id, doubt):
        raise BadInput(f"“{doubt.text}” was edited or deleted since, so there is nothing to resolve.")
    if wishes and buyer is None:
        raise BadInput("The platform did not say who wrote this, so nobody can be given its item.")
    number = shows.take_seq(tx, workspace_id, show)
    refused = flags.refusals(tx, workspace_id, [buyer.id]).get(buyer.id, "") if buyer is not None else ""
    made = _decide(tx, workspace_id, show, stock, wishes, buyer.id, number, refused, now) if buyer is not None else []
    entry = _entry(doubt, buyer.id if buyer is not None else None, number, wishes, made, refused, deed)
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


def _wishes(doubt: Doubt, choice: int, here: Sequence[Item]) -> list[Wish]:
    if choice == NOTHING:
        return []
    whole = gathered(here)
    wanted = [Wanted(code, quantity, options) for code, quantity, options in doubt.maybe[choice - 1]]
    ids = {normalise_code(item.code): item.id for item in whole}
    wishes, open_still = wishes_of(wanted, stocked_of(whole), ids)
    if open_still:
        raise BadInput(f"It does not say {open_still} Give it by hand: /award {wanted[0].item} <buyer>")
    codes = {item.id: item.code for item in here}
    return [replace(wish, code=codes.get(wish.item_id or 0, wish.code)) for wish in wishes]


def _decide(
    tx: sa.Connection,
    workspace_id: int,
    show: Show,
    here: Sequence[Item],
    wishes: Sequence[Wish],
    buyer_id: int,
    seq: int,
    refused: str,
    now: datetime,
) -> list[ledger.NewClaim]:
    """Decide what a buyer meant as if it were written now; it changes nothing that they have already."""
    wanted = {(buyer_id, wish.item_id) for wish in wishes if wish.item_id is not None}
    reserved = {item.id for item in here if item.reserved}
    stock = {
        row.id: Stock(*row, row.id in reserved)
        for row in ledger.stock(tx, workspace_id, show.id, {item_id for _, item_id in wanted})
    }
    terms = replace(Terms.of(show.rules, show.market), again=Again.IGNORE)
    by_rules = ByRules(terms, stock, holdings.of(tx, workspace_id, show.id, wanted))
    made, _ = by_rules.claims_of(wishes, buyer_id, seq, queued=False, refused=refused)
    ledger.write_claims(tx, workspace_id, show.id, made, now)
    ledger.write_stock(tx, workspace_id, show.id, ((s.item_id, s.won, s.waiting) for s in stock.values()))
    if stock:
        shows.note(tx, workspace_id, show.id, now)
    return made


def _entry(
    doubt: Doubt,
    buyer_id: int | None,
    seq: int,
    wishes: list[Wish],
    made: list[ledger.NewClaim],
    refused: str,
    deed: Deed,
) -> ledger.Entry:
    """What the ledger says of it. It is about the comment, which gives back what it has when it is deleted."""
    return ledger.Entry(
        seq=seq,
        kind=KIND,
        channel_id=doubt.channel_id,
        feed_id=doubt.feed_id,
        comment_id=doubt.comment_id,
        verb=VERB,
        revision=seq,  # it may be undone and resolved again
        buyer_id=buyer_id,
        text=doubt.text,
        status=made[0].status if made else ClaimStatus.IGNORED.value,
        reason=made[0].reason if made else f"means nothing, says {deed.by}",
        commented_at=doubt.commented_at,
        entry={
            "resolves": doubt.seq,
            "wrote": doubt.buyer_id,  # who may have turned out to be another buyer since
            "wishes": [(wish.code, wish.quantity, wish.options) for wish in wishes],
            "items": list(dict.fromkeys(wish.code for wish in wishes)),
            **({"refused": refused} if refused else {}),
            **deed.marks,
        },
    )
