"""What every provider in the registry owes its callers, whoever it is."""

from __future__ import annotations

import dataclasses
import inspect
import re
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.base import (
    VERBS,
    Capability,
    CheckoutOrder,
    InvoiceOrder,
    PaymentProvider,
    PaymentState,
    SubscriptionOrder,
    SyncKind,
)
from adapters.registry import PROVIDERS, provider_class
from bot.domain.invoice import Line
from bot.domain.money import Money
from bot.kit.errors import BadInput, Forged, Unreachable

NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)

ORDER = InvoiceOrder(
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
    lines=(Line(code="12", title="Jade bangle", options=(), quantity=1, unit_cents=2500),),
    memo="Friday",
    external_id=None,
    first_tried_at=NOW,
)

CALLS: dict[str, tuple[Capability | None, Callable[[PaymentProvider], Awaitable[Any]]]] = {
    "test": (None, lambda one: one.test()),
    "place_invoice": (Capability.INVOICE, lambda one: one.place_invoice(ORDER)),
    "ask_invoice": (Capability.INVOICE, lambda one: one.ask_invoice("x_1")),
    "void_invoice": (Capability.VOID, lambda one: one.void_invoice("x_1", key="k")),
    "summary": (None, lambda one: one.summary()),
    "payments_of": (Capability.REFUND, lambda one: one.payments_of("x_1")),
    "pay_invoice": (Capability.STORED_METHOD, lambda one: one.pay_invoice("x_1", key="k")),
    "open_checkout": (Capability.CHECKOUT, lambda one: one.open_checkout(CHECKOUT, key="k")),
    "ask_checkout": (Capability.CHECKOUT, lambda one: one.ask_checkout("x_1")),
    "close_checkout": (Capability.CHECKOUT, lambda one: one.close_checkout("x_1")),
    "refund_payment": (
        Capability.REFUND,
        lambda one: one.refund_payment("x_1", Money(500, "USD"), key="k", reason="requested_by_customer"),
    ),
    "ask_refund": (Capability.REFUND, lambda one: one.ask_refund("x_1")),
    "open_subscription": (Capability.SUBSCRIPTIONS, lambda one: one.open_subscription(SUBSCRIPTION, key="k")),
    "ask_subscription": (Capability.SUBSCRIPTIONS, lambda one: one.ask_subscription("x_1")),
    "change_subscription": (Capability.SUBSCRIPTIONS, lambda one: one.change_subscription("x_1", "pause", key="k")),
    "open_portal": (Capability.PORTAL, lambda one: one.open_portal("x_1", return_url="https://shop.example")),
    "list_records": (Capability.SYNC, lambda one: one.list_records(SyncKind.CUSTOMERS, since=None, cursor=None)),
    "read_stock": (Capability.STOCK, lambda one: one.read_stock(["x_1"])),
    "write_stock": (Capability.STOCK, lambda one: one.write_stock("x_1", 3, key="k")),
    "revoke": (Capability.OAUTH, lambda one: one.revoke()),
    "open_webhook": (Capability.OPEN_WEBHOOKS, lambda one: one.open_webhook("https://assist.example/w", key="k")),
    "close_webhook": (Capability.OPEN_WEBHOOKS, lambda one: one.close_webhook("x_1")),
    "list_events": (Capability.EVENTS, lambda one: one.list_events(NOW)),
    "find_invoice": (Capability.EVENTS, lambda one: one.find_invoice("x_1")),
}
"""Each verb, and what a provider declares to be asked for it."""

HOSTILE = ["", "t=1,v1=00", "sha256=" + "0" * 64, "\N{SNOWMAN}", "\udcff", "x" * 10_240]
SIGNATURE_HEADERS = ["Stripe-Signature", "X-Square-HmacSha256-Signature", "Clover-Signature", "X-Signature"]

every_provider = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS.keys())


CHECKOUT = CheckoutOrder(
    workspace_uid="5h0p",
    order_id="invoice-7",
    invoice_id=7,
    currency="USD",
    lines=ORDER.lines,
    title="Friday",
    customer_id=None,
    buyer_name="Lan",
    success_url="https://shop.example/paid",
    cancel_url="https://shop.example/back",
)

SUBSCRIPTION = SubscriptionOrder(
    workspace_uid="5h0p",
    subscription_id=1,
    customer_id="x_1",
    buyer_id=3,
    buyer_name="Lan",
    title="A box a month",
    amount=Money(2500, "USD"),
    interval="month",
)


