"""Stripe on a bad line, slow, or too busy: every buyer is billed once in the end, and comments never wait for it."""

from __future__ import annotations

from email.utils import formatdate
from time import time

import pytest

from bot.kit.pacing import Pace
from tests.faults.wires import a_wire
from tests.shop import Shop
from tests.stories.sales import heard_so_far, invoices_at_stripe, no_wait, sells_dresses, stripe_says

FORMS = {
    "Mai": "2",
    "Lan": formatdate(time() + 30, usegmt=True),
    "Hoa": None,
    "Kim": "0",
    "Ngo": "-5",
    "Tam": "86400",
    "Quy": "in a moment",
}
"""How Stripe asks whom to wait: what cannot be meant is not believed."""
HOUR = 3600
CUTS = (0, 1, 12, 80, 200, 600, 1500)
"""After how many bytes of an answer a line breaks: before it, in its first line, its headers, its body."""


async def test_whichever_byte_of_an_answer_is_the_last_nobody_is_billed_twice(shop: Shop) -> None:
    shop.sleep = no_wait
    async with a_wire([int(shop.stripe.url.rpartition(":")[2])]) as wire:
        shop.environ["STRIPE_API_BASE"] = wire.url
        operator, buyers = await sells_dresses(shop, "Mai", "Lan", "Hoa", "Kim")
        await wire.hang_up()
        wire.cuts.extend(cut for bytes_ in CUTS for cut in (bytes_, None))
        order = "/invoice all"
        while wire.cuts:
            await operator.person.says(order, to=shop.bot)
            if "given up" not in await operator.hears("Invoices for Friday: "):
                break
            order = "/invoice retry"
        await shop.invoices(*["sent"] * 4)
        assert wire.broken
        assert invoices_at_stripe(shop) == {"open": 4}
        assert shop.stripe.books()["acct_sandbox"]["customers"] == 4
        assert [heard_so_far(buyer, shop, "Total: 19.90 USD") for buyer in buyers] == [1] * 4


async def test_however_stripe_asks_to_wait_everybody_is_billed_without_a_hand(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = [0.0]

    async def wait(seconds: float) -> None:
        waited.append(seconds)
        await no_wait(seconds)

    # Whoever waits makes time pass for everybody.
    monkeypatch.setattr("tests.shop.swift_pace", lambda: Pace(clock=lambda: sum(waited), sleep=wait))
    shop.sleep = wait
    operator, buyers = await sells_dresses(shop, *FORMS)
    for name, form in FORMS.items():
        headers = {} if form is None else {"Retry-After": form}
        body = stripe_says("rate_limit", "Slowly.")
        shop.stripe.fail("status", path="/v1/customers", contains=name, status=429, body=body, headers=headers)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears(f"{len(FORMS)} sent")
    assert invoices_at_stripe(shop) == {"open": len(FORMS)}
    assert [heard_so_far(buyer, shop, "Total: 19.90 USD") for buyer in buyers] == [1] * len(FORMS)
    assert min(waited) >= 0
    assert max(waited) < 1.1 * HOUR


async def test_comments_are_decided_while_stripe_does_not_answer(shop: Shop) -> None:
    operator, buyers = await sells_dresses(shop, "Mai", "Lan")
    shop.stripe.hold_requests()
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("of 2")
    late = [await shop.buyer(name) for name in ("Hoa", "Kim", "Ngo")]
    for buyer in late:
        await buyer.says("sold 12", to=shop.group)
    assert await shop.claims() == [(name, "winner") for name in ("mai", "lan", "hoa", "kim", "ngo")]
    assert invoices_at_stripe(shop) == {}
    shop.stripe.release_requests()
    await operator.hears("2 sent")
    assert [heard_so_far(buyer, shop, "Total: 19.90 USD") for buyer in (*buyers, *late)] == [1, 1, 0, 0, 0]
