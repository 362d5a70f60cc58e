"""What no webhook told us is read from the provider's list: acted on once, whichever way it came first."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.workflows.reconcile_payments import BEFORE_CONNECTING, LATE_BY, Reconciliation
from bot.workflows.settle_payments import WAITS
from sandbox.stripe import DEFAULT_ACCOUNT, DEFAULT_KEY
from storage import counters, cursors, inbox, integrations
from storage.cursors import Cursor
from tests.shop import PATIENCE, Operator, Shop
from tests.stories.sales import heard, sells_dresses, stripe_says

PAID = "@mai paid 19.90 USD"
BROKEN = stripe_says("", "Something went wrong on our end.", "api_error")
CURSOR = f"events:stripe:{DEFAULT_ACCOUNT}"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: what is found here goes the way of every event."""
    return sqlite_url


async def invoiced(shop: Shop, *names: str) -> tuple[Operator, list[Any], list[str]]:
    """A seller whose buyers have their links; the invoices' ids at Stripe in the order of names."""
    operator, buyers = await sells_dresses(shop, *names)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears(f"{len(names)} sent")
    found = await shop.invoices(*["sent"] * len(names))
    ids = {one["buyer"]["handle"]: one["external_id"] for one in found}
    await shop.stripe.drain()
    return operator, buyers, [ids[name.lower()] for name in names]


async def cursor(shop: Shop) -> Cursor:
    found = await shop.assistant.database.read(cursors.get, 1, CURSOR)
    assert found is not None
    return found


async def until_waiting(shop: Shop) -> None:
    """Until an event has been set aside for want of an answer."""

    async def waiting() -> list[str]:
        return [one.outcome for one in await shop.assistant.database.read(inbox.waiting, datetime.now(UTC))]

    async with asyncio.timeout(PATIENCE):
        while WAITS not in await waiting():  # noqa: ASYNC110 - jobs ring no bell for us
            await asyncio.sleep(0.02)


def lists(shop: Shop) -> list[dict[str, Any]]:
    """The parameters of every look at Stripe's list so far."""
    return [call.params for call in shop.stripe.requests if call.route == "GET /v1/events"]


async def test_payments_refunds_disputes_and_voids_nobody_told_us_of_are_found(shop: Shop) -> None:
    operator, buyers, (mai, lan, hoa, kim) = await invoiced(shop, "Mai", "Lan", "Hoa", "Kim")
    look = Reconciliation(shop.assistant).look
    shop.stripe.lose_webhooks()
    for invoice in (mai, lan, hoa):
        shop.stripe.pay(invoice)
    shop.stripe.refund(lan)
    shop.stripe.refund(hoa, 500)
    shop.stripe.dispute(mai)
    shop.stripe.void(kim)
    await look()
    await shop.invoices("paid", "refunded", "partly_refunded", "void")
    await operator.hears("@mai disputes the payment of 19.90 USD at their bank (product not received).")
    await operator.hears("@lan's invoice of 19.90 USD is now refunded.")
    await operator.hears("@hoa's invoice of 19.90 USD is now partly refunded.")
    await operator.hears("@kim's invoice of 19.90 USD is now void.")
    await buyers[0].hears(contains="Thank you", timeout=PATIENCE)
    assert not [call for call in shop.stripe.requests if call.route == "GET /v1/invoices/{invoice}"]


@pytest.mark.parametrize("first", ["webhook", "look"])
async def test_an_event_that_comes_both_ways_acts_once(shop: Shop, first: str) -> None:
    operator, (mai,), (invoice,) = await invoiced(shop, "Mai")
    look = Reconciliation(shop.assistant).look
    shop.stripe.hold_webhooks()
    shop.stripe.decline(invoice)
    shop.stripe.pay(invoice)
    for way in (first, *{"webhook", "look"} - {first}):
        if way == "look":
            await look()
        else:
            shop.stripe.release_webhooks(order="shuffled", duplicate=2)
            await shop.stripe.drain()
        await shop.invoices("paid")
    await look()
    await mai.hears(contains="Thank you", timeout=PATIENCE)
    await operator.hears(PAID)
    assert await heard(operator.person, shop, "'s payment of 19.90 USD failed") <= 1
    assert (await heard(operator.person, shop, PAID), await heard(mai, shop, "Thank you")) == (1, 1)
    counted = await shop.assistant.database.read(counters.all_of, 1)
    assert counted["stripe_events_again"] == (4 if first == "webhook" else 6)


