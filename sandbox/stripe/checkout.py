"""Checkout sessions: one payment on a hosted page, for one order, until it expires."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.stripe import customers, money, payments
from sandbox.stripe.accounts import check_fee
from sandbox.stripe.books import Books, since, tidy
from sandbox.stripe.catalog import inline_price
from sandbox.stripe.errors import Refused, missing
from sandbox.stripe.kinds import Params
from sandbox.stripe.resources import Resource, listing, new

_SOONEST, _LATEST = 30 * 60, 24 * 3600
"""https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at"""

_AS_GIVEN = (
    "allowed_payment_method_types",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_creation",
    "customer_email",
    "locale",
    "phone_number_collection",
    "submit_type",
    "success_url",
)


def create(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/checkout/sessions"""
    for name in ("mode", "line_items", "success_url"):
        if not params.get(name):
            raise missing(name)
    if params.get("customer") and params.get("customer_email"):
        raise Refused("You may only specify one of these parameters: customer, customer_email.", param="customer_email")
    email = params.get("customer_email")
    if params.get("customer"):
        email = books.named("customer", params["customer"], "customer")["email"]
    expires_at = params.get("expires_at", books.now() + _LATEST)
    if not _SOONEST <= expires_at - books.now() <= _LATEST:
        raise Refused(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from the session's creation.",
            param="expires_at",
        )
    items = items_of(books, params["line_items"])
    recovery = params.get("after_expiration", {}).get("recovery")
    data = params.get("payment_intent_data", {})
    check_fee(
        books,
        data.get("application_fee_amount"),
        sum(item["amount_total"] for item in items),
        "payment_intent_data[application_fee_amount]",
        elsewhere="transfer_data" in data,
    )
    return begin(
        books,
        items,
        data,
        after_expiration=recovery
        and {"recovery": {"allow_promotion_codes": False, "expires_at": None, "url": None} | recovery},
        customer_details=email and _details(email),
        expires_at=expires_at,
        metadata=tidy(params.get("metadata", {})),
        **{name: params[name] for name in _AS_GIVEN if name in params},
    )


def begin(books: Books, items: list[Resource], data: Params, **fields: Any) -> Resource:
    """An open session over these items; `data` is for the payment intent it will have."""
    total = sum(item["amount_total"] for item in items)
    currency = items[0]["currency"]
    session = new(
        "checkout.session",
        amount_subtotal=total,
        amount_total=total,
        created=books.now(),
        currency=currency,
        **{"expires_at": books.now() + _LATEST} | fields,
    )
    session["line_items"] = listing(f"/v1/checkout/sessions/{session['id']}/line_items", items)
    session["url"] = f"{books.site}/c/{books.id}/{session['id']}"
    session["_intent"] = data
    return books.keep(session)


def items_of(books: Books, given: list[Params]) -> list[Resource]:
    """The line items meant, in one currency and over what can be charged."""
    items = [_item(books, one, f"line_items[{at}]") for at, one in enumerate(given)]
    currency = items[0]["currency"]
    if any(item["currency"] != currency for item in items):
        raise Refused("All line items must have the same currency.", param="line_items")
    money.chargeable(sum(item["amount_total"] for item in items), currency, "line_items")
    return items


def retrieve(books: Books, _params: Params, id_: str) -> Resource:
    """GET /v1/checkout/sessions/{session}"""
    return books.at("checkout.session", id_, "session")


