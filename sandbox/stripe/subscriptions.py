"""Subscriptions: an invoice now, and another one each period, paid with the card the first was paid with."""

from __future__ import annotations

from sandbox.stripe import invoices, lines, settling
from sandbox.stripe.books import Books, since, tidy
from sandbox.stripe.catalog import recurring_price
from sandbox.stripe.errors import Refused, missing
from sandbox.stripe.kinds import Params
from sandbox.stripe.methods import kept_card
from sandbox.stripe.resources import Resource, listing, new

_PERIODS = {"day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400, "year": 365 * 86_400}

_OVER = ("canceled", "incomplete_expired")


def create(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/subscriptions"""
    for name in ("customer", "items"):
        if not params.get(name):
            raise missing(name)
    customer = books.named("customer", params["customer"], "customer")
    behavior = params.get("payment_behavior", "allow_incomplete")
    if behavior != "default_incomplete" and not kept_card(books, customer):
        raise Refused(
            "This customer has no attached payment source or default payment method. Please consider adding a "
            "default payment method.",
            code="resource_missing",
        )
    share = _share(books, params)
    subscription = new(
        "subscription",
        application_fee_percent=share,
        billing_cycle_anchor=books.now(),
        created=books.now(),
        customer=customer["id"],
        description=params.get("description"),
        metadata=tidy(params.get("metadata", {})),
        start_date=books.now(),
    )
    subscription["payment_settings"] |= params.get("payment_settings", {})
    items = [_item(books, subscription, given, f"items[{at}]") for at, given in enumerate(params["items"])]
    subscription["items"] = listing(f"/v1/subscription_items?subscription={subscription['id']}", items)
    subscription["currency"] = items[0]["price"]["currency"]
    subscription |= {"_card": kept_card(books, customer), "_acting": books.acting}
    books.keep(subscription)
    _bill(books, subscription, "subscription_create")
    if behavior != "default_incomplete":
        _charge(books, subscription)
    books.emit("customer.subscription.created", subscription)
    return subscription


def retrieve(books: Books, _params: Params, id_: str) -> Resource:
    """GET /v1/subscriptions/{subscription_exposed_id}"""
    return books.at("subscription", id_)


def find(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/subscriptions: without a status, those that are not canceled."""
    status = params.get("status")

    def wanted(one: Resource) -> bool:
        fits = one["status"] not in _OVER if status is None else status in ("all", one["status"])
        return (
            fits and params.get("customer") in (None, one["customer"]) and since(one["created"], params.get("created"))
        )

    return books.page(books.newest("subscription"), params, "/v1/subscriptions", wanted)


def update(books: Books, params: Params, id_: str) -> Resource:
    """POST /v1/subscriptions/{subscription_exposed_id}"""
    subscription = _living(books, id_)
    previous = books.update(subscription, params)
    if previous:
        books.emit("customer.subscription.updated", subscription, previous)
    return subscription


def cancel(books: Books, _params: Params, id_: str) -> Resource:
    """DELETE /v1/subscriptions/{subscription_exposed_id}: at once."""
    subscription = _living(books, id_)
    subscription |= {"status": "canceled", "canceled_at": books.now(), "ended_at": books.now()}
    subscription["cancellation_details"]["reason"] = "cancellation_requested"
    books.emit("customer.subscription.deleted", subscription)
    return subscription


def pause(books: Books, _params: Params, id_: str) -> Resource:
    """POST /v1/subscriptions/{subscription}/pause"""
    subscription = _living(books, id_)
    if subscription["status"] not in ("active", "trialing", "past_due"):
        raise Refused(f"You cannot pause a subscription that is {subscription['status']}.", param="subscription")
    subscription["status"] = "paused"
    books.emit("customer.subscription.paused", subscription)
    return subscription


def resume(books: Books, _params: Params, id_: str) -> Resource:
    """POST /v1/subscriptions/{subscription}/resume: a new period, billed at once."""
    subscription = _living(books, id_)
    if subscription["status"] != "paused":
        raise Refused("You can only resume a subscription that is paused.", param="subscription")
    subscription["status"] = "active"
    renew(books, subscription)
    books.emit("customer.subscription.resumed", subscription)
    return subscription


def renew(books: Books, subscription: Resource) -> Resource:
    """A period is over: the next invoice, charged to the card the first was paid with."""
    _bill(books, subscription, "subscription_cycle")
    _charge(books, subscription)
    return books.at("invoice", subscription["latest_invoice"])


def _charge(books: Books, subscription: Resource) -> None:
    invoice = books.at("invoice", subscription["latest_invoice"])
    if invoice["status"] != "open":
        return
    before = subscription["status"]
    try:
        settling.pay_by_card(books, invoice, subscription["_card"] or "pm_card_chargeDeclined")
    except Refused:
        subscription["status"] = "incomplete" if before == "incomplete" else "past_due"
        books.emit("customer.subscription.updated", subscription, {"status": before})


def _bill(books: Books, subscription: Resource, reason: str) -> None:
    """An invoice of Stripe's own making: it bears no metadata, and names its subscription.

    https://docs.stripe.com/api/invoices/object#invoice_object-parent
    """
    fields = {"customer": subscription["customer"], "currency": subscription["currency"], "auto_advance": True}
    if share := subscription["application_fee_percent"]:
        total = sum(item["price"]["unit_amount"] * item["quantity"] for item in subscription["items"]["data"])
        fields["application_fee_amount"] = round(total * share / 100)
    before, books.acting = books.acting, subscription["_acting"]  # each bill is the platform's, as the first one was
    try:
        _make(books, subscription, reason, fields)
    finally:
        books.acting = before


def _make(books: Books, subscription: Resource, reason: str, fields: Params) -> None:
    invoice = invoices.create(books, fields, "")
    details = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
    invoice["billing_reason"] = reason
    invoice["parent"] = {"quote_details": None, "subscription_details": details, "type": "subscription_details"}
    for item in subscription["items"]["data"]:
        given = {"pricing": {"price": item["price"]["id"]}, "quantity": item["quantity"]}
        lines.add_lines(books, {"lines": [given]}, invoice["id"])
        item |= {
            "current_period_start": books.now(),
            "current_period_end": books.now() + _PERIODS[item["price"]["recurring"]["interval"]],
        }
    settling.finalize(books, {}, invoice["id"])
    subscription["latest_invoice"] = invoice["id"]


def _share(books: Books, params: Params) -> float | None:
    """The platform's share, in percent.

    https://docs.stripe.com/api/subscriptions/create#create_subscription-application_fee_percent
    """
    share: float | None = params.get("application_fee_percent")
    if share is not None and books.acting is None:
        raise Refused(
            "You can only apply an application_fee_percent when the request is made on behalf of another account "
            "(using an OAuth key or the Stripe-Account header).",
            param="application_fee_percent",
        )
    return share


def _item(books: Books, subscription: Resource, given: Params, where: str) -> Resource:
    if ("price" in given) == ("price_data" in given):
        raise Refused(f"You must specify exactly one of {where}[price] and {where}[price_data].", param=where)
    if "price" in given:
        price = books.named("price", given["price"] or "", f"{where}[price]")
    else:
        price = recurring_price(books, given["price_data"], f"{where}[price_data]")
    if price["type"] != "recurring":
        raise Refused("The price must be recurring to be on a subscription.", param=f"{where}[price]")
    return new(
        "subscription_item",
        created=books.now(),
        metadata=tidy(given.get("metadata", {})),
        plan=_plan(price),
        price=books.present(price),
        quantity=given.get("quantity", 1),
        subscription=subscription["id"],
    )


def _plan(price: Resource) -> Resource:
    """What a price was called before there were prices."""
    recurring = price["recurring"]
    return new(
        "plan",
        id=price["id"],
        amount=price["unit_amount"],
        amount_decimal=price["unit_amount_decimal"],
        created=price["created"],
        currency=price["currency"],
        interval=recurring["interval"],
        interval_count=recurring["interval_count"],
        product=price["product"],
    )


def _living(books: Books, id_: str) -> Resource:
    subscription = books.at("subscription", id_)
    if subscription["status"] in _OVER:
        raise Refused(f"No such subscription: '{id_}'", status=404, code="resource_missing", param="id")
    return subscription
