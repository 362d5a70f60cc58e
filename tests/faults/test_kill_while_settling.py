"""kill -9 between a payment's webhook and the thanks, at every boundary: paid once, thanked once, told once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.telegram import Person
from tests.faults.dying import boundaries_of, killed_at, spread
from tests.faults.processes import ServedShop, a_served_shop
from tests.shop import Operator
from tests.stories.sales import heard_so_far

BUYERS = 45
"""More than the boundaries there are."""
EVERY_DAY = 12


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message that is to arrive once."""

    status: str
    seen: int
    in_flight: bool

    @property
    def right(self) -> bool:
        """Whether it arrived once, or, cut off in flight, was not said again on a guess."""
        return (self.status, self.seen) == ("sent", 1) or (
            self.in_flight and self.status == "unknown" and self.seen <= 1
        )


@dataclass
class Evening:
    """A show whose buyers all have their links and pay one after the other."""

    shop: ServedShop
    operator: Operator
    waiting: Iterator[tuple[Person, int, str]]
    """Who has not paid yet, with our number of the invoice and Stripe's."""
    buyer: Person | None = None
    invoice: int = 0

    async def pays(self) -> None:
        """The deed: the next buyer pays, and Stripe tells us until we answer."""
        self.buyer, self.invoice, at_stripe = next(self.waiting)
        self.shop.stripe.pay(at_stripe)
        await self.shop.stripe.drain()

    def messages(self, in_flight: frozenset[int]) -> tuple[Message, Message]:
        """The buyer's thanks, and what the operator was told."""
        assert self.buyer is not None
        said = (
            ("thanks", heard_so_far(self.buyer, self.shop, "Thank you!")),
            ("paid", heard_so_far(self.operator.person, self.shop, f"@{self.buyer.first_name} paid 19.90 USD")),
        )
        found = []
        for purpose, seen in said:
            ((row,),) = self.shop.look(
                f"SELECT id, status FROM deliveries WHERE dedupe_key || ':' LIKE '1:{purpose}:{self.invoice}:%'"
            )
            found.append(Message(status=row.status, seen=seen, in_flight=row.id in in_flight))
        return found[0], found[1]

    @property
    def is_paid(self) -> bool:
        """What our books say."""
        ((row,),) = self.shop.look(f"SELECT status, paid_at FROM invoices WHERE id = {self.invoice}")
        return bool(row.status == "paid" and row.paid_at)


async def invoiced_evening(shop: ServedShop) -> Evening:
    """So many buyers with a link each."""
    operator = await shop.opens_show("12 Dress 19.90 x9999")
    buyers = {name: await shop.buyer(name) for name in (f"mai{number}" for number in range(BUYERS))}
    for buyer in buyers.values():
        await buyer.says("sold 12", to=shop.group)
    await shop.heard()
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears(f"{BUYERS} sent")
    await shop.quiet()
    (rows,) = shop.look("SELECT buyer_handle, id, external_id FROM invoices")
    return Evening(shop, operator, iter([(buyers[row.buyer_handle], row.id, row.external_id) for row in rows]))


async def test_a_payment_whose_settlement_is_killed_anywhere_is_paid_thanked_and_told_once(tmp_path: Path) -> None:
    async with a_served_shop(tmp_path) as shop:
        await shop.open()
        evening = await invoiced_evening(shop)
        boundaries = await boundaries_of(shop, evening.pays)
        assert [message.status for message in evening.messages(frozenset())] == ["sent", "sent"]

        wrong: dict[str, object] = {}
        deaths: Counter[bool] = Counter()
        for boundary in spread(boundaries, EVERY_DAY):
            death = await killed_at(shop, boundary, evening.pays)
            await told_again(shop)
            deaths[death.happened] += 1
            messages = evening.messages(death.in_flight)
            if not evening.is_paid or not all(message.right for message in messages):
                wrong[boundary] = (evening.is_paid, messages)
        assert wrong == {}
        assert deaths[True] > 5 * deaths[False], deaths


async def told_again(shop: ServedShop) -> None:
    """Stripe sends what was not acknowledged again, for three days."""
    answered = {sent.event_id for sent in shop.stripe.deliveries if sent.status == 200}
    for event_id in {sent.event_id for sent in shop.stripe.deliveries} - answered:
        shop.stripe.redeliver(event_id)
    await shop.stripe.drain()
    await asyncio.sleep(0)
    await shop.quiet()
