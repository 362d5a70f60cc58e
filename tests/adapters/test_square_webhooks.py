"""What Square reports: forged reports are refused, strange ones kept, and none of them crashes anything."""

from __future__ import annotations

import copy
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.base import AccountState, AccountUpdate, CheckoutStyle, PaymentState, PaymentUpdate, Update
from adapters.square import SquareProvider
from bot.domain.money import Money
from bot.kit.errors import BadInput, Forged
from tests.adapters.square_shop import ORDER, SquareShop, a_square_shop

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast a shared machine is proves nothing."""

FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures"
NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
URL, KEY = "https://assist.example/api/webhooks/square/1", "asdf1234"
PAID = PaymentState.PAID

INVOICE: dict[str, Any] = {
    "merchant_id": "MLSHOP",
    "location_id": "L1",
    "type": "invoice.payment_made",
    "event_id": "13b867cf-db3d-4b1c-90b6-2f32a9d78124",
    "created_at": "2026-11-20T18:59:55Z",
    "data": {
        "type": "invoice",
        "id": "inv:0-1",
        "object": {
            "invoice": {
                "id": "inv:0-1",
                "order_id": "O1",
                "status": "PAID",
                "payment_requests": [
                    {
                        "computed_amount_money": {"amount": 4150, "currency": "USD"},
                        "total_completed_amount_money": {"amount": 4150, "currency": "USD"},
                    }
                ],
            }
        },
    },
}


def sign(body: bytes, *, key: str = KEY, url: str = URL) -> str:
    return b64encode(digest(key.encode(), url.encode() + body, "sha256")).decode()


def hear(event: Any, *, secrets: tuple[str, ...] = (KEY,), **headers: str) -> Update:
    """Read one signed event."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    given = {"X-Square-HmacSha256-Signature": sign(body), **headers}
    (update,) = SquareProvider.read_webhook(given, body, now=NOW, secrets=secrets, url=URL)
    return update


def paid(event: Any, **headers: str) -> PaymentUpdate:
    update = hear(event, **headers)
    assert isinstance(update, PaymentUpdate)
    return update


def fixture(name: str) -> dict[str, Any]:
    path = FIXTURES / "square_events" / f"{name}.json"
    if not path.exists():
        pytest.skip("../shared/fixtures is not here")
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def test_a_paid_invoice_says_what_came_for_what_and_when() -> None:
    update = paid(INVOICE)
    assert (update.state, update.external_id, update.account_id) == (PAID, "inv:0-1", "MLSHOP")
    assert update.amount == Money(4150, "USD")
    assert update.event_id == INVOICE["event_id"]
    assert update.happened_at == datetime(2026, 11, 20, 18, 59, 55, tzinfo=UTC)
    assert update.livemode
    assert not paid(INVOICE, **{"square-environment": "Sandbox"}).livemode


def test_a_paid_invoice_that_does_not_say_how_much_came_is_paid_whole() -> None:
    event = copy.deepcopy(INVOICE)
    del event["data"]["object"]["invoice"]["payment_requests"][0]["total_completed_amount_money"]
    assert paid(event).amount == Money(4150, "USD")


# Who has said it


@pytest.mark.parametrize(
    "secrets",
    [("old", KEY), (KEY, "new"), ("", KEY), (f"old, {KEY}",)],
    ids=["rotated away", "rotated to", "one of them empty", "both in one setting"],
)
def test_a_key_can_be_rotated_without_losing_a_report(secrets: tuple[str, ...]) -> None:
    assert paid(INVOICE).state is PAID
    assert isinstance(hear(INVOICE, secrets=secrets), PaymentUpdate)


@pytest.mark.parametrize("url", ["", "http://assist.example/api/webhooks/square/1", f"{URL}/", URL.upper()])
def test_a_report_to_another_address_is_forged(url: str) -> None:
    body = json.dumps(INVOICE).encode()
    with pytest.raises(Forged):
        SquareProvider.read_webhook(
            {"x-square-hmacsha256-signature": sign(body)}, body, now=NOW, secrets=[KEY], url=url
        )


def test_the_very_bytes_are_signed() -> None:
    body = json.dumps(INVOICE).encode()
    header = {"x-square-hmacsha256-signature": sign(body)}
    for other in (body + b" ", json.dumps(INVOICE, indent=1).encode(), b""):
        with pytest.raises(Forged):
            SquareProvider.read_webhook(header, other, now=NOW, secrets=[KEY], url=URL)


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_key_nothing_is_believed(secrets: list[str]) -> None:
    body = json.dumps(INVOICE).encode()
    with pytest.raises(Forged):
        SquareProvider.read_webhook(
            {"x-square-hmacsha256-signature": sign(body, key="")}, body, now=NOW, secrets=secrets, url=URL
        )


