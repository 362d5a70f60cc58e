"""What nobody will ask about again is forgotten after a week; what is under way never is."""

from __future__ import annotations

from datetime import timedelta

from dbos import DBOS

from bot.app import utc_now
from bot.jobs.pruning import KEPT_FOR, prune
from tests.shop import Shop
from tests.stories.sales import sells_dresses


async def test_ended_work_is_forgotten_after_a_week_and_not_before(shop: Shop) -> None:
    operator, _ = await sells_dresses(shop, "Mai")
    await operator.says("/invoice all", hears="1 sent")
    ended = [workflow.workflow_id for workflow in await DBOS.list_workflows_async(status="SUCCESS")]
    assert "invoice:1:1" in ended
    shop.assistant.now = lambda: utc_now() + KEPT_FOR - timedelta(minutes=5)
    assert await prune(shop.assistant) == 0
    shop.assistant.now = lambda: utc_now() + KEPT_FOR + timedelta(minutes=5)
    assert await prune(shop.assistant) >= len(ended)
    left = await DBOS.list_workflows_async()
    assert all(workflow.status in ("PENDING", "ENQUEUED") for workflow in left)