def find(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/checkout/sessions"""
    return books.page(
        books.newest("checkout.session"),
        params,
        "/v1/checkout/sessions",
        lambda one: (
            params.get("customer") in (None, one["customer"])
            and params.get("payment_intent") in (None, one["payment_intent"])
            and params.get("payment_link") in (None, one["payment_link"])
            and params.get("status") in (None, one["status"])
            and since(one["created"], params.get("created"))
        ),
    )


def list_items(books: Books, params: Params, id_: str) -> Resource:
    """GET /v1/checkout/sessions/{session}/line_items"""
    items = books.at("checkout.session", id_, "session")["line_items"]
    return books.page(items["data"], params, items["url"], lambda _item: True)


def expire(books: Books, _params: Params, id_: str) -> Resource:
    """POST /v1/checkout/sessions/{session}/expire"""
    session = _open(books.at("checkout.session", id_, "session"))
    _end(books, session)
    return session


def expire_due(books: Books) -> None:
    """End the sessions whose time has come."""
    for session in books.all("checkout.session"):
        if session["status"] == "open" and session["expires_at"] <= books.now():
            _end(books, session)


def pay(books: Books, session: Resource, card: str, email: str = "buyer@example.com") -> None:
    """What the page's Pay button does; a decline leaves the session open and raises."""
    _open(session)
    data = dict(session["_intent"])
    data["metadata"] = tidy(data.get("metadata", {}))
    intent_id = session.get("_tried")
    if intent_id is None:
        intent = payments.new_intent(
            books, session["amount_total"], session["currency"], customer=session["customer"], **data
        )
        session["_tried"] = intent["id"]
        books.emit("payment_intent.created", intent)
    else:
        intent = books.at("payment_intent", intent_id)
    if card == payments.BANK:
        intent["status"] = "processing"
        books.emit("payment_intent.processing", intent)
    else:
        payments.charge(books, intent, card)
    details = session["customer_details"] or _details(email)
    if session["customer_creation"] == "always" and not session["customer"]:
        session["customer"] = customers.create(books, {"email": details["email"]}, "")["id"]
    session |= {
        "status": "complete",
        "payment_status": "unpaid" if card == payments.BANK else "paid",
        "payment_intent": intent["id"],
        "customer_details": details,
        "url": None,
    }
    if session["payment_link"]:
        _count(books, books.at("payment_link", session["payment_link"]))
    books.emit("checkout.session.completed", session)


def settle_bank(books: Books, session: Resource, *, comes: bool) -> None:
    """What becomes of a payment by bank, days later."""
    intent = books.at("payment_intent", session["payment_intent"])
    if comes:
        payments.charge(books, intent, payments.BANK)
        session["payment_status"] = "paid"
        books.emit("checkout.session.async_payment_succeeded", session)
        return
    intent["status"] = "requires_payment_method"
    books.emit("payment_intent.payment_failed", intent)
    books.emit("checkout.session.async_payment_failed", session)


def _count(books: Books, link: Resource) -> None:
    """One more session completed; a link that has had as many as it may is closed."""
    completed = (link["restrictions"] or {}).get("completed_sessions")
    if completed is None:
        return
    completed["count"] += 1
    if completed["count"] >= completed["limit"] and link["active"]:
        link["active"] = False
        books.emit("payment_link.updated", link, {"active": True})


def _open(session: Resource) -> Resource:
    if session["status"] != "open":
        raise Refused(
            'Only Checkout Sessions with a status in ["open"] can be changed. This Checkout Session has a '
            f"status of `{session['status']}`.",
            param="session",
        )
    return session


def _end(books: Books, session: Resource) -> None:
    session |= {"status": "expired", "url": None}
    books.emit("checkout.session.expired", session)


def _item(books: Books, given: Params, where: str) -> Resource:
    if ("price" in given) == ("price_data" in given):
        raise Refused(f"You must specify exactly one of {where}[price] and {where}[price_data].", param=where)
    if "quantity" not in given:
        raise missing(f"{where}[quantity]")
    if "price" in given:
        price = books.named("price", given["price"] or "", f"{where}[price]")
    else:
        price = inline_price(books, given["price_data"], f"{where}[price_data]")
    amount = money.times(Decimal(price["unit_amount_decimal"]), given["quantity"])
    return new(
        "item",
        amount_subtotal=amount,
        amount_total=amount,
        currency=price["currency"],
        description=books.at("product", price["product"])["name"],
        metadata=tidy(given.get("metadata", {})),
        price=books.present(price),
        quantity=given["quantity"],
    )


def _details(email: str) -> Resource:
    nothing = ("address", "business_name", "individual_name", "name", "phone", "tax_ids")
    return dict.fromkeys(nothing) | {"email": email, "tax_exempt": "none"}