def test_the_published_signatures_are_judged_as_published() -> None:
    path = FIXTURES / "signature_vectors.json"
    if not path.exists():
        pytest.skip("../shared/fixtures is not here")
    for vector in json.loads(path.read_text())["square"]:
        header = {"X-Square-Hmacsha256-Signature": vector["header"]}
        try:
            SquareProvider.read_webhook(
                header, vector["body"].encode(), now=NOW, secrets=[vector["key"]], url=vector["url"]
            )
            valid = True
        except Forged:
            valid = False
        assert valid is vector["valid"], vector["name"]


# What it says


@pytest.mark.parametrize(
    ("kind", "status", "state"),
    [
        ("invoice.payment_made", "PAID", PAID),
        ("invoice.payment_made", "PARTIALLY_PAID", PaymentState.PARTLY_PAID),
        ("invoice.payment_made", "PAYMENT_PENDING", PaymentState.UNKNOWN),
        ("invoice.refunded", "REFUNDED", PaymentState.REFUNDED),
        ("invoice.refunded", "PARTIALLY_REFUNDED", PaymentState.PARTLY_REFUNDED),
        ("invoice.canceled", "CANCELED", PaymentState.VOIDED),
        ("invoice.scheduled_charge_failed", "UNPAID", PaymentState.FAILED),
        ("invoice.updated", "PAID", PaymentState.UNKNOWN),
        ("invoice.published", "UNPAID", PaymentState.UNKNOWN),
        ("invoice.of_the_future", "PAID", PaymentState.UNKNOWN),
    ],
)
def test_an_invoice_event_means_what_its_status_says(kind: str, status: str, state: PaymentState) -> None:
    event = copy.deepcopy(INVOICE) | {"type": kind}
    event["data"]["object"]["invoice"]["status"] = status
    assert paid(event).state is state


def payment(status: str = "COMPLETED", product: str | None = "ECOMMERCE_API", **more: Any) -> dict[str, Any]:
    about = {
        "id": "P1",
        "order_id": "O1",
        "status": status,
        "total_money": {"amount": 4150, "currency": "USD"},
        **({"application_details": {"square_product": product}} if product else {}),
        **more,
    }
    return INVOICE | {"type": "payment.updated", "data": {"type": "payment", "id": "P1", "object": {"payment": about}}}


def test_a_payment_of_a_link_names_the_order_the_link_goes_by() -> None:
    update = paid(payment())
    assert (update.state, update.external_id, update.payment_id) == (PAID, "O1", "P1")
    assert update.amount == Money(4150, "USD")


def test_what_came_in_all_is_asked_as_one_payment_may_be_a_part() -> None:
    assert paid(payment()).confirm
    assert not paid(INVOICE).confirm


def test_a_payment_that_does_not_say_by_what_it_came_is_traced() -> None:
    for more in ({}, {"refunded_money": {"amount": 40, "currency": "USD"}}):
        update = paid(payment(product=None, **more))
        assert (update.external_id, update.payment_id) == (None, "P1")
    assert paid(payment(product=None, order_id=None)).state is PaymentState.UNKNOWN


def test_a_payment_of_an_invoice_is_told_by_the_invoice() -> None:
    assert paid(payment(product="INVOICES")).state is PaymentState.UNKNOWN


@pytest.mark.parametrize(("product", "order"), [("INVOICES", None), ("ECOMMERCE_API", "O1")])
def test_a_card_that_is_declined_says_why(product: str, order: str | None) -> None:
    declined = {"errors": [{"code": "GENERIC_DECLINE", "detail": "The card was declined."}]}
    update = paid(payment("FAILED", product, card_details=declined))
    assert (update.state, update.reason) == (PaymentState.FAILED, "The card was declined.")
    assert (update.external_id, update.payment_id) == (order, "P1")


@pytest.mark.parametrize(("amount", "state"), [(4150, PaymentState.REFUNDED), (40, PaymentState.PARTLY_REFUNDED)])
def test_money_that_went_back_is_told_by_its_payment(amount: int, state: PaymentState) -> None:
    for product, order in (("INVOICES", None), ("ECOMMERCE_API", "O1")):
        update = paid(payment(product=product, refunded_money={"amount": amount, "currency": "USD"}))
        assert (update.state, update.external_id, update.payment_id) == (state, order, "P1")
        assert update.amount == Money(amount, "USD")


