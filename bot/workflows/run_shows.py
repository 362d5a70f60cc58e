"""Runs shows: a new one, the current one, going live and ending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.money import Money
from bot.domain.pricing import Pieces, Pricing, goods_cents
from bot.domain.show import Show, ShowStatus
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.keep_deeds import Deed, begin
from storage import channels, claims, holds, items, shows, turns, workspaces
from storage.turns import Turn

NO_SHOW = "There is no show yet. Send: /show new My first show"
LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class WonSoFar:
    """How much a show has sold."""

    pieces: int
    buyers: int
    total: Money
    unpriced: tuple[str, ...]
    """Codes that were won and have no price yet."""


async def new_show(
    assistant: Assistant,
    workspace_id: int,
    title: str,
    currency: str | None = None,
    *,
    by: str = "an operator",
    key: str = "",
) -> Show:
    """A new draft, current from now on; without a currency it takes the newest show's, else the workspace's.

    With a `key` it is made once.
    """
    title = " ".join(title.split())
    if not title:
        raise BadInput("A show needs a title. Send: /show new Friday sale")
    if len(title) > LONGEST_TITLE:
        raise BadInput(f"That title is too long: at most {LONGEST_TITLE} characters.")
    return await assistant.database.write(_new, workspace_id, title, currency, Deed.of(by, key), assistant.now())


async def use_show(assistant: Assistant, workspace_id: int, show_id: int) -> Show:
    """Make an earlier show current again."""
    return await assistant.database.write(_use, workspace_id, show_id)


async def go_live(assistant: Assistant, workspace_id: int, show_id: int, hear: Mapping[int, Sequence[str]]) -> Show:
    """Start a show, or start it again; `hear` maps a channel to the only feeds of it to hear, none for all."""
    return await assistant.database.write(_go_live, workspace_id, show_id, hear, assistant.now())


async def end_show(assistant: Assistant, workspace_id: int, show_id: int) -> tuple[Show, WonSoFar]:
    """End a live show; what was sold in it comes back."""
    return await assistant.database.write(_end, workspace_id, show_id, assistant.now())


def current_show(tx: sa.Connection, workspace_id: int) -> Show:
    """The show that commands are about. Raises BadInput while there is none."""
    chosen = workspaces.get(tx, workspace_id).current_show_id
    show = shows.get(tx, workspace_id, chosen) if chosen is not None else None
    show = show or next(iter(shows.newest(tx, workspace_id, limit=1)), None)
    if show is None:
        raise BadInput(NO_SHOW)
    return show


def won_so_far(tx: sa.Connection, workspace_id: int, show: Show) -> WonSoFar:
    """What winners have in this show, at today's prices and bundles."""
    by_id = {item.id: item for item in items.of_show(tx, workspace_id, show.id)}
    won = [
        (claim, by_id[claim.item_id])
        for claim in claims.active(tx, workspace_id, show.id)
        if claim.status == "winner" and claim.item_id is not None
    ]
    per_buyer: dict[int | None, list[Pieces]] = {}
    for claim, item in won:
        per_buyer.setdefault(claim.buyer_id, []).append(item.of_it(claim.quantity))
    return WonSoFar(
        pieces=sum(claim.quantity for claim, _ in won),
        buyers=len(per_buyer),
        total=Money(sum(map(goods_cents, per_buyer.values())), show.currency),
        unpriced=tuple(dict.fromkeys(item.whole_code for _, item in won if item.price_cents is None)),
    )


def _new(tx: sa.Connection, workspace_id: int, title: str, currency: str | None, deed: Deed, now: datetime) -> Show:
    begin(tx, workspace_id, deed, now)
    before = next(iter(shows.newest(tx, workspace_id, limit=1)), None)
    if currency is None:
        currency = before.currency if before else workspaces.get(tx, workspace_id).currency
    pricing = before.pricing if before else Pricing()
    if before is not None and before.currency != currency:
        pricing = pricing.in_another_currency()
    show = shows.create(tx, workspace_id, title=title, currency=currency, pricing=pricing, now=now)
    workspaces.use_show(tx, workspace_id, show.id)
    return show


def _use(tx: sa.Connection, workspace_id: int, show_id: int) -> Show:
    show = shows.get(tx, workspace_id, show_id)
    if show is None:
        raise BadInput(f"There is no show {show_id}. Send /show list to see them.")
    workspaces.use_show(tx, workspace_id, show_id)
    return show


def _go_live(
    tx: sa.Connection, workspace_id: int, show_id: int, hear: Mapping[int, Sequence[str]], now: datetime
) -> Show:
    turns.take(tx, workspace_id, Turn.GOING_LIVE)
    show = shows.lock(tx, workspace_id, show_id)
    if show is None:
        raise BadInput(NO_SHOW)
    other = shows.live(tx, workspace_id)
    if other is not None and other.id != show.id:
        raise BadInput(
            f"“{other.title}” is live already. End it first: /show use {other.id} and then /end. "
            f"Then come back with /show use {show.id}"
        )
    if show.status is not ShowStatus.LIVE:
        shows.start(tx, workspace_id, show_id, now)
    for channel_id, feeds in hear.items():
        channels.choose_feed(tx, workspace_id, show_id, channel_id, list(feeds))
    started = shows.get(tx, workspace_id, show_id)
    assert started is not None, "it is locked"
    if show.status is ShowStatus.ENDED and not started.rules.held_from_claim:
        holds.begin_anew(tx, workspace_id, started, now)
    return started


def _end(tx: sa.Connection, workspace_id: int, show_id: int, now: datetime) -> tuple[Show, WonSoFar]:
    show = shows.lock(tx, workspace_id, show_id)
    if show is None:
        raise BadInput(NO_SHOW)
    if show.status is ShowStatus.DRAFT:
        raise BadInput(f"“{show.title}” is not live. To start it: /live")
    if show.status is ShowStatus.LIVE:
        shows.end(tx, workspace_id, show_id, now)
    ended = shows.get(tx, workspace_id, show_id)
    assert ended is not None, "it is locked"
    if show.status is ShowStatus.LIVE and not ended.rules.held_from_claim:
        holds.begin_anew(tx, workspace_id, ended, now)
    return ended, won_so_far(tx, workspace_id, ended)
