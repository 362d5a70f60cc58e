"""The Stripe stand-in against Stripe's own descriptions: what it takes, and what it answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from sandbox.stripe import DEFAULT_KEY, StripeStandIn
from sandbox.stripe.accepted import ACCEPTED
from sandbox.stripe.kinds import (
    Boolean,
    Choice,
    Clearable,
    Either,
    Fraction,
    Integer,
    Kind,
    ListOf,
    Metadata,
    Percent,
    Retired,
    Shape,
    Text,
)
from sandbox.stripe.routes import HANDLERS


@pytest.fixture
async def stand_in() -> AsyncIterator[StripeStandIn]:
    stand_in = StripeStandIn()
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def client(stand_in: StripeStandIn) -> AsyncIterator[stripe.StripeClient]:
    http = stripe.AIOHTTPClient(timeout=20)
    yield stripe.StripeClient(DEFAULT_KEY, http_client=http, base_addresses={"api": stand_in.url})
    await http.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture(scope="session")
def shared() -> Path:
    folder = Path(__file__).parents[3] / "shared"
    if not (folder / "specs/stripe").is_dir() or not (folder / "fixtures/stripe_resources").is_dir():
        pytest.skip("../shared/specs and ../shared/fixtures are not here")
    return folder


@pytest.fixture(scope="session")
def openapi(shared: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((shared / "specs/stripe/openapi-2026-10-28.json").read_text())
    return loaded


def spec_of(openapi: dict[str, Any], route: str) -> dict[str, Any]:
    """What a route takes, as one object schema."""
    method, path = route.split()
    operation = openapi["paths"][path][method.lower()]
    if method == "POST":
        body: dict[str, Any] = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        return body
    query = [one for one in operation["parameters"] if one["in"] == "query"]
    return {
        "type": "object",
        "properties": {one["name"]: one["schema"] for one in query},
        "required": [one["name"] for one in query if one["required"]],
    }


def disagreements(kind: Kind, schema: dict[str, Any], where: str) -> list[str]:
    """Where a kind takes something its schema does not."""
    choices = schema.get("anyOf", [schema])
    if any(one.get("enum") == [""] for one in choices) and not isinstance(kind, Choice):
        choices = [one for one in choices if one.get("enum") != [""]]
        kind = kind.kind if isinstance(kind, Clearable) else kind
    if isinstance(kind, Either):
        found = [disagreements(kind.scalar, one, where) for one in choices]
        shapes = [disagreements(kind.shape, one, where) for one in choices]
        return min(found, key=len) + min(shapes, key=len)
    if len(choices) > 1:
        return min((disagreements(kind, one, where) for one in choices), key=len)
    schema = choices[0]
    match kind:
        case Shape():
            if schema.get("type") != "object":
                return [f"{where}: not an object"]
            known = schema.get("properties", {})
            taken = {name: one for name, one in kind.fields.items() if not isinstance(one, Retired)}
            wrong = [f"{where}.{name}: unknown" for name in taken if name not in known]
            if sorted(kind.required) != sorted(schema.get("required", [])):
                wrong.append(f"{where}: requires {kind.required}, not {schema.get('required', [])}")
            for name, one in taken.items():
                wrong += disagreements(one, known[name], f"{where}.{name}") if name in known else []
            return wrong
        case ListOf():
            items = schema.get("items") if schema.get("type") == "array" else None
            return [f"{where}: not an array"] if items is None else disagreements(kind.item, items, f"{where}[]")
        case Choice():
            extra = set(kind.words) - set(schema.get("enum", ()))
            return [f"{where}: {sorted(extra)}"] if extra else []
        case Text():
            plain = schema.get("type") == "string" and "enum" not in schema and "format" not in schema
            same = kind.longest == schema.get("maxLength", kind.longest)
            return [] if plain and same else [f"{where}: {kind} for {schema}"]
    types = {Integer: "integer", Boolean: "boolean", Fraction: "string", Percent: "number", Metadata: "object"}
    return [] if schema.get("type") == types.get(type(kind)) else [f"{where}: {kind} for {schema}"]


def test_every_route_has_its_parameters_and_its_handler() -> None:
    assert list(ACCEPTED) == list(HANDLERS)


@pytest.mark.parametrize("route", ACCEPTED)
def test_a_route_takes_only_what_stripe_takes(openapi: dict[str, Any], route: str) -> None:
    assert disagreements(ACCEPTED[route], spec_of(openapi, route), route) == []


def test_the_comparison_notices_a_difference(openapi: dict[str, Any]) -> None:
    spec = spec_of(openapi, "POST /v1/invoices")
    for wrong in (
        Shape({"customr": Text()}),
        Shape({"customer": Integer()}),
        Shape({"customer": Text()}, ("customer",)),
        Shape({"collection_method": Choice("send_invoice", "carrier_pigeon")}),
        Shape({"custom_fields": Clearable(ListOf(Shape({"name": Text(31)}, ("name", "value"))))}),
    ):
        assert len(disagreements(wrong, spec, "invoice")) == 1


ABSENT: dict[str, set[str]] = {
    "invoice": {"subscription"},
    "charge": {"refunds", "source"},
}
"""In the fixtures, but not in answers of this API version unless expanded."""


async def answers(client: stripe.StripeClient, stand_in: StripeStandIn) -> dict[str, Any]:
    """One object of each kind, as answered."""
    api = client.v1
    someone = await api.customers.create_async(params={"name": "Mai", "email": "mai@example.com"})
    invoice = await api.invoices.create_async(
        params={"customer": someone.id, "collection_method": "send_invoice", "days_until_due": 7}
    )
    product = await api.products.create_async(params={"name": "Ring"})
    price = await api.prices.create_async(params={"currency": "usd", "unit_amount": 700, "product": product.id})
    item = await api.invoice_items.create_async(
        params={"customer": someone.id, "invoice": invoice.id, "pricing": {"price": price.id}}
    )
    await api.invoices.send_invoice_async(invoice.id)
    stand_in.pay(invoice.id)
    invoice = await api.invoices.retrieve_async(invoice.id)
    payment = (await api.invoice_payments.list_async(params={"invoice": invoice.id})).data[0]
    intent = await api.payment_intents.retrieve_async(str(payment.payment.payment_intent))
    dispute = stand_in.dispute(invoice.id)
    refund = await api.refunds.create_async(params={"payment_intent": intent.id})
    charge = await api.charges.retrieve_async(str(intent.latest_charge))
    booked = await api.charges.retrieve_async(charge.id, params={"expand": ["balance_transaction"]})
    session = await api.checkout.sessions.create_async(
        params={
            "mode": "payment",
            "success_url": "https://shop.example/done",
            "line_items": [{"price": price.id, "quantity": 1}],
        }
    )
    price_data: Any = {"currency": "usd", "unit_amount": 700, "product": product.id}
    link = await api.payment_links.create_async(
        params={
            "line_items": [{"price_data": price_data, "quantity": 1}],
            "restrictions": {"completed_sessions": {"limit": 1}},
            "payment_intent_data": {"metadata": {"order": "1"}},
        }
    )
    subscription = await api.subscriptions.create_async(
        params={
            "customer": someone.id,
            "items": [{"price_data": price_data | {"recurring": {"interval": "month"}}}],
            "payment_behavior": "default_incomplete",
        }
    )
    method = await api.payment_methods.attach_async("pm_card_visa", params={"customer": someone.id})
    portal = await api.billing_portal.sessions.create_async(params={"customer": someone.id})
    hook = await api.webhook_endpoints.create_async(params={"url": "http://127.0.0.1:9", "enabled_events": ["*"]})
    found = [
        *(someone, invoice, item, invoice.lines.data[0], payment, intent, refund, charge, session, hook),
        *(product, price, link, subscription, portal, method),
        booked.balance_transaction,
        (await api.events.list_async()).data[0],
        await api.accounts.retrieve_current_async(),
        await api.balance.retrieve_async(),
        (await api.checkout.sessions.line_items.list_async(session.id)).data[0],
    ]
    shown = [json.loads(str(one)) for one in found] + [dispute]
    shown.append(next(one for one in shown if one["object"] == "subscription")["items"]["data"][0])
    return {one["object"]: one for one in shown}


async def test_answers_have_every_field_of_the_real_ones(
    client: stripe.StripeClient, stand_in: StripeStandIn, shared: Path, openapi: dict[str, Any]
) -> None:
    samples = json.loads((shared / "specs/stripe/fixtures3.json").read_text())["resources"]
    for kind, answer in (await answers(client, stand_in)).items():
        fixture = shared / f"fixtures/stripe_resources/{kind}.json"
        sample = json.loads(fixture.read_text()) if fixture.exists() else samples[kind]
        known = openapi["components"]["schemas"][kind]["properties"]
        expected = {name for name in sample if name in known} - ABSENT.get(kind, set())
        assert expected - answer.keys() == set(), kind
        for name, schema in known.items():
            if not schema.get("nullable"):
                assert answer.get(name) is not None, f"{kind}.{name}"
        types = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}
        for name in answer.keys() & known.keys():
            if (expected_type := types.get(known[name].get("type"))) and answer[name] is not None:
                assert type(answer[name]) is expected_type, f"{kind}.{name}"
        assert answer.keys() - known.keys() <= {"id"}, kind
