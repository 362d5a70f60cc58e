"""Invoices and payment links: what asks a buyer to pay an order.

https://developer.squareup.com/docs/invoices-api/overview
"""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.square import orders
from sandbox.square.books import Books, Json, page, shown
from sandbox.square.errors import Refused, not_found, version_mismatch

TERMINAL = ("PAID", "REFUNDED", "CANCELED", "FAILED")


def create_invoice(books: Books, asked: Json, _id: str) -> Json:
    """POST /v2/invoices: a draft."""
    given = asked["invoice"]
    order = _order(books, given)
    requests = given.get("payment_requests") or []
    if len(requests) != 1 or not {"request_type", "due_date"} <= requests[0].keys():
        raise Refused(
            "MISSING_REQUIRED_PARAMETER", "One payment request with a due date.", field="invoice.payment_requests"
        )
    if date.fromisoformat(requests[0]["due_date"]) < (books.now - timedelta(hours=12)).date():
        raise Refused("INVALID_VALUE", "The due date is in the past.", field="invoice.payment_requests[0].due_date")
    if not any(given.get("accepted_payment_methods", {}).values()):
        raise Refused(
            "MISSING_REQUIRED_PARAMETER",
            "Enable at least one payment method.",
            field="invoice.accepted_payment_methods",
        )
    recipient = _recipient(books, given)
    now, total = books.time(), order["total_money"]
    number = sum(1 for _ in books.all("invoice")) + 1
    invoice: Json = {
        "id": f"inv:0-{books.new_id(27)}",
        "version": 0,
        "invoice_number": f"{number:07}",
        **given,
        "location_id": order["location_id"],
        "primary_recipient": recipient,
        "payment_requests": [
            {
                "uid": books.new_id(22),
                **requests[0],
                "tipping_enabled": False,
                "automatic_payment_source": "NONE",
                "computed_amount_money": dict(total),
                "total_completed_amount_money": {"amount": 0, "currency": total["currency"]},
            }
        ],
        "accepted_payment_methods": {
            "card": False,
            "square_gift_card": False,
            "bank_account": False,
            "buy_now_pay_later": False,
            "cash_app_pay": False,
            **given["accepted_payment_methods"],
        },
        "next_payment_amount_money": dict(total),
        "status": "DRAFT",
        "timezone": "America/Los_Angeles",
        "store_payment_method_enabled": False,
        "created_at": now,
        "updated_at": now,
    }
    if any(one["invoice_number"] == invoice["invoice_number"] for one in books.all("invoice")):
        raise Refused("INVALID_VALUE", "The invoice number is taken.", field="invoice.invoice_number")
    books.keep("invoice", invoice)
    tell(books, "invoice.created", invoice)
    return {"invoice": shown(invoice)}


def get_invoice(books: Books, _asked: Json, id_: str) -> Json:
    """GET /v2/invoices/{invoice_id}"""
    return {"invoice": shown(books.at("invoice", id_))}


def list_invoices(books: Books, asked: Json, _id: str) -> Json:
    """GET /v2/invoices"""
    if not asked.get("location_id"):
        raise Refused("MISSING_REQUIRED_PARAMETER", "Missing `location_id`.", field="location_id")
    found = [one for one in books.all("invoice") if one["location_id"] == asked["location_id"]]
    return page(found[::-1], asked, "invoices")


def search_invoices(books: Books, asked: Json, _id: str) -> Json:
    """POST /v2/invoices/search"""
    wanted = asked["query"]["filter"]
    found = [one for one in books.all("invoice") if one["location_id"] in wanted["location_ids"]]
    if who := wanted.get("customer_ids"):
        found = [one for one in found if one.get("primary_recipient", {}).get("customer_id") in who]
    return page(found[::-1], asked, "invoices")


def publish_invoice(books: Books, asked: Json, id_: str) -> Json:
    """POST /v2/invoices/{invoice_id}/publish: a page to pay on."""
    invoice = _at_version(books, asked, id_)
    if invoice["status"] != "DRAFT":
        raise Refused("BAD_REQUEST", f"Only a draft can be published; this invoice is {invoice['status']}.")
    if not invoice.get("primary_recipient"):
        raise Refused("BAD_REQUEST", "An invoice without a recipient cannot be published.")
    customer = books.get("customer", invoice["primary_recipient"]["customer_id"])
    if invoice.get("delivery_method") == "EMAIL" and not (customer or {}).get("email_address"):
        raise Refused("BAD_REQUEST", "The recipient has no email address.")
    order = books.at("order", invoice["order_id"])
    if orders.due(order) <= 0:
        raise Refused("BAD_REQUEST", "The invoice amount must be greater than zero.")
    invoice |= {"status": "UNPAID", "public_url": f"{books.site}/pay-invoice/{invoice['id']}"}
    books.touch(invoice)
    tell(books, "invoice.published", invoice)
    tell(books, "invoice.updated", invoice)
    return {"invoice": shown(invoice)}


def cancel_invoice(books: Books, asked: Json, id_: str) -> Json:
    """POST /v2/invoices/{invoice_id}/cancel"""
    invoice = _at_version(books, asked, id_)
    if invoice["status"] == "DRAFT" or invoice["status"] in TERMINAL:
        raise Refused("BAD_REQUEST", f"An invoice that is {invoice['status']} cannot be canceled.")
    invoice["status"] = "CANCELED"
    invoice.pop("next_payment_amount_money", None)
    books.touch(invoice)
    order = books.at("order", invoice["order_id"])
    if not order.get("tenders"):
        orders.set_state(books, order, "CANCELED")
    tell(books, "invoice.canceled", invoice)
    tell(books, "invoice.updated", invoice)
    return {"invoice": shown(invoice)}


