"""What an invoice consists of arrives at Stripe to the cent, and what leaves nothing to pay does not arrive at all."""

from __future__ import annotations

from tests.shop import PATIENCE, Operator, Shop
from tests.stories.sales import heard, invoices_at_stripe, sells_dresses

ITEMS = ("12 Dress 19.90 x20", "A7 Socks (S, M) 20 3 for 50 x9")


async def prices(operator: Operator) -> None:
    await operator.says("/shipping flat 7 free over 100", hears="7.00 USD, free over 100.00 USD")
    await operator.says("/tax 8.25% Sales tax", hears="Sales tax 8.25%")
    await operator.says("/coupon new SUMMER 10% x20", hears="SUMMER: 10% off")


def at_stripe(shop: Shop, external_id: str) -> list[tuple[str, int, int]]:
    """(what, how many, amount) of every line of an invoice in Stripe's own books."""
    invoice = shop.stripe.accounts["acct_sandbox"].get("invoice", external_id)
    return [(line["description"], line["quantity"], line["amount"]) for line in invoice["lines"]["data"]]


async def test_bundle_coupon_shipping_tax_and_credit_arrive_at_stripe_to_the_cent(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai", items=ITEMS)
    await prices(operator)
    await mai.says("sold A7 x3 M", to=shop.group)
    await shop.heard()
    await operator.says("/coupon SUMMER @mai", hears="SUMMER takes 10% off")
    await operator.says("/credit @mai 5 sorry", hears="@mai has 5.00 USD of credit")
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("Invoices for Friday: 1, 70.68 USD\n1 sent")
    (invoice,) = await shop.invoices("sent")
    assert at_stripe(shop, invoice["external_id"]) == [
        ("12 Dress", 1, 1990),
        ("A7 Socks (M)", 3, 6000),
        ("3 for 50.00 USD: A7 Socks", 1, -1000),
        ("Coupon SUMMER (10%)", 1, -699),
        ("Shipping", 1, 700),
        ("Sales tax 8.25%", 1, 577),
        ("Store credit", 1, -500),
    ]
    assert invoice["amount_cents"] == sum(line["amount_cents"] for line in invoice["line_items"]) == 7068
    assert [line["kind"] for line in invoice["line_items"]] == [
        *["item", "item", "discount", "discount", "shipping", "tax", "credit"]
    ]
    await mai.hears(contains="Store credit: -5.00 USD\nTotal: 70.68 USD", timeout=PATIENCE)
    shop.stripe.pay(invoice["external_id"])
    await operator.hears("@mai paid 70.68 USD.")


async def test_a_code_written_after_the_link_replaces_the_invoice_at_stripe(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai", items=ITEMS)
    await prices(operator)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 sent")
    await mai.hears(contains="Total: 29.12 USD", timeout=PATIENCE)
    await mai.says("summer", to=shop.bot)
    await mai.hears(contains="SUMMER takes 10% off your order from “Friday”.", timeout=PATIENCE)
    await mai.hears(contains="Total: 26.97 USD", timeout=PATIENCE)
    await shop.invoices("sent", "void")
    assert invoices_at_stripe(shop) == {"open": 1, "void": 1}


async def test_an_order_that_credit_covers_never_reaches_stripe(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai", items=ITEMS)
    await operator.says("/credit @mai 30 sorry", hears="@mai has 30.00 USD")
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 paid")
    await mai.hears(contains="is settled, there is nothing to pay", timeout=PATIENCE)
    await shop.invoices("paid")
    assert invoices_at_stripe(shop) == {}
    assert await heard(mai, shop, "Your payment of") == 0


async def test_a_crash_while_an_invoice_is_placed_takes_its_coupon_and_credit_once(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai", items=ITEMS)
    await prices(operator)
    await operator.says("/coupon SUMMER @mai", hears="SUMMER takes 10% off")
    await operator.says("/credit @mai 5 sorry", hears="@mai has 5.00 USD of credit")
    shop.stripe.fail("cut", path="/v1/invoices", times=1)
    await operator.person.says("/invoice all", to=shop.bot)
    await shop.close()
    shop.stripe.faults.clear()
    await shop.open()
    await mai.hears(contains="Total: 21.97 USD", timeout=PATIENCE)
    await shop.invoices("sent")
    assert invoices_at_stripe(shop) == {"open": 1}
    await operator.says("/coupon list", hears="used 1 of 20")
    await operator.says("/credit @mai", hears="@mai has 0.00 USD.")
