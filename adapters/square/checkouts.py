"""Pages for somebody else's orders at Square: a payment link for each, which lasts until it is deleted.

A page goes by the id of its order, as a link does, for that is what Square names when money comes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from adapters.base import Checkout, CheckoutOrder, ProviderInvoice
from adapters.square import orders
from adapters.square.invoices import KEYS_LAST
from adapters.square.links import Links, read
from adapters.square.places import Places

_STATES = {"open": "open", "paid": "paid", "void": "expired"}
_LONGEST_REFERENCE = 40


class Checkouts:
    """The pages for orders in one account."""

    def __init__(self, places: Places, links: Links, clock: Callable[[], datetime]) -> None:
        self._places = places
        self._links = links
        self._clock = clock

    async def open(self, order: CheckoutOrder, *, key: str) -> Checkout:
        """A page for this order, once per key. Raises Refused with the reason."""
        orders.check_lines(order.lines, order.total)
        marks = mark(order, key)
        link, made = await self._links.make(
            key=orders.fit(key),
            order=_square_order(order, await self._places.id(), marks),
            options=orders.link_options(order.success_url, order.fee_cents, order.currency),
            note=order.title,
            marks=marks,
            since=self._clock() - KEYS_LAST,
            total=order.total,
        )
        return _read(read(made, link))

    async def ask(self, order_id: str) -> Checkout:
        """The page as it stands now; its address is the one it was opened with."""
        return _read(await self._links.ask(order_id))

    async def close(self, order_id: str) -> Checkout:
        """Delete the link and its order; answers "paid" when money was faster."""
        return _read(await self._links.void(order_id))


def mark(order: CheckoutOrder, key: str) -> dict[str, str]:
    """The metadata by which the page of this try is found again, and its payment known for ours."""
    return {
        "live_assist_workspace": order.workspace_uid,
        "live_assist_order": orders.short(order.order_id, orders.LONGEST_METADATA),
        "live_assist_key": orders.fit(key),
    }


def _square_order(order: CheckoutOrder, location_id: str, marks: dict[str, str]) -> dict[str, Any]:
    return {
        "location_id": location_id,
        "reference_id": orders.short(order.order_id, _LONGEST_REFERENCE),
        "source": {"name": "Live Assist"},
        **orders.sold(order.lines, order.currency),
        "metadata": marks,
    }


def _read(there: ProviderInvoice) -> Checkout:
    return Checkout(
        external_id=there.external_id,
        url=there.url,
        state=_STATES[there.state],
        expires_at=None,
        payment_id=None,
        total=there.total,
        keeps_url=True,
    )
