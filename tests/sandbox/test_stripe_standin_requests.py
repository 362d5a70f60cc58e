"""How strict the Stripe stand-in is: keys, parameters, idempotency and rates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import stripe

from sandbox.stripe import DEFAULT_KEY, StripeStandIn

AUTHORIZED = {"Authorization": f"Bearer {DEFAULT_KEY}"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Clock:
    """A time that moves when told."""

    def __init__(self) -> None:
        self.moment = 1_790_000_000.0

    def __call__(self) -> float:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def stand_in(clock: Clock) -> AsyncIterator[StripeStandIn]:
    stand_in = StripeStandIn(now=clock)
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def client(stand_in: StripeStandIn) -> AsyncIterator[stripe.StripeClient]:
    http = stripe.AIOHTTPClient(timeout=20)
    yield stripe.StripeClient(DEFAULT_KEY, http_client=http, base_addresses={"api": stand_in.url})
    await http.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture
async def session(stand_in: StripeStandIn) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(stand_in.url, headers=AUTHORIZED) as session:
        yield session


async def post(session: aiohttp.ClientSession, path: str, body: str, **headers: str) -> tuple[int, Any]:
    async with session.post(path, data=body.encode(), headers=FORM | headers) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("header", [None, "Bearer", "Basic c2s6", "Bearer sk_test_unknown", "Bearer sk_live_real"])
async def test_an_unknown_key_is_unauthorised(stand_in: StripeStandIn, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{stand_in.url}/v1/customers", headers=headers) as answer,
    ):
        error = (await answer.json())["error"]
    assert (answer.status, error["type"]) == (401, "invalid_request_error")
    assert "sk_live_real" not in error["message"]


async def test_a_revoked_key_has_expired(client: stripe.StripeClient, stand_in: StripeStandIn) -> None:
    await client.v1.accounts.retrieve_current_async()
    stand_in.revoke(DEFAULT_KEY)
    with pytest.raises(stripe.AuthenticationError):
        await client.v1.accounts.retrieve_current_async()


@pytest.mark.parametrize(
    ("path", "body", "code", "param"),
    [
        ("customers", "nme=Mai", "parameter_unknown", "nme"),
        ("customers", "address[town]=Hue", "parameter_unknown", "address[town]"),
        ("customers", "name[first]=Mai", None, "name"),
        ("customers", "email=nobody", "email_invalid", "email"),
        ("customers", f"name={'x' * 257}", None, "name"),
        ("customers", "metadata=x", None, "metadata"),
        ("customers", "metadata[a][b]=x", None, "metadata[a]"),
        ("customers", "balance=1.5", "parameter_invalid_integer", "balance"),
        ("customers", "balance=", "parameter_invalid_empty", "balance"),
        ("customers", "balance=%D9%A3", "parameter_invalid_integer", "balance"),
        ("customers", "tax_exempt=maybe", None, "tax_exempt"),
        ("customers", "name[=x", "parameter_unknown", "name["),
        ("customers", "name=%ff", None, None),
        ("customers", "&".join(f"a{'[b]' * n}=1" for n in (50,)), None, "a"),
        ("customers", "name=a&name[b]=c", None, "name"),
        ("invoices", "days_until_due=7", "parameter_missing", "customer"),
        ("invoices", "customer=cus_none", "resource_missing", "customer"),
        ("invoices", "customer=cus_none&auto_advance=yes", None, "auto_advance"),
        ("invoiceitems", "customer=cus_none&currency=usd", "resource_missing", "customer"),
        ("payment_intents", "amount=900", "parameter_missing", "currency"),
        ("payment_intents", "amount=900&currency=zzz", None, "currency"),
        (
            "payment_intents",
            "amount=900&currency=usd&payment_method=pm_x",
            "resource_missing",
            "payment_method",
        ),
        ("refunds", "amount=5", None, None),
        ("refunds", "payment_intent=pi_none", "resource_missing", "payment_intent"),
        ("webhook_endpoints", "url=https://x.example", "parameter_missing", "enabled_events"),
        ("webhook_endpoints", "url=x&enabled_events[]=*", "url_invalid", "url"),
        (
            "webhook_endpoints",
            "url=https://x.example&enabled_events[0]=invoice.eaten",
            None,
            "enabled_events[0]",
        ),
        (
            "checkout/sessions",
            "mode=payment&success_url=https://x.example",
            "parameter_missing",
            "line_items",
        ),
        (
            "checkout/sessions",
            "mode=payment&payment_method_types[0]=card",
            "parameter_unknown",
            "payment_method_types",
        ),
    ],
)
async def test_a_wrong_parameter_is_named(
    session: aiohttp.ClientSession, path: str, body: str, code: str | None, param: str | None
) -> None:
    status, answer = await post(session, f"/v1/{path}", body)
    error = answer["error"]
    assert (status, error["type"]) == (400, "invalid_request_error")
    assert (error.get("code"), error.get("param")) == (code, param)
    assert error["message"]


async def test_an_unknown_address_is_not_found(session: aiohttp.ClientSession) -> None:
    for method, path in (
        ("GET", "/v1/customers/cus_none"),
        ("POST", "/v1/invoices/in_none/finalize"),
        ("DELETE", "/v1/invoices/in_none"),
        ("GET", "/v1/checkout/sessions/cs_none"),
    ):
        async with session.request(method, path) as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (404, "resource_missing")
    for method, path in (("GET", "/v1/elephants"), ("PUT", "/v1/customers"), ("GET", "/v2/core/accounts")):
        async with session.request(method, path) as answer:
            assert answer.status == 404
            assert "Unrecognized request URL" in (await answer.json())["error"]["message"]


async def test_a_json_body_is_refused(session: aiohttp.ClientSession, stand_in: StripeStandIn) -> None:
    async with session.post("/v1/customers", json={"name": "Mai"}) as answer:
        assert (answer.status, (await answer.json())["error"]["type"]) == (400, "invalid_request_error")
    assert stand_in.books()["acct_sandbox"]["customers"] == 0


async def test_arrays_come_indexed_or_bare(session: aiohttp.ClientSession) -> None:
    for body in (
        "preferred_locales[1]=vi&preferred_locales[0]=en",
        "preferred_locales[]=en&preferred_locales[]=vi",
    ):
        status, answer = await post(session, "/v1/customers", body)
        assert (status, answer["preferred_locales"]) == (200, ["en", "vi"])


async def test_expand_goes_where_it_can(client: stripe.StripeClient) -> None:
    someone = await client.v1.customers.create_async(params={"name": "Mai"})
    await client.v1.invoices.create_async(params={"customer": someone.id})
    page = await client.v1.invoices.list_async(params={"expand": ["data.customer", "data.payments"]})
    assert page.data[0].customer.name == "Mai"  # type: ignore[union-attr]
    for nowhere in ("data.status", "data.elephant", "data.customer.a.b.c"):
        with pytest.raises(stripe.InvalidRequestError, match="expand"):
            await client.v1.invoices.list_async(params={"expand": [nowhere]})


async def test_the_same_key_does_a_thing_once(client: stripe.StripeClient, stand_in: StripeStandIn) -> None:
    made = [
        await client.v1.customers.create_async(params={"name": "Mai"}, options={"idempotency_key": "one"})
        for _ in range(3)
    ]
    assert len({one.id for one in made}) == 1
    assert [one.last_response.headers.get("Idempotent-Replayed") for one in made] == [None, "true", "true"]  # type: ignore[union-attr]
    assert stand_in.books()["acct_sandbox"]["customers"] == 1
    assert [(call.idempotency_key, call.replayed) for call in stand_in.requests] == [
        ("one", False),
        ("one", True),
        ("one", True),
    ]


async def test_a_key_is_bound_to_its_request(client: stripe.StripeClient, clock: Clock) -> None:
    options: Any = {"idempotency_key": "one"}
    first = await client.v1.customers.create_async(params={"name": "Mai"}, options=options)
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        await client.v1.customers.create_async(params={"name": "Lan"}, options=options)
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        await client.v1.products.create_async(params={"name": "Mai"}, options=options)
    clock.moment += 24 * 3600
    again = await client.v1.customers.create_async(params={"name": "Lan"}, options=options)
    assert again.id != first.id


async def test_keys_belong_to_their_account(client: stripe.StripeClient, stand_in: StripeStandIn) -> None:
    stand_in.add_account("sk_test_other", "acct_other")
    await client.v1.customers.create_async(params={"name": "Mai"}, options={"idempotency_key": "one"})
    await client.v1.customers.create_async(
        params={"name": "Lan"}, options={"idempotency_key": "one", "api_key": "sk_test_other"}
    )
    assert [books["customers"] for books in stand_in.books().values()] == [1, 1]


async def test_a_key_of_256_letters_is_too_long(client: stripe.StripeClient) -> None:
    await client.v1.customers.create_async(options={"idempotency_key": "k" * 255})
    with pytest.raises(stripe.InvalidRequestError, match="255"):
        await client.v1.customers.create_async(options={"idempotency_key": "k" * 256})


async def test_a_key_in_flight_conflicts(client: stripe.StripeClient, stand_in: StripeStandIn) -> None:
    options: Any = {"idempotency_key": "one"}
    stand_in.hold_requests()
    first = asyncio.create_task(client.v1.customers.create_async(params={"name": "Mai"}, options=options))
    second = asyncio.create_task(client.v1.customers.create_async(params={"name": "Mai"}, options=options))
    done, (waiting,) = await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED)
    conflict = done.pop().exception()
    assert isinstance(conflict, stripe.APIError)
    assert (conflict.http_status, conflict.error and conflict.error.code) == (409, "idempotency_key_in_use")
    stand_in.release_requests()
    made = await waiting
    again = await client.v1.customers.create_async(params={"name": "Mai"}, options=options)
    assert again.id == made.id


async def test_an_answer_is_saved_from_the_moment_work_began(
    client: stripe.StripeClient, stand_in: StripeStandIn
) -> None:
    stand_in.crash("/v1/customers")
    for _ in range(2):
        with pytest.raises(stripe.APIError) as crashed:
            await client.v1.customers.create_async(options={"idempotency_key": "crash"})
        assert crashed.value.http_status == 500
    assert stand_in.books()["acct_sandbox"]["customers"] == 0

    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.customers.create_async(params={"nme": ""}, options={"idempotency_key": "typo"})  # type: ignore[arg-type]
    mai = await client.v1.customers.create_async(params={"name": "Mai"}, options={"idempotency_key": "typo"})

    with pytest.raises(stripe.InvalidRequestError, match="Missing required param"):
        await client.v1.invoices.create_async(options={"idempotency_key": "whose"})
    await client.v1.invoices.create_async(params={"customer": mai.id}, options={"idempotency_key": "whose"})

    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.refunds.create_async(
            params={"payment_intent": "pi_none"}, options={"idempotency_key": "refund"}
        )
    with pytest.raises(stripe.IdempotencyError):
        await client.v1.refunds.create_async(
            params={"payment_intent": "pi_other"}, options={"idempotency_key": "refund"}
        )


async def test_a_lost_answer_is_given_again(client: stripe.StripeClient, stand_in: StripeStandIn) -> None:
    stand_in.fail("drop_response", path="/v1/customers")
    with pytest.raises(stripe.APIConnectionError):
        await client.v1.customers.create_async(options={"idempotency_key": "lost"})
    await client.v1.customers.create_async(options={"idempotency_key": "lost"})
    assert stand_in.books()["acct_sandbox"]["customers"] == 1


async def test_rates_are_limited_when_asked(client: stripe.StripeClient, stand_in: StripeStandIn, clock: Clock) -> None:
    stand_in.limits(per_endpoint=2, overall=3)

    async def limited(call: Any, reason: str) -> None:
        with pytest.raises(stripe.RateLimitError) as refused:
            await call
        error = refused.value.error
        assert error is not None
        assert (error.code, error.type) == ("rate_limit", "invalid_request_error")
        assert (refused.value.headers or {})["Stripe-Rate-Limited-Reason"] == reason

    await client.v1.customers.list_async()
    await client.v1.customers.list_async()
    await limited(client.v1.customers.list_async(), "endpoint-rate")
    await client.v1.invoices.list_async()
    await limited(client.v1.balance.retrieve_async(), "global-rate")
    clock.moment += 0.99
    await limited(client.v1.balance.retrieve_async(), "global-rate")
    clock.moment += 0.02
    await client.v1.customers.list_async()


async def test_the_version_asked_for_is_noted(session: aiohttp.ClientSession, stand_in: StripeStandIn) -> None:
    async with session.get("/v1/balance", headers={"Stripe-Version": "2026-10-28.endive"}) as answer:
        assert answer.headers["Stripe-Version"] == "2026-10-28.endive"
    async with session.get("/v1/balance", headers={"Stripe-Version": "yesterday"}) as answer:
        assert answer.status == 400
    assert dict(stand_in.versions) == {"2026-10-28.endive": 1}