@pytest.mark.parametrize("status", ["APPROVED", "PENDING", "CANCELED", "NEW"])
def test_a_payment_that_is_no_money_yet_is_not_acted_on(status: str) -> None:
    assert paid(payment(status)).state is PaymentState.UNKNOWN


@pytest.mark.parametrize("status", ["REJECTED", "FAILED", "COMPLETED", "PENDING"])
def test_a_refund_is_told_of_when_it_is_settled(status: str) -> None:
    about = {"id": "R1", "payment_id": "P1", "status": status, "amount_money": {"amount": 500, "currency": "USD"}}
    data = {"type": "refund", "id": "R1", "object": {"refund": about}}
    update = paid(INVOICE | {"type": "refund.updated", "data": data})
    failed, went = status in ("REJECTED", "FAILED"), status == "COMPLETED"
    not_failed = PaymentState.PARTLY_REFUNDED if went else PaymentState.UNKNOWN
    assert update.state is (PaymentState.REFUND_FAILED if failed else not_failed)
    assert update.confirm is went, "how much went back in all is asked"
    assert (update.refund_id, update.payment_id, update.amount) == ("R1", "P1", Money(500, "USD"))
    assert (update.reason == f"Square says it is {status.lower()}") is failed


def test_a_link_that_was_deleted_at_square_is_void() -> None:
    for state, meaning in (("CANCELED", PaymentState.VOIDED), ("COMPLETED", PaymentState.UNKNOWN)):
        order = {"order_id": "O1", "state": state}
        data = {"type": "order_updated", "id": "O1", "object": {"order_updated": order}}
        update = paid(INVOICE | {"type": "order.updated", "data": data})
        assert (update.state, update.external_id) == (meaning, "O1")


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ("EVIDENCE_REQUIRED", PaymentState.DISPUTED),
        ("WON", PaymentState.DISPUTE_WON),
        ("LOST", PaymentState.DISPUTE_LOST),
        ("ACCEPTED", PaymentState.DISPUTE_LOST),
        ("PROCESSING", PaymentState.UNKNOWN),
    ],
)
def test_a_dispute_goes_by_its_payment(state: str, meaning: PaymentState) -> None:
    event = fixture("DisputeStateUpdatedEvent")
    event["data"]["object"]["dispute"]["state"] = state
    update = paid(event)
    assert (update.state, update.payment_id) == (meaning, "fbmsaEOpoARDKxiSGH1fqPuqoqFZY")
    assert (update.amount, update.reason) == (Money(8801, "USD"), "amount_differs")


def test_access_that_was_taken_away_is_about_the_account() -> None:
    update = hear(fixture("OauthAuthorizationRevokedEvent"))
    assert isinstance(update, AccountUpdate)
    assert (update.state, update.account_id) == (AccountState.DISCONNECTED, "J9Z30SF99NPFJ")


def test_every_published_example_is_understood_or_kept() -> None:
    if not (FIXTURES / "square_events").is_dir():
        pytest.skip("../shared/fixtures is not here")
    acted_on = {}
    for path in sorted((FIXTURES / "square_events").iterdir()):
        event = json.loads(path.read_text())
        update = hear(event)
        assert not hasattr(update, "event_id") or update.event_id == event["event_id"]
        if isinstance(update, PaymentUpdate) and update.state is not PaymentState.UNKNOWN:
            acted_on[event["type"]] = update.state
            assert update.external_id or update.payment_id, event["type"]
    assert acted_on == {
        "dispute.created": PaymentState.DISPUTED,
        "dispute.state.updated": PaymentState.DISPUTE_WON,
        "invoice.canceled": PaymentState.VOIDED,
        "invoice.deleted": PaymentState.VOIDED,
        "invoice.payment_made": PAID,
        "invoice.refunded": PaymentState.REFUNDED,
        "invoice.scheduled_charge_failed": PaymentState.FAILED,
        "payment.updated": PAID,
        "refund.updated": PaymentState.PARTLY_REFUNDED,
    }


# What is odd about it


@pytest.mark.parametrize("body", [b"x", b"{", b"NaN", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000])
def test_bytes_that_are_no_json_are_unreadable(body: bytes) -> None:
    with pytest.raises(BadInput):
        hear(body)


