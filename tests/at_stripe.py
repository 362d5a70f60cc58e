"""A provider, the Stripe behind it, what it reports, and the time they all go by."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from adapters.base import App, CheckoutOrder, CheckoutStyle, InvoiceOrder, PaymentUpdate, Update
from adapters.stripe import StripeProvider
from bot.domain.invoice import Line, LineKind
from sandbox.stripe import DEFAULT_ACCOUNT, DEFAULT_CLIENT, DEFAULT_KEY, StripeStandIn

STARTED = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)

SELLER = "acct_seller"
"""An account that gave the platform access."""

STRIPES_FAILURE = {"error": {"type": "api_error", "message": "An unknown error occurred"}}

LINES = (
    Line(code="12", title="Jade bangle", options=("green",), quantity=1, unit_cents=2500),
    Line(code="A7", title="Silk scarf", options=(), quantity=2, unit_cents=825),
)
DISCOUNT = Line(kind=LineKind.DISCOUNT, code="", title="First order", options=(), quantity=1, unit_cents=-150)

ORDER = InvoiceOrder(
    workspace_uid="5h0p",
    invoice_id=7,
    attempt=1,
    number="2026-0007",
    show_title="Friday jade",
    buyer_id=3,
    buyer_name="Nguyễn Thị Lan",
    buyer_handle="@lan",
    customer_id=None,
    currency="USD",
    lines=LINES,
    memo="Friday jade, invoice 2026-0007",
    external_id=None,
    first_tried_at=STARTED,
)

LINK = CheckoutStyle.PAYMENT_LINK
CHECKOUT = CheckoutStyle.CHECKOUT

PAGE = CheckoutOrder(
    workspace_uid="5h0p",
    order_id="invoice-7",
    invoice_id=7,
    currency="USD",
    lines=LINES,
    title="Friday jade",
    customer_id=None,
    buyer_name="Lan",
    success_url="https://shop.example/paid",
    cancel_url="https://shop.example/back",
)


class Clock:
    """A moment that moves when told to."""

    def __init__(self) -> None:
        self.now = STARTED

    def __call__(self) -> datetime:
        return self.now


@dataclass
class AtStripe:
    """A shop's side of Stripe."""

    stripe: StripeStandIn
    clock: Clock
    provider: StripeProvider
    hook: str
    _posted: list[tuple[dict[str, str], bytes]]
    _secret: str = ""
    _others: list[StripeProvider] = field(default_factory=list)

    @property
    def books(self) -> Any:
        """Our account's books."""
        return self.stripe.accounts[DEFAULT_ACCOUNT]

    @property
    def calls(self) -> list[str]:
        """What was called, in order."""
        return [f"{call.method} {call.path}" for call in self.stripe.calls]

    def asked(self, route: str) -> dict[str, Any]:
        """The parameters of the last request to a route, as they were sent."""
        return [one.params for one in self.stripe.requests if one.route == route][-1]

    def app(self, **values: str) -> App:
        """What the environment says about our platform at this Stripe."""
        own = {"SECRET_KEY": DEFAULT_KEY, "CLIENT_ID": DEFAULT_CLIENT, "API_BASE": self.stripe.url}
        return App(values=own | values, public_url="https://assist.example")

    def for_seller(self) -> StripeProvider:
        """The platform, acting for an account that is connected to it."""
        if SELLER not in self.stripe.accounts:
            self.stripe.add_account("sk_test_seller", SELLER, name="Seller")
            self.stripe.connect(DEFAULT_ACCOUNT, SELLER)
        settings = StripeProvider.Settings(DEFAULT_KEY, self.stripe.url, account_id=SELLER)
        provider = StripeProvider(settings, clock=self.clock)
        self._others.append(provider)
        return provider

    async def listen(self) -> None:
        """Have Stripe report to us from now on."""
        self._secret = (await self.provider.open_webhook(self.hook, key="listen")).secret

    async def told(self) -> list[Update]:
        """All that Stripe has reported, oldest first."""
        await self.stripe.drain()
        return [
            update
            for headers, body in self._posted
            for update in self.provider.read_webhook(headers, body, now=self.clock(), secrets=[self._secret])
        ]

    async def facts(self) -> list[PaymentUpdate]:
        """What was reported about money, and could be read on the list of events too."""
        told = [one for one in await self.told() if isinstance(one, PaymentUpdate)]
        listed = await self.provider.list_events(STARTED)
        assert {one.event_id for one in listed} == {one.event_id for one in told}
        return told

    async def close(self) -> None:
        """Let go of everything."""
        for provider in [self.provider, *self._others]:
            await provider.close()


@asynccontextmanager
async def at_stripe() -> AsyncIterator[AtStripe]:
    """A Stripe and a provider at it."""
    posted: list[tuple[dict[str, str], bytes]] = []

    async def keep(request: web.Request) -> web.Response:
        posted.append((dict(request.headers), await request.read()))
        return web.Response(status=204)

    server = web.Application()
    server.router.add_post("/hook", keep)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    clock = Clock()
    stripe = StripeStandIn(now=lambda: clock.now.timestamp())
    settings = StripeProvider.Settings(DEFAULT_KEY, await stripe.start())
    shop = AtStripe(stripe, clock, StripeProvider(settings, clock=clock), f"http://{host}:{port}/hook", posted)
    try:
        yield shop
    finally:
        await shop.close()
        await stripe.stop()
        await runner.cleanup()