async def test_the_platforms_door_and_the_workspaces_own_and_our_looking_are_one(shop: Shop) -> None:
    secret = "whsec_of_the_platform_0123456789"
    shop.environ["STRIPE_WEBHOOK_SECRET"] = secret
    operator, (mai,), (invoice,) = await invoiced(shop, "Mai")
    shop.stripe.add_endpoint(f"{shop.url}/api/webhooks/stripe", secret)
    shop.stripe.decline(invoice)
    await operator.hears("@mai's payment of 19.90 USD failed")
    await shop.stripe.drain()
    await Reconciliation(shop.assistant).look()
    shop.stripe.pay(invoice)
    await mai.hears(contains="Thank you", timeout=PATIENCE)
    doors = {one.url for one in shop.stripe.deliveries if one.type == "invoice.payment_failed" and one.status == 200}
    assert len(doors) == 2
    assert await heard(operator.person, shop, "payment of 19.90 USD failed") == 1


async def test_the_first_look_begins_a_little_before_the_connection_and_the_next_where_the_last_one_ended(
    shop: Shop,
) -> None:
    _, _, (mai, lan) = await invoiced(shop, "Mai", "Lan")
    reconciliation = Reconciliation(shop.assistant)
    connected = await shop.assistant.database.read(integrations.get, 1, "stripe")
    assert connected is not None
    assert connected.connected_at is not None
    await reconciliation.look()
    assert lists(shop)[-1]["created"]["gte"] == str(int((connected.connected_at - BEFORE_CONNECTING).timestamp()))
    shop.stripe.lose_webhooks()
    shop.stripe.pay(mai)
    await reconciliation.look()
    (paid,) = [one for one in shop.stripe.accounts[DEFAULT_ACCOUNT].all("event") if one["type"] == "invoice.paid"]
    assert (await cursor(shop)).place == str(paid["created"])
    await reconciliation.look()
    late = int(LATE_BY.total_seconds())
    assert lists(shop)[-1]["created"] == {"gte": str(paid["created"] - late)}
    # An event that is listed late is still found; after a while nothing is read twice.
    shop.stripe.pay(lan)
    newest = list(shop.stripe.accounts[DEFAULT_ACCOUNT].all("event"))
    for event in newest:
        if event["data"]["object"].get("id") == lan:
            event["created"] = paid["created"] - late
    await reconciliation.look()
    await shop.invoices("paid", "paid")
    now = shop.assistant.now
    shop.assistant.now = lambda: now() + LATE_BY
    await reconciliation.look()
    assert lists(shop)[-1]["created"] == {"gte": str(paid["created"])}


