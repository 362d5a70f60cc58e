"""What Clover reports: forged reports are refused, strange ones kept, and every way of writing one is understood."""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from adapters.base import AccountState, AccountUpdate, Notice, PaymentState, PaymentUpdate, Update
from adapters.clover import CloverProvider
from bot.kit.errors import BadInput, Forged
from sandbox.clover import MERCHANT_ID, SIGNING_SECRET
from tests.adapters.clover_shop import NOW, ORDER, Town, a_town

SESSION = "3d5d5072-66cc-459a-b3a5-f668abdd5abb"
CODE = "a1b2c3d4-0000-4000-8000-app2c0de0000"

PAID: dict[str, Any] = {
    "createdTime": int((NOW - timedelta(seconds=5)).timestamp() * 1000),
    "message": "Approved for 4100",
    "status": "APPROVED",
    "type": "PAYMENT",
    "id": "7YN5WRZW4DQA2",
    "merchantId": MERCHANT_ID,
    "data": SESSION,
}


def signature(body: bytes, *, at: datetime = NOW, secret: str = SIGNING_SECRET) -> str:
    moment = int(at.timestamp())
    return f"t={moment},v1={hmac.new(secret.encode(), f'{moment}.'.encode() + body, sha256).hexdigest()}"


def heard(headers: Mapping[str, str], body: bytes, secrets: list[str] | None = None) -> list[Update]:
    return CloverProvider.read_webhook(headers, body, now=NOW, secrets=[SIGNING_SECRET] if secrets is None else secrets)


def read(said: Any) -> PaymentUpdate:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    (update,) = heard({"Clover-Signature": signature(body)}, body)
    assert isinstance(update, PaymentUpdate)
    return update


BODY = json.dumps(PAID).encode()


# Who sent it


def refuse(headers: Mapping[str, str], body: bytes = BODY, secrets: list[str] | None = None) -> None:
    with pytest.raises(Forged):
        heard(headers, body, secrets)


@pytest.mark.parametrize("name", ["Clover-Signature", "clover-signature", "CLOVER-SIGNATURE"])
def test_the_header_may_be_written_in_any_case(name: str) -> None:
    (update,) = heard({name: signature(BODY)}, BODY)
    assert isinstance(update, PaymentUpdate)
    assert update.state is PaymentState.PAID


@pytest.mark.parametrize(
    "header",
    ["", "t=1", "v1=abc", signature(BODY)[:-1], signature(BODY).upper(), "\N{SNOWMAN}", "\udcff", "x" * 10_240],
    ids=lambda header: repr(header)[:20],
)
def test_a_strange_signature_is_forged(header: str) -> None:
    refuse({"Clover-Signature": header})


def test_a_signature_of_somebody_else_or_of_another_time_or_of_other_bytes_is_forged() -> None:
    refuse({"Clover-Signature": signature(BODY, secret="0" * 36)})
    refuse({"Clover-Signature": signature(BODY, at=NOW - timedelta(minutes=6))})
    refuse({"Clover-Signature": signature(BODY, at=NOW + timedelta(minutes=6))})
    refuse({"Clover-Signature": signature(BODY)}, BODY + b"\n")
    refuse(CIMultiDict([("Clover-Signature", signature(BODY)), ("clover-signature", signature(BODY))]))


def test_without_a_secret_the_door_is_closed() -> None:
    refuse({"Clover-Signature": signature(BODY)}, secrets=[])
    refuse({"Clover-Signature": signature(BODY, secret="")}, secrets=[""])
    refuse({"X-Clover-Auth": ""}, secrets=[""])


def test_a_secret_can_be_rotated_without_losing_a_report() -> None:
    for secrets in (["new", SIGNING_SECRET], [SIGNING_SECRET, "new"]):
        (update,) = heard({"Clover-Signature": signature(BODY)}, BODY, secrets)
        assert isinstance(update, PaymentUpdate)


def test_a_setting_may_hold_the_apps_code_beside_a_merchants_secret() -> None:
    (update,) = heard({"Clover-Signature": signature(BODY)}, BODY, [f"{CODE}, {SIGNING_SECRET}"])
    assert isinstance(update, PaymentUpdate)
    assert len(heard({"X-Clover-Auth": CODE}, json.dumps(UNINSTALLED).encode(), [f"{CODE},{SIGNING_SECRET}"])) == 1
    refuse(
        {"Clover-Signature": signature(BODY, secret=f"{CODE},{SIGNING_SECRET}")}, secrets=[f"{CODE},{SIGNING_SECRET}"]
    )
    refuse({"Clover-Signature": signature(BODY, secret="")}, secrets=[" , "])


