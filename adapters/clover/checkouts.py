"""Pages to pay on: opened when the buyer comes, and over after a quarter of an hour.

Opening one has no idempotency key. A lost answer leaves a page nobody knows the address of, which ends by itself
unpaid, so that opening another is safe. Closing one is not possible: whoever has the address can pay until it ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.base import Checkout, CheckoutOrder, ProviderPayment
from adapters.clover import carts
from adapters.clover.client import Client
from adapters.clover.merchants import Merchant
from adapters.clover.payments import Payments, elements, whole
from bot.domain.money import Money
from bot.kit.errors import NotAuthorised, OutcomeUnknown, Refused

LASTS = timedelta(minutes=15)

SESSION = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_OVER = frozenset({"EXPIRED", "CANCELLED", "CANCELED", "VOIDED"})
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T@ ](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?")


class Checkouts:
    """The pages of one merchant."""

    def __init__(self, client: Client, merchant: Merchant, payments: Payments, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._merchant = merchant
        self._payments = payments
        self._clock = clock

    async def open(self, order: CheckoutOrder) -> Checkout:
        """A new page. Raises Refused with the reason, OutcomeUnknown when there may be one that nobody will pay on."""
        carts.check(order, await self._merchant.currency())
        said = await self._client.checkout(body=carts.body(order))
        session, href = said.get("checkoutSessionId"), said.get("href")
        if not isinstance(session, str) or not session or not isinstance(href, str) or "://" not in href:
            raise OutcomeUnknown("Clover opened a page and did not say where.", code="unreadable")
        return Checkout(
            external_id=session,
            url=href,
            state="open",
            expires_at=read_time(said.get("expirationTime")) or self._clock() + LASTS,
            payment_id=None,
            total=order.total,
        )

    async def ask(self, session: str) -> Checkout:
        """The page as it stands now.

        Asking is not in Clover's documentation: what is paid comes by webhook, and counts when the payment itself says
        so. This looks for the order that a paid page has made. Raises Refused for a page that Clover does not show, or
        not any more: it may be open all the same until its time is over, and may be paid.
        """
        said = await self._client.checkout(session)
        currency = await self._merchant.currency() or "USD"
        page = Checkout(
            external_id=session,
            url=said["href"] if isinstance(said.get("href"), str) else None,
            state="open",
            expires_at=read_time(said.get("expirationTime")),
            payment_id=None,
            total=Money(_total(said), currency),
            keeps_url=True,
        )
        total, payments = await self._paid(said)
        if payments:
            total = total if total else payments[0].amount
            return replace(page, url=None, state="paid", payment_id=payments[0].payment_id, total=total)
        is_over = page.expires_at is not None and page.expires_at <= self._clock()
        if is_over or str(said.get("status", "")).upper() in _OVER:
            return replace(page, url=None, state="expired")
        return page

    async def payments(self, session: str) -> tuple[ProviderPayment, ...]:
        """The money that came on a page."""
        return (await self._paid(await self._client.checkout(session)))[1]

    async def _paid(self, said: Mapping[str, Any]) -> tuple[Money | None, tuple[ProviderPayment, ...]]:
        order, payment = _named(said, "order"), _named(said, "payment")
        if order is not None:
            return await self._payments.of_order(order)
        if payment is None:
            return None, ()
        try:
            return None, (await self._payments.ask(payment),)
        except NotAuthorised:
            raise
        except Refused:
            return None, ()


def read_time(value: Any) -> datetime | None:
    """A moment as Clover writes one here: `2025-07-04T23:57:25.541+0000`, with an @ for the T, or a number."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**14:
        return datetime.fromtimestamp(value / 1000 if value >= 10**11 else value, UTC)
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    day, time, fraction, zone = found.groups()
    try:
        return datetime.fromisoformat(f"{day}T{time}{(fraction or '.0')[:7]}{zone or '+00:00'}")
    except ValueError:
        return None


def _named(said: Mapping[str, Any], what: str) -> str | None:
    """The id of an order or a payment, whether it is named or inside."""
    inside = said.get(what)
    given = said.get(f"{what}Id") or (inside.get("id") if isinstance(inside, dict) else None)
    return given if isinstance(given, str) and given else None


def _total(said: Mapping[str, Any]) -> int:
    """What the cart comes to; 0 when it is not there."""
    cart = said.get("shoppingCart")
    lines = elements(cart.get("lineItems")) if isinstance(cart, dict) else []
    return sum((whole(line.get("price")) or 0) * (whole(line.get("unitQty")) or 1) for line in lines)