async def test_the_cursor_stays_where_it_is_until_what_was_read_is_kept(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, (invoice,) = await invoiced(shop, "Mai")
    reconciliation = Reconciliation(shop.assistant)
    await reconciliation.look()
    before = await cursor(shop)
    shop.stripe.lose_webhooks()
    shop.stripe.pay(invoice)

    async def crashes(*_: Any) -> int:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("bot.workflows.reconcile_payments.keep_updates", crashes)
        await reconciliation.look()
    assert await cursor(shop) == before
    await Reconciliation(shop.assistant).look()
    await shop.invoices("paid")


async def test_days_without_us_are_read_day_by_day_and_what_stripe_forgot_is_asked_for(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, buyers, (mai, lan) = await invoiced(shop, "Mai", "Lan")
    started = datetime.now(UTC)
    events = shop.stripe.accounts[DEFAULT_ACCOUNT]
    shop.stripe.lose_webhooks()
    shop.stripe.pay(mai)
    shop.stripe.pay(lan)
    for event in events.all("event"):
        days = 25 if event["data"]["object"].get("id") == lan else 2
        event["created"] = int((started + timedelta(days=days)).timestamp())
    shop.assistant.now = lambda: started + timedelta(days=40)
    shop.stripe.accounts[DEFAULT_ACCOUNT].now = lambda: int((started + timedelta(days=40)).timestamp())
    # Lan's event is kept, and acted on only after the look is over: that we heard of it is enough not to ask.
    jobs, found = shop.assistant.jobs, list[tuple[int, int]]()
    with monkeypatch.context() as busy:

        async def later(workspace_id: int, inbox_id: int) -> None:
            found.append((workspace_id, inbox_id))

        busy.setattr(jobs, "settle", later)
        await Reconciliation(shop.assistant).look()
    for kept in found:
        await jobs.settle(*kept)
    await shop.invoices("paid", "paid")
    asked = [call.id for call in shop.stripe.requests if call.route == "GET /v1/invoices/{invoice}"]
    assert asked == [mai], "the day Mai paid is forgotten, Lan's is not"
    days = [look["created"] for look in lists(shop)]
    assert days[0]["gte"] == str(int((started + timedelta(days=10)).timestamp()))
    assert all(before["lt"] == after["gte"] for before, after in itertools.pairwise(days))
    assert "lt" not in days[-1]
    assert 28 <= len(days) <= 30
    for buyer in buyers:
        await buyer.hears(contains="Thank you", timeout=PATIENCE)


async def test_more_than_a_page_of_events_is_read_to_the_end(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.stripe.events.PAGE", 2)
    names = ("Mai", "Lan", "Hoa", "Kim", "Nga")
    _, buyers, invoices = await invoiced(shop, *names)
    shop.stripe.lose_webhooks()
    for invoice in invoices:
        shop.stripe.pay(invoice)
    await Reconciliation(shop.assistant).look()
    await shop.invoices(*["paid"] * 5)
    await asyncio.gather(*(buyer.hears(contains="Thank you", timeout=PATIENCE) for buyer in buyers))
    assert sum("starting_after" in look for look in lists(shop)) == 2


async def test_an_account_that_fails_is_left_alone_longer_each_time_and_a_dead_key_is_noticed(shop: Shop) -> None:
    operator, _, _ = await invoiced(shop, "Mai")
    start, elapsed = datetime.now(UTC), timedelta()
    shop.assistant.now = lambda: start + elapsed
    reconciliation = Reconciliation(shop.assistant)
    shop.stripe.fail("status", path="/v1/events", status=500, body=BROKEN, times=4)
    asked: list[int] = []
    for turn in range(20):
        before = len(shop.stripe.calls)
        await reconciliation.look()
        asked += [turn] * any(call.path == "/v1/events" for call in list(shop.stripe.calls)[before:])
        elapsed += reconciliation.every
    assert asked == [0, 1, 3, 7, 12, *range(13, 20)], "3, 6, 12 minutes, a quarter of an hour; then as ever"
    shop.stripe.revoke(DEFAULT_KEY)
    elapsed += timedelta(hours=1)
    await reconciliation.look()
    await operator.says("/status", hears="not working: Stripe does not accept this key")


async def test_a_key_that_may_not_read_events_has_its_invoices_asked_about_instead(shop: Shop) -> None:
    _, (mai,), (invoice,) = await invoiced(shop, "Mai")
    no = stripe_says("", "The provided key does not have the required permissions.")
    shop.stripe.fail("status", path="/v1/events", status=403, body=no, times=100)
    shop.stripe.lose_webhooks()
    shop.stripe.pay(invoice)
    later = datetime.now(UTC) + timedelta(minutes=5)
    shop.assistant.now = lambda: later
    await Reconciliation(shop.assistant).look()
    await mai.hears(contains="Thank you", timeout=PATIENCE)
    connected = await shop.assistant.database.read(integrations.get, 1, "stripe")
    assert connected is not None
    assert connected.status == "active"


async def test_the_events_of_another_account_change_nothing(shop: Shop) -> None:
    operator, _, (invoice,) = await invoiced(shop, "Mai")
    other = shop.stripe.add_account("sk_test_other_account", "acct_other", name="Other")
    ours = shop.stripe.accounts[DEFAULT_ACCOUNT].at("invoice", invoice)
    await operator.says("/stripe connect sk_test_other_account", hears="connected")
    other.emit("invoice.paid", ours | {"status": "paid", "amount_paid": 1990})
    await Reconciliation(shop.assistant).look()
    assert await shop.assistant.database.read(cursors.get, 1, "events:stripe:acct_other") is not None
    await shop.invoices("sent")


async def test_a_refund_whose_payment_cannot_be_looked_up_waits_for_the_next_look(shop: Shop) -> None:
    operator, _, (invoice,) = await invoiced(shop, "Mai")
    shop.stripe.pay(invoice)
    await shop.invoices("paid")
    shop.stripe.lose_webhooks()
    shop.stripe.refund(invoice)
    shop.stripe.fail("status", path="/v1/invoice_payments", status=500, body=BROKEN)
    reconciliation = Reconciliation(shop.assistant)
    await reconciliation.look()
    await until_waiting(shop)
    await shop.invoices("paid")
    await reconciliation.look()
    await shop.invoices("refunded")
    await operator.hears("@mai's invoice of 19.90 USD is now refunded.")
