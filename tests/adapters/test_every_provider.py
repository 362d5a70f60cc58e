"""What every provider in the registry owes its callers, whoever it is."""

from __future__ import annotations

import dataclasses
import inspect
import json
import logging
import re
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from adapters.base import (
    VERBS,
    App,
    Capability,
    CheckoutOrder,
    CheckoutStyle,
    FixedKeys,
    InvoiceOrder,
    PaymentProvider,
    PaymentState,
    SubscriptionOrder,
    SyncKind,
)
from adapters.registry import PROVIDERS, provider_class
from bot.domain.invoice import Line
from bot.domain.money import Money
from bot.kit.errors import BadInput, Forged, OutsideError, Unreachable

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
    "write_stock": (Capability.STOCK, lambda one: one.write_stock("x_1", 3, at=NOW, key="k")),
    "revoke": (Capability.OAUTH, lambda one: one.revoke()),
    "place a link": (Capability.PAYMENT_LINK, lambda one: one.place_invoice(replace(ORDER, style=LINK))),
    "ask for a link": (Capability.PAYMENT_LINK, lambda one: one.ask_invoice("x_1", LINK)),
    "close a link": (Capability.PAYMENT_LINK, lambda one: one.void_invoice("x_1", key="k", style=LINK)),
    "open_webhook": (Capability.OPEN_WEBHOOKS, lambda one: one.open_webhook("https://assist.example/w", key="k")),
    "close_webhook": (Capability.OPEN_WEBHOOKS, lambda one: one.close_webhook("x_1")),
    "list_events": (Capability.EVENTS, lambda one: one.list_events(NOW)),
    "find_invoice": (Capability.TRACE, lambda one: one.find_invoice("x_1")),
    "ask_payment": (Capability.ASK_PAYMENT, lambda one: one.ask_payment("x_1")),
}
"""Each deed, and what a provider declares to be asked for it."""

KEYED: dict[str, tuple[Capability, Callable[[PaymentProvider, str], Awaitable[Any]]]] = {
    "place_invoice": (Capability.INVOICE, lambda one, key: one.place_invoice(order_of(key))),
    "place a link": (Capability.PAYMENT_LINK, lambda one, key: one.place_invoice(replace(order_of(key), style=LINK))),
    "void_invoice": (Capability.VOID, lambda one, key: one.void_invoice("x_1", key=key)),
    "pay_invoice": (Capability.STORED_METHOD, lambda one, key: one.pay_invoice("x_1", key=key)),
    "open_checkout": (Capability.CHECKOUT, lambda one, key: one.open_checkout(CHECKOUT, key=key)),
    "refund_payment": (
        Capability.REFUND,
        lambda one, key: one.refund_payment("x_1", Money(500, "USD"), key=key, reason="duplicate"),
    ),
    "open_subscription": (Capability.SUBSCRIPTIONS, lambda one, key: one.open_subscription(SUBSCRIPTION, key=key)),
    "change_subscription": (
        Capability.SUBSCRIPTIONS,
        lambda one, key: one.change_subscription("x_1", "pause", key=key),
    ),
    "write_stock": (Capability.STOCK, lambda one, key: one.write_stock("x_1", 3, at=NOW, key=key)),
    "open_webhook": (Capability.OPEN_WEBHOOKS, lambda one, key: one.open_webhook("https://assist.example/w", key=key)),
}
"""Deeds that are done once however often they are asked for."""

SECRET = "EAAAl5h0ps3cretThatNobodyMayRead0123456789"
"""In every credential; it looks like one, so that it is blotted out where a provider repeats it to us."""

BY_OAUTH: dict[str, dict[str, str]] = {
    "stripe": {"account_id": "acct_1", "livemode": "false"},
    "square": {"access_token": SECRET, "refresh_token": SECRET, "merchant_id": "M1", "location_id": "L1"},
}
"""What each provider keeps of a connection that was made on its own page, with SECRET in what is secret."""

