"""An invoice's whole life at the Stripe stand-in, told through the official SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import stripe

from sandbox.stripe import DEFAULT_KEY, StripeStandIn


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


def to_send(customer_id: str, **fields: Any) -> Any:
    """Parameters of an invoice with payment terms."""
    terms = {"collection_method": "send_invoice", "days_until_due": 7, "auto_advance": False}
    return {"customer": customer_id} | terms | fields


async def customer(client: stripe.StripeClient, **fields: Any) -> str:
    made = await client.v1.customers.create_async(
        params={"name": "Mai", "email": "mai@example.com"} | fields  # type: ignore[arg-type]
    )
    return made.id


async def draft(client: stripe.StripeClient, *amounts: int, currency: str = "usd") -> stripe.Invoice:
    made = await client.v1.invoices.create_async(params=to_send(await customer(client), currency=currency))
    if not amounts:
        return made
    lines: list[Any] = [{"description": f"Item {at}", "amount": amount} for at, amount in enumerate(amounts)]
    return await client.v1.invoices.add_lines_async(made.id, params={"lines": lines})


async def opened(client: stripe.StripeClient, *amounts: int, currency: str = "usd") -> stripe.Invoice:
    made = await draft(client, *amounts, currency=currency)
    return await client.v1.invoices.finalize_invoice_async(made.id)


async def event_types(client: stripe.StripeClient) -> list[str]:
    """Oldest first."""
    page = await client.v1.events.list_async(params={"limit": 100})
    return [event.type for event in reversed(page.data)]


async def test_an_invoice_is_drafted_finalised_and_paid(client: stripe.StripeClient, stand_in: StripeStandIn) -> None:
    invoice = await draft(client, 1500, 250)
    assert (invoice.status, invoice.total, invoice.number) == ("draft", 1750, None)
    assert invoice.hosted_invoice_url is None
    assert invoice.invoice_pdf is None

    invoice = await client.v1.invoices.finalize_invoice_async(invoice.id)
    assert (invoice.status, invoice.amount_due, invoice.amount_remaining) == ("open", 1750, 1750)
    assert str(invoice.hosted_invoice_url).startswith(f"{stand_in.url}/i/acct_sandbox/test_")
    assert invoice.number

    stand_in.pay(invoice.id)
    paid = await client.v1.invoices.retrieve_async(invoice.id, params={"expand": ["payments"]})
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 1750, 0)
    assert paid.payments is not None
    assert [payment.status for payment in paid.payments.data] == ["paid"]
    assert await event_types(client) == [
        "customer.created",
        "invoice.created",
        "invoice.updated",
        "payment_intent.created",
        "invoice.finalized",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    summary = stand_in.books()["acct_sandbox"]
    assert (summary["customers"], summary["invoices"], summary["paid_total"]) == (1, {"paid": 1}, 1750)


async def test_a_declined_card_leaves_the_invoice_open(client: stripe.StripeClient, stand_in: StripeStandIn) -> None:
    invoice = await opened(client, 900)
    assert stand_in.decline(invoice.id)["status"] == "open"
    types = await event_types(client)
    assert types[-3:] == ["charge.failed", "payment_intent.payment_failed", "invoice.payment_failed"]
    with pytest.raises(stripe.CardError) as declined:
        await client.v1.invoices.pay_async(invoice.id, params={"payment_method": "pm_card_chargeDeclined"})
    assert declined.value.code == "card_declined"
    assert (await client.v1.invoices.retrieve_async(invoice.id)).attempt_count == 2


async def test_an_invoice_paid_elsewhere_has_no_payment_to_show(client: stripe.StripeClient) -> None:
    invoice = await opened(client, 900)
    paid = await client.v1.invoices.pay_async(invoice.id, params={"paid_out_of_band": True})
    assert paid.status == "paid"
    payments = await client.v1.invoice_payments.list_async(params={"invoice": invoice.id})
    assert [payment.status for payment in payments.data] == ["canceled"]
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        await client.v1.invoices.pay_async(invoice.id, params={"paid_out_of_band": True})


async def test_sending_takes_payment_terms_and_an_address(client: stripe.StripeClient) -> None:
    someone = await customer(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.invoices.create_async(params={"customer": someone, "collection_method": "send_invoice"})
    assert refused.value.param == "days_until_due"
    nameless = await client.v1.customers.create_async(params={"name": "Lan"})
    with pytest.raises(stripe.InvalidRequestError, match="Missing email"):
        await client.v1.invoices.create_async(params=to_send(nameless.id))
    for terms in ({"days_until_due": 7}, {"due_date": 4_000_000_000}):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await client.v1.invoices.create_async(params={"customer": someone, **terms})  # type: ignore[arg-type]
        assert refused.value.param == next(iter(terms))


async def test_charging_automatically_without_advance_stays_open(client: stripe.StripeClient) -> None:
    someone = await client.v1.customers.create_async(params={"name": "No address"})
    invoice = await client.v1.invoices.create_async(params={"customer": someone.id, "auto_advance": False})
    await client.v1.invoice_items.create_async(
        params={"customer": someone.id, "invoice": invoice.id, "amount": 700, "currency": "usd"}
    )
    invoice = await client.v1.invoices.finalize_invoice_async(invoice.id)
    assert (invoice.status, invoice.attempted, invoice.due_date) == ("open", False, None)


async def test_what_each_status_allows(client: stripe.StripeClient, stand_in: StripeStandIn) -> None:
    invoices = client.v1.invoices
    a_draft = await draft(client, 900)
    an_open = await opened(client, 900)
    a_paid = await opened(client, 900)
    stand_in.pay(a_paid.id)

    for refused in (
        invoices.void_invoice_async(a_draft.id),
        invoices.void_invoice_async(a_paid.id),
        invoices.mark_uncollectible_async(a_draft.id),
        invoices.delete_async(an_open.id),
        invoices.finalize_invoice_async(an_open.id),
        invoices.add_lines_async(an_open.id, params={"lines": [{"amount": 1}]}),
        invoices.update_async(an_open.id, params={"description": "late"}),
        invoices.pay_async(a_draft.id, params={"paid_out_of_band": True}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as no:
            await refused
        assert no.value.http_status == 400

    lost = await invoices.mark_uncollectible_async(an_open.id)
    assert lost.status == "uncollectible"
    assert (await invoices.void_invoice_async(an_open.id)).status == "void"
    assert (await invoices.delete_async(a_draft.id)).deleted is True
    with pytest.raises(stripe.InvalidRequestError) as gone:
        await invoices.retrieve_async(a_draft.id)
    assert (gone.value.http_status, gone.value.code) == (404, "resource_missing")


async def test_voiding_cancels_the_payment(client: stripe.StripeClient) -> None:
    invoice = await opened(client, 900)
    await client.v1.invoices.void_invoice_async(invoice.id)
    payments = await client.v1.invoice_payments.list_async(params={"invoice": invoice.id})
    assert payments.data[0].status == "canceled"
    assert (await event_types(client))[-2:] == ["payment_intent.canceled", "invoice.voided"]


async def test_an_empty_invoice_cannot_be_finalised(client: stripe.StripeClient) -> None:
    invoice = await draft(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.invoices.finalize_invoice_async(invoice.id)
    assert refused.value.code == "invoice_no_customer_line_items"


async def test_a_total_of_nothing_is_paid_at_once(client: stripe.StripeClient) -> None:
    invoice = await opened(client, 0)
    assert (invoice.status, invoice.amount_due) == ("paid", 0)
    assert (await event_types(client))[-3:] == [
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]


async def test_too_little_to_charge_waits_on_the_customers_balance(client: stripe.StripeClient) -> None:
    invoice = await opened(client, 49)
    assert (invoice.status, invoice.total, invoice.amount_due) == ("paid", 49, 0)
    owing = await client.v1.customers.retrieve_async(str(invoice.customer))
    assert owing.balance == 49

    later = await client.v1.invoices.create_async(params=to_send(owing.id))
    await client.v1.invoices.add_lines_async(later.id, params={"lines": [{"amount": 1000}]})
    later = await client.v1.invoices.finalize_invoice_async(later.id)
    assert (later.total, later.amount_due, later.starting_balance, later.ending_balance) == (
        1000,
        1049,
        49,
        0,
    )
    await client.v1.invoices.void_invoice_async(later.id)
    assert (await client.v1.customers.retrieve_async(owing.id)).balance == 49


async def test_exactly_the_minimum_is_charged(client: stripe.StripeClient) -> None:
    assert (await opened(client, 50)).amount_due == 50


async def test_lines_take_one_price_in_the_invoices_currency(client: stripe.StripeClient) -> None:
    invoice = await draft(client)

    async def add(**line: Any) -> stripe.Invoice:
        return await client.v1.invoices.add_lines_async(invoice.id, params={"lines": [line]})  # type: ignore[list-item]

    ring = {"currency": "usd", "unit_amount": 700, "product_data": {"name": "Ring"}}
    assert (await add(price_data=ring, quantity=3)).total == 2100
    thirds = {"currency": "usd", "unit_amount_decimal": "33.3333", "product_data": {"name": "Bead"}}
    assert (await add(price_data=thirds, quantity=3)).total == 2200
    for wrong, param in (
        ({"description": "free?"}, "lines[0][amount]"),
        ({"amount": 5, "price_data": ring}, "lines[0][amount]"),
        ({"price_data": ring | {"currency": "eur"}}, "lines[0][price_data][currency]"),
        ({"amount": "4.20"}, "lines[0][amount]"),
        ({"amount": 100_000_000}, "lines[0][amount]"),
        ({"amount": 5, "colour": "red"}, "lines[0][colour]"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await add(**wrong)
        assert refused.value.param == param
    assert (await client.v1.invoices.retrieve_async(invoice.id)).total == 2200


async def test_an_invoice_holds_250_lines_and_shows_ten(client: stripe.StripeClient) -> None:
    invoice = await draft(client, *[100] * 250)
    assert (invoice.total, len(invoice.lines.data), invoice.lines.has_more) == (25_000, 10, True)
    rest = await client.v1.invoices.line_items.list_async(invoice.id, params={"limit": 100})
    everything = [line async for line in rest.auto_paging_iter()]
    assert len({line.id for line in everything}) == 250
    for lines in ([{"amount": 1}], [{"amount": 1}] * 251):
        with pytest.raises(stripe.InvalidRequestError):
            await client.v1.invoices.add_lines_async(invoice.id, params={"lines": lines})  # type: ignore[typeddict-item]


async def test_loose_items_are_left_alone_unless_asked_for(client: stripe.StripeClient) -> None:
    someone = await customer(client)
    await client.v1.invoice_items.create_async(
        params={"customer": someone, "amount": 400, "currency": "usd", "description": "Old debt"}
    )
    without = await client.v1.invoices.create_async(params=to_send(someone))
    assert without.total == 0
    included = await client.v1.invoices.create_async(params=to_send(someone, pending_invoice_items_behavior="include"))
    assert included.total == 400
    pending = await client.v1.invoice_items.list_async(params={"customer": someone, "pending": True})
    assert pending.data == []


async def test_lists_filter_and_page_and_search_finds(client: stripe.StripeClient) -> None:
    someone = await customer(client, metadata={"buyer": "b'7"})
    made = []
    for number in range(3):
        invoice = await client.v1.invoices.create_async(
            params=to_send(someone, metadata={"show": "s1", "n": str(number)})
        )
        made.append(invoice.id)
    await draft(client, 900)

    first = await client.v1.invoices.list_async(params={"customer": someone, "limit": 2})
    assert ([one.id for one in first.data], first.has_more) == ([made[2], made[1]], True)
    second = await client.v1.invoices.list_async(params={"customer": someone, "starting_after": made[1]})
    assert ([one.id for one in second.data], second.has_more) == ([made[0]], False)
    before = await client.v1.invoices.list_async(params={"customer": someone, "limit": 1, "ending_before": made[0]})
    assert ([one.id for one in before.data], before.has_more) == ([made[1]], True)
    assert (await client.v1.invoices.list_async(params={"status": "open"})).data == []
    past_a_draft = await client.v1.invoices.list_async(params={"status": "open", "starting_after": made[1]})
    assert past_a_draft.data == []
    assert (await client.v1.invoices.list_async(params={"created": {"lt": 1}})).data == []

    found = await client.v1.customers.search_async(params={"query": r"metadata['buyer']:'b\'7'"})
    assert [one.id for one in found.data] == [someone]
    query = "metadata['show']:'s1' AND -metadata['n']:'1' AND status:'draft'"
    both = await client.v1.invoices.search_async(params={"query": query})
    assert [one.id for one in both.data] == [made[2], made[0]]
    for nonsense in ("metadata:'x'", "colour:'red'", "status:", "status:'a' AND total>1 OR total<1", ""):
        with pytest.raises(stripe.InvalidRequestError):
            await client.v1.invoices.search_async(params={"query": nonsense})


async def test_a_payment_is_refunded_in_parts_and_never_twice(
    client: stripe.StripeClient, stand_in: StripeStandIn
) -> None:
    invoice = await opened(client, 900)
    stand_in.pay(invoice.id)
    payments = await client.v1.invoice_payments.list_async(params={"invoice": invoice.id})
    intent = str(payments.data[0].payment.payment_intent)
    part = await client.v1.refunds.create_async(params={"payment_intent": intent, "amount": 300})
    assert (part.amount, part.status) == (300, "succeeded")
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        await client.v1.refunds.create_async(params={"payment_intent": intent, "amount": 601})
    await client.v1.refunds.create_async(params={"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.refunds.create_async(params={"payment_intent": intent})
    assert refused.value.code == "charge_already_refunded"
    assert len((await client.v1.refunds.list_async(params={"payment_intent": intent})).data) == 2
    assert (await client.v1.balance.retrieve_async()).available[0].amount == 0
    assert (await client.v1.invoices.retrieve_async(invoice.id)).status == "paid"
    assert "charge.refunded" in await event_types(client)


async def test_a_payment_intent_declines_and_then_succeeds(client: stripe.StripeClient) -> None:
    intents = client.v1.payment_intents
    intent = await intents.create_async(params={"amount": 1000, "currency": "usd"})
    with pytest.raises(stripe.CardError) as declined:
        await intents.confirm_async(intent.id, params={"payment_method": "pm_card_chargeDeclined"})
    assert declined.value.error is not None
    assert declined.value.error.decline_code == "generic_decline"
    paid = await intents.confirm_async(
        intent.id, params={"payment_method": "pm_card_visa", "expand": ["latest_charge"]}
    )
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)
    assert paid.latest_charge.paid is True  # type: ignore[union-attr]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await intents.create_async(params={"amount": 49, "currency": "usd"})
    assert refused.value.code == "amount_too_small"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await intents.create_async(
            params={"amount": 900, "currency": "usd", "payment_method_types": ["card"]}  # type: ignore[typeddict-unknown-key]
        )
    assert refused.value.code == "payment_method_types_no_longer_supported"


async def test_a_deleted_customer_answers_but_cannot_be_billed(client: stripe.StripeClient) -> None:
    someone = await customer(client)
    await client.v1.customers.delete_async(someone)
    assert (await client.v1.customers.retrieve_async(someone)).deleted is True
    assert (await client.v1.customers.list_async()).data == []
    assert (await client.v1.customers.search_async(params={"query": "name:'Mai'"})).data == []
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.invoices.create_async(params=to_send(someone))
    assert (refused.value.http_status, refused.value.param) == (400, "customer")


async def test_metadata_is_merged_key_by_key_and_has_limits(client: stripe.StripeClient) -> None:
    someone = await customer(client, metadata={"a": "1", "b": "2"})
    changed = await client.v1.customers.update_async(someone, params={"metadata": {"a": "", "c": "3"}})
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    for metadata in ({"k" * 41: "v"}, {"k": "v" * 501}, {f"k{n}": "v" for n in range(49)}):
        with pytest.raises(stripe.InvalidRequestError, match="Metadata"):
            await client.v1.customers.update_async(someone, params={"metadata": metadata})


async def test_each_account_has_its_own_books(client: stripe.StripeClient, stand_in: StripeStandIn) -> None:
    stand_in.add_account("sk_test_other", "acct_other", currency="jpy", country="JP")
    someone = await customer(client)
    other: Any = {"api_key": "sk_test_other"}
    assert (await client.v1.accounts.retrieve_current_async(options=other)).id == "acct_other"
    assert (await client.v1.customers.list_async(options=other)).data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        await client.v1.customers.retrieve_async(someone, options=other)
    with pytest.raises(stripe.PermissionError):
        await client.v1.customers.list_async(options={"stripe_account": "acct_other"})
    stand_in.connect("acct_sandbox", "acct_other")
    assert (await client.v1.customers.list_async(options={"stripe_account": "acct_other"})).data == []
