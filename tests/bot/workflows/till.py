"""A provider whose pay pages are opened when the buyer comes, played in memory with books of its own."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from adapters.base import Capability, Checkout, CheckoutOrder, CheckoutStyle, PaymentState, PaymentUpdate
from bot.domain.invoice import Invoice, InvoiceStatus, Line
from bot.kit.errors import OutcomeUnknown, Refused
from bot.workflows.keep_updates import keep_updates
from bot.workflows.run_shows import go_live, new_show
from bot.workflows.settle_payments import settle_payment
from bot.workflows.stock_items import NewItem, add_items
from storage import checkouts, integrations, invoices, workspaces
from tests.bot.commands.conftest import PlayedStripe, Shop

numbers = itertools.count(1)

URL = "https://assist.example"
DRESS = Line(code="12", title="Blue dress", options=("red",), quantity=2, unit_cents=1990)


class Till(PlayedStripe):
    """Pages by their ids; the same key opens the same page, and another order under it is refused."""

    capabilities: ClassVar = frozenset({Capability.CHECKOUT})
    styles: ClassVar = (CheckoutStyle.CHECKOUT,)

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._clock = clock
        self.lasts: timedelta | None = timedelta(minutes=15)
        self.pages: dict[str, Checkout] = {}
        self.orders: dict[str, tuple[CheckoutOrder, str]] = {}
        """By key: what was ordered, and the page it made."""
        self.calls = 0
        """How often a page was to be opened."""
        self.asked: list[str] = []
        self.trouble: list[Exception] = []
        """What the next calls end with."""
        self.breaks_off = False
        """Whether the next page is made, and its answer lost."""
        self.closes = True
        self.site = "https://pay.example"

    async def open_checkout(self, order: CheckoutOrder, *, key: str) -> Checkout:
        self.calls += 1
        await asyncio.sleep(0.01)
        self._stumble()
        if key not in self.orders:
            external_id = f"cs_{len(self.orders) + 1}"
            expires_at = None if self.lasts is None else self._clock() + self.lasts
            self.orders[key] = (order, external_id)
            self.pages[external_id] = Checkout(
                external_id=external_id,
                url=f"{self.site}/{external_id}",
                state="open",
                expires_at=expires_at,
                payment_id=None,
                total=order.total,
            )
        first, external_id = self.orders[key]
        if order != first:
            raise Refused("That key was used for another order.", code="idempotency_error")
        if self.breaks_off:
            self.breaks_off = False
            raise OutcomeUnknown("No answer came.")
        return self.pages[external_id]

    async def ask_checkout(self, external_id: str) -> Checkout:
        self._stumble()
        self.asked.append(external_id)
        page = self.pages[external_id]
        if page.state == "open" and page.expires_at is not None and page.expires_at <= self._clock():
            page = self.pages[external_id] = replace(page, state="expired", url=None)
        return page

    async def close_checkout(self, external_id: str) -> Checkout:
        self._stumble()
        if not self.closes:
            raise Refused("Pages cannot be closed here.")
        page = self.pages[external_id]
        if page.state == "open":
            page = self.pages[external_id] = replace(page, state="expired", url=None)
        return page

    def pays(self, external_id: str) -> None:
        """A buyer pays on a page; nobody is told yet."""
        assert self.pages[external_id].state == "open", "only an open page takes money"
        self.pages[external_id] = replace(
            self.pages[external_id], state="paid", url=None, payment_id=f"pi_{external_id}"
        )

    def order_of(self, external_id: str) -> CheckoutOrder:
        return next(order for order, page in self.orders.values() if page == external_id)

    def _stumble(self) -> None:
        if self.trouble:
            raise self.trouble.pop(0)


@dataclass
class Counter:
    """A shop with a till, and an invoice whose buyer pays there."""

    shop: Shop
    till: Till
    invoice_id: int = 0
    event: int = 0
    """The newest."""

    async def invoice(self) -> Invoice:
        found = await self.shop.read(invoices.get, self.shop.workspace_id, self.invoice_id)
        assert isinstance(found, Invoice)
        return found

    async def pages(self) -> list[tuple[str | None, str]]:
        """(the provider's page, how its payment stands), oldest first."""
        found = await self.shop.read(checkouts.of_invoice, self.shop.workspace_id, self.invoice_id)
        return [(one.provider_ref, one.status.value) for one in reversed(found)]

    async def hears(
        self, state: PaymentState, page: str, *, by_order: bool = False, again: bool = False, **more: Any
    ) -> str:
        """The till tells us; returns what came of it."""
        order = self.till.order_of(page)
        self.event = self.event if again else next(numbers)
        uid = (await self.shop.read(workspaces.get, self.shop.workspace_id)).uid
        update = PaymentUpdate(
            provider="stripe",
            event_id=f"evt_{self.event}",
            kind=f"page.{state.value}",
            state=state,
            account_id="acct_1",
            external_id=None,
            checkout_id=None if by_order else page,
            payment_id=self.till.pages[page].payment_id,
            workspace_uid=uid,
            invoice_id=order.invoice_id,
            order_id=order.order_id,
            amount=order.total if state is PaymentState.PAID else None,
            reason=None,
            happened_at=self.shop.clock(),
            livemode=False,
            raw={},
        )
        await keep_updates(self.shop.assistant, self.shop.workspace_id, [replace(update, **more)])
        if not self.shop.jobs.settled:
            return "known"
        inbox_id, _ = self.shop.jobs.settled.pop()
        return await settle_payment(self.shop.assistant, self.shop.workspace_id, inbox_id)


async def a_counter(shop: Shop) -> Counter:
    """An invoice of 39.80 USD whose link was delivered, in a live show."""
    await shop.operator()
    till = Till(shop.clock)
    shop.assistant.provider_for = lambda integration: till
    await shop.connect_stripe()
    show = await new_show(shop.assistant, shop.workspace_id, "Friday")
    await add_items(shop.assistant, shop.workspace_id, show.id, [NewItem(code="12", quantity=2)])
    await go_live(shop.assistant, shop.workspace_id, show.id, {})
    await shop.comments("mai", "sold 12")
    counter = Counter(shop, till)
    counter.invoice_id = await another_invoice(shop)
    return counter


async def another_invoice(shop: Shop, *lines: Line, status: InvoiceStatus = InvoiceStatus.SENT) -> int:
    integration = await shop.read(integrations.get, shop.workspace_id, "stripe")
    invoice_id: int = await shop.write(
        invoices.reserve,
        shop.workspace_id,
        show_id=1,
        integration_id=integration.id,
        provider="stripe",
        account_id=integration.account_id,
        buyer_id=1,
        buyer_handle="mai",
        buyer_platform_user_id="1",
        currency="USD",
        lines=lines or [DRESS],
        replaces_id=None,
        style="checkout",
        now=shop.clock(),
    )
    token = (await shop.read(invoices.get, shop.workspace_id, invoice_id)).pay_token
    url = f"{URL}/pay/{token}"
    await shop.write(invoices.change, shop.workspace_id, invoice_id, external_url=url, status=status)
    return invoice_id