# What it says


def test_a_payment_names_its_page_and_has_to_be_asked_about() -> None:
    assert read(PAID) == PaymentUpdate(
        provider="clover",
        event_id="7YN5WRZW4DQA2:approved",
        kind="PAYMENT APPROVED",
        state=PaymentState.PAID,
        account_id=MERCHANT_ID,
        external_id=None,
        payment_id="7YN5WRZW4DQA2",
        checkout_id=SESSION,
        workspace_uid=None,
        invoice_id=None,
        amount=None,
        reason=None,
        happened_at=NOW - timedelta(seconds=5),
        livemode=True,
        confirm=True,
        raw=PAID,
    )


WRITTEN: dict[str, dict[str, Any]] = {
    "as labelled": {"Created Time": PAID["createdTime"], "Message": "Approved for 4100", "Status": "APPROVED",
                    "Type": "PAYMENT", "Id": PAID["id"], "MerchantId": MERCHANT_ID, "Data": SESSION},
    "in capitals": {name.upper(): value for name, value in PAID.items()},
    "in lower case": {name.lower(): value for name, value in PAID.items()},
    "without data": {name: PAID[name] for name in PAID if name != "data"} | {"checkoutSessionId": SESSION},
    "under an unknown name": {name: PAID[name] for name in PAID if name != "data"} | {"ref": SESSION},
    "data inside data": PAID | {"data": {"checkoutSessionId": SESSION}},
    "status in lower case": PAID | {"status": "approved"},
    "without a type": {name: PAID[name] for name in PAID if name != "type"},
    "another uuid beside it": PAID | {"appId": "11111111-2222-4333-8444-555555555555"},
}  # fmt: skip


@pytest.mark.parametrize("said", WRITTEN.values(), ids=WRITTEN.keys())
def test_however_it_is_written_the_same_payment_is_understood(said: dict[str, Any]) -> None:
    update = read(said)
    assert (update.state, update.payment_id, update.checkout_id, update.account_id, update.event_id) == (
        PaymentState.PAID,
        PAID["id"],
        SESSION,
        MERCHANT_ID,
        "7YN5WRZW4DQA2:approved",
    )


def test_a_declined_card_is_told_with_the_reason_and_needs_no_asking() -> None:
    update = read(PAID | {"status": "DECLINED", "message": "Decline for 4100"})
    assert (update.state, update.reason, update.confirm) == (PaymentState.FAILED, "Decline for 4100", False)


@pytest.mark.parametrize(
    "said",
    [
        PAID | {"status": "PENDING"},
        PAID | {"type": "REFUND"},
        PAID | {"data": "not a page"},
        PAID | {"id": None},
        PAID | {"id": ["7YN5WRZW4DQA2"]},
        {name: PAID[name] for name in PAID if name != "data"}
        | {"one": SESSION, "two": "11111111-2222-4333-8444-555555555555"},
        {},
        [],
        [PAID],
        None,
        "APPROVED",
        {"data": {"data": {"data": {"data": {"data": {"status": "APPROVED"}}}}}},
    ],
    ids=lambda said: repr(said)[:30],
)
def test_what_is_not_clear_is_kept_and_not_acted_on(said: Any) -> None:
    assert read(said).state is PaymentState.UNKNOWN


@pytest.mark.parametrize("body", [b"", b"paid!", b"\xff\xfe", b"{" * 100_000, b"NaN", b'{"a": Infinity}'])
def test_what_is_signed_and_no_json_is_bad_input(body: bytes) -> None:
    with pytest.raises(BadInput):
        read(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["Id", "id", "Data", "data", "status", "Status", "type", "createdTime", "message", "x"]),
        json_values | st.sampled_from(["APPROVED", "PAYMENT", SESSION, PAID["id"]]),
    )
)
def test_nothing_that_is_signed_crashes_anything(said: dict[str, Any]) -> None:
    update = read(said)
    assert (update.state is PaymentState.PAID) == update.confirm
    assert update.state is PaymentState.UNKNOWN or update.checkout_id is not None


# The code that proves an address


def test_a_verification_code_is_for_a_person_to_read() -> None:
    (notice,) = heard({}, b'{"verificationCode": "8c2b5e0a-1234-4e6f-9a7b"}', [])
    assert isinstance(notice, Notice)
    assert "8c2b5e0a-1234-4e6f-9a7b" in notice.text


