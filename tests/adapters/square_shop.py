"""What the tests of Square's adapter have in common: a shop, its Square, and the time they both go by."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from adapters.base import InvoiceOrder, Keyring
from adapters.square import SquareProvider
from bot.domain.invoice import Line, LineKind
from bot.kit.errors import Busy, OutcomeUnknown
from sandbox.square import DEFAULT_MERCHANT, DEFAULT_TOKEN, SquareStandIn

STARTED = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)

ANOTHER_TOKEN = "EAAAanother_token_of_another_shop"


def line(
    code: str = "12",
    *,
    unit_cents: int | None = 2500,
    quantity: int = 1,
    title: str = "Jade bangle",
    options: tuple[str, ...] = (),
    kind: LineKind = LineKind.ITEM,
) -> Line:
    """A line of an invoice."""
    return Line(kind=kind, code=code, title=title, options=options, quantity=quantity, unit_cents=unit_cents)


ORDER = InvoiceOrder(
    workspace_uid="5h0p00000000cafe",
    invoice_id=7,
    attempt=1,
    number="2026-0007",
    show_title="Friday",
    buyer_id=3,
    buyer_name="Lan",
    buyer_handle="@lan",
    customer_id=None,
    currency="USD",
    lines=(line(options=("green",)), line("A7", title="Silk scarf", quantity=2, unit_cents=825)),
    memo="Friday (2026-0007)",
    external_id=None,
    first_tried_at=STARTED,
)


class Clock:
    """A moment that moves when told to."""

    def __init__(self) -> None:
        self.now = STARTED

    def __call__(self) -> datetime:
        return self.now


class SquareShop:
    """A provider and the Square behind it."""

    def __init__(self, square: SquareStandIn, url: str, clock: Clock) -> None:
        self.square, self.url, self.clock = square, url, clock
        self.books = square.merchants[DEFAULT_MERCHANT]
        self.provider = self.connects()

    def connects(self, *, keys: Keyring | None = None, **settings: Any) -> SquareProvider:
        """Another connection."""
        given = {
            "access_token": DEFAULT_TOKEN,
            "application_id": "sandbox-sq0idb-app",
            "application_secret": "sandbox-sq0csb-secret",
            "api_base": self.url,
            "environment": "sandbox",
        }
        return SquareProvider(SquareProvider.Settings(**{**given, **settings}), keys=keys, clock=self.clock)

    @property
    def calls(self) -> list[str]:
        """What was asked for, without what only tells where we sell."""
        return [f"{one.method} {one.path}" for one in self.square.calls if one.path != "/v2/locations"]

    def all(self, kind: str) -> list[Any]:
        """Everything of a kind on Square's books."""
        return list(self.books.all(kind))

    async def place_until_done(self, order: InvoiceOrder, tries: int = 4) -> Any:
        """As the caller does: the same order again for as long as the outcome is unknown."""
        return await until_done(lambda: self.provider.place_invoice(order), tries)


async def until_done(deed: Callable[[], Any], tries: int = 4) -> Any:
    """Do it again for as long as the outcome is unknown."""
    for _ in range(tries):
        try:
            return await deed()
        except (OutcomeUnknown, Busy):
            continue
    raise AssertionError(f"not done in {tries} tries")


@asynccontextmanager
async def a_square_shop() -> AsyncIterator[SquareShop]:
    """One, for a test."""
    clock = Clock()
    square = SquareStandIn(now=lambda: clock.now.timestamp())
    shop = SquareShop(square, await square.start(), clock)
    yield shop
    await shop.provider.close()
    await square.stop()
