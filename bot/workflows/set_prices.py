"""Sets what a show charges beside its prices, and what is agreed with one buyer about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from bot.domain.pricing import Pricing
from bot.domain.show import Show
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.hold_shows import hold_show, the_show
from storage import shows, terms

Change = Callable[[Show], Pricing]
"""From how a show stands to its new pricing. Raises BadInput."""


async def set_pricing(assistant: Assistant, workspace_id: int, show_id: int, change: Change) -> Show:
    """Give a show another pricing; it counts for every bill that is drawn from now on."""
    return await assistant.database.write(_set_pricing, workspace_id, show_id, change, assistant.now())


async def agree_pickup(assistant: Assistant, workspace_id: int, show_id: int, buyer_id: int, *, on: bool) -> None:
    """A buyer fetches what they have in a show, or has it sent after all. Raises BadInput where nothing is fetched."""
    await assistant.database.write(_agree_pickup, workspace_id, show_id, buyer_id, on)


async def agree_later(assistant: Assistant, workspace_id: int, show_id: int, buyer_id: int, *, on: bool) -> None:
    """What a buyer has in a show is sent with what they have in a later one, or by itself after all."""
    pickup = False if on else None
    await assistant.database.write(terms.agree, workspace_id, show_id, buyer_id, later=on, pickup=pickup)


def _set_pricing(tx: sa.Connection, workspace_id: int, show_id: int, change: Change, now: datetime) -> Show:
    show = hold_show(tx, workspace_id, show_id)
    shows.set_pricing(tx, workspace_id, show_id, change(show), now)
    changed = shows.get(tx, workspace_id, show_id)
    assert changed is not None, "it is locked"
    return changed


def _agree_pickup(tx: sa.Connection, workspace_id: int, show_id: int, buyer_id: int, on: bool) -> None:
    show = the_show(tx, workspace_id, show_id)
    if on and not show.pricing.shipping.pickup:
        raise BadInput(f"Nothing can be picked up in “{show.title}”. To allow it: /shipping pickup on")
    terms.agree(tx, workspace_id, show_id, buyer_id, pickup=on, later=False if on else None)
