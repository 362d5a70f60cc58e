"""What the stories of looking have in common: how to look, and what was found."""

from __future__ import annotations

from bot.webhooks import EARS
from bot.workflows.backfill_comments import Backfill
from sandbox.facebook import LiveVideo
from tests.shop import Operator, Shop

HOME = {"LIVE_ASSIST_PUBLIC_URL": ""}
"""Nobody can call us."""


def backfill(shop: Shop) -> Backfill:
    """The looks of a process that has just started."""
    assert shop._runner is not None
    return Backfill(shop.assistant, shop._runner.app[EARS])


async def ledger(shop: Shop) -> list[tuple[str, str, str]]:
    """(buyer, text, status) of every comment, in the order decided."""
    rows = (await shop.api("/api/shows/1/claims?limit=500"))["claims"]
    return [
        (row["buyer"]["name"] if row["buyer"] else "?", row["text"], row["status"])
        for row in rows
        if row["kind"] == "comment"
    ]


async def on_air(shop: Shop, *items: str, **environ: str) -> tuple[Operator, LiveVideo]:
    """A live show and a live video."""
    await shop.open(**environ)
    operator = await shop.opens_show(*(items or ("12 Blue dress 19.90 x5",)))
    assert shop.page is not None
    return operator, await shop.page.goes_live("Friday live", story_id="122100")


def reads(shop: Shop) -> list[str]:
    """What was read of Facebook so far, beside the Page itself."""
    return [
        call.path.removeprefix("/v26.0/")
        for call in shop.facebook.calls
        if call.method == "GET" and call.path != "/v26.0/9001"
    ]
