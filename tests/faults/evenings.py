"""Evenings in which something goes wrong: how they begin, and how they have to end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox.telegram import Person
from tests.faults.dying import gets_to
from tests.faults.processes import ServedShop, until
from tests.shop import Operator
from tests.stories.sales import heard_so_far, invoices_at_stripe

OUTAGE = 3.0
"""Seconds that a fault lasts: more than one try."""


async def sells_dresses(shop: ServedShop, count: int) -> tuple[Operator, list[Person]]:
    """A live show in which so many people have won a dress and are not billed yet."""
    await shop.open()
    operator = await shop.opens_show("12 Dress 19.90 x30")
    buyers = [await shop.buyer(f"mai{number}") for number in range(count)]
    for buyer in buyers:
        await buyer.says("sold 12", to=shop.group)
    await shop.quiet()
    return operator, buyers


@asynccontextmanager
async def an_invoice_run(shop: ServedShop, count: int = 6) -> AsyncIterator[tuple[Operator, list[Person]]]:
    """What is done inside happens while Stripe has a call for every buyer in hand; the run then ends by itself.

    Everybody is billed once and has one link, and no hand was needed.
    """
    operator, buyers = await sells_dresses(shop, count)
    shop.stripe.hold_requests()
    asked = operator.person.says("/invoice all", to=shop.bot)
    await gets_to(shop, "before post /…/customers", lambda: asked, times=count)
    yield operator, buyers
    await operator.hears(f"{count} sent")
    await shop.quiet()
    assert shop.stripe.books()["acct_sandbox"]["customers"] == count
    assert invoices_at_stripe(shop) == {"open": count}
    assert [heard_so_far(buyer, shop, "Total: 19.90 USD") for buyer in buyers] == [1] * count
    assert heard_so_far(operator.person, shop, "gave up") == 0


async def invoices_in_vain(shop: ServedShop, count: int = 6) -> None:
    """Let Stripe answer all that is asked, and leave no place to write it down for a while after."""
    shop.stripe.release_requests()
    await until(lambda: sum("/finalize" in call.path for call in shop.stripe.calls) >= count)
    await asyncio.sleep(OUTAGE)
