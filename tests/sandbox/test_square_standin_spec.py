"""The Square stand-in, and what our adapter asks of it, against Square's own description of its API."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft202012Validator

from adapters.base import CheckoutStyle, SyncKind
from bot.domain.invoice import LineKind
from bot.domain.money import Money
from sandbox.square import DEFAULT_LOCATION
from sandbox.square.accepted import BODIES, QUERIES, SCOPES
from sandbox.square.api import HANDLERS
from sandbox.square.kinds import Boolean, Choice, Integer, Kind, ListOf, Metadata, Shape, Text
from tests.adapters.square_shop import ORDER, SquareShop, a_square_shop, line
from tests.adapters.test_square_checkouts import ORDERED

Json = dict[str, Any]

NOT_WRITTEN_DOWN = {"POST /oauth2/token", "POST /oauth2/revoke"}
"""Routes that need no token of a seller's."""


@pytest.fixture(scope="session")
def openapi() -> Json:
    path = Path(__file__).parents[3] / "shared/specs/square/openapi-2025-08-20.json"
    if not path.exists():
        pytest.skip("../shared/specs is not here")
    loaded: Json = json.loads(path.read_text())
    return loaded


@pytest.fixture(scope="session")
def schemas(openapi: Json) -> Json:
    """Square's types as JSON schemas that take nothing they do not name."""
    return {"schemas": strict(openapi["components"]["schemas"])}


