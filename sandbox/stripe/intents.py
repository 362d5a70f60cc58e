"""Payment intents over the API; confirming an invoice's intent pays the invoice."""

from __future__ import annotations

from sandbox.stripe import money, payments, settling
from sandbox.stripe.accounts import check_fee
from sandbox.stripe.books import Books, since, tidy
from sandbox.stripe.errors import Refused, missing
from sandbox.stripe.kinds import Params
from sandbox.stripe.resources import Resource


def create(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/payment_intents"""
    fields = dict(params)
    confirm = fields.pop("confirm", False)
    currency = money.currency(fields.pop("currency"))
    amount = money.chargeable(fields.pop("amount"), currency)
    elsewhere = "transfer_data" in fields
    check_fee(books, fields.get("application_fee_amount"), amount, "application_fee_amount", elsewhere=elsewhere)
    if customer := fields.get("customer"):
        books.named("customer", customer, "customer")
    for name in ("return_url", "error_on_requires_action", "off_session"):
        fields.pop(name, None)
    fields["metadata"] = tidy(fields.get("metadata", {}))
    if card := fields.pop("payment_method", None):
        payments.check_card(card)
        fields |= {"status": "requires_confirmation", "payment_method": card}
    intent = payments.new_intent(books, amount, currency, **fields)
    books.emit("payment_intent.created", intent)
    if confirm:
        confirm_intent(books, {}, intent["id"])
    return intent


def retrieve(books: Books, params: Params, id_: str) -> Resource:
    """GET /v1/payment_intents/{intent}"""
    intent = books.at("payment_intent", id_, "intent")
    if params.get("client_secret") not in (None, intent["client_secret"]):
        raise Refused("The client_secret provided does not match.", param="client_secret")
    return intent


def find(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/payment_intents"""
    return books.page(
        books.newest("payment_intent"),
        params,
        "/v1/payment_intents",
        lambda one: params.get("customer") in (None, one["customer"]) and since(one["created"], params.get("created")),
    )


def confirm_intent(books: Books, params: Params, id_: str) -> Resource:
    """POST /v1/payment_intents/{intent}/confirm"""
    intent = books.at("payment_intent", id_, "intent")
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise Refused(
            "You cannot confirm this PaymentIntent because it has already succeeded or been canceled: its "
            f"status is {intent['status']}.",
            code="payment_intent_unexpected_state",
            payment_intent=books.present(intent),
        )
    card = params.get("payment_method") or intent["payment_method"]
    if not card:
        raise missing("payment_method")
    payments.check_card(card)
    intent["receipt_email"] = params.get("receipt_email", intent["receipt_email"])
    if invoice_id := intent.get("_invoice"):
        settling.pay_by_card(books, books.at("invoice", invoice_id), card)
    else:
        payments.charge(books, intent, card)
    return intent
