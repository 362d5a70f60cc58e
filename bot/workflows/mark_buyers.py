"""Marks buyers: blocked, a deposit due, pays first, strikes and notes; a live show obeys from the next comment on."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.buyer import LONGEST_NOTE, Buyer
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.keep_deeds import Deed, begin
from storage import buyers, shows, strikes


async def set_flag(assistant: Assistant, workspace_id: int, buyer_id: int, flag: str, on: bool) -> Buyer:
    """Set `blocked`, `deposit_due` or `pays_first` of a buyer."""
    return await assistant.database.write(_set_flag, workspace_id, buyer_id, flag, on)


async def add_note(
    assistant: Assistant, workspace_id: int, buyer_id: int, text: str | None, *, by: str, key: str = ""
) -> Buyer:
    """Add a line to a buyer's note; None wipes it. With a `key` it is done once.

    Raises BadInput when it gets too long.
    """
    deed = Deed.of(by, key)
    return await assistant.database.write(_add_note, workspace_id, buyer_id, text, deed, assistant.now())


async def strike_buyer(
    assistant: Assistant, workspace_id: int, buyer_id: int, reason: str, *, by: str, key: str = ""
) -> Buyer:
    """Give a buyer a strike. With a `key` it is given once."""
    deed = Deed.of(by, key)
    return await assistant.database.write(_strike, workspace_id, buyer_id, reason, deed, assistant.now())


async def take_strike_back(assistant: Assistant, workspace_id: int, buyer_id: int, *, by: str, key: str = "") -> Buyer:
    """Take a buyer's newest strike back. With a `key` it is one. Raises BadInput when there is none."""
    return await assistant.database.write(_take_back, workspace_id, buyer_id, Deed.of(by, key), assistant.now())


def _set_flag(tx: sa.Connection, workspace_id: int, buyer_id: int, flag: str, on: bool) -> Buyer:
    shows.lock_all(tx, workspace_id)
    buyer = _the_buyer(tx, workspace_id, buyer_id)
    buyers.set_flags(tx, workspace_id, buyer.id, **{flag: on})
    shows.forget_people(tx, workspace_id)
    return _the_buyer(tx, workspace_id, buyer.id)


def _add_note(
    tx: sa.Connection, workspace_id: int, buyer_id: int, text: str | None, deed: Deed, now: datetime
) -> Buyer:
    begin(tx, workspace_id, deed, now)
    buyer = _the_buyer(tx, workspace_id, buyer_id)
    note = "" if text is None else "\n".join(filter(None, (buyer.note, text)))
    if len(note) > LONGEST_NOTE:
        raise BadInput(
            f"The note about {buyer.label} would have {len(note):,} characters, at most {LONGEST_NOTE:,} are kept. "
            f"To begin it anew: /note {buyer.label} clear"
        )
    buyers.set_flags(tx, workspace_id, buyer.id, note=note)
    return _the_buyer(tx, workspace_id, buyer.id)


def _strike(tx: sa.Connection, workspace_id: int, buyer_id: int, reason: str, deed: Deed, now: datetime) -> Buyer:
    begin(tx, workspace_id, deed, now)
    buyer = _the_buyer(tx, workspace_id, buyer_id)
    buyers.strike(tx, workspace_id, buyer.id, reason, now)
    return _the_buyer(tx, workspace_id, buyer.id)


def _take_back(tx: sa.Connection, workspace_id: int, buyer_id: int, deed: Deed, now: datetime) -> Buyer:
    begin(tx, workspace_id, deed, now)
    buyer = _the_buyer(tx, workspace_id, buyer_id)
    if strikes.take_back(tx, workspace_id, buyer.id, now) is None:
        raise BadInput(f"{buyer.label} has no strike.")
    return _the_buyer(tx, workspace_id, buyer.id)


def _the_buyer(tx: sa.Connection, workspace_id: int, buyer_id: int) -> Buyer:
    buyer = buyers.lock(tx, workspace_id, buyer_id)
    if buyer is None:
        raise BadInput("There is no such buyer. Send /buyers to see them.")
    return buyer