def test_whoever_sends_many_codes_is_heard_once_in_ten_minutes() -> None:
    bodies = [json.dumps({"verificationCode": f"guess-{number}"}).encode() for number in range(50)]
    assert len({heard({}, body, [])[0].event_id for body in bodies}) == 1
    later = CloverProvider.read_webhook({}, bodies[0], now=NOW + timedelta(minutes=10), secrets=[])
    assert later[0].event_id != heard({}, bodies[0], [])[0].event_id


@pytest.mark.parametrize(
    "said",
    [
        {"verificationCode": ""},
        {"verificationCode": 5},
        {"verificationCode": "click https://evil.example"},
        {"verificationCode": "x" * 200},
        {"verificationCode": "8c2b5e0a"} | PAID,
        {"verificationCode": "8c2b5e0a", "merchants": {MERCHANT_ID: [{"objectId": "A:1", "type": "DELETE"}]}},
        PAID,
        {"verificationcode": "8c2b5e0a"},
    ],
    ids=lambda said: repr(said)[:30],
)
def test_and_opens_the_door_to_nothing_else(said: Any) -> None:
    refuse({}, json.dumps(said).encode())
    refuse({"X-Clover-Auth": "guess"}, json.dumps(said).encode())


# What happens to the app

UNINSTALLED = {
    "appId": "C10VERAPP0001",
    "merchants": {MERCHANT_ID: [{"objectId": "A:C10VERAPP0001", "type": "DELETE", "ts": int(NOW.timestamp() * 1000)}]},
}


def of_app(said: Any, code: str = CODE) -> list[Update]:
    return heard({"X-Clover-Auth": code}, json.dumps(said).encode(), [CODE])


def test_a_merchant_who_takes_the_app_away_is_disconnected() -> None:
    (update,) = of_app(UNINSTALLED)
    assert isinstance(update, AccountUpdate)
    assert (update.state, update.account_id, update.happened_at) == (AccountState.DISCONNECTED, MERCHANT_ID, NOW)
    with pytest.raises(Forged):
        of_app(UNINSTALLED, "guess")


def test_what_the_app_hears_of_payments_is_kept_and_not_acted_on() -> None:
    changes = [{"objectId": f"{kind}:7YN5WRZW4DQA2", "type": "CREATE", "ts": 1} for kind in "POC"]
    updates = of_app({"appId": "A", "merchants": {MERCHANT_ID: changes}})
    assert [(type(one), getattr(one, "state", None)) for one in updates] == [(PaymentUpdate, PaymentState.UNKNOWN)] * 3
    assert len({one.event_id for one in updates}) == 3


@pytest.mark.parametrize("said", [[], {}, {"merchants": []}, {"merchants": {"": 5}}, {"merchants": {"M": [None, 5]}}])
def test_an_odd_report_about_the_app_changes_nothing(said: Any) -> None:
    assert all(getattr(one, "state", None) is PaymentState.UNKNOWN for one in of_app(said))


# The stand-in speaks the same


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with a_town() as opened:
        yield opened


@pytest.mark.parametrize("shape", ["camel", "labels", "nested", "unnamed"])
async def test_what_is_paid_on_a_page_is_heard_over_the_wire(town: Town, shape: Any) -> None:
    updates: list[Update] = []

    async def hear(request: web.Request) -> web.Response:
        body = await request.read()
        updates.extend(CloverProvider.read_webhook(request.headers, body, now=town.now(), secrets=[SIGNING_SECRET]))
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/hear", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    town.clover.report_to(f"http://127.0.0.1:{runner.addresses[0][1]}/hear")
    town.clover.write_webhooks(shape)
    page = await town.provider.open_checkout(ORDER, key="k")
    town.clover.decline(page.external_id)
    payment = town.clover.pay(page.external_id)
    await town.clover.drain()
    await runner.cleanup()
    assert {(one.state, one.checkout_id) for one in updates if isinstance(one, PaymentUpdate)} == {
        (PaymentState.FAILED, page.external_id),
        (PaymentState.PAID, page.external_id),
    }
    paid = next(one for one in updates if isinstance(one, PaymentUpdate) and one.state is PaymentState.PAID)
    assert (await town.provider.ask_payment(paid.payment_id or "")).amount == ORDER.total
    assert paid.payment_id == payment.id
    assert paid.happened_at == datetime.fromtimestamp(town.seconds, UTC)
