"""Payment webhooks through the real door: repeated, reordered, delayed past a restart; the books end the same."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.app import utc_now
from sandbox.stripe import DEFAULT_KEY
from sandbox.stripe.delivery import sign
from sandbox.telegram import Person
from storage import inbox
from tests.shop import Operator, Shop
from tests.stories.sales import heard_so_far, sells_dresses

EXAMPLES = 10
SPARE = 5
"""Invoices for looking at a failure again."""
LIVES = {
    "declined": (("sent", 0, 0), ["decline", "decline"]),
    "paid": (("paid", 1990, 0), ["decline", "pay"]),
    "partly refunded": (("partly_refunded", 1990, 500), ["pay", "refund 500"]),
    "refunded": (("refunded", 1990, 1990), ["decline", "pay", "refund 500", "refund 1490"]),
}
"""What happens to an invoice at Stripe, and where it stands in the end: what was paid, and what went back, in cents."""


@dataclass
class Counter:
    """The door, and whose invoices have had no payment yet."""

    shop: Shop
    operator: Operator
    session: aiohttp.ClientSession
    waiting: Iterator[tuple[Person, str]]

    async def lives(self, deeds: list[str], invoice_id: str) -> list[dict[str, Any]]:
        """Have this happen at Stripe; the events about it, which nobody has delivered."""
        stripe = self.shop.stripe
        books = stripe.accounts["acct_sandbox"]
        before = {event["id"] for event in books.all("event")}
        for deed in deeds:
            verb, _, amount = deed.partition(" ")
            if verb == "decline":
                stripe.decline(invoice_id)
            elif verb == "pay":
                stripe.pay(invoice_id)
            else:
                await self._refund(invoice_id, amount)
        return [books.present(event) for event in books.all("event") if event["id"] not in before]

    async def _refund(self, invoice_id: str, amount: str) -> None:
        books = self.shop.stripe.accounts["acct_sandbox"]
        (payment,) = (
            one["payment"]["payment_intent"]
            for one in books.all("invoice_payment")
            if one["invoice"] == invoice_id and one["status"] == "paid"
        )
        asked = {"payment_intent": payment, "amount": amount}
        headers = {"Authorization": f"Bearer {DEFAULT_KEY}"}
        async with self.session.post(f"{self.shop.stripe.url}/v1/refunds", data=asked, headers=headers) as answer:
            assert answer.status == 200, await answer.text()

    async def deliver(self, event: dict[str, Any]) -> None:
        """Hand one event over, as Stripe signs it now."""
        (endpoint,) = self.shop.stripe.accounts["acct_sandbox"].all("webhook_endpoint")
        body = json.dumps(event).encode()
        signed = {"Stripe-Signature": sign(body, endpoint["_secret"], int(time.time()))}
        async with self.session.post(endpoint["url"], data=body, headers=signed) as answer:
            assert answer.status == 200, await answer.text()

    async def settled(self) -> None:
        """Wait until every kept event has been acted on."""
        while await self.shop.assistant.database.read(inbox.waiting, utc_now()):  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    async def stands(self, invoice_id: str) -> tuple[str, int, int]:
        """How the invoice stands in our books."""
        found = (await self.shop.api("/api/shows/1/invoices?limit=100"))["invoices"]
        (one,) = (one for one in found if one["external_id"] == invoice_id)
        return one["status"], one["paid_cents"], one["refunded_cents"]


@pytest.fixture
async def counter(shop: Shop) -> AsyncIterator[Counter]:
    """Everybody has a link; Stripe's own deliveries are kept back."""
    names = [f"Mai{number}" for number in range(EXAMPLES + SPARE)]
    operator, buyers = await sells_dresses(shop, *names, items=("12 Dress 19.90 x99",))
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears(f"{len(buyers)} sent")
    shop.stripe.hold_webhooks()
    found = (await shop.api("/api/shows/1/invoices?limit=100"))["invoices"]
    by_handle = {buyer.username: buyer for buyer in buyers}
    waiting = iter([(by_handle[one["buyer"]["handle"]], one["external_id"]) for one in found])
    async with aiohttp.ClientSession() as session:
        yield Counter(shop, operator, session, waiting)


# Every example takes another invoice, so there is nothing to begin a smaller one with.
@settings(max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    life=st.sampled_from(sorted(LIVES)),
    repeats=st.lists(st.integers(0, 99), max_size=6),
    shuffle=st.integers(0, 9999),
    rest=st.integers(0, 99),
)
async def test_in_whatever_order_and_however_often_events_come_the_books_end_the_same(
    counter: Counter, life: str, repeats: list[int], shuffle: int, rest: int
) -> None:
    buyer, invoice_id = next(counter.waiting)
    end, deeds = LIVES[life]
    events = await counter.lives(deeds, invoice_id)
    # How many events a life has is Stripe's affair, so that what is drawn does not hang on it.
    order = [*range(len(events)), *(number % len(events) for number in repeats)]
    random.Random(shuffle).shuffle(order)
    pause = rest % (len(order) + 1)
    for place, number in enumerate(order):
        if place == pause:
            await counter.settled()
        await counter.deliver(events[number])
    await counter.settled()
    assert await counter.stands(invoice_id) == end
    assert heard_so_far(buyer, counter.shop, "Thank you!") <= 1
    assert heard_so_far(counter.operator.person, counter.shop, f"@{buyer.username} paid") <= 1
