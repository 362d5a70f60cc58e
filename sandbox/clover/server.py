"""A Clover on loopback: a test reads its books, plays its buyers and merchants, and upsets its webhooks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.clover.api import Api
from sandbox.clover.books import DECLINED_CARD, Declined, Merchant, Payment
from sandbox.clover.limits import Limits
from sandbox.clover.page import Pages
from sandbox.clover.reports import Report, Shape
from sandbox.clover.tokens import Tokens
from sandbox.postman import Delivery, Order, Postman
from sandbox.standin import StandIn

MERCHANT_ID = "SANDB0XSH0P01"
PRIVATE_KEY = "5a2d8c1e-0000-4000-8000-c10ve25a2db0"
SIGNING_SECRET = "9f1b7c3d-0000-4000-8000-519215ec2e70"
APP_ID = "C10VERAPP0001"
APP_SECRET = "7be44f60-0000-4000-8000-a995ec2e7000"


class CloverStandIn(StandIn):
    """OAuth, the platform, the Ecommerce API and the hosted pages. https://docs.clover.com/dev/docs"""

    name = "clover"

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__()
        self.merchants: dict[str, Merchant] = {}
        self.tokens = Tokens(APP_ID, APP_SECRET, now)
        self._now = now
        self.reports: dict[str, Report] = {}
        """Everything merchants with an address were told, by the payment it is about."""
        self._shape: Shape = "camel"
        self._postman = Postman(sleep)
        self._api = Api(self.merchants, self.tokens, now)
        self.add_merchant(MERCHANT_ID, private_key=PRIVATE_KEY)

    def add_merchant(
        self,
        merchant_id: str,
        *,
        private_key: str,
        name: str = "Sandbox Shop",
        currency: str = "USD",
        country: str = "US",
    ) -> Merchant:
        """A merchant with a private key for Hosted Checkout."""
        self.merchants[merchant_id] = Merchant(
            id=merchant_id,
            name=name,
            currency=currency,
            country=country,
            private_key=private_key,
            now=self._now,
            announce=self._announce,
        )
        return self.merchants[merchant_id]

    @property
    def merchant(self) -> Merchant:
        """The one that is there from the start."""
        return self.merchants[MERCHANT_ID]

    # The merchant's dashboard

    def report_to(self, url: str, *, secret: str = SIGNING_SECRET, merchant_id: str = MERCHANT_ID) -> None:
        """Enter an address for webhooks, and the signing secret that Generate has made."""
        merchant = self.merchants[merchant_id]
        merchant.webhook_url, merchant.signing_secret = url, secret

    @property
    def limits(self) -> Limits:
        """What is refused for rate; off until it is set."""
        return self._api.limits

    # Playing the buyer

    def pay(self, session_id: str) -> Payment:
        """What the page's Pay button does."""
        return self._owner(session_id).pay(session_id)

    def decline(self, session_id: str) -> None:
        """What the page does with a card that is declined."""
        try:
            self._owner(session_id).pay(session_id, DECLINED_CARD)
        except Declined:
            return

    def _owner(self, session_id: str) -> Merchant:
        return next(one for one in self.merchants.values() if session_id in one.sessions)

    def books(self) -> dict[str, Any]:
        """Counts per merchant."""
        return {merchant_id: merchant.summary() for merchant_id, merchant in self.merchants.items()}

    # Webhooks

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to deliver a webhook, in order."""
        return self._postman.deliveries

    def write_webhooks(self, shape: Shape) -> None:
        """How reports are written from now on: as documented by labels, or as integrators have seen them."""
        self._shape = shape

    def hold_webhooks(self) -> None:
        """Keep new webhooks back until they are released."""
        self._postman.holding = True

    def release_webhooks(self, order: Order = "as_is", duplicate: int = 0) -> int:
        """Deliver what was held in this order, each `duplicate` times more; how many deliveries it makes."""
        return self._postman.release(order, duplicate)

    def lose_webhooks(self, lost: bool = True) -> None:
        """Have new webhooks vanish on the way, until they no longer do."""
        self._postman.losing = lost

    def delay_webhooks(self, type_: str, seconds: float) -> None:
        """Deliver this type of report (`PAYMENT APPROVED`, `*`) so much later; 0 ends it."""
        self._postman.late[type_] = seconds

    def redeliver(self, event_id: str) -> int:
        """Send the report about a payment once more, freshly signed; to how many addresses."""
        self._postman.send([self.reports[event_id].parcel(self._now)])
        return 1

    def deliver_forged(self, event_id: str) -> int:
        """Send a report signed with a secret that is not the merchant's; to how many addresses."""
        self._postman.send([self.reports[event_id].parcel(self._now, forged=True)])
        return 1

    def _announce(self, merchant: Merchant, said: dict[str, Any]) -> None:
        if merchant.webhook_url:
            report = Report.of(merchant, said, self._shape)
            self.reports[report.event_id] = report
            self._postman.post([report.parcel(self._now)])

    async def drain(self) -> None:
        """Wait until no delivery is pending."""
        await self._postman.drain()

    # On the wire

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, and let the hosted pages know where they are."""
        self._api.site = await super().start(host, port)
        return self._api.site

    async def stop(self) -> None:
        """Stop listening and drop the webhooks under way."""
        await self._postman.close()
        await super().stop()

    def routes(self, app: web.Application) -> None:
        """The three hosts, the pages and the controls."""
        Pages(self.merchants, self.tokens).routes(app)
        self._api.routes(app)
        app.router.add_get("/_sandbox/books", self._show_books)
        app.router.add_post("/_sandbox/webhooks", self._control_webhooks)

    async def _show_books(self, _request: web.Request) -> web.Response:
        return web.json_response(self.books())

    async def _control_webhooks(self, request: web.Request) -> web.Response:
        """Hold, release (order, duplicate), lose (lost), delay (type, seconds), redeliver or forge (event), shape."""
        asked = await request.json()
        deeds: dict[str, Callable[[], Any]] = {
            "hold": self.hold_webhooks,
            "release": lambda: self.release_webhooks(asked.get("order", "as_is"), asked.get("duplicate", 0)),
            "lose": lambda: self.lose_webhooks(asked.get("lost", True)),
            "delay": lambda: self.delay_webhooks(asked["type"], asked["seconds"]),
            "redeliver": lambda: self.redeliver(asked["event"]),
            "forge": lambda: self.deliver_forged(asked["event"]),
            "shape": lambda: self.write_webhooks(asked["shape"]),
        }
        return web.json_response({"done": deeds[asked["do"]]()})