def delete_invoice(books: Books, asked: Json, id_: str) -> Json:
    """DELETE /v2/invoices/{invoice_id}: only a draft, and its order is cancelled with it."""
    try:
        version = int(asked.get("version", -1))
    except ValueError:
        raise Refused("EXPECTED_INTEGER", "Expected an integer value.", field="version") from None
    invoice = _at_version(books, {"version": version} if "version" in asked else {}, id_)
    if invoice["status"] != "DRAFT":
        raise Refused("BAD_REQUEST", f"An invoice that is {invoice['status']} cannot be deleted.")
    books.drop("invoice", id_)
    orders.set_state(books, books.at("order", invoice["order_id"]), "CANCELED")
    books.emit("invoice.deleted", "invoice", id_, None, location=invoice["location_id"])
    return {}


def create_link(books: Books, asked: Json, _id: str) -> Json:
    """POST /v2/online-checkout/payment-links"""
    quick: Json = asked.get("quick_pay") or {}
    if ("order" in asked) == bool(quick):
        raise Refused("BAD_REQUEST", "Give either `quick_pay` or `order`.", field="order")
    given = asked.get("order") or {
        "location_id": quick["location_id"],
        "line_items": [{"name": quick["name"], "quantity": "1", "base_price_money": quick["price_money"]}],
    }
    redirect = asked.get("checkout_options", {}).get("redirect_url", "https://")
    if not redirect.startswith(("http://", "https://")):
        raise Refused("INVALID_VALUE", "Not a web address.", field="checkout_options.redirect_url")
    order = orders.add_order(books, given, "DRAFT")
    if orders.due(order) <= 0:
        books.drop("order", order["id"])
        raise Refused("BAD_REQUEST", "The order total must be greater than zero.", field="order")
    token = books.new_id(16)
    link: Json = {
        "id": token,
        "version": 1,
        **{name: asked[name] for name in ("description", "checkout_options", "payment_note") if name in asked},
        "order_id": order["id"],
        "url": f"{books.site}/u/{token[:8]}",
        "long_url": f"{books.site}/u/{token[:8]}?src=sheet",
        "created_at": books.time(),
    }
    books.keep("payment_link", link)
    return {"payment_link": shown(link), "related_resources": {"orders": [shown(order)]}}


def get_link(books: Books, _asked: Json, id_: str) -> Json:
    """GET /v2/online-checkout/payment-links/{id}"""
    return {"payment_link": shown(books.at("payment_link", id_))}


def list_links(books: Books, asked: Json, _id: str) -> Json:
    """GET /v2/online-checkout/payment-links"""
    return page(list(books.all("payment_link")), asked, "payment_links", most=1000)


def delete_link(books: Books, _asked: Json, id_: str) -> Json:
    """DELETE /v2/online-checkout/payment-links/{id}: an order that nobody has paid is cancelled with it."""
    link = books.at("payment_link", id_)
    books.drop("payment_link", id_)
    order = books.at("order", link["order_id"])
    answer = {"id": id_}
    if order["state"] == "DRAFT":
        orders.set_state(books, order, "CANCELED")
        answer["cancelled_order_id"] = order["id"]
    return answer


def tell(books: Books, type_: str, invoice: Json) -> None:
    """Something happened to an invoice."""
    books.emit(type_, "invoice", invoice["id"], invoice, location=invoice["location_id"])


def _order(books: Books, given: Json) -> Json:
    if not given.get("order_id"):
        raise Refused("MISSING_REQUIRED_PARAMETER", "Missing `invoice.order_id`.", field="invoice.order_id")
    order = books.get("order", given["order_id"])
    if order is None:
        raise not_found("Order", given["order_id"], "invoice.order_id", status=400)
    if given.get("location_id", order["location_id"]) != order["location_id"]:
        raise Refused("LOCATION_MISMATCH", "The order is of another location.", field="invoice.location_id")
    if order["state"] != "OPEN":
        raise Refused("BAD_REQUEST", f"The order must be OPEN and is {order['state']}.", field="invoice.order_id")
    if any(one["order_id"] == order["id"] and one["status"] != "CANCELED" for one in books.all("invoice")):
        raise Refused("BAD_REQUEST", "There is an invoice for this order already.", field="invoice.order_id")
    return order


def _recipient(books: Books, given: Json) -> Json:
    customer_id = given.get("primary_recipient", {}).get("customer_id")
    if not customer_id:
        return {}
    customer = books.get("customer", customer_id)
    if customer is None:
        raise not_found("Customer", customer_id, "invoice.primary_recipient.customer_id", status=400)
    named = ("given_name", "family_name", "email_address")
    return {"customer_id": customer_id, **{name: customer[name] for name in named if name in customer}}


def _at_version(books: Books, asked: Json, id_: str) -> Json:
    invoice = books.at("invoice", id_)
    if asked.get("version", invoice["version"]) != invoice["version"]:
        raise version_mismatch(asked["version"], invoice["version"])
    return invoice
