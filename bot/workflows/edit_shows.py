"""Edits what a show says about itself and its items: title, market, rules, options. Nothing decided changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.domain.show import Item, Show
from bot.domain.show_rules import NoSuchRule, ShowRules, change
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.hold_shows import hold_show
from bot.workflows.move_claims import note_item, write_down
from bot.workflows.stock_options import WhichOption, the_item
from storage import holds, items, shows


async def edit_show(
    assistant: Assistant,
    workspace_id: int,
    show_id: int,
    *,
    title: str | None = None,
    market: str | None = None,
    rules: Callable[[ShowRules], ShowRules] | None = None,
) -> Show:
    """Give a show another title, other markets ("us,ph"; empty for every word that cannot collide), or other rules."""
    return await assistant.database.write(_edit, workspace_id, show_id, title, market, rules, assistant.now())


async def set_rule(assistant: Assistant, workspace_id: int, show_id: int, name: str, value: str) -> Show:
    """Set one rule of a show, as it was typed; it counts from the next comment on. Raises BadInput."""
    return await assistant.database.write(_set_rule, workspace_id, show_id, name, value, assistant.now())


async def set_options(assistant: Assistant, workspace_id: int, show_id: int, code: str, options: Sequence[str]) -> Item:
    """Say what an item comes in, like S, M and L.

    Raises WhichOption where options have pieces of their own: then those say it.
    """
    return await assistant.database.write(_set_options, workspace_id, show_id, code, options, assistant.now())


def _edit(
    tx: sa.Connection,
    workspace_id: int,
    show_id: int,
    title: str | None,
    market: str | None,
    rules: Callable[[ShowRules], ShowRules] | None,
    now: datetime,
) -> Show:
    show = hold_show(tx, workspace_id, show_id)
    heard = show.market if market is None else market
    if heard != show.market:
        change = {"before": show.market, "after": heard}
        write_down(tx, workspace_id, show, kind="show", verb="market", reason="market", entry=change, now=now)
    shows.describe(tx, workspace_id, show_id, title=show.title if title is None else title, market=heard, now=now)
    if rules is not None:
        _keep_rules(tx, workspace_id, show, rules(show.rules), "rules", now)
    return hold_show(tx, workspace_id, show_id)


def _set_rule(tx: sa.Connection, workspace_id: int, show_id: int, name: str, value: str, now: datetime) -> Show:
    show = hold_show(tx, workspace_id, show_id)
    try:
        rules = change(show.rules, name, value)
    except NoSuchRule as no:
        raise BadInput(str(no)) from None
    _keep_rules(tx, workspace_id, show, rules, f"rule {name.lower()}", now)
    return hold_show(tx, workspace_id, show_id)


def _keep_rules(tx: sa.Connection, workspace_id: int, show: Show, rules: ShowRules, reason: str, now: datetime) -> None:
    if rules != show.rules:
        entry = {"before": show.rules.kept(), "after": rules.kept()}
        write_down(tx, workspace_id, show, kind="show", verb="rules", reason=reason, entry=entry, now=now)
        shows.set_rules(tx, workspace_id, show.id, rules, now)
        if (rules.hold_minutes, rules.hold_from) != (show.rules.hold_minutes, show.rules.hold_from):
            holds.begin_anew(tx, workspace_id, hold_show(tx, workspace_id, show.id), now)


def _set_options(
    tx: sa.Connection, workspace_id: int, show_id: int, code: str, options: Sequence[str], now: datetime
) -> Item:
    show = hold_show(tx, workspace_id, show_id)
    item = the_item(tx, workspace_id, show, code)
    if rows := items.rows_of(tx, workspace_id, item.parent_id or item.id):
        raise WhichOption(f"What {item.whole_code} comes in is what has pieces: {', '.join(row.code for row in rows)}")
    items.change(tx, workspace_id, item.id, options=list(options))
    after = the_item(tx, workspace_id, show, code)
    note_item(tx, workspace_id, show, "changed", before=item, after=after, now=now)
    shows.touch_items(tx, workspace_id, show_id, now)
    return after