def settings_of(provider: type[PaymentProvider], **given: Any) -> Any:
    """The provider's settings with something in every field that has no default."""
    kind = vars(provider)["Settings"]
    required = {
        field.name: "x"
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    return kind(**required | given)


def hears(provider: type[PaymentProvider]) -> bool:
    return Capability.WEBHOOKS in provider.capabilities


@every_provider
def test_it_is_registered_under_its_own_name(provider: type[PaymentProvider]) -> None:
    assert PROVIDERS[provider.name] is provider
    assert re.fullmatch(r"[a-z]+", provider.name)
    assert provider.display_name.casefold() == provider.name


@every_provider
def test_it_is_complete_and_says_what_it_is(provider: type[PaymentProvider]) -> None:
    assert not inspect.isabstract(provider)
    assert provider.__doc__
    assert provider.capabilities <= set(Capability)


@every_provider
def test_it_does_what_it_declares_and_nothing_else(provider: type[PaymentProvider]) -> None:
    every = {verb for verbs in VERBS.values() for verb in verbs}
    does = {verb for verb in every if _code_of(provider, verb) is not _code_of(PaymentProvider, verb)}
    assert does == {verb for capability in provider.capabilities for verb in VERBS[capability]}


def _code_of(kind: type[PaymentProvider], verb: str) -> Any:
    return getattr(getattr(kind, verb), "__func__", getattr(kind, verb))


@every_provider
def test_the_events_it_acts_on_have_a_known_meaning(provider: type[PaymentProvider]) -> None:
    assert set(provider.states.values()) <= set(PaymentState) - {PaymentState.UNKNOWN}
    assert bool(provider.states) == hears(provider)


@every_provider
def test_its_settings_are_frozen_and_keep_their_secrets_out_of_print(provider: type[PaymentProvider]) -> None:
    settings = settings_of(provider)
    for field in dataclasses.fields(settings):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(settings, field.name, "y")
        if re.search("secret|key|token|password", field.name):
            assert not field.repr, f"{field.name} would be printed"


@every_provider
def test_a_key_that_makes_no_sense_is_refused_with_a_sentence(provider: type[PaymentProvider]) -> None:
    if Capability.CONNECT_BY_KEY not in provider.capabilities:
        pytest.skip(f"{provider.display_name} is not connected by a key")
    for nonsense in ("", " ", "my dog", "\x00", "\ud800", "x" * 100_000):
        with pytest.raises(BadInput, match=r"^[A-Z].{20,}"):
            provider.check_credentials({one.name: nonsense for one in provider.credential_fields})
    with pytest.raises(BadInput, match=r"^[A-Z].{20,}"):
        provider.check_credentials({})


@every_provider
@pytest.mark.parametrize("secrets", [[], [""], ["whsec_1", "whsec_2"]], ids=["none", "empty", "wrong"])
def test_a_webhook_nobody_signed_is_forged(provider: type[PaymentProvider], secrets: list[str]) -> None:
    if not hears(provider):
        pytest.skip(f"{provider.display_name} reports nothing")
    for name in SIGNATURE_HEADERS:
        for value in HOSTILE:
            for body in (b"", b"{}", b'{"type": "invoice.paid"}', b"\xff" * 1000):
                with pytest.raises(Forged):
                    provider.read_webhook({name: value}, body, now=NOW, secrets=secrets)
    with pytest.raises(Forged):
        provider.read_webhook({}, b"{}", now=NOW, secrets=secrets)


@every_provider
@pytest.mark.parametrize("verb", CALLS)
async def test_when_nobody_answers_nothing_happened(provider: type[PaymentProvider], verb: str) -> None:
    needed, deed = CALLS[verb]
    if needed is not None and needed not in provider.capabilities:
        pytest.skip(f"{provider.display_name} does not do that")
    if not provider.keeps_books:
        pytest.skip("nobody is asked")
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        one = provider(settings_of(provider, api_base=base))  # type: ignore[call-arg]
        with pytest.raises(Unreachable, match=provider.display_name):
            await deed(one)
        await one.close()
        await one.close()


@pytest.mark.parametrize("typed", ["stripe", "Stripe", " STRIPE\n"])
def test_a_provider_is_found_however_its_name_is_typed(typed: str) -> None:
    assert provider_class(typed) is PROVIDERS["stripe"]


@pytest.mark.parametrize("typed", ["", "stripes", "fake"])
def test_a_provider_there_is_not_is_refused_with_those_there_are(typed: str) -> None:
    with pytest.raises(BadInput, match=r"There are: stripe"):
        provider_class(typed)
