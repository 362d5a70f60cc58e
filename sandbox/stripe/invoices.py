"""Invoices as drafts: create, find, change, delete. What happens once they are final is in settling.py."""

from __future__ import annotations

from typing import Any

from sandbox.stripe import money
from sandbox.stripe.accounts import check_fee
from sandbox.stripe.books import Books, since, tidy
from sandbox.stripe.errors import Refused, missing
from sandbox.stripe.kinds import Params
from sandbox.stripe.lines import take_pending
from sandbox.stripe.resources import Resource, listing, new
from sandbox.stripe.search import search

DAY = 86_400

_AFTER_FINALIZING = {"auto_advance", "metadata"}
"""What of a finalised invoice an update may still change."""


def create(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/invoices: a draft."""
    if not params.get("customer"):
        raise missing("customer")
    customer = books.named("customer", params["customer"], "customer")
    fields = dict(params)
    fields.pop("customer")
    behavior = fields.pop("pending_invoice_items_behavior", "exclude")
    given_currency = fields.pop("currency", None)
    currency = customer["currency"] or books.account["default_currency"]
    if given_currency:
        currency = money.currency(given_currency)
    invoice = new(
        "invoice",
        account_country=books.account["country"],
        account_name=books.account["business_profile"]["name"],
        collection_method="charge_automatically",
        created=books.now(),
        currency=currency,
        customer=customer["id"],
        period_start=books.now(),
        period_end=books.now(),
    )
    invoice["lines"] = listing(f"/v1/invoices/{invoice['id']}/lines", [])
    invoice |= {"_days_until_due": None, "_intent": {}}
    copy_customer(invoice, customer)
    invoice |= _changes(books, invoice, fields)
    invoice["metadata"] = tidy(params.get("metadata", {}))
    require_email(invoice)
    if behavior == "include":
        take_pending(books, invoice)
    customer["currency"] = customer["currency"] or currency
    books.keep(invoice)
    books.emit("invoice.created", invoice)
    return invoice


def retrieve(books: Books, _params: Params, id_: str) -> Resource:
    """GET /v1/invoices/{invoice}"""
    return books.at("invoice", id_, "invoice")


def update(books: Books, params: Params, id_: str) -> Resource:
    """POST /v1/invoices/{invoice}"""
    invoice = books.at("invoice", id_, "invoice")
    late = sorted(params.keys() - _AFTER_FINALIZING)
    if invoice["status"] != "draft" and late:
        raise Refused("Finalized invoices can't be updated in this way", code="invoice_not_editable", param=late[0])
    previous = books.update(invoice, _changes(books, invoice, params))
    if previous:
        shown = {name: value for name, value in previous.items() if not name.startswith("_")}
        books.emit("invoice.updated", invoice, shown)
    return invoice


def delete(books: Books, _params: Params, id_: str) -> Resource:
    """DELETE /v1/invoices/{invoice}: drafts only, for good."""
    invoice = books.at("invoice", id_, "invoice")
    if invoice["status"] != "draft":
        raise Refused("You can only delete draft invoices.", code="invoice_not_editable", param="invoice")
    for item in books.all("invoiceitem"):
        if item["invoice"] == id_:
            books.discard(item)
    books.emit("invoice.deleted", invoice)
    return books.discard(invoice)


def find(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/invoices"""
    return books.page(
        books.newest("invoice"),
        params,
        "/v1/invoices",
        lambda one: (
            params.get("customer") in (None, one["customer"])
            and params.get("status") in (None, one["status"])
            and params.get("collection_method") in (None, one["collection_method"])
            and since(one["created"], params.get("created"))
            and since(one["due_date"], params.get("due_date"))
        ),
    )


def look_up(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/invoices/search"""
    fields = ("created", "currency", "customer", "number", "receipt_number", "status", "total")
    return search(books, books.newest("invoice"), params, "/v1/invoices/search", fields)


def list_payments(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/invoice_payments"""
    intent = params.get("payment", {}).get("payment_intent")
    return books.page(
        books.newest("invoice_payment"),
        params,
        "/v1/invoice_payments",
        lambda one: (
            params.get("invoice") in (None, one["invoice"])
            and params.get("status") in (None, one["status"])
            and intent in (None, one["payment"]["payment_intent"])
            and since(one["created"], params.get("created"))
        ),
    )


def copy_customer(invoice: Resource, customer: Resource) -> None:
    """What a draft repeats of its customer, until it is finalised."""
    for name in ("address", "email", "name", "phone", "shipping", "tax_exempt"):
        invoice[f"customer_{name}"] = customer[name]


def require_email(invoice: Resource) -> None:
    """An invoice to be sent needs somewhere to send it."""
    if invoice["collection_method"] == "send_invoice" and not invoice["customer_email"]:
        raise Refused(
            "Missing email. In order to create invoices that are sent to the customer, the customer must "
            "have a valid email.",
            code="missing_email",
            param="customer",
        )


def _changes(books: Books, invoice: Resource, params: Params) -> dict[str, Any]:
    """The fields to set on a draft, with the rules of payment terms applied."""
    fields = dict(params)
    method = fields.get("collection_method", invoice["collection_method"])
    if fields.get("number"):
        _check_number(books, invoice, fields["number"])
    for name in ("automatic_tax", "rendering", "payment_settings"):
        if name in fields:
            fields[name] = invoice[name] | fields[name]
    elsewhere = "transfer_data" in fields or "transfer_data" in invoice["_intent"]
    check_fee(books, fields.get("application_fee_amount"), None, "application_fee_amount", elsewhere=elsewhere)
    for name in ("application_fee_amount", "transfer_data"):
        if name in fields:
            fields["_intent"] = invoice["_intent"] | fields.get("_intent", {}) | {name: fields.pop(name)}
    if "auto_advance" in fields and invoice["status"] == "draft":
        in_an_hour = books.now() + 3600 if fields["auto_advance"] else None
        fields.setdefault("automatically_finalizes_at", in_an_hour)
    due_date, days = fields.get("due_date"), fields.pop("days_until_due", None)
    if method == "charge_automatically":
        for name, value in (("due_date", due_date), ("days_until_due", days)):
            if value is not None:
                raise Refused(f"`{name}` can only be set when `collection_method` is `send_invoice`.", param=name)
        return fields | {"due_date": None, "_days_until_due": None}
    if due_date is not None and days is not None:
        raise Refused("You may only specify one of these parameters: due_date, days_until_due.", param="due_date")
    if due_date is not None and due_date < books.now():
        raise Refused("The due date must not be in the past.", param="due_date")
    if days is not None:
        return fields | {"due_date": books.now() + days * DAY, "_days_until_due": days}
    if due_date is not None:
        return fields | {"_days_until_due": None}
    if invoice["due_date"] is None:
        raise Refused(
            "If `collection_method` is `send_invoice`, you must specify `days_until_due` or `due_date`.",
            code="parameter_missing",
            param="days_until_due",
        )
    return fields


def _check_number(books: Books, invoice: Resource, number: str) -> None:
    if len(number) > 26:
        raise Refused("Invoice numbers can have up to 26 characters.", param="number")
    if any(one["number"] == number and one["id"] != invoice["id"] for one in books.all("invoice")):
        raise Refused(f"The invoice number {number} is already in use.", param="number")