def strict(schema: Any) -> Any:
    """`nullable` in the words of JSON Schema, and no fields beside those that are named."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(one) for name, one in schema.items()}
    if made.pop("nullable", False) is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    if (
        "properties" in made
        and "additionalProperties" not in made
        and made.get("type") in ("object", ["object", "null"])
    ):
        made["additionalProperties"] = False
    return made


def resolved(openapi: Json, schema: Json) -> Json:
    while "$ref" in schema:
        schema = openapi["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def disagreements(openapi: Json, kind: Kind, schema: Json, where: str) -> list[str]:
    """Where a kind takes something its schema does not."""
    schema = resolved(openapi, schema)
    match kind:
        case Shape():
            known = schema.get("properties", {})
            wrong = [f"{where}.{name}: unknown" for name in kind.fields if name not in known]
            missing = set(schema.get("required", [])) - set(kind.required)
            wrong += [f"{where}: does not require {name}" for name in sorted(missing)]
            for name, one in kind.fields.items():
                wrong += disagreements(openapi, one, known[name], f"{where}.{name}") if name in known else []
            return wrong
        case ListOf():
            if schema.get("type") != "array":
                return [f"{where}: not an array"]
            return disagreements(openapi, kind.item, schema["items"], f"{where}[]")
        case Choice():
            extra = set(kind.words) - set(schema.get("enum", kind.words))
            return [f"{where}: {sorted(extra)}"] if extra or schema.get("type") != "string" else []
        case Text():
            longest, most = schema.get("maxLength"), kind.longest
            fits = longest is None or (most is not None and most <= longest)
            return [] if schema.get("type") == "string" and fits else [f"{where}: {kind} for {schema.get('type')}"]
    types = {Integer: "integer", Boolean: "boolean", Metadata: "object"}
    return [] if schema.get("type") == types[type(kind)] else [f"{where}: {kind} for {schema}"]


def request_schema(openapi: Json, route: str) -> Json:
    method, path = route.split()
    body: Json = openapi["paths"][path][method.lower()]["requestBody"]["content"]["application/json"]["schema"]
    return body


def test_every_route_has_its_scopes_and_its_handler() -> None:
    assert set(SCOPES) == set(HANDLERS)
    assert set(BODIES) - NOT_WRITTEN_DOWN == {route for route in HANDLERS if route.split()[0] in ("POST", "PUT")}


@pytest.mark.parametrize("route", BODIES)
def test_a_route_takes_only_what_square_takes(openapi: Json, route: str) -> None:
    assert disagreements(openapi, BODIES[route], request_schema(openapi, route), route) == []


@pytest.mark.parametrize("route", SCOPES)
def test_a_route_wants_what_square_says_it_wants(openapi: Json, route: str) -> None:
    method, path = route.split()
    operation = openapi["paths"][path][method.lower()]
    needed = {scope for one in operation["security"] for scope in one.get("oauth2", [])}
    assert set(SCOPES[route].split()) == needed
    known = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
    assert set(QUERIES.get(route, ())) <= known


def test_the_comparison_notices_a_difference(openapi: Json) -> None:
    schema = request_schema(openapi, "POST /v2/refunds")
    fine = BODIES["POST /v2/refunds"]
    for wrong in (
        Shape({"payment": Text()}, fine.required),
        Shape({"payment_id": Integer()}, fine.required),
        Shape({"reason": Text(193)}, fine.required),
        Shape({}, ("amount_money",)),
        Shape({"amount_money": Shape({"currency": Choice("USD", "BEADS")})}, fine.required),
    ):
        assert len(disagreements(openapi, wrong, schema, "refund")) == 1


@pytest.fixture
async def shop() -> AsyncIterator[SquareShop]:
    async with a_square_shop() as shop:
        yield shop


async def everything(shop: SquareShop) -> None:
    """One of every call the adapter makes."""
    provider = shop.provider
    await provider.summary()
    off = line("", title="Coupon", unit_cents=-100, kind=LineKind.DISCOUNT)
    placed = await provider.place_invoice(replace(ORDER, lines=(*ORDER.lines, off)))
    link = await provider.place_invoice(
        replace(ORDER, invoice_id=8, style=CheckoutStyle.PAYMENT_LINK, return_url="https://assist.example/pay/x")
    )
    page = await provider.open_checkout(ORDERED, key="k")
    await provider.ask_checkout(page.external_id)
    await provider.close_checkout(page.external_id)
    draft = await provider.place_invoice(replace(ORDER, invoice_id=9, lines=(line(), line(unit_cents=None))))
    open_one = await provider.place_invoice(replace(ORDER, invoice_id=10))
    late = replace(ORDER, invoice_id=11, buyer_id=4, first_tried_at=ORDER.first_tried_at.replace(day=18))
    await provider.place_invoice(late)
    await provider.place_invoice(replace(late, invoice_id=12, style=CheckoutStyle.PAYMENT_LINK))
    payment = shop.square.pay(placed.external_id)["id"]
    await provider.void_invoice(draft.external_id, key="k")
    await provider.void_invoice(open_one.external_id, key="k")
    await provider.void_invoice(link.external_id, key="k", style=CheckoutStyle.PAYMENT_LINK)
    await provider.payments_of(placed.external_id)
    await provider.find_invoice(payment)
    refund = await provider.refund_payment(payment, Money(100, "USD"), key="k", reason="")
    await provider.ask_refund(refund.refund_id)
    for kind in SyncKind:
        await provider.list_records(kind, since=ORDER.first_tried_at, cursor=None)
    shop.books.counts["RING", DEFAULT_LOCATION] = "3"
    await provider.read_stock(["RING"])
    await provider.write_stock("RING", 2, at=shop.clock.now, key="k")
    webhook = await provider.open_webhook("https://assist.example/w", key="k")
    await provider.close_webhook(webhook.id)


def route_of(method: str, path: str) -> str:
    def fits(pattern: str) -> bool:
        parts, given = pattern.split("/"), path.split("/")
        return len(parts) == len(given) and all(a == b or a.startswith("{") for a, b in zip(parts, given, strict=True))

    found = [route for route in HANDLERS if route.split()[0] == method and fits(route.split()[1])]
    return min(found, key=lambda route: route.count("{"))


async def test_what_we_ask_is_as_square_describes_it(shop: SquareShop, openapi: Json, schemas: Json) -> None:
    await everything(shop)
    asked = set()
    for call in shop.square.calls:
        route = route_of(call.method, call.path)
        asked.add(route)
        assert call.status == 200, (route, call.body)
        if call.method in ("POST", "PUT"):
            check(schemas, request_schema(openapi, route), json.loads(call.body), route)
    never = {
        "GET /v2/merchants/{merchant_id}",
        "GET /v2/customers/{customer_id}",
        "DELETE /v2/customers/{customer_id}",
        "PUT /v2/orders/{order_id}",
        "POST /v2/payments",
        "GET /v2/online-checkout/payment-links/{id}",
        "GET /v2/webhooks/subscriptions/{subscription_id}",
    }
    assert asked == set(HANDLERS) - never


async def test_what_the_stand_in_answers_is_as_square_describes_it(
    shop: SquareShop, openapi: Json, schemas: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[tuple[str, Json]] = []
    api: Any = vars(shop.square)["_api"]
    plain = api._answer

    def answer(route: str, *given: Any) -> Json:
        answers.append((route, copy.deepcopy(found := plain(route, *given))))
        return dict(found)

    monkeypatch.setattr(api, "_answer", answer)
    await everything(shop)
    assert len(answers) > 40
    for route, found in answers:
        method, path = route.split()
        response = openapi["paths"][path][method.lower()]["responses"]["200"]["content"]["application/json"]["schema"]
        check(schemas, response, found, route)


@pytest.mark.parametrize(
    ("noun", "kind"),
    [("invoice", "Invoice"), ("payment", "Payment"), ("refund", "PaymentRefund"), ("dispute", "Dispute")],
)
async def test_what_the_stand_in_reports_is_what_square_has(
    shop: SquareShop, schemas: Json, noun: str, kind: str
) -> None:
    await everything(shop)
    shop.square.dispute(shop.all("payment")[0]["id"])
    events = [one for one in shop.all("event") if one["data"]["type"] == noun and "object" in one["data"]]
    assert events
    for event in events:
        check(schemas, {"$ref": f"#/components/schemas/{kind}"}, event["data"]["object"][noun], event["type"])


def check(schemas: Json, schema: Json, given: Any, where: str) -> None:
    validator = Draft202012Validator({**strict(schema), "components": schemas})
    wrong = [f"{where}: {'/'.join(map(str, one.path))}: {one.message[:200]}" for one in validator.iter_errors(given)]
    assert wrong == []


# How it refuses


async def ask(shop: SquareShop, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
    """(status, code) of a request as anybody may make it."""
    async with (
        aiohttp.ClientSession(
            headers={"Authorization": "Bearer EAAAsandbox_token_of_the_default_shop", **headers}
        ) as one,
        one.request(method, f"{shop.url}{path}", json=body) as answer,
    ):
        errors = (await answer.json()).get("errors")
        return answer.status, errors[0]["code"] if errors else ""


A_LINE = {"name": "Ring", "quantity": "1", "base_price_money": {"amount": 700, "currency": "USD"}}


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"location_id": DEFAULT_LOCATION, "line_items": [A_LINE]}, ""),
        ({"location_id": DEFAULT_LOCATION, "line_items": [A_LINE | {"quantity": 1}]}, "EXPECTED_STRING"),
        ({"location_id": DEFAULT_LOCATION, "line_items": [A_LINE | {"prize": 1}]}, "UNKNOWN_BODY_PARAMETER"),
        ({"location_id": DEFAULT_LOCATION, "reference_id": "x" * 41}, "VALUE_TOO_LONG"),
        ({"location_id": DEFAULT_LOCATION, "metadata": {"a": "x" * 256}}, "VALUE_TOO_LONG"),
        ({"line_items": [A_LINE]}, "MISSING_REQUIRED_PARAMETER"),
        ({"location_id": "LNOWHERE", "line_items": [A_LINE]}, "INVALID_LOCATION"),
    ],
)
async def test_it_refuses_what_square_refuses(shop: SquareShop, order: Json, code: str) -> None:
    status, said = await ask(shop, "POST", "/v2/orders", {"order": order})
    assert (status, said) == (400 if code else 200, code)


async def test_a_key_is_for_one_request(shop: SquareShop) -> None:
    asked = {"given_name": "Lan", "idempotency_key": "k"}
    assert await ask(shop, "POST", "/v2/customers", asked) == (200, "")
    assert await ask(shop, "POST", "/v2/customers", asked) == (200, "")
    assert await ask(shop, "POST", "/v2/customers", asked | {"given_name": "Mai"}) == (400, "IDEMPOTENCY_KEY_REUSED")
    assert len(shop.all("customer")) == 1


async def test_an_old_version_is_refused(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    path = f"/v2/invoices/{placed.external_id}/cancel"
    assert await ask(shop, "POST", path, {"version": 0}) == (409, "VERSION_MISMATCH")
    assert await ask(shop, "POST", path, {}) == (400, "MISSING_REQUIRED_PARAMETER")
    assert await ask(shop, "POST", path, {"version": 1}) == (200, "")
    assert await ask(shop, "POST", path, {"version": 2}) == (400, "BAD_REQUEST")


async def test_it_can_be_too_fast(shop: SquareShop) -> None:
    shop.square.limits(2)
    answers = await asyncio.gather(*(ask(shop, "GET", "/v2/locations") for _ in range(4)))
    assert sorted(answers) == [(200, ""), (200, ""), (429, "RATE_LIMITED"), (429, "RATE_LIMITED")]


async def test_a_token_is_needed_and_a_version_well_formed(shop: SquareShop) -> None:
    for header in ("", "Bearer ", "Bearer EAAAunknown", "Basic x"):
        assert await ask(shop, "GET", "/v2/locations", Authorization=header) == (401, "UNAUTHORIZED")
    odd = {"Square-Version": "yesterday"}
    assert await ask(shop, "GET", "/v2/locations", **odd) == (400, "INVALID_SQUARE_VERSION_FORMAT")
    assert await ask(shop, "GET", "/v2/locations?page=2") == (400, "UNKNOWN_QUERY_PARAMETER")


async def test_a_buyer_can_click(shop: SquareShop) -> None:
    invoice = await shop.provider.place_invoice(ORDER)
    link = await shop.provider.place_invoice(replace(ORDER, invoice_id=8, style=CheckoutStyle.PAYMENT_LINK))
    async with aiohttp.ClientSession() as browser:
        for url in (str(invoice.url), str(link.url)):
            async with browser.get(url) as page:
                assert "41.50 USD" in await page.text()
            for choice, status, words in (
                ("decline", 402, "was declined"),
                ("pay", 200, "is paid"),
                ("pay", 200, "is paid"),
            ):
                async with browser.post(url, data={"choice": choice}) as page:
                    assert page.status == status
                    assert words in await page.text()
    assert [one["status"] for one in shop.all("payment")] == ["FAILED", "COMPLETED"] * 2
