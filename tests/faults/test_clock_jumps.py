"""The clock of the machine jumps, forward and back: what was first stays first, and work under way comes to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.crowd import EXPECTED, Crowd
from tests.faults.evenings import an_invoice_run
from tests.faults.launcher import CLOCK
from tests.faults.processes import a_served_shop
from tests.faults.verdict import decided_once
from tests.stories.sales import heard_so_far

HOUR, DAY = 3600, 86400


async def test_comments_are_decided_in_the_order_they_arrive_whatever_the_clock_says(tmp_path: Path) -> None:
    async with a_served_shop(tmp_path) as shop:
        await shop.open()
        await shop.opens_show("12 Dress 19.90 x30")
        async with await Crowd.gathers(shop) as crowd:
            for jump in (HOUR, -HOUR, DAY, -DAY, 0):
                (tmp_path / CLOCK).write_text(str(jump))
                await crowd.is_heard()
        assert set(crowd.statuses) <= EXPECTED
        decided_once(shop, crowd.comments, quantity=30)


@pytest.mark.parametrize("jump", [DAY, -DAY])
async def test_an_invoice_run_in_which_the_clock_jumps_ends_as_any_other_and_so_do_its_payments(
    tmp_path: Path, jump: int
) -> None:
    async with a_served_shop(tmp_path) as shop:
        async with an_invoice_run(shop) as (operator, (mai, *_)):
            (tmp_path / CLOCK).write_text(str(jump))
            shop.stripe.release_requests()

        # A signature of another day is refused, and comes again when the clock is right.
        (invoice,) = shop.look("SELECT external_id FROM invoices WHERE buyer_handle = 'mai0'")[0]
        shop.stripe.pay(invoice.external_id)
        await shop.stripe.drain()
        assert {sent.status for sent in shop.stripe.deliveries} == {401}
        assert heard_so_far(mai, shop, "Thank you!") == 0
        (tmp_path / CLOCK).unlink()
        for event_id in {sent.event_id for sent in shop.stripe.deliveries}:
            shop.stripe.redeliver(event_id)
        await operator.hears("@mai0 paid 19.90 USD")
        await shop.quiet()
        assert heard_so_far(mai, shop, "Thank you!") == 1