ANSWERS = {
    "nonsense": (200, "<html>It works!</html>"),
    "nothing": (200, ""),
    "a dead key": (401, '{"error": {"message": "Invalid key", "type": "invalid_request_error"}, "message": "401"}'),
    "forbidden": (403, '{"error": {"message": "You may not", "type": "invalid_request_error"}, "message": "403"}'),
    "a refusal": (400, '{"error": {"message": "No", "type": "invalid_request_error"}, "message": "400"}'),
    "a failure": (500, '{"error": {"message": "Oh no", "type": "api_error"}, "message": "500"}'),
    "a gateway's failure": (502, "<html>Bad gateway</html>"),
}

NOBODY_TO_ASK = {("clover", "revoke")}
"""What a provider has no call for: https://docs.clover.com/dev/docs/use-oauth names none that gives access back."""

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
    first_tried_at=NOW,
)


LINK = CheckoutStyle.PAYMENT_LINK


def order_of(key: str) -> InvoiceOrder:
    """An order whose keys are others for another `key`; its buyer is known, as customers are made once per buyer."""
    return replace(ORDER, workspace_uid=key, customer_id="x_1")


@dataclass
class Outside:
    """Whoever answers in every provider's place, with the same thing, and what keys they were given."""

    url: str = ""
    answer: tuple[int, str] = (200, "")
    keys: list[str] = field(default_factory=list)
    asked: int = 0
    """How often."""

    async def take(self, request: web.Request) -> web.Response:
        """Note the idempotency key, wherever it is, and answer."""
        self.asked += 1
        body = await request.text()
        inside = re.search(r'"idempotency_key":\s*"([^"]+)"', body)
        key = request.headers.get("Idempotency-Key") or (inside.group(1) if inside else "")
        if key:
            self.keys.append(key)
        status, text = self.answer
        return web.Response(status=status, text=text, content_type="application/json")


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    """Somebody on loopback who answers everything."""
    somebody = Outside()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", somebody.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    somebody.url = f"http://{host}:{port}"
    yield somebody
    await runner.cleanup()


def app_at(provider: type[PaymentProvider], base: str) -> App:
    """Our registration at a provider that is somewhere else."""
    kept = {name: SECRET if re.search("SECRET|KEY|TOKEN", name) else "app_1" for name in provider.app_settings}
    return App(values=kept | {"APPLICATION_SECRET": SECRET, "API_BASE": base}, public_url="https://assist.example")


def opened(provider: type[PaymentProvider], base: str, deed: str = "") -> PaymentProvider:
    """A connection, made in the way the deed needs."""
    typed = {one.name: SECRET for one in provider.credential_fields}
    by_oauth = BY_OAUTH.get(provider.name)
    given = by_oauth if by_oauth is not None and (deed == "revoke" or not typed) else typed
    return provider.open(FixedKeys(given), app=app_at(provider, base))


def asks_somebody(provider: type[PaymentProvider]) -> bool:
    return provider.keeps_books


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
    for one in dataclasses.fields(settings):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(settings, one.name, "y")
        if re.search("secret|key|token|password", one.name):
            assert not one.repr, f"{one.name} would be printed"


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
    if (needed is not None and needed not in provider.capabilities) or (provider.name, verb) in NOBODY_TO_ASK:
        pytest.skip(f"{provider.display_name} does not do that")
    if not provider.keeps_books:
        pytest.skip(f"{provider.display_name} asks nobody")
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        one = opened(provider, f"http://127.0.0.1:{reserved.getsockname()[1]}", verb)
        with pytest.raises(Unreachable, match=provider.display_name):
            await deed(one)
        await one.close()
        await one.close()


