"""The stand-in for Clover refuses what Clover refuses, and its pages can be clicked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.clover import APP_ID, APP_SECRET, MERCHANT_ID, PRIVATE_KEY, SIGNING_SECRET, CloverStandIn
from sandbox.clover.reports import sign
from sandbox.demo import play
from sandbox.tills import CloverTill

CHECKOUTS = "/invoicingcheckoutservice/v1/checkouts"
CART = {"customer": {}, "shoppingCart": {"lineItems": [{"name": "Ring", "price": 800, "unitQty": 2}]}}
KEY = "b7a4c0f2-0f5e-4a43-9d0e-000000000001"


@dataclass
class Caller:
    """Somebody who calls the stand-in by hand."""

    clover: CloverStandIn
    session: aiohttp.ClientSession
    clock: list[float]
    heard: list[tuple[str, bytes]] = field(default_factory=list)

    async def call(
        self, method: str, path: str, *, token: str = PRIVATE_KEY, merchant: str = MERCHANT_ID, **how: Any
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}", "X-Clover-Merchant-Id": merchant} | how.pop("headers", {})
        async with self.session.request(method, self.clover.url + path, headers=headers, **how) as answer:
            return answer.status, await answer.json()

    async def page(self) -> str:
        status, said = await self.call("POST", CHECKOUTS, json=CART)
        assert status == 200
        return str(said["checkoutSessionId"])

    async def clicks(self, session: str, choice: str) -> tuple[int, str]:
        url = f"{self.clover.url}/checkout/{session}"
        async with self.session.post(url, data={"choice": choice}) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    clock = [1_795_201_200.0]
    clover = CloverStandIn(now=lambda: clock[0])
    await clover.start()
    async with aiohttp.ClientSession() as session:
        yield Caller(clover, session, clock)
    await clover.stop()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"customer": None}, "customer is required"),
        ({"shoppingCart": {"lineItems": []}}, "must not be empty"),
        ({"shoppingCart": {"lineItems": [{"name": "Ring", "price": -1, "unitQty": 1}]}}, "price"),
        ({"shoppingCart": {"lineItems": [{"name": "Ring", "price": 8.0, "unitQty": 1}]}}, "price"),
        ({"shoppingCart": {"lineItems": [{"name": "x" * 128, "price": 800, "unitQty": 1}]}}, "127 characters"),
        ({"shoppingCart": {"lineItems": [{"name": "Ring", "price": 800, "unitQty": 0}]}}, "unitQty"),
        ({"shoppingCart": {"lineItems": [{"name": "Ring", "price": 800, "unitQty": 1, "sku": "7"}]}}, "'sku'"),
        ({"redirectUrls": {"success": "http://localhost/x"}}, "redirectUrls.success"),
        ({"redirectUrls": {"success": "https://localhost/x"}}, "redirectUrls.success"),
        ({"currency": "USD"}, "'currency'"),
    ],
)
async def test_a_cart_clover_would_not_take_is_refused(caller: Caller, change: dict[str, Any], why: str) -> None:
    status, said = await caller.call("POST", CHECKOUTS, json=CART | change)
    assert (status, why in said["message"]) == (400, True), said


async def test_a_cart_is_json_from_its_own_merchant(caller: Caller) -> None:
    assert (await caller.call("POST", CHECKOUTS, data={"a": "b"}))[0] == 415
    assert (await caller.call("POST", CHECKOUTS, json=CART, token="guess"))[0] == 401
    assert (await caller.call("POST", CHECKOUTS, json=CART, merchant="0THER"))[0] == 400
    assert (await caller.call("POST", CHECKOUTS + "?a=b", json=CART))[0] == 400
    assert (await caller.call("POST", CHECKOUTS, data=b"[]", headers={"Content-Type": "application/json"}))[0] == 400


async def test_a_page_can_be_clicked_until_it_ends(caller: Caller) -> None:
    paid, left, late = [await caller.page() for _ in range(3)]
    status, text = await caller.clicks(paid, "decline")
    assert (status, "was declined" in text) == (402, True)
    status, text = await caller.clicks(paid, "pay")
    assert (status, "is paid" in text) == (200, True)
    assert "Pay with a card" in (await caller.clicks(left, "later"))[1]
    caller.clock[0] += 15 * 60
    assert "has expired" in (await caller.clicks(late, "pay"))[1]
    assert caller.clover.books()[MERCHANT_ID] == {
        "pages": {"expired": 2, "paid": 1},
        "payments": 1,
        "paid_total": 1600,
        "refunded_total": 0,
    }


async def test_what_is_paid_is_signed_and_told_again_until_somebody_listens(caller: Caller) -> None:
    async def hear(request: web.Request) -> web.Response:
        caller.heard.append((request.headers["Clover-Signature"], await request.read()))
        return web.Response(status=200 if len(caller.heard) > 1 else 503)

    app = web.Application()
    app.router.add_post("/hear", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    caller.clover.report_to(f"http://127.0.0.1:{runner.addresses[0][1]}/hear")
    session = await caller.page()
    payment = caller.clover.pay(session)
    await caller.clover.drain()
    signature, body = caller.heard[-1]
    assert signature == sign(body, SIGNING_SECRET, int(caller.clock[0]))
    assert json.loads(body) | {"createdTime": 0} == {
        "createdTime": 0,
        "message": "Approved for 1600",
        "status": "APPROVED",
        "type": "PAYMENT",
        "id": payment.id,
        "merchantId": MERCHANT_ID,
        "data": session,
    }
    assert [one.status for one in caller.clover.deliveries] == [503, 200]
    caller.clover.hold_webhooks()
    caller.clover.pay(await caller.page())
    await caller.clover.drain()
    assert len(caller.heard) == 2
    assert caller.clover.release_webhooks(duplicate=2) == 3
    caller.clover.deliver_forged(payment.id)
    await caller.clover.drain()
    assert len(caller.heard) == 6
    signature, body = caller.heard[-1]
    assert sum(one == sign(body, SIGNING_SECRET, int(caller.clock[0])) for one, body in caller.heard) == 5
    await runner.cleanup()


async def test_a_refund_happens_once_per_key_and_never_beyond_what_came(caller: Caller) -> None:
    payment = caller.clover.pay(await caller.page())
    asked = {"charge": payment.id, "amount": 700}
    first = await caller.call("POST", "/v1/refunds", json=asked, headers={"idempotency-key": KEY})
    again = await caller.call("POST", "/v1/refunds", json=asked, headers={"idempotency-key": KEY})
    assert first == again
    assert first[0] == 200
    other = await caller.call("POST", "/v1/refunds", json=asked | {"amount": 1}, headers={"idempotency-key": KEY})
    assert (other[0], other[1]["error"]["code"]) == (400, "idempotency_key_in_use")
    for wrong in ({"amount": 901}, {"amount": 0}, {"amount": "5"}, {"reason": "bored"}, {"currency": "usd"}):
        assert (await caller.call("POST", "/v1/refunds", json={"charge": payment.id} | wrong))[0] == 400
    assert (await caller.call("POST", "/v1/refunds", json={"charge": "N0NE"}))[0] == 404
    assert (await caller.call("POST", "/v1/refunds", json=asked, headers={"idempotency-key": "k"}))[0] == 400
    assert caller.clover.merchant.refunded(payment.id) == 700


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("", 200),
        ("?expand=address,owner", 200),
        ("?expand=everything", 400),
        ("/properties", 200),
        ("/payments?filter=createdTime>=1", 200),
        ("/payments?filter=amount=5", 400),
        ("/payments?expand=tender,refunds,order,employee", 400),
        ("/payments?limit=0", 400),
        ("/payments?page=2", 400),
        ("/payments/N0NE", 404),
        ("/orders/N0NE", 404),
        ("/invoices", 404),
        ("/customers", 200),
    ],
)
async def test_the_books_are_read_in_clovers_words_only(caller: Caller, path: str, status: int) -> None:
    assert (await caller.call("GET", f"/v3/merchants/{MERCHANT_ID}{path}"))[0] == status


async def test_nobody_reads_the_books_of_another(caller: Caller) -> None:
    caller.clover.add_merchant("0THER0000SH0P", private_key="another")
    assert (await caller.call("GET", f"/v3/merchants/{MERCHANT_ID}", token="another"))[0] == 401
    payment = caller.clover.pay(await caller.page())
    assert (await caller.call("GET", f"/v1/charges/{payment.id}", token="another"))[0] == 404


async def test_a_refresh_token_is_good_once_and_the_one_before_brings_back_a_lost_pair(caller: Caller) -> None:
    pair = caller.clover.tokens.issue(MERCHANT_ID)
    asked = {"client_id": APP_ID, "refresh_token": pair.refresh}
    status, lost = await caller.call("POST", "/oauth/v2/refresh", json=asked)
    assert status == 200
    assert (await caller.call("POST", "/oauth/v2/refresh", json=asked))[0] == 401
    assert (await caller.call("POST", "/oauth/v2/refresh", data=asked))[0] == 415
    assert (await caller.call("POST", "/oauth/v2/refresh", json=asked | {"client_secret": APP_SECRET}))[0] == 400
    recovery = {"client_id": APP_ID, "client_secret": APP_SECRET, "recovery_token": pair.refresh}
    status, found = await caller.call("POST", "/oauth/v2/recovery", json=recovery)
    assert status == 200
    for dead in (pair.refresh, lost["refresh_token"]):
        assert (await caller.call("POST", "/oauth/v2/refresh", json=asked | {"refresh_token": dead}))[0] == 401
    assert (await caller.call("POST", "/oauth/v2/refresh", json=asked | {"refresh_token": found["refresh_token"]}))[
        0
    ] == 200


async def test_an_access_token_ends_after_half_an_hour(caller: Caller) -> None:
    pair = caller.clover.tokens.issue(MERCHANT_ID)
    assert (await caller.call("GET", f"/v3/merchants/{MERCHANT_ID}", token=pair.access))[0] == 200
    caller.clock[0] += 30 * 60
    assert (await caller.call("GET", f"/v3/merchants/{MERCHANT_ID}", token=pair.access))[0] == 401


async def test_too_much_is_refused_and_says_of_what(caller: Caller) -> None:
    caller.clover.limits.token_rate = 2
    answers = [await caller.call("GET", f"/v3/merchants/{MERCHANT_ID}") for _ in range(3)]
    assert [status for status, _ in answers] == [200, 200, 429]
    caller.clock[0] += 1
    async with caller.session.get(
        f"{caller.clover.url}/v3/merchants/{MERCHANT_ID}", headers={"Authorization": f"Bearer {PRIVATE_KEY}"}
    ) as answer:
        assert answer.status == 200


async def test_only_an_app_that_is_known_may_ask_a_merchant(caller: Caller) -> None:
    async def ask(**asked: str) -> int:
        async with caller.session.get(f"{caller.clover.url}/oauth/v2/authorize", params=asked) as answer:
            return answer.status

    assert await ask(client_id=APP_ID, redirect_uri="https://shop.example/back", response_type="code") == 200
    assert await ask(client_id="0THER", redirect_uri="https://shop.example/back") == 400
    caller.clover.tokens.redirect_uris.append("https://shop.example/back")
    assert await ask(client_id=APP_ID, redirect_uri="https://evil.example/back") == 400


async def test_the_demo_knows_whose_page_it_is_and_that_it_is_played_by_hand(
    capsys: pytest.CaptureFixture[str],
) -> None:
    till = CloverTill()
    await till.stand_in.start()
    welcome, stranger = (
        {"customer": {}, "shoppingCart": {"lineItems": [{"name": "Ring", "price": 800, "unitQty": 2, "note": note}]}}
        for note in ("Friday · Lan Vu · invoice-7", "Friday · Bo · invoice-8")
    )
    till.is_served_by("http://127.0.0.1:9")
    reason = till.refuse("Bo")
    async with aiohttp.ClientSession() as session:
        caller = Caller(till.stand_in, session, [])
        assert (await caller.call("POST", CHECKOUTS, json=stranger))[1]["message"] == reason
        page = (await caller.call("POST", CHECKOUTS, json=welcome))[1]["checkoutSessionId"]
    till.stand_in.decline(page)
    payment = till.stand_in.pay(page)
    (bill,) = till.bills()
    assert (bill.name, bill.total, bill.paid, bill.is_open, bill.pieces) == ("Lan Vu", 1600, 1600, False, 2)
    assert (till.refused(), till.failed(), till.paid_event(bill)) == ({"Bo"}, 1, payment.id)
    assert len(till.events()) == 2
    await till.stand_in.stop()
    assert await play(headless=True, provider="clover") == 2
    assert "play it by hand" in capsys.readouterr().out
