"""Mirrors stock: what is left of an item here and what a provider's catalogue counts are kept the same, both ways.

What the provider's count differs by from what we saw or wrote last was sold, or got, elsewhere: it is added to our
quantity, or taken off. Then the provider is told what is left here, as of the moment it was read, so that what is sold
over the counter meanwhile stays sold there and is found by the next look. What may not have got there is told again
under the same key, before anything else. All of it is done by the clock, for many claims at once.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import sqlalchemy as sa

from adapters.base import Capability, PaymentProvider
from adapters.registry import PROVIDERS
from bot.domain.show import Item, Show, ShowStatus
from bot.kit.errors import BadInput, LiveAssistError, NotAuthorised, Refused
from bot.kit.redact import redact
from bot.workflows.assistant import Assistant
from bot.workflows.hold_shows import the_show
from bot.workflows.keep_deeds import Deed, begin
from bot.workflows.note_integrations import Level, log, log_seldom
from bot.workflows.offer_providers import is_offered
from bot.workflows.stock_items import MOST_PIECES, recount
from bot.workflows.stock_options import check_one, the_item
from bot.workflows.tell import Parcel, hand_over, tell_operators
from storage import integrations, items, shows, stock_links, workspaces
from storage.integrations import Integration
from storage.stock_links import StockLink

_log = logging.getLogger(__name__)

DRAFT_EVERY = timedelta(minutes=10)
"""How often the provider is read for a show that is not live yet."""
AFTER_THE_END = timedelta(days=14)
"""How long after its end what a show still gives back gets to the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """An item that was linked."""

    item: Item
    provider: str
    """What people call it."""


async def link_item(
    assistant: Assistant,
    workspace_id: int,
    show_id: int,
    code: str,
    external_id: str,
    *,
    by: str = "an operator",
    key: str = "",
) -> Linked:
    """Link an item with a thing of the catalogue; from now on there are as many of it as the provider counts.

    Raises BadInput when either cannot be, or an OutsideError.
    """
    integration = await assistant.database.read(_counting, workspace_id, assistant.settings.variant)
    item = await assistant.database.read(_linkable, workspace_id, show_id, code, integration, external_id)
    provider = assistant.provider_for(integration)
    at = assistant.now()
    there = (await provider.read_stock([external_id])).get(external_id)
    if there is None:
        raise BadInput(
            f"{provider.display_name} counts no {external_id} where you sell. Send the id of a variation whose stock "
            "is tracked there."
        )
    if there > MOST_PIECES:
        raise BadInput(f"{provider.display_name} counts {there:,} of that; an item has at most {MOST_PIECES:,}.")
    deed = Deed.of(by, key)
    linked, parcels = await assistant.database.write(
        _link, workspace_id, show_id, item, integration, external_id, there, deed, at
    )
    await hand_over(assistant, workspace_id, parcels)
    return Linked(item=linked, provider=provider.display_name)


async def unlink_item(assistant: Assistant, workspace_id: int, show_id: int, code: str) -> Item:
    """Count an item only here again; both counts stay as they are. Raises BadInput when it was not linked."""
    return await assistant.database.write(_unlink, workspace_id, show_id, code)


async def mirror_stock(assistant: Assistant) -> None:
    """Look once at every link that it is time for; a provider in trouble is looked at again the next time."""
    now = assistant.now()
    found = await assistant.database.read(
        stock_links.due, drafts_before=now - DRAFT_EVERY, ended_after=now - AFTER_THE_END
    )
    for (workspace_id, name, account_id), links in groupby(sorted(found, key=_where), key=_where):
        integration = await assistant.database.read(integrations.get, workspace_id, name)
        if (
            integration is None
            or integration.status != "active"
            or integration.account_id != account_id
            or not is_offered(name, assistant.settings.variant)
        ):
            continue
        try:
            await _mirror(assistant, integration, list(links))
        except LiveAssistError as trouble:
            await assistant.database.write(_note_trouble, integration, trouble, assistant.now())


def _where(link: StockLink) -> tuple[int, str, str]:
    return link.workspace_id, link.provider, link.account_id


async def _mirror(assistant: Assistant, integration: Integration, links: Sequence[StockLink]) -> None:
    provider = assistant.provider_for(integration)
    for link in links:
        if link.pushed_quantity is not None:
            await _push(assistant, integration, provider, link, again=True)
    at = assistant.now()
    there = await provider.read_stock([link.external_id for link in links])
    for link in links:
        pushing, parcels = await assistant.database.write(
            _allow_for, provider.display_name, link, there.get(link.external_id), at
        )
        await hand_over(assistant, link.workspace_id, parcels)
        if pushing is not None:
            await _push(assistant, integration, provider, pushing, again=False)