@pytest.mark.parametrize("event", [None, 7, "x", [], [INVOICE], {}, {"type": 7}, {"type": "invoice.payment_made"}])
def test_json_that_is_no_event_is_kept_under_the_hash_of_its_bytes(event: Any) -> None:
    update = paid(event)
    assert update.state is PaymentState.UNKNOWN
    assert update.event_id == sha256(json.dumps(event).encode()).hexdigest()


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before, *(path for key, one in inner for path in paths(one, (*before, key)))]


ODD = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
    *(st.text(max_size=5), st.just([]), st.just({})),
)


@given(st.sampled_from([INVOICE, payment(), payment(refunded_money={"amount": 1, "currency": "USD"})]), st.data())
@unhurried
def test_whatever_is_in_the_place_of_anything_crashes_nothing(event: dict[str, Any], data: st.DataObject) -> None:
    event = copy.deepcopy(event)
    *way, last = data.draw(st.sampled_from([path for path in paths(event) if path]))
    place: Any = event
    for step in way:
        place = place[step]
    place[last] = data.draw(ODD)
    update = hear(event)
    assert isinstance(update, PaymentUpdate)
    assert update.event_id
    if update.state is not PaymentState.UNKNOWN:
        assert update.external_id or update.payment_id


# As they come


@pytest.fixture
async def shop() -> AsyncIterator[SquareShop]:
    async with a_square_shop() as shop:
        yield shop


class Door:
    """Where reports come in, as the product has one."""

    def __init__(self) -> None:
        self.updates: list[Update] = []
        self.forged = 0
        self.url = self.secret = ""

    async def hear(self, request: web.Request) -> web.Response:
        try:
            self.updates += SquareProvider.read_webhook(
                request.headers, await request.read(), now=NOW, secrets=[self.secret], url=self.url
            )
        except Forged:
            self.forged += 1
            raise web.HTTPUnauthorized from None
        return web.Response()

    def payments(self) -> list[tuple[str, str | None]]:
        """(state, what it is about) of what is acted on."""
        return [
            (one.state.value, one.external_id or one.payment_id)
            for one in self.updates
            if isinstance(one, PaymentUpdate) and one.state is not PaymentState.UNKNOWN
        ]


@pytest.fixture
async def door(shop: SquareShop) -> AsyncIterator[Door]:
    door = Door()
    app = web.Application()
    app.router.add_post("/w", door.hear)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    door.url = f"http://127.0.0.1:{runner.addresses[0][1]}/w"
    door.secret = (await shop.provider.open_webhook(door.url, key="k")).secret
    yield door
    await shop.square.stop()
    await runner.cleanup()


async def test_a_paid_invoice_and_a_paid_link_are_told_once_each_however_often(shop: SquareShop, door: Door) -> None:
    invoice = await shop.provider.place_invoice(ORDER)
    link = await shop.provider.place_invoice(replace(ORDER, invoice_id=8, style=CheckoutStyle.PAYMENT_LINK))
    shop.square.hold_webhooks()
    for placed in (invoice, link):
        shop.square.pay(placed.external_id)
    shop.square.release_webhooks("reversed", duplicate=1)
    await shop.square.drain()
    told = door.payments()
    assert set(told) == {("paid", invoice.external_id), ("paid", link.external_id)}
    ids = {one.event_id for one in door.updates if not isinstance(one, str)}
    assert len(door.updates) == 2 * len(ids)


async def test_what_becomes_of_an_invoice_is_told_in_our_words(shop: SquareShop, door: Door) -> None:
    invoice = await shop.provider.place_invoice(ORDER)
    shop.square.decline(invoice.external_id)
    paid_with = shop.square.pay(invoice.external_id)["id"]
    shop.square.refund(paid_with, 50)
    dispute = shop.square.dispute(paid_with)
    shop.square.settle_dispute(dispute["id"], "LOST")
    await shop.square.drain()
    told = door.payments()
    assert ("failed", shop.all("payment")[0]["id"]) in told
    assert {state for state, about in told if about == invoice.external_id} == {"paid", "partly_refunded"}
    assert {state for state, about in told if about == paid_with} == {"partly_refunded", "disputed", "dispute_lost"}
    assert door.forged == 0


async def test_a_forged_report_is_refused(shop: SquareShop, door: Door) -> None:
    invoice = await shop.provider.place_invoice(ORDER)
    shop.square.hold_webhooks()
    shop.square.pay(invoice.external_id)
    event = next(one for one in shop.all("event") if one["type"] == "invoice.payment_made")
    assert shop.square.deliver_forged(event["event_id"]) == 1
    await shop.square.drain()
    assert (door.forged, door.payments()) == (1, [])
