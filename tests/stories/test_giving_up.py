"""Work that fails for a reason nobody foresaw is never lost: the operators are told, and a tap does it after all."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from adapters.base import InvoiceOrder, ProviderInvoice
from adapters.stripe import StripeProvider
from bot.jobs import durable, queues
from bot.jobs.durable import record_losses
from bot.workflows.give_up import give_up
from bot.workflows.list_stuck import list_stuck
from sandbox.stripe import DEFAULT_KEY
from storage.crypto import Vault
from tests.shop import PATIENCE, Shop, engine_file
from tests.stories.sales import heard, invoices_at_stripe, no_wait, sells_dresses

LINK = "Total: 19.90 USD"


async def is_stuck(shop: Shop, *kinds: str) -> None:
    """In a while just this is stuck, though nobody but the sweep tells."""
    async with asyncio.timeout(PATIENCE):
        while True:
            await record_losses(shop.assistant)
            if [one.kind for one in await shop.assistant.database.read(list_stuck, 1)] == list(kinds):
                return
            await asyncio.sleep(0.05)


def tells_the_engine(shop: Shop, sql: str) -> int:
    """Change the engine's own tables behind its back; how many rows changed."""
    file = engine_file(shop.database_url)
    if file is not None:
        with closing(sqlite3.connect(file)) as connection, connection:
            return connection.execute(sql.format(table="workflow_status")).rowcount
    url = sa.make_url(shop.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        return connection.execute(sql.format(table="dbos.workflow_status").encode()).rowcount


async def test_an_invoice_nobody_could_foresee_is_told_once_and_made_by_a_tap(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    async def breaks(provider: StripeProvider, order: InvoiceOrder) -> ProviderInvoice:
        if order.buyer_name != "Mai":
            return await place(provider, order)
        tried.append(order.invoice_id)
        raise LookupError(f"no answer for {DEFAULT_KEY}")

    shop.sleep = no_wait
    operator, (mai, lan) = await sells_dresses(shop, "Mai", "Lan")
    place = StripeProvider.place_invoice
    monkeypatch.setattr(StripeProvider, "place_invoice", breaks)
    await operator.person.says("/invoice all", to=shop.bot)
    told = await operator.hears("I gave up making the invoice of 19.90 USD for @mai")
    assert "something went wrong here (LookupError: no answer for sk_test_…)" in told
    await operator.hears("1 sent, 1 given up")
    await lan.hears(contains=LINK, timeout=PATIENCE)
    assert len(tried) == 1 + len(durable.AGAIN_AFTER)
    await shop.invoices("error", "sent")
    await operator.says("/stuck", hears="1 thing is stuck:")

    monkeypatch.setattr(StripeProvider, "place_invoice", place)
    await operator.taps("Try again", under="I gave up")
    await mai.hears(contains=LINK, timeout=PATIENCE)
    await shop.invoices("sent", "sent")
    await operator.says("/stuck", hears="Nothing is stuck.")
    assert invoices_at_stripe(shop) == {"open": 2}
    assert await heard(operator.person, shop, "I gave up") == 1


async def test_a_payment_that_could_not_be_taken_in_is_taken_in_by_a_tap(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(vault: Vault, sealed: bytes, *, bound_to: str) -> bytes:
        if bound_to.startswith("inbox/1/stripe"):
            raise ValueError("it does not open")
        return opens(vault, sealed, bound_to=bound_to)

    shop.sleep = no_wait
    operator, (mai,) = await sells_dresses(shop, "Mai")
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 sent")
    (invoice,) = await shop.invoices("sent")
    opens = Vault.open
    monkeypatch.setattr(Vault, "open", breaks)
    shop.stripe.pay(invoice["external_id"])
    await operator.hears("I gave up taking in what Stripe told me")
    await shop.invoices("sent")
    monkeypatch.setattr(Vault, "open", opens)
    await operator.taps("Try again", under="I gave up taking in")
    await operator.hears("@mai paid 19.90 USD")
    await mai.hears(contains="Thank you", timeout=PATIENCE)
    await shop.invoices("paid")
    await operator.says("/stuck retry all")
    await operator.says("/stuck", hears="Nothing is stuck.")
    assert await heard(mai, shop, "Thank you") == 1


async def test_what_could_not_even_be_written_down_is_found_by_the_sweep(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_args: Any) -> None:
        raise RuntimeError("nobody thought of this")

    async def breaks_at_first(*args: Any) -> None:
        tried.append("giving up")
        await (breaks if len(tried) <= 1 + len(durable.AGAIN_AFTER) else give_up)(*args)

    tried: list[str] = []
    shop.sleep = no_wait
    operator, (mai,) = await sells_dresses(shop, "Mai")
    monkeypatch.setattr(durable, "place", breaks)
    monkeypatch.setattr(durable, "give_up", breaks_at_first)
    await operator.person.says("/invoice all", to=shop.bot)
    await is_stuck(shop, "invoice")
    assert "nobody thought of this" in await operator.hears("I gave up making the invoice of 19.90 USD for @mai")
    monkeypatch.undo()
    await operator.taps("Try again", under="I gave up")
    await mai.hears(contains=LINK, timeout=PATIENCE)
    await shop.invoices("sent")
    await record_losses(shop.assistant)
    assert await heard(operator.person, shop, "I gave up") == 1


async def test_a_platform_that_wants_hours_of_peace_leaves_the_link_to_a_person(shop: Shop) -> None:
    operator, _ = await sells_dresses(shop, "Mai")
    hours = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 7200}}
    shop.telegram.fail("status", path="sendMessage", contains="Total", status=429, body=hours)
    await operator.person.says("/invoice all", to=shop.bot)
    found = await shop.until(
        "/api/shows/1/invoices",
        lambda seen: [(one["delivery"] or {}).get("status") for one in seen["invoices"]] == ["failed"],
    )
    assert found["invoices"][0]["delivery"]["error"] == "Telegram asks to wait"
    assert [one.kind for one in await shop.assistant.database.read(list_stuck, 1)] == ["deliver"]


async def waits_for_stripe(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any, Any]:
    """One invoice at a time can be made, and the first is to be tried again later: that is waited for without end."""

    async def never(_seconds: float) -> None:
        await asyncio.Event().wait()

    monkeypatch.setitem(queues._LIMITS, "invoices", {"worker_concurrency": 1})
    shop.sleep = never
    operator, (mai, lan) = await sells_dresses(shop, "Mai", "Lan")
    shop.stripe.fail("cut", path="/v1/customers", contains="Mai")
    await operator.person.says("/invoice all", to=shop.bot)
    await lan.hears(contains=LINK, timeout=PATIENCE)
    await shop.invoices("draft", "sent")
    return operator, mai, lan


async def test_who_waits_for_the_provider_holds_up_nobody_and_goes_on_after_a_restart(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator, mai, lan = await waits_for_stripe(shop, monkeypatch)
    await shop.close()
    assert await heard(mai, shop, LINK) == 0
    shop.sleep = no_wait
    await shop.open()
    await mai.hears(contains=LINK, timeout=PATIENCE)
    await operator.hears("2 sent")
    await shop.invoices("sent", "sent")
    assert [await heard(buyer, shop, LINK) for buyer in (mai, lan)] == [1, 1]
    assert invoices_at_stripe(shop) == {"open": 2}


async def test_work_that_every_restart_cut_off_is_given_up_and_told(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator, mai, _ = await waits_for_stripe(shop, monkeypatch)
    await shop.close()
    often = "UPDATE {table} SET recovery_attempts = 99 WHERE workflow_uuid LIKE 'invoice:1:%:wait'"
    assert tells_the_engine(shop, often) == 1
    await shop.open()
    await is_stuck(shop, "invoice")
    told = await operator.hears("I gave up making the invoice of 19.90 USD for @mai")
    assert f"it was cut off {durable.RECOVERIES} times by a crash" in told
    await operator.hears("1 sent, 1 given up")
    await operator.taps("Try again", under="I gave up")
    await mai.hears(contains=LINK, timeout=PATIENCE)
    await shop.invoices("sent", "sent")