async def _push(
    assistant: Assistant, integration: Integration, provider: PaymentProvider, link: StockLink, *, again: bool
) -> None:
    """Tell the provider what was decided to be told, under the one key it has."""
    assert link.pushed_quantity is not None, "there is something to tell"
    uid = (await assistant.database.read(workspaces.get, link.workspace_id)).uid
    key = f"{uid}:stock:{link.id}:{link.pushes}"
    refusal: Refused | None = None
    try:
        await provider.write_stock(link.external_id, link.pushed_quantity, at=link.synced_at, key=key)
    except NotAuthorised:
        raise
    except Refused as no:
        refusal = no
    await assistant.database.write(_pushed, integration, link, refusal, again, assistant.now())


def _pushed(
    tx: sa.Connection, integration: Integration, link: StockLink, refusal: Refused | None, again: bool, now: datetime
) -> None:
    """It got there, or will not. Whether an earlier try did is not known then: the smaller number here is right."""
    current = stock_links.lock(tx, link.workspace_id, link.id)
    if current is None or current.pushes != link.pushes or current.pushed_quantity is None:
        return
    if refusal is None:
        seen = current.pushed_quantity
    else:
        seen = max(current.seen_quantity, current.pushed_quantity) if again else current.seen_quantity
        _note_trouble(tx, integration, refusal, now)
    stock_links.change(tx, link.workspace_id, link.id, seen_quantity=seen, pushed_quantity=None)


def _allow_for(
    tx: sa.Connection, name: str, link: StockLink, there: int | None, at: datetime
) -> tuple[StockLink | None, list[Parcel]]:
    """Have what changed at the provider change our quantity; returns what the provider is to be told, or None."""
    workspace_id = link.workspace_id
    item = items.many(tx, workspace_id, [link.item_id]).get(link.item_id)
    show = shows.lock(tx, workspace_id, item.show_id) if item is not None else None
    current = stock_links.lock(tx, workspace_id, link.id)
    if show is None or current is None or current.pushed_quantity is not None or current.synced_at != link.synced_at:
        return None, []  # it was cut, or somebody else has looked meanwhile
    item = items.lock(tx, workspace_id, [link.item_id])[link.item_id]
    if there is None or abs(there) > MOST_PIECES:
        text = f"{name} does not count {item.code} ({link.external_id}) any more"
        log_seldom(tx, workspace_id, link.provider, "stock_trouble", text, now=at, level=Level.WARNING)
        return None, []
    change = there - current.seen_quantity
    there_are = item.quantity + change - current.missing_quantity
    quantity = min(max(there_are, item.won), MOST_PIECES)
    missing = _missing(item, there_are)
    parcels: list[Parcel] = []
    if quantity != item.quantity:
        parcels += recount(tx, workspace_id, show, item, quantity, at)
        text = f"{item.code}: {there} at {name} where it was {current.seen_quantity}, so {quantity} here"
        log(tx, workspace_id, link.provider, "stock", text, now=at, item=item.code)
    if missing > current.missing_quantity:
        parcels += _tell_missing(tx, workspace_id, show, item, name, missing, at)
    values = {"seen_quantity": there, "missing_quantity": missing, "synced_at": at}
    left = items.many(tx, workspace_id, [item.id])[item.id].left
    if left != there:
        values |= {"pushed_quantity": left, "pushes": current.pushes + 1}
    stock_links.change(tx, workspace_id, link.id, **values)
    pushing = stock_links.lock(tx, workspace_id, link.id) if "pushed_quantity" in values else None
    return pushing, parcels


def _missing(item: Item, there_are: int) -> int:
    """How many of the pieces that are won are not there."""
    return min(max(item.won - there_are, 0), item.won)


def _tell_missing(
    tx: sa.Connection, workspace_id: int, show: Show, item: Item, name: str, missing: int, now: datetime
) -> list[Parcel]:
    pieces = "1 piece that is" if missing == 1 else f"{missing} pieces that are"
    return tell_operators(
        tx,
        workspace_id,
        f"{name} has sold {pieces} won here: “{show.title}” has {item.won} of {item.code} won. "
        f"To take one back: /release {item.code} <buyer>. If there are enough, count them again at {name}.",
        key=f"missing:{item.id}:{missing}:{item.won}:{now.timestamp()}",
        now=now,
    )