@every_provider
@pytest.mark.parametrize("answer", ANSWERS)
async def test_whatever_a_provider_answers_no_credential_is_told(
    provider: type[PaymentProvider], answer: str, outside: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    if not asks_somebody(provider):
        pytest.skip(f"{provider.display_name} asks nobody")
    caplog.set_level(logging.DEBUG)
    outside.answer = ANSWERS[answer]
    for name, (needed, deed) in CALLS.items():
        if (needed is not None and needed not in provider.capabilities) or (provider.name, name) in NOBODY_TO_ASK:
            continue
        one = opened(provider, outside.url, name)
        assert SECRET not in f"{one!r} {one} {app_at(provider, outside.url)!r}"
        told = await _told_by(deed(one), name)
        assert SECRET not in told, name
        await one.close()
    assert SECRET not in caplog.text


@every_provider
@pytest.mark.parametrize("status", [400, 401, 403, 500])
async def test_a_credential_that_a_provider_repeats_to_us_is_not_passed_on(
    provider: type[PaymentProvider], status: int, outside: Outside
) -> None:
    if not asks_somebody(provider):
        pytest.skip(f"{provider.display_name} asks nobody")
    said = f"The key {SECRET} may not do this"
    outside.answer = (status, json.dumps({"error": {"message": said, "type": "api_error"}, "message": said}))
    for name, (needed, deed) in CALLS.items():
        if (needed is not None and needed not in provider.capabilities) or (provider.name, name) in NOBODY_TO_ASK:
            continue
        one = opened(provider, outside.url, name)
        before, told = outside.asked, ""
        try:
            await deed(one)
        except OutsideError as trouble:
            told = f"{trouble} {trouble!r} {vars(trouble)}"
        assert told or outside.asked == before, f"{name} worked"  # only what asks nobody can
        assert SECRET not in told, name
        await one.close()


async def _told_by(doing: Awaitable[Any], name: str) -> str:
    """What a deed that cannot work tells: the whole of its exception, which is one of ours."""
    try:
        answered = await doing
    except OutsideError as trouble:
        return "".join(traceback.format_exception(trouble)) + repr(trouble) + repr(vars(trouble))
    raise AssertionError(f"{name} worked: {answered!r}")


@every_provider
async def test_connecting_on_its_page_tells_no_secret(
    provider: type[PaymentProvider], outside: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    if Capability.OAUTH not in provider.capabilities:
        pytest.skip(f"{provider.display_name} is not connected on a page of its own")
    app = app_at(provider, outside.url)
    url = provider.auth_url(app, state="5tate", verifier="v" * 43, redirect_uri="https://assist.example/back")
    assert url.startswith(f"{outside.url}/")
    assert "5tate" in url
    assert SECRET not in url
    assert "v" * 43 not in url
    for outside.answer in ANSWERS.values():
        asking = provider.exchange_code(
            app, {"code": "c0de"}, verifier="v" * 43, redirect_uri="https://assist.example/back"
        )
        assert SECRET not in await _told_by(asking, "exchange_code")
    assert SECRET not in caplog.text


@every_provider
@pytest.mark.parametrize("deed", KEYED)
async def test_the_same_deed_has_the_same_keys_and_another_has_others(
    provider: type[PaymentProvider], deed: str, outside: Outside
) -> None:
    needed, do = KEYED[deed]
    if needed not in provider.capabilities or not asks_somebody(provider):
        pytest.skip(f"{provider.display_name} does not do that")
    outside.answer = ANSWERS["a gateway's failure"]
    keys = []
    for key in ("k1", "k1", "k2"):
        one = opened(provider, outside.url)
        outside.keys.clear()
        with pytest.raises(OutsideError):
            await do(one, key)
        keys.append([*outside.keys])
        await one.close()
    assert keys[0] == keys[1]
    assert not set(keys[0]) & set(keys[2])


@pytest.mark.parametrize("typed", ["stripe", "Stripe", " STRIPE\n"])
def test_a_provider_is_found_however_its_name_is_typed(typed: str) -> None:
    assert provider_class(typed) is PROVIDERS["stripe"]


@pytest.mark.parametrize("typed", ["", "stripes", "fake"])
def test_a_provider_there_is_not_is_refused_with_those_there_are(typed: str) -> None:
    with pytest.raises(BadInput, match=r"There are: stripe"):
        provider_class(typed)
