"""Customers: who is billed, what they are owed, how they are found again."""

from __future__ import annotations

import re
import string
from secrets import choice

from sandbox.stripe.books import Books, since, tidy
from sandbox.stripe.errors import Refused, missing
from sandbox.stripe.kinds import Params
from sandbox.stripe.resources import Resource, new, random_text
from sandbox.stripe.search import search

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def create(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/customers"""
    fields = _checked(params)
    prefix = "".join(choice(string.ascii_uppercase + string.digits) for _ in range(8))
    customer = new("customer", created=books.now(), invoice_prefix=prefix)
    settings = customer["invoice_settings"] | (fields.pop("invoice_settings", None) or {})
    owed = fields.pop("balance", 0)
    metadata = tidy(fields.pop("metadata", {}))
    customer = books.keep(customer | fields | {"invoice_settings": settings, "metadata": metadata})
    if owed:
        owe(customer, str(books.account["default_currency"]), owed)
    books.emit("customer.created", customer)
    return customer


def retrieve(books: Books, _params: Params, id_: str) -> Resource:
    """GET /v1/customers/{customer}; a deleted one still answers, with little to say."""
    tombstone = next((one for one in books.all("customer") if one["id"] == id_ and one.get("deleted")), None)
    return tombstone or books.at("customer", id_)


def update(books: Books, params: Params, id_: str) -> Resource:
    """POST /v1/customers/{customer}"""
    customer = books.at("customer", id_)
    changes = _checked(params)
    if method := changes.get("invoice_settings", {}).get("default_payment_method"):
        books.named("payment_method", method, "invoice_settings[default_payment_method]")
    if "invoice_settings" in changes:
        changes["invoice_settings"] = customer["invoice_settings"] | changes["invoice_settings"]
    if "balance" in changes:
        currency = customer["currency"] or books.account["default_currency"]
        owe(customer, currency, changes.pop("balance") - customer["balance"])
    previous = books.update(customer, changes)
    if previous:
        books.emit("customer.updated", customer, previous)
    return customer


def delete(books: Books, _params: Params, id_: str) -> Resource:
    """DELETE /v1/customers/{customer}"""
    customer = books.at("customer", id_)
    books.emit("customer.deleted", customer)
    return books.keep(books.discard(customer))


def find(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/customers"""
    return books.page(
        books.newest("customer"),
        params,
        "/v1/customers",
        lambda one: (
            not one.get("deleted")
            and params.get("email") in (None, one["email"])
            and since(one["created"], params.get("created"))
        ),
    )


def look_up(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/customers/search"""
    living = [one for one in books.newest("customer") if not one.get("deleted")]
    fields = ("created", "email", "name", "phone")
    return search(books, living, params, "/v1/customers/search", fields)


def open_portal(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/billing_portal/sessions"""
    if not params.get("customer"):
        raise missing("customer")
    customer = books.named("customer", params["customer"], "customer")
    session = new(
        "billing_portal.session",
        configuration=f"bpc_1{random_text(23)}",
        created=books.now(),
        customer=customer["id"],
        return_url=params.get("return_url"),
    )
    session["url"] = f"{books.site}/p/{books.id}/{books.page_token(customer['id'])}"
    books.keep(session)
    return session


def owe(customer: Resource, currency: str, amount: int) -> None:
    """Add to what a customer owes outside invoices; below zero it is credit.

    `balance` tells the customer's own currency only. https://docs.stripe.com/billing/customer/balance
    """
    customer["currency"] = customer["currency"] or currency
    balances = customer["invoice_credit_balance"]
    balances[currency] = balances.get(currency, 0) + amount
    customer["balance"] = balances.get(customer["currency"], 0)


def _checked(params: Params) -> Params:
    email = params.get("email")
    if email is not None and not _EMAIL.fullmatch(email):
        raise Refused(f"Invalid email address: {email}", code="email_invalid", param="email")
    fields = dict(params)
    if fields.get("tax_exempt", "") is None:
        fields["tax_exempt"] = "none"
    return fields