def _note_trouble(tx: sa.Connection, integration: Integration, trouble: LiveAssistError, now: datetime) -> None:
    _log.warning("the stock of %s is not mirrored: %s", integration.provider, redact(trouble.message))
    if isinstance(trouble, NotAuthorised):
        integrations.set_health(tx, integration.workspace_id, integration.id, error=redact(trouble.message))
    level = Level.ERROR if isinstance(trouble, Refused) else Level.WARNING
    workspace_id, name = integration.workspace_id, integration.provider
    log_seldom(tx, workspace_id, name, "stock_trouble", trouble.message, now=now, level=level)


def _counting(tx: sa.Connection, workspace_id: int, variant: str) -> Integration:
    """The connection whose provider counts stock."""
    for one in integrations.usable(tx, workspace_id):
        if is_offered(one.provider, variant) and Capability.STOCK in PROVIDERS[one.provider].capabilities:
            return one
    able = [(n, p) for n, p in PROVIDERS.items() if is_offered(n, variant) and Capability.STOCK in p.capabilities]
    if not able:
        raise BadInput("No provider counts stock here.")
    name, provider = able[0]
    raise BadInput(f"{provider.display_name} counts stock, and is not connected. Send: /connect {name}")


def _linkable(
    tx: sa.Connection, workspace_id: int, show_id: int, code: str, integration: Integration, external_id: str
) -> Item:
    """The item that is to be linked. Raises BadInput when it, or its counterpart, is linked already."""
    show = the_show(tx, workspace_id, show_id)
    item = the_item(tx, workspace_id, show, code)
    check_one(tx, workspace_id, item)
    for mine in stock_links.of_items(tx, workspace_id, [item.id]):
        raise BadInput(f"{item.code} is linked with {mine.external_id} already. First: /item unlink {item.code}")
    other = _linked_to(tx, workspace_id, integration, external_id)
    if other is not None and other[1].status != ShowStatus.ENDED:
        raise BadInput(
            f"{external_id} is linked with {other[0].code} of “{other[1].title}” already. "
            f"There: /item unlink {other[0].code}"
        )
    return item


def _linked_to(
    tx: sa.Connection, workspace_id: int, integration: Integration, external_id: str
) -> tuple[Item, Show] | None:
    link = stock_links.by_external_id(tx, workspace_id, integration.provider, integration.account_id, external_id)
    if link is None:
        return None
    item = items.many(tx, workspace_id, [link.item_id])[link.item_id]
    show = shows.get(tx, workspace_id, item.show_id)
    assert show is not None, "an item is of a show"
    return item, show


def _link(
    tx: sa.Connection,
    workspace_id: int,
    show_id: int,
    before: Item,
    integration: Integration,
    external_id: str,
    there: int,
    deed: Deed,
    at: datetime,
) -> tuple[Item, list[Parcel]]:
    show = shows.lock(tx, workspace_id, show_id)
    assert show is not None, "shows are never deleted"
    begin(tx, workspace_id, deed, at)
    item = _linkable(tx, workspace_id, show_id, before.code, integration, external_id)
    if (other := _linked_to(tx, workspace_id, integration, external_id)) is not None:
        stock_links.remove(tx, workspace_id, other[0].id)  # its show is over
    # What was won since the provider was read is of what it counted then.
    counted = there + before.won
    quantity = max(counted, item.won)
    parcels = recount(tx, workspace_id, show, item, quantity, at) if quantity != item.quantity else []
    stock_links.add(
        tx,
        workspace_id,
        item.id,
        provider=integration.provider,
        account_id=integration.account_id,
        external_id=external_id,
        seen_quantity=there,
        missing_quantity=_missing(item, counted),
        now=at,
    )
    text = f"{item.code} of “{show.title}” is linked with {external_id} by {deed.by}"
    log(tx, workspace_id, integration.provider, "stock", text, now=at, item=item.code)
    return the_item(tx, workspace_id, show, item.code), parcels


def _unlink(tx: sa.Connection, workspace_id: int, show_id: int, code: str) -> Item:
    show = the_show(tx, workspace_id, show_id)
    item = the_item(tx, workspace_id, show, code)
    if not stock_links.remove(tx, workspace_id, item.id):
        raise BadInput(f"{item.code} is not linked. To link it: /item link {item.code} <catalog id>")
    return item
