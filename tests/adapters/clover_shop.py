"""What tests about Clover share: an open stand-in with a clock of its own, and a provider that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from adapters.base import App, CheckoutOrder, FixedKeys, Keyring
from adapters.clover import CloverProvider
from adapters.clover.hosts import Hosts
from bot.domain.invoice import Line, LineKind
from bot.kit.pacing import Pace
from sandbox.clover import APP_ID, APP_SECRET, MERCHANT_ID, PRIVATE_KEY, CloverStandIn

NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)

BANGLE = Line(code="12", title="Jade bangle", options=("green",), quantity=1, unit_cents=2500)
RINGS = Line(code="7", title="Ring", options=(), quantity=2, unit_cents=800)
COUPON = Line(kind=LineKind.DISCOUNT, code="", title="Coupon HELLO", options=(), quantity=1, unit_cents=-505)

ORDER = CheckoutOrder(
    workspace_uid="5h0p",
    order_id="invoice-7",
    invoice_id=7,
    currency="USD",
    lines=(BANGLE, RINGS),
    title="Friday",
    customer_id=None,
    buyer_name="Lan",
    success_url="https://shop.example/pay/t0ken?paid",
    cancel_url="https://shop.example/pay/t0ken",
)


def order(*lines: Line, **given: Any) -> CheckoutOrder:
    return replace(ORDER, **given, **({"lines": lines} if lines else {}))


@dataclass
class Town:
    """A stand-in, its clock, and who talks to it."""

    clover: CloverStandIn
    provider: CloverProvider
    seconds: float

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def app(self, **values: str) -> App:
        given = {"API_BASE": self.clover.url, "APP_ID": APP_ID, "APP_SECRET": APP_SECRET}
        return App(values=given | values, public_url="https://shop.example")

    def opened(self, keys: Keyring | Mapping[str, str], pace: Pace | None = None) -> CloverProvider:
        """A provider with other keys, by the town's clock."""
        keyring = FixedKeys(keys) if isinstance(keys, Mapping) else keys
        url = self.clover.url
        settings = CloverProvider.Settings(
            merchant_id=keyring.credentials["merchant_id"],
            hosts=Hosts(pages=url, api=url, scl=url),
            app_id=APP_ID if "refresh_token" in keyring.credentials else "",
        )
        return CloverProvider(settings, keys=keyring, clock=self.now, pace=pace)

    def asked(self, method: str, path: str) -> list[str]:
        """The bodies of the calls there were."""
        return [call.body for call in self.clover.calls if call.method == method and path in call.path]


@asynccontextmanager
async def a_town() -> AsyncIterator[Town]:
    town: Town
    clover = CloverStandIn(now=lambda: town.seconds)
    town = Town(clover, None, NOW.timestamp())  # type: ignore[arg-type]
    await clover.start()
    town.provider = town.opened({"merchant_id": MERCHANT_ID, "private_key": PRIVATE_KEY})
    try:
        yield town
    finally:
        await town.provider.close()
        await clover.stop()
