"""Gives buyers time: more of it for what they have not paid, and a time to pay of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.claim import Claim
from bot.domain.spans import span, until
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.choose_texts import texts_for
from bot.workflows.keep_deeds import Deed, begin
from bot.workflows.tell import Parcel, hand_over, label_of, tell_buyer
from bot.workflows.tell_promoted import about
from storage import claims, holds, shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended:
    """A claim whose end was put off."""

    claim: Claim
    ends_in: str


async def extend_holds(
    assistant: Assistant, workspace_id: int, show_id: int, buyer_id: int, minutes: int, *, by: str, key: str = ""
) -> list[Extended]:
    """Give a buyer so many minutes more for everything whose time runs, and tell them. Raises BadInput when none does.

    With a `key` it is done once.
    """
    deed = Deed.of(by, key)
    extended, parcels = await assistant.database.write(
        _extend, workspace_id, show_id, buyer_id, minutes, deed, assistant.now()
    )
    await hand_over(assistant, workspace_id, parcels)
    return extended


async def set_own_hold(
    assistant: Assistant, workspace_id: int, show_id: int, buyer_id: int, minutes: int | None
) -> list[Extended]:
    """Give a buyer a time to pay of their own in every show: 0 is all the time there is, None is what shows give.

    What they have not paid in this show gets it from now on; returns what runs.
    """
    return await assistant.database.write(_set_own, workspace_id, show_id, buyer_id, minutes, assistant.now())


def _extend(
    tx: sa.Connection, workspace_id: int, show_id: int, buyer_id: int, minutes: int, deed: Deed, now: datetime
) -> tuple[list[Extended], list[Parcel]]:
    shows.lock(tx, workspace_id, show_id)
    begin(tx, workspace_id, deed, now)
    for claim_id, due_at in holds.running(tx, workspace_id, show_id, buyer_id):
        holds.end_at(tx, workspace_id, claim_id, max(due_at, now) + timedelta(minutes=minutes))
    extended = _running(tx, workspace_id, show_id, buyer_id, now)
    if not extended:
        who = label_of(tx, workspace_id, buyer_id)
        raise BadInput(f"No time runs for {who} right now, so there is none to extend. /rules shows the hold.")
    more = span(timedelta(minutes=minutes))
    lines = [f"{about(tx, workspace_id, one.claim)['item']}: {one.ends_in}" for one in extended]
    told = tell_buyer(
        tx,
        workspace_id,
        buyer_id,
        texts_for(tx, workspace_id, buyer_id, show_id).say("more_time", time=more, lines="\n".join(lines)),
        purpose="promotion",
        key=f"extended:{deed.key}",
        now=now,
    )
    return extended, told


def _set_own(
    tx: sa.Connection, workspace_id: int, show_id: int, buyer_id: int, minutes: int | None, now: datetime
) -> list[Extended]:
    show = shows.lock(tx, workspace_id, show_id)
    assert show is not None, "shows are never deleted"
    holds.set_own(tx, workspace_id, buyer_id, minutes)
    holds.begin_anew(tx, workspace_id, show, now, buyer_id=buyer_id)
    return _running(tx, workspace_id, show_id, buyer_id, now)


def _running(tx: sa.Connection, workspace_id: int, show_id: int, buyer_id: int, now: datetime) -> list[Extended]:
    found = [
        (claims.get(tx, workspace_id, claim_id), due_at)
        for claim_id, due_at in holds.running(tx, workspace_id, show_id, buyer_id)
    ]
    return [Extended(claim=claim, ends_in=until(due_at, now)) for claim, due_at in found if claim is not None]
