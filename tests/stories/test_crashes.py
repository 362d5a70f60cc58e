"""kill -9 in the middle of an evening: after the next start everything ends once, and what is unsure is said so."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.standin import StandIn
from tests.shop import PATIENCE, Shop, a_shop
from tests.stories.sales import heard, invoices_at_stripe, sells_dresses

ROOT = Path(__file__).parents[2]


@dataclass
class MortalShop(Shop):
    """A shop whose service can go on as a process of its own, which can be killed."""

    _process: asyncio.subprocess.Process | None = None
    _token: str = ""

    async def lives(self) -> None:
        """Start the service as a process, and wait until it does its work."""
        await self.close()
        home = Path(self.environ["LIVE_ASSIST_DATA_DIR"])
        with (home / "service.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "serve"),
                cwd=home,
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": str(ROOT),
                    "LIVE_ASSIST_PORT": self.url.rpartition(":")[2],
                    **self.environ,
                },
                stdout=log,
                stderr=log,
            )
        async with aiohttp.ClientSession() as session, asyncio.timeout(2 * PATIENCE):
            while True:
                assert self._process.returncode is None, (home / "service.log").read_text()
                try:
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass  # not listening yet
                await asyncio.sleep(0.05)

    async def dies(self) -> None:
        """kill -9."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def token(self) -> str:
        """Made while the service is at hand, and kept for when it is not."""
        if not self._token:
            self._token = await super().token()
        return self._token


@pytest.fixture
async def mortal(tmp_path: Path) -> AsyncIterator[MortalShop]:
    """A shop whose service can be killed."""
    async with a_shop(tmp_path) as world:
        shop = MortalShop(
            telegram=world.telegram,
            facebook=world.facebook,
            stripe=world.stripe,
            url=world.url,
            environ=world.environ,
            bot=world.bot,
            page=world.page,
        )
        try:
            yield shop
        finally:
            await shop.dies()
            await shop.close()


async def called(stand_in: StandIn, path: str, *, times: int) -> None:
    """Wait until so many calls of this are answered or cut off."""
    async with asyncio.timeout(PATIENCE):
        while sum(path in call.path for call in stand_in.calls) < times:  # noqa: ASYNC110 - the books ring no bell
            await asyncio.sleep(0.02)


async def test_an_invoice_run_that_is_killed_while_stripe_thinks_ends_once(mortal: MortalShop) -> None:
    operator, buyers = await sells_dresses(mortal, "Mai", "Lan", "Hoa", "Kim", "Ngo", "Tam")
    await mortal.lives()
    mortal.stripe.crash("/finalize")  # a failure that Stripe remembers under its key
    await operator.person.says("/invoice all", to=mortal.bot)
    await called(mortal.stripe, "/v1/invoices", times=2)
    mortal.stripe.hold_requests()
    await operator.hears("of 6")
    await mortal.dies()
    assert invoices_at_stripe(mortal).get("open", 0) < 6
    mortal.stripe.release_requests()
    await mortal.lives()
    await operator.hears("6 sent")
    await mortal.invoices(*["sent"] * 6)
    assert invoices_at_stripe(mortal) == {"open": 6}
    assert mortal.stripe.books()["acct_sandbox"]["customers"] == 6
    assert [await heard(buyer, mortal, "Total: 19.90 USD") for buyer in buyers] == [1] * 6


async def test_a_message_cut_off_by_a_kill_is_unsure_and_one_tap_sends_it(mortal: MortalShop) -> None:
    operator, (mai,) = await sells_dresses(mortal, "Mai")
    await mortal.lives()
    mortal.telegram.fail("hang", path="sendMessage", contains="Total", seconds=PATIENCE)
    await operator.person.says("/invoice all", to=mortal.bot)
    await mortal.until("/api/shows/1/invoices", lambda seen: delivery_of(seen) == "sending")
    await mortal.dies()
    await mortal.lives()
    told = await operator.hears("The pay link for @mai may or may not have arrived")
    assert "it was being sent when the service stopped" in told
    assert delivery_of(await mortal.api("/api/shows/1/invoices")) == "unknown"
    assert await heard(mai, mortal, "Total") == 0
    await operator.taps("Send again", under="link for @mai")
    await mai.hears(contains="Total: 19.90 USD", timeout=PATIENCE)
    await mortal.invoices("sent")
    assert await heard(mai, mortal, "Total") == 1


async def test_a_comment_that_was_acknowledged_is_a_claim_after_a_kill(mortal: MortalShop) -> None:
    await sells_dresses(mortal)
    await mortal.lives()
    assert mortal.page is not None
    live = await mortal.page.goes_live("Friday")
    comment = await mortal.commenter("Anna Lee").comments(live, "sold 12")
    await mortal.facebook.drain()
    await mortal.dies()
    acknowledged = [sent for sent in mortal.facebook.webhooks.deliveries if comment.id.encode() in sent.body]
    assert [sent.acknowledged for sent in acknowledged] == [True]
    await mortal.lives()
    await mortal.facebook.redeliver()
    assert await mortal.claims() == [("AnnaLee", "winner")]


def delivery_of(seen: dict[str, Any]) -> str:
    """How the link of the only invoice stands."""
    (invoice,) = seen["invoices"] or [{"delivery": None}]
    return str((invoice["delivery"] or {"status": ""})["status"])
