"""Tells a buyer that it is their turn: an item they waited for is theirs, or theirs to take, or after all is not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.domain.claim import Claim, ClaimStatus
from bot.domain.option_stock import item_code
from bot.domain.spans import until
from bot.workflows.choose_texts import texts_for
from bot.workflows.tell import Parcel, tell_buyer
from messaging.base import Button
from messaging.templates import called
from messaging.texts import Texts
from storage import buyers, items

_TURN = re.compile(r"turn (yes|no) (\d{1,18})")


def turn_payload(claim_id: int, *, yes: bool) -> str:
    """What a button under an offer sends."""
    return f"turn {'yes' if yes else 'no'} {claim_id}"


def read_turn(payload: str) -> tuple[int, bool] | None:
    """(claim id, whether they take it) of such a button; None for any other."""
    found = _TURN.fullmatch(payload)
    return None if found is None else (int(found[2]), found[1] == "yes")


def tell_promoted(tx: sa.Connection, workspace_id: int, promoted: Iterable[Claim], now: datetime) -> list[Parcel]:
    """Write a note to each of them down, who has it or is asked; a claim can come to win more than once."""
    parcels: list[Parcel] = []
    titles: dict[int, dict[str, str]] = {}
    for claim in promoted:
        if claim.buyer_id is None:
            continue
        if claim.show_id not in titles:
            titles[claim.show_id] = titles_of(tx, workspace_id, claim.show_id)
        texts = texts_for(tx, workspace_id, claim.buyer_id, claim.show_id)
        facts, purpose = facts_of(claim, titles[claim.show_id]), "promotion"
        text, buttons = texts.say("promoted", **facts) + kept_for(texts, claim, now), []
        if claim.status is ClaimStatus.OFFERED and claim.due_at is not None:
            text = texts.say("your_turn", **facts, time=until(claim.due_at, now))
            purpose = "offer"
            answers = (("take_it_button", True), ("no_thanks_button", False))
            buttons = [
                [Button(title=texts.say(kind), payload=turn_payload(claim.id, yes=yes))] for kind, yes in answers
            ]
        parcels += tell_buyer(
            tx,
            workspace_id,
            claim.buyer_id,
            text,
            purpose=purpose,
            key=f"promotion:{claim.id}:{claim.decided_at.timestamp()}",
            buttons=buttons,
            now=now,
        )
    return parcels


def tell_taken_back(
    tx: sa.Connection, workspace_id: int, lost: Iterable[tuple[Claim, ClaimStatus]], seq: int, now: datetime
) -> list[Parcel]:
    """Write a note down to each who was told it is theirs, or their turn (that is the status before).

    `seq` is the ledger entry that took it back.
    """
    parcels: list[Parcel] = []
    for claim, before in lost:
        if claim.buyer_id is None:
            continue
        texts = texts_for(tx, workspace_id, claim.buyer_id, claim.show_id)
        kind = "turn_taken_back" if before is ClaimStatus.OFFERED else "taken_back"
        said = [texts.say(kind, **about(tx, workspace_id, claim))]
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
        texts.say("released", str(claim.id), name=buyer.name or buyer.handle, **about(tx, workspace_id, claim)),
        purpose="promotion",
        key=f"released:{claim.id}:{now.timestamp()}",
        now=now,
    )


def facts_of(claim: Claim, titles: Mapping[str, str]) -> dict[str, str]:
    """What a sentence about a claim may say of its item, as its buyer knows it: “12 Blue dress (M) ×2”."""
    code, title = item_code(claim.item_code, claim.options), titles.get(claim.item_code, "")
    options = f" ({', '.join(claim.options)})" if claim.options else ""
    pieces = f" ×{claim.quantity}" if claim.quantity > 1 else ""
    return {"code": code, "title": title, "item": called(code, title) + options + pieces}


def about(tx: sa.Connection, workspace_id: int, claim: Claim) -> dict[str, str]:
    """The same, of a claim whose item is looked up."""
    item = items.by_code(tx, workspace_id, claim.show_id, claim.item_code)
    return facts_of(claim, {claim.item_code: item.title} if item is not None else {})


def facts_of_all(several: Sequence[Claim], titles: Mapping[str, str]) -> dict[str, str]:
    """The same, of several claims that share a sentence."""
    facts = [facts_of(claim, titles) for claim in several]
    return {name: ", ".join(filter(None, (one[name] for one in facts))) for name in ("code", "title", "item")}


def titles_of(tx: sa.Connection, workspace_id: int, show_id: int) -> dict[str, str]:
    """Code → title of every item of a show."""
    return {item.code: item.title for item in items.of_show(tx, workspace_id, show_id)}


def kept_for(texts: Texts, claim: Claim, now: datetime) -> str:
    """A sentence on how long there is to pay, with the space before it; empty while no time runs."""
    return "" if claim.due_at is None else f" {texts.say('kept_for', time=until(claim.due_at, now))}"
