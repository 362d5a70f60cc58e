"""Payment methods that a customer keeps: a test card, attached, under an id of its own."""

from __future__ import annotations

from sandbox.stripe.books import Books
from sandbox.stripe.errors import missing
from sandbox.stripe.kinds import Params
from sandbox.stripe.payments import CARDS, check_card
from sandbox.stripe.resources import Resource, new


def attach(books: Books, params: Params, id_: str) -> Resource:
    """POST /v1/payment_methods/{payment_method}/attach"""
    if not params.get("customer"):
        raise missing("customer")
    customer = books.named("customer", params["customer"], "customer")
    check_card(id_)
    method = new("payment_method", created=books.now(), customer=customer["id"])
    declined = CARDS[id_]
    method["card"]["last4"] = declined[0] if declined else "4242"
    books.keep(method)["_card"] = id_
    return method


def find(books: Books, params: Params, id_: str) -> Resource:
    """GET /v1/customers/{customer}/payment_methods"""
    customer = books.at("customer", id_)
    return books.page(
        books.newest("payment_method"),
        params,
        f"/v1/customers/{id_}/payment_methods",
        lambda one: one["customer"] == customer["id"],
    )


def keep(books: Books, customer: Resource, card: str) -> None:
    """What a buyer does who leaves a card: what they owe can be charged to it without them."""
    method = attach(books, {"customer": customer["id"]}, card)
    customer["invoice_settings"]["default_payment_method"] = method["id"]


def card_of(books: Books, method: str) -> str:
    """The card behind a method that was attached, or the test card itself."""
    attached = books.get("payment_method", method)
    return str(attached["_card"]) if attached else method


def kept_card(books: Books, customer: Resource) -> str | None:
    """The card a customer is charged on when nothing else is said."""
    default = customer["invoice_settings"]["default_payment_method"]
    return str(books.at("payment_method", default)["_card"]) if default else None
