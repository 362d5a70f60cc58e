"""What Stripe reports about anything but invoices: pages, refunds, disputes, accounts and subscriptions."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import AccountUpdate, PaymentState, PaymentUpdate, SubscriptionUpdate, Update
from adapters.stripe import StripeProvider
from adapters.stripe.webhooks import ACCOUNTS, HEARD, SUBSCRIPTIONS, about_of
from bot.domain.money import Money

NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
SECRET = "whsec_reports"


def read(kind: Any, about: Any, **event: Any) -> Update:
    """One event, signed and delivered."""
    whole = {"id": "evt_1", "object": "event", "type": kind, "created": 1_795_000_000, "livemode": True}
    body = json.dumps(whole | {"data": {"object": about}} | event).encode()
    stamp = int(NOW.timestamp())
    digest = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"stripe-signature": f"t={stamp},v1={digest}"}
    (update,) = StripeProvider.read_webhook(headers, body, now=NOW, secrets=[SECRET])
    return update


def money(kind: str, about: dict[str, Any], **event: Any) -> PaymentUpdate:
    """One event that is about money."""
    update = read(kind, about, **event)
    assert isinstance(update, PaymentUpdate)
    return update


SESSION = {
    "id": "cs_1",
    "object": "checkout.session",
    "mode": "payment",
    "status": "complete",
    "payment_status": "paid",
    "payment_intent": "pi_1",
    "payment_link": None,
    "amount_total": 4150,
    "currency": "usd",
    "client_reference_id": "order-9",
    "metadata": {"live_assist_workspace": "5h0p", "live_assist_invoice": "7"},
}


@pytest.mark.parametrize(
    ("kind", "change", "state"),
    [
        ("completed", {}, PaymentState.PAID),
        ("completed", {"payment_status": "no_payment_required"}, PaymentState.PAID),
        ("completed", {"payment_status": "unpaid"}, PaymentState.UNKNOWN),
        ("completed", {"payment_status": None}, PaymentState.UNKNOWN),
        ("completed", {"mode": "subscription"}, PaymentState.UNKNOWN),
        ("completed", {"mode": "setup"}, PaymentState.UNKNOWN),
        ("completed", {"object": "charge"}, PaymentState.UNKNOWN),
        ("async_payment_succeeded", {}, PaymentState.PAID),
        ("async_payment_succeeded", {"payment_status": "unpaid"}, PaymentState.UNKNOWN),
        ("async_payment_failed", {"payment_status": "unpaid"}, PaymentState.FAILED),
        ("expired", {"status": "expired", "payment_status": "unpaid"}, PaymentState.EXPIRED),
        ("expired", {"status": "expired", "payment_link": "plink_1"}, PaymentState.UNKNOWN),
        ("opened", {}, PaymentState.UNKNOWN),
    ],
)
def test_a_page_is_paid_when_the_money_is_there(kind: str, change: dict[str, Any], state: PaymentState) -> None:
    assert money(f"checkout.session.{kind}", SESSION | change).state is state


def test_a_page_says_whose_it_is_and_what_it_is_over() -> None:
    update = money("checkout.session.completed", SESSION, account="acct_1")
    assert (update.checkout_id, update.external_id, update.payment_id) == ("cs_1", None, "pi_1")
    assert (update.workspace_uid, update.invoice_id, update.order_id) == ("5h0p", 7, "order-9")
    assert (update.amount, update.account_id, update.livemode) == (Money(4150, "USD"), "acct_1", True)


def test_a_page_of_a_link_is_paid_for_the_link() -> None:
    link = {"payment_link": "plink_1", "client_reference_id": None}
    update = money("checkout.session.completed", SESSION | link)
    assert (update.external_id, update.checkout_id, update.order_id) == ("plink_1", "cs_1", None)
    whole = money(
        "checkout.session.completed", SESSION | {"payment_intent": {"id": "pi_2"}, "payment_link": {"id": "p"}}
    )
    assert (whole.external_id, whole.payment_id) == ("p", "pi_2")


REFUND = {
    "id": "re_1",
    "object": "refund",
    "amount": 500,
    "currency": "usd",
    "payment_intent": "pi_1",
    "failure_reason": "lost_or_stolen_card",
}


@pytest.mark.parametrize(
    ("kind", "status", "state"),
    [
        ("refund.failed", "failed", PaymentState.REFUND_FAILED),
        ("refund.updated", "canceled", PaymentState.REFUND_FAILED),
        ("refund.updated", "failed", PaymentState.UNKNOWN),
        ("refund.updated", "succeeded", PaymentState.UNKNOWN),
        ("refund.updated", "pending", PaymentState.UNKNOWN),
        ("refund.created", "succeeded", PaymentState.UNKNOWN),
        ("charge.refund.updated", "failed", PaymentState.UNKNOWN),
    ],
)
def test_each_refund_that_fails_is_told_once(kind: str, status: str, state: PaymentState) -> None:
    update = money(kind, REFUND | {"status": status})
    assert update.state is state
    if state is PaymentState.REFUND_FAILED:
        assert (update.refund_id, update.payment_id, update.external_id) == ("re_1", "pi_1", None)
        assert (update.amount, update.reason) == (Money(500, "USD"), "lost_or_stolen_card")
    else:
        assert (update.refund_id, update.amount) == (None, None)


@pytest.mark.parametrize("kind", sorted(ACCOUNTS))
def test_an_account_is_named_by_the_event(kind: str) -> None:
    about = {"id": "ca_1" if "application" in kind else "acct_own", "object": about_of(kind)}
    update = read(kind, about, account="acct_1")
    assert isinstance(update, AccountUpdate)
    assert (update.account_id, update.state) == ("acct_1", ACCOUNTS[kind])
    alone = read(kind, about)
    assert isinstance(alone, AccountUpdate)
    assert alone.account_id == (None if "application" in kind else "acct_own")


@pytest.mark.parametrize(
    ("about", "status"),
    [
        ({"status": "active"}, "active"),
        ({"status": "trialing"}, "active"),
        ({"status": "active", "pause_collection": {"behavior": "void"}}, "paused"),
        ({"status": "paused"}, "paused"),
        ({"status": "unpaid"}, "past_due"),
        ({"status": "incomplete_expired"}, "canceled"),
        ({"status": "canceled", "pause_collection": {"behavior": "void"}}, "canceled"),
        ({"status": "new_in_2027"}, "new_in_2027"),
        ({}, ""),
    ],
)
def test_a_subscription_is_told_in_our_words(about: dict[str, Any], status: str) -> None:
    for kind in SUBSCRIPTIONS:
        update = read(kind, {"id": "sub_1", "object": "subscription"} | about, account="acct_1")
        assert isinstance(update, SubscriptionUpdate)
        assert (update.external_id, update.account_id, update.status) == ("sub_1", "acct_1", status)


@pytest.mark.parametrize("kind", sorted({*ACCOUNTS, *SUBSCRIPTIONS}))
def test_an_event_about_something_else_than_its_name_says_is_kept_and_not_acted_on(kind: str) -> None:
    assert money(kind, {"id": "plan_1", "object": "plan"}).state is PaymentState.UNKNOWN
    assert money(kind, {"id": "x", "object": about_of(kind)}, object="v2.core.event").state is PaymentState.UNKNOWN


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    (
        *("id", "object", "status", "amount", "amount_refunded", "refunded", "currency", "reason", "failure_reason"),
        *("payment_intent", "payment_link", "payment_status", "mode", "client_reference_id", "metadata"),
        "pause_collection",
    )
)


@given(
    kind=st.sampled_from([*HEARD, "charge", "", "customer.subscription", "."]), about=st.dictionaries(NAMES, ANYTHING)
)
def test_whatever_is_in_a_report_it_is_read(kind: str, about: dict[str, Any]) -> None:
    update = read(kind, {"object": about_of(kind)} | about)
    assert update.event_id == "evt_1"
    if isinstance(update, PaymentUpdate):
        assert update.amount is None or update.state is not PaymentState.UNKNOWN
        assert "\x00" not in f"{update.reason}{update.order_id}{update.workspace_uid}"
