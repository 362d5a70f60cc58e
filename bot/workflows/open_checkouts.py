"""Opens pages to pay on when somebody comes to pay: reserved before, opened here, recorded after, one at a time.

Whoever comes while a page is being opened, in whichever process, is given the same one. A page whose opening was cut
off is opened again under the same key, as its address reached nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

import sqlalchemy as sa

from adapters.base import Checkout as Page
from adapters.base import CheckoutOrder, PaymentProvider
from bot.domain.checkout import Checkout, CheckoutEvent
from bot.kit.errors import Busy, LiveAssistError, NotAuthorised, OutsideError, Refused
from bot.workflows.assistant import Assistant
from bot.workflows.settle_checkouts import settle_answer, settle_page
from bot.workflows.tell import Parcel, hand_over
from storage import checkouts, workspaces

LEASE = timedelta(seconds=30)
"""How long whoever opens a page is waited for; a call to a provider takes less."""
KEY_LASTS = timedelta(hours=20)
"""A page that could not be opened for so long is begun anew: providers forget keys after 24 hours
(https://docs.stripe.com/api/idempotent_requests)."""
ASK_AGAIN = timedelta(seconds=20)
"""How long what a provider said of a page is taken for how it stands."""
LOOK_AGAIN = 0.25
"""Seconds between two looks whether somebody else has opened the page."""
MOST_LOOKS = 80


class Turn(Enum):
    """What is to be done next."""

    OPEN = "open"
    """The page is reserved for whoever asked: call the provider."""
    WAIT = "wait"
    """Somebody else is opening it."""
    GIVE = "give"
    """It is open."""
    CLOSE = "close"
    """It is not to be paid on any more, and another one takes its place."""
    OVER = "over"
    """There is nothing to pay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be done next, with which page."""

    turn: Turn
    checkout: Checkout | None = None

    @property
    def page(self) -> Checkout:
        """The page it is about."""
        assert self.checkout is not None, "only OVER is about no page"
        return self.checkout


NextStep = Callable[[sa.Connection, int, Collection[int], datetime], Step]
"""Finds, in one transaction, what is to be done next, and reserves a page when one is to be opened; pages with these
ids are let go of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What it takes to open a page for somebody."""

    provider: PaymentProvider
    next_step: NextStep
    order_for: Callable[[Checkout, str], CheckoutOrder]
    """What the provider is told, of this page and the workspace with that uid."""


async def open_checkout(assistant: Assistant, workspace_id: int, opening: Opening) -> Checkout | None:
    """The page to pay on, opened if need be; None when there is nothing to pay. Raises OutsideError."""
    let_go: set[int] = set()
    for _ in range(MOST_LOOKS):
        step = await assistant.database.write(opening.next_step, workspace_id, let_go, assistant.now())
        if step.turn is Turn.OVER:
            return step.checkout
        if step.turn is Turn.WAIT:
            await asyncio.sleep(LOOK_AGAIN)
        elif step.turn is Turn.OPEN:
            # Whoever hangs up meanwhile has the page opened all the same: its address is to be recorded.
            await asyncio.shield(_call(assistant, workspace_id, opening, step.page))
        elif step.turn is Turn.CLOSE:
            await close_page(assistant, opening.provider, step.page)
            let_go.add(step.page.id)
        elif (page := await _ask_again(assistant, opening.provider, step.page)) is not None:
            return page
    raise Busy("The page is being opened. Try again in a minute.", retry_after=30)


def begin(tx: sa.Connection, checkout: Checkout, now: datetime) -> Step:
    """The next step for a page that has no address yet: wait for whoever opens it, or open it in their place."""
    if checkout.expires_at is not None and checkout.expires_at > now:
        return Step(turn=Turn.WAIT, checkout=checkout)
    checkouts.change(tx, checkout.workspace_id, checkout.id, expires_at=now + LEASE)
    return Step(turn=Turn.OPEN, checkout=checkout)


def is_too_old(checkout: Checkout, now: datetime) -> bool:
    """Whether a page was begun so long ago that its key may be forgotten."""
    return checkout.provider_ref is None and now - checkout.created_at > KEY_LASTS


def is_fresh(checkout: Checkout, now: datetime) -> bool:
    """Whether a page was asked about so short a time ago that it is not asked about again."""
    return now - (checkout.asked_at or checkout.created_at) <= ASK_AGAIN


async def close_page(assistant: Assistant, provider: PaymentProvider, checkout: Checkout) -> bool:
    """Close an open page at its provider; true when money was faster. Raises OutsideError.

    One that the provider does not have any more is closed; one that it does not close for us stays known until it ends.
    """
    assert checkout.provider_ref is not None, "only an open page is closed"
    page = await _closed(provider, checkout.provider_ref)
    if page is None:
        work = assistant.database.write(
            settle_page, checkout.workspace_id, checkout.id, CheckoutEvent.EXPIRED, now=assistant.now()
        )
    else:
        work = assistant.database.write(settle_answer, checkout.workspace_id, checkout.id, page, assistant.now())
    await hand_over(assistant, checkout.workspace_id, await work)
    return page is not None and page.state == "paid"


async def _closed(provider: PaymentProvider, provider_ref: str) -> Page | None:
    for call in (provider.close_checkout, provider.ask_checkout):
        try:
            return await call(provider_ref)
        except NotAuthorised:
            raise
        except Refused:
            continue
    return None


async def _call(assistant: Assistant, workspace_id: int, opening: Opening, checkout: Checkout) -> None:
    """Open a reserved page and record it; what is known to have failed is begun anew next time."""
    workspace = await assistant.database.read(workspaces.get, workspace_id)
    key = f"la-page-{workspace.uid}-{checkout.id}-{checkout.attempt}"
    try:
        page = await opening.provider.open_checkout(opening.order_for(checkout, workspace.uid), key=key)
    except Refused:
        await assistant.database.write(checkouts.refused, workspace_id, checkout.id)
        raise
    except LiveAssistError:
        await assistant.database.write(checkouts.let_go, workspace_id, checkout.id)
        raise
    parcels = await assistant.database.write(_opened, workspace_id, checkout.id, page, assistant.now())
    await hand_over(assistant, workspace_id, parcels)


def _opened(tx: sa.Connection, workspace_id: int, checkout_id: int, page: Page, now: datetime) -> list[Parcel]:
    checkouts.change(
        tx,
        workspace_id,
        checkout_id,
        provider_ref=page.external_id,
        checkout_url=page.url,
        expires_at=page.expires_at,
        asked_at=now,
    )
    return settle_answer(tx, workspace_id, checkout_id, page, now)


async def _ask_again(assistant: Assistant, provider: PaymentProvider, checkout: Checkout) -> Checkout | None:
    """The page to give away again; None when it is paid or over, which nobody has told us yet.

    One without an address takes no other payment: the money is on its way.
    """
    assert checkout.provider_ref is not None, "only an open page is given away"
    if is_fresh(checkout, assistant.now()):
        return checkout
    try:
        page = await provider.ask_checkout(checkout.provider_ref)
    except OutsideError:
        return checkout  # it says itself what became of it
    parcels = await assistant.database.write(settle_answer, checkout.workspace_id, checkout.id, page, assistant.now())
    await hand_over(assistant, checkout.workspace_id, parcels)
    if page.state != "open":
        return None
    return checkout if page.keeps_url else replace(checkout, url=page.url)
