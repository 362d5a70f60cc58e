"""Tells a buyer that it is their turn: an item they waited for is theirs, or theirs to take, or after all is not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from bot.domain.claim import Claim, ClaimStatus
from bot.domain.spans import until
from bot.workflows.tell import Parcel, tell_buyer
from messaging.base import Button
from storage import items

TAKE_IT, NO_THANKS = "I take it", "No thanks"
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
        what, purpose = named(claim, titles[claim.show_id]), "promotion"
        text, buttons = f"Good news: {what} is yours! Your pay link follows.{kept_for(claim, now)}", []
        if claim.status is ClaimStatus.OFFERED and claim.due_at is not None:
            text = f"It is your turn: {what}. It is yours if you say so within {until(claim.due_at, now)}."
            purpose = "offer"
            answers = ((TAKE_IT, True), (NO_THANKS, False))
            buttons = [[Button(title=title, payload=turn_payload(claim.id, yes=yes))] for title, yes in answers]
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
        waits = f" You are number {claim.position} in line." if claim.status is ClaimStatus.WAITLISTED else ""
        name = name_of(tx, workspace_id, claim)
        asked = before is ClaimStatus.OFFERED
        what = f"it is not your turn for {name} yet" if asked else f"{name} is not yours after all"
        parcels += tell_buyer(
            tx,
            workspace_id,
            claim.buyer_id,
            f"Sorry, that was a mistake: {what}.{waits}",
            purpose="promotion",
            key=f"taken-back:{claim.id}:{seq}",
            now=now,
        )
    return parcels


def name_of(tx: sa.Connection, workspace_id: int, claim: Claim) -> str:
    """What a claim is about, as its buyer knows it: “12 Blue dress (M) ×2”."""
    item = items.by_code(tx, workspace_id, claim.show_id, claim.item_code)
    return named(claim, {item.code: item.title} if item else {})


def named(claim: Claim, titles: Mapping[str, str]) -> str:
    """The same, of an item whose title is known."""
    options = f" ({', '.join(claim.options)})" if claim.options else ""
    pieces = f" ×{claim.quantity}" if claim.quantity > 1 else ""
    return f"{claim.item_code} {titles.get(claim.item_code, '')}".strip() + options + pieces


def titles_of(tx: sa.Connection, workspace_id: int, show_id: int) -> dict[str, str]:
    """Code → title of every item of a show."""
    return {item.code: item.title for item in items.of_show(tx, workspace_id, show_id)}


def kept_for(claim: Claim, now: datetime) -> str:
    """A sentence on how long there is to pay; empty while no time runs."""
    return "" if claim.due_at is None else f" It is kept for you for {until(claim.due_at, now)}."
