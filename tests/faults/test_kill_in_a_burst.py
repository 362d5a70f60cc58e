"""kill -9 under a shower of comments, again and again: what was acknowledged is there, in its order, once."""

from __future__ import annotations

from pathlib import Path

from tests.faults.crowd import EXPECTED, Crowd
from tests.faults.processes import a_served_shop
from tests.faults.verdict import decided_once

DEATHS = 5


async def test_a_service_killed_in_a_burst_of_comments_loses_none_and_sells_nothing_twice(tmp_path: Path) -> None:
    async with a_served_shop(tmp_path) as shop:
        await shop.open()
        await shop.opens_show("12 Dress 19.90 x30")
        async with await Crowd.gathers(shop) as crowd:
            for _ in range(DEATHS):
                await crowd.is_heard()
                await shop.service.dies()
                shop.service.start()
                await shop.service.ready()
            await crowd.is_heard()
        assert set(crowd.statuses) <= EXPECTED
        assert crowd.statuses[0] > 0
        decided_once(shop, crowd.comments, quantity=30)
