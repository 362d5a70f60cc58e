"""What Stripe reports: forged reports are refused, strange ones kept, and none of them crashes anything."""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from adapters.base import InvoiceOrder, PaymentState, PaymentUpdate
from adapters.stripe import StripeProvider
from bot.domain.invoice import Line
from bot.domain.money import Money
from bot.kit.errors import BadInput, Forged
from sandbox.stripe import DEFAULT_KEY, StripeStandIn

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast a shared machine is proves nothing."""

SAMPLES = Path(__file__).parents[3] / "shared" / "fixtures" / "stripe_resources"

NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
SECRET = "whsec_night_market"

PAID: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "type": "invoice.paid",
    "created": int(NOW.timestamp()) - 5,
    "livemode": True,
    "account": "acct_1",
    "api_version": "2026-10-28.endive",
    "data": {
        "object": {
            "id": "in_1",
            "object": "invoice",
            "status": "paid",
            "currency": "usd",
            "total": 4150,
            "amount_paid": 4150,
            "metadata": {
                "live_assist_workspace": "5h0p",
                "live_assist_invoice": "7",
                "live_assist_attempt": "1",
            },
        }
    },
}


def signature(body: bytes, *, at: datetime = NOW, secret: str = SECRET) -> str:
    moment = int(at.timestamp())
    return f"t={moment},v1={hmac.new(secret.encode(), f'{moment}.'.encode() + body, sha256).hexdigest()}"


def read_bytes(body: bytes, secrets: list[str] | None = None) -> PaymentUpdate:
    headers = {"Stripe-Signature": signature(body)}
    (update,) = StripeProvider.read_webhook(headers, body, now=NOW, secrets=secrets or [SECRET])
    return update


def read(event: Any) -> PaymentUpdate:
    return read_bytes(json.dumps(event).encode())


def event(kind: str = "invoice.paid", **invoice: Any) -> dict[str, Any]:
    return PAID | {"type": kind, "data": {"object": PAID["data"]["object"] | invoice}}


# Who sent it


def refuse(headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime = NOW) -> None:
    with pytest.raises(Forged):
        StripeProvider.read_webhook(headers, body, now=now, secrets=secrets)


BODY = json.dumps(PAID).encode()


@pytest.mark.parametrize("name", ["Stripe-Signature", "stripe-signature", "STRIPE-SIGNATURE"])
def test_the_header_may_be_written_in_any_case(name: str) -> None:
    (update,) = StripeProvider.read_webhook({name: signature(BODY)}, BODY, now=NOW, secrets=[SECRET])
    assert update.state is PaymentState.PAID


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1",
        "v1=abc",
        signature(BODY)[:-1],
        signature(BODY).upper(),
        "\N{SNOWMAN}",
        "\udcff",
        "x" * 10_240,
    ],
    ids=lambda header: repr(header)[:20],
)
def test_a_strange_signature_is_forged(header: str) -> None:
    refuse({"Stripe-Signature": header}, BODY, [SECRET])


def test_a_report_without_a_signature_is_forged() -> None:
    refuse({}, BODY, [SECRET])


def test_two_signature_headers_are_forged_though_one_is_right() -> None:
    right = signature(BODY)
    refuse(CIMultiDict([("Stripe-Signature", right), ("stripe-signature", right)]), BODY, [SECRET])


def test_without_a_secret_the_door_is_closed() -> None:
    refuse({"Stripe-Signature": signature(BODY)}, BODY, [])
    refuse({"Stripe-Signature": signature(BODY, secret="")}, BODY, [""])


def test_the_raw_bytes_decide() -> None:
    headers = {"Stripe-Signature": signature(BODY)}
    refuse(headers, json.dumps(PAID, indent=1).encode(), [SECRET])
    refuse(headers, BODY + b"\n", [SECRET])


def test_a_secret_can_be_rotated_without_losing_a_report() -> None:
    assert read_bytes(BODY, ["whsec_new", SECRET]).state is PaymentState.PAID
    assert read_bytes(BODY, [SECRET, "whsec_new"]).state is PaymentState.PAID


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_report_of_another_time_is_forged(age: timedelta) -> None:
    refuse({"Stripe-Signature": signature(BODY, at=NOW - age)}, BODY, [SECRET])


# What it says


def test_a_payment_is_told_with_all_that_is_known() -> None:
    update = read(PAID)
    assert update == PaymentUpdate(
        provider="stripe",
        event_id="evt_1",
        kind="invoice.paid",
        state=PaymentState.PAID,
        account_id="acct_1",
        external_id="in_1",
        workspace_uid="5h0p",
        invoice_id=7,
        amount=Money(4150, "USD"),
        reason=None,
        happened_at=NOW - timedelta(seconds=5),
        livemode=True,
        raw=PAID,
    )


def test_a_voided_invoice_is_told() -> None:
    update = read(event("invoice.voided", status="void"))
    assert update.state is PaymentState.VOIDED
    assert update.amount is None


@pytest.mark.parametrize(
    "kind",
    [
        "invoice.marked_uncollectible",
        "invoice.finalized",
        "invoice.payment_succeeded",
        "customer.created",
        "x" * 5000,
    ],
)
def test_what_we_do_not_act_on_is_kept(kind: str) -> None:
    update = read(event(kind))
    assert update.state is PaymentState.UNKNOWN
    assert update.event_id == "evt_1"
    assert kind.startswith(update.kind)


@pytest.mark.parametrize("status", ["open", "draft", "void", None, 5])
def test_paid_without_the_invoice_being_paid_is_not_acted_on(status: Any) -> None:
    assert read(event(status=status)).state is PaymentState.UNKNOWN


def test_paid_in_a_shape_without_a_status_counts() -> None:
    shape = event()
    del shape["data"]["object"]["status"]
    assert read(shape).state is PaymentState.PAID


@pytest.mark.parametrize(
    "strange",
    [
        {"object": "v2.core.event"},
        {"object": None},
        {"id": None},
        {"id": 5},
        {"id": ""},
        {"id": "evt\x00"},
        {"id": "x" * 300},
        {"type": None},
        {"type": ["invoice.paid"]},
        {"data": {"object": PAID["data"]["object"] | {"object": "charge"}}},
    ],
    ids=repr,
)
def test_an_event_that_is_not_quite_one_is_kept_but_not_acted_on(strange: dict[str, Any]) -> None:
    body = json.dumps(PAID | strange).encode()
    update = read_bytes(body)
    assert update.state is PaymentState.UNKNOWN
    assert update.event_id == (sha256(body).hexdigest() if "id" in strange else "evt_1")


@pytest.mark.parametrize("thing", [[PAID], "paid", 5, None, True, [], {}])
def test_json_that_is_no_event_is_kept(thing: Any) -> None:
    update = read(thing)
    assert update.state is PaymentState.UNKNOWN
    assert len(update.event_id) == 64


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"{",
        BODY + b"x",
        b"\xff\xfe\xff",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: repr(body)[:20],
)
def test_signed_but_unreadable_is_bad_input(body: bytes) -> None:
    with pytest.raises(BadInput):
        read_bytes(body)


@pytest.mark.parametrize(
    ("invoice", "amount"),
    [
        ({"amount_paid": "4150"}, Money(4150, "USD")),
        ({"amount_paid": 1250, "currency": "jpy"}, Money(1250, "JPY")),
        ({"amount_paid": 50000, "currency": "isk"}, Money(500, "ISK")),
        ({"amount_paid": 0}, Money(0, "USD")),
        ({"amount_paid": None}, None),
        ({"amount_paid": True}, None),
        ({"amount_paid": 41.5}, None),
        ({"amount_paid": 10**30}, None),
        ({"amount_paid": "9" * 5000}, None),
        ({"amount_paid": "４１"}, None),
        ({"currency": None}, None),
        ({"currency": "dollars"}, None),
        ({"currency": "ü$d"}, None),
    ],
)
def test_the_amount_is_money_or_nothing(invoice: dict[str, Any], amount: Money | None) -> None:
    update = read(event(**invoice))
    assert update.state is PaymentState.PAID
    assert update.amount == amount


@pytest.mark.parametrize(
    ("metadata", "ours"),
    [
        ({"live_assist_invoice": "7"}, 7),
        ({"live_assist_invoice": 7}, 7),
        ({"live_assist_invoice": "seven"}, None),
        ({"live_assist_invoice": "9" * 40}, None),
        ({"live_assist_invoice": None}, None),
        ({}, None),
        (None, None),
        ([1], None),
    ],
)
def test_an_invoice_that_is_not_ours_names_none(metadata: Any, ours: int | None) -> None:
    assert read(event(metadata=metadata)).invoice_id == ours


@pytest.mark.parametrize("created", [None, "soon", 10**17, -(10**17), 1e300, [], True])
def test_an_impossible_moment_is_now(created: Any) -> None:
    assert read(PAID | {"created": created}).happened_at == NOW


DECLINED = {"last_payment_error": {"message": "Your card was declined."}}


@pytest.mark.parametrize(
    "shape",
    [
        {"payments": {"data": [{"payment": {"type": "payment_intent", "payment_intent": DECLINED}}]}},
        {"payments": {"data": [{"payment": {"charge": {"failure_message": "Your card was declined."}}}]}},
        {"payment_intent": DECLINED},
        {"charge": {"failure_message": "Your card was declined."}},
        DECLINED,
        {"last_finalization_error": {"message": "Your card was declined."}},
        {"payment_intent": "pi_1", **DECLINED},
        {"payments": {"data": [None, {"payment": "pi_1"}]}, "last_finalization_error": None, **DECLINED},
        {"payment_intent": {"last_payment_error": {"message": "Your card\nwas \x00declined."}}},
    ],
)
def test_the_reason_of_a_failed_payment_is_found_in_every_api_version(shape: dict[str, Any]) -> None:
    update = read(event("invoice.payment_failed", status="open", **shape))
    assert update.state is PaymentState.FAILED
    assert update.reason == "Your card was declined."


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"payment_intent": "pi_1"},
        {"payments": []},
        {"payments": {"data": 5}},
        {"last_payment_error": {"message": 5}},
    ],
)
def test_a_failed_payment_without_a_reason_is_still_told(shape: dict[str, Any]) -> None:
    update = read(event("invoice.payment_failed", status="open", **shape))
    assert update.state is PaymentState.FAILED
    assert update.reason is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@unhurried
@given(kind=st.sampled_from([*StripeProvider.states, "invoice.created"]), data=st.data())
def test_whatever_is_in_an_event_it_is_read(kind: str, data: st.DataObject) -> None:
    names = [*PAID["data"]["object"], "payments", "payment_intent", "charge", "last_payment_error"]
    invoice = data.draw(st.dictionaries(st.sampled_from(names), ANYTHING))
    outer = data.draw(st.dictionaries(st.sampled_from([*PAID, "extra"]), ANYTHING))
    update = read(event(kind, **invoice) | outer)
    assert update.state in PaymentState
    assert update.event_id.isascii()
    assert "\x00" not in (update.reason or "") + update.kind
    (update.kind + (update.reason or "")).encode()


@pytest.mark.parametrize("name", ["invoice.json", "event.json", "charge.json", "checkout.session.json", "refund.json"])
def test_recorded_resources_are_read_as_events_of_any_kind(name: str) -> None:
    if not SAMPLES.exists():
        pytest.skip("the recorded resources are not here")
    sample = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
    assert read(sample).state is PaymentState.UNKNOWN
    for kind in StripeProvider.states:
        assert read(PAID | {"type": kind, "data": {"object": sample}}).state in PaymentState


# From a Stripe that signs for itself


@pytest.fixture
async def heard() -> AsyncIterator[tuple[str, list[tuple[CIMultiDict[str], bytes]]]]:
    """An address that keeps what is posted to it."""
    kept: list[tuple[CIMultiDict[str], bytes]] = []

    async def keep(request: web.Request) -> web.Response:
        kept.append((CIMultiDict(request.headers), await request.read()))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/webhooks/stripe", keep)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}/webhooks/stripe", kept
    await runner.cleanup()


async def test_from_the_invoice_to_the_report_of_its_payment(
    heard: tuple[str, list[tuple[CIMultiDict[str], bytes]]],
) -> None:
    address, kept = heard
    stripe = StripeStandIn()
    provider = StripeProvider(StripeProvider.Settings(DEFAULT_KEY, await stripe.start()))
    endpoint = await provider.open_webhook(address, key="open-1")
    order = InvoiceOrder(
        workspace_uid="5h0p",
        invoice_id=7,
        attempt=1,
        number="7",
        show_title="Friday",
        buyer_id=3,
        buyer_name="Lan",
        buyer_handle="@lan",
        customer_id=None,
        currency="USD",
        lines=(Line(code="12", title="Jade", options=(), quantity=1, unit_cents=2500),),
        memo="Friday",
        external_id=None,
        first_tried_at=datetime.now(UTC),
    )
    paid = await provider.place_invoice(order)
    stripe.decline(paid.external_id)
    stripe.pay(paid.external_id)
    voided = await provider.place_invoice(replace(order, invoice_id=8))
    await provider.void_invoice(voided.external_id, key="v")
    await stripe.drain()

    told = [
        update
        for headers, body in kept
        for update in provider.read_webhook(headers, body, now=datetime.now(UTC), secrets=[endpoint.secret])
    ]
    assert {(one.state, one.external_id, one.invoice_id, one.amount) for one in told} == {
        (PaymentState.FAILED, paid.external_id, 7, None),
        (PaymentState.PAID, paid.external_id, 7, Money(2500, "USD")),
        (PaymentState.VOIDED, voided.external_id, 8, None),
    }
    for headers, body in kept:
        refuse(headers, body, ["whsec_another"], now=datetime.now(UTC))
    await provider.close()
    await stripe.stop()
