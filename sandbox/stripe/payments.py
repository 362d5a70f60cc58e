"""How money moves: a payment intent charged by a card, and given back by refunds."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sandbox.stripe import money
from sandbox.stripe.books import Books, since, tidy
from sandbox.stripe.errors import Refused, not_found
from sandbox.stripe.kinds import Params
from sandbox.stripe.resources import Resource, new, random_text

GOOD_CARD = "pm_card_visa"
DECLINED_CARD = "pm_card_chargeDeclined"

CARDS: dict[str, tuple[str, str, str, str] | None] = {
    "pm_card_visa": None,
    "pm_card_mastercard": None,
    "pm_card_chargeDeclined": ("0002", "card_declined", "generic_decline", "Your card was declined."),
    "pm_card_visa_chargeDeclined": ("0002", "card_declined", "generic_decline", "Your card was declined."),
    "pm_card_visa_chargeDeclinedInsufficientFunds": (
        "9995",
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
    ),
    "pm_card_chargeDeclinedExpiredCard": ("0069", "expired_card", "expired_card", "Your card has expired."),
    "pm_card_authenticationRequired": (
        "3184",
        "authentication_required",
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
    "pm_card_pendingRefund": None,
    "pm_us_bank_account": None,
}
"""Test payment methods: last four digits, code, decline code and message of those that fail.

https://docs.stripe.com/testing#declined-payments, https://docs.stripe.com/testing#refunds
"""

BANK = "pm_us_bank_account"
"""Money by bank comes days later, or not at all."""


def new_intent(books: Books, amount: int, currency: str, **fields: Any) -> Resource:
    """A payment intent that waits for a payment method."""
    intent = new("payment_intent", amount=amount, created=books.now(), currency=currency)
    intent["client_secret"] = f"{intent['id']}_secret_{random_text(25)}"
    return books.keep(intent | fields)


def check_card(card: str) -> None:
    """Refuse a payment method that is not one of the test cards."""
    if card not in CARDS:
        raise not_found("PaymentMethod", card, "payment_method")


def charge(books: Books, intent: Resource, card: str) -> Resource:
    """Try the card. A decline is on the books too, and raises what the API answers: 402."""
    declined = CARDS[card]
    fee = intent["application_fee_amount"]
    made = new(
        "charge",
        application_fee=f"fee_1{random_text(23)}" if fee and declined is None else None,
        application_fee_amount=fee,
        amount=intent["amount"],
        created=books.now(),
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        metadata=dict(intent["metadata"]),
        payment_intent=intent["id"],
        payment_method=f"pm_1{random_text(23)}",
    )
    books.keep(made)
    made["_card"] = card
    if card == BANK:
        made["payment_method_details"] = {"type": "us_bank_account", "us_bank_account": {"last4": "6789"}}
    else:
        made["payment_method_details"]["card"]["last4"] = declined[0] if declined else "4242"
    intent |= {"latest_charge": made["id"]}
    if declined is None:
        made |= {"status": "succeeded", "paid": True, "captured": True, "amount_captured": made["amount"]}
        made["outcome"] = {"network_status": "approved_by_network", "type": "authorized"}
        made["balance_transaction"] = _booked(books, made)["id"]
        intent |= {
            "status": "succeeded",
            "amount_received": intent["amount"],
            "last_payment_error": None,
            "payment_method": made["payment_method"],
        }
        books.emit("charge.succeeded", made)
        books.emit("payment_intent.succeeded", intent)
        return made
    _last4, code, decline_code, message = declined
    made |= {"status": "failed", "failure_code": code, "failure_message": message}
    made["outcome"] = {
        "network_status": "declined_by_network",
        "reason": decline_code,
        "type": "issuer_declined",
    }
    refusal = Refused(message, status=402, kind="card_error", code=code, decline_code=decline_code, charge=made["id"])
    intent |= {"status": "requires_payment_method", "payment_method": None}
    intent["last_payment_error"] = dict(refusal.error)
    books.emit("charge.failed", made)
    books.emit("payment_intent.payment_failed", intent)
    refusal.error["payment_intent"] = books.present(intent)
    raise refusal


def _booked(books: Books, made: Resource) -> Resource:
    """What a charge is to the balance: Stripe keeps 2.9 % and 30 of it, and the platform its share.

    https://docs.stripe.com/api/balance_transactions/object
    """
    kept = {"stripe_fee": made["amount"] * 29 // 1000 + 30, "application_fee": made["application_fee_amount"] or 0}
    details = [
        {"amount": amount, "application": None, "currency": made["currency"], "description": None, "type": type_}
        for type_, amount in kept.items()
        if amount
    ]
    fee = sum(kept.values())
    return books.keep(
        new(
            "balance_transaction",
            amount=made["amount"],
            available_on=books.now(),
            created=books.now(),
            currency=made["currency"],
            description=made["description"],
            fee=fee,
            fee_details=details,
            net=made["amount"] - fee,
            source=made["id"],
        )
    )


def cancel(books: Books, intent: Resource) -> None:
    """Give up on an intent whose invoice needs it no more."""
    intent |= {"status": "canceled", "canceled_at": books.now(), "cancellation_reason": "void_invoice"}
    books.emit("payment_intent.canceled", intent)


def retrieve_charge(books: Books, _params: Params, id_: str) -> Resource:
    """GET /v1/charges/{charge}"""
    return books.at("charge", id_)


def find_charges(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/charges"""
    return books.page(
        books.newest("charge"),
        params,
        "/v1/charges",
        lambda one: (
            params.get("customer") in (None, one["customer"])
            and params.get("payment_intent") in (None, one["payment_intent"])
            and since(one["created"], params.get("created"))
        ),
    )


def refund(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/refunds: all that is left, or `amount` of it."""
    paid = charge_of(books, params)
    left = paid["amount_captured"] - paid["amount_refunded"]
    amount = params.get("amount", left)
    if not left:
        raise Refused(f"Charge {paid['id']} has already been refunded.", code="charge_already_refunded")
    if amount > left:
        asked, rest = money.written(amount, paid["currency"]), money.written(left, paid["currency"])
        raise Refused(f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})", param="amount")
    if params.get("refund_application_fee") and not paid["application_fee"]:
        raise Refused("There is no application fee on this charge to refund.", param="refund_application_fee")
    if params.get("reverse_transfer") and not paid["transfer"]:
        raise Refused("There is no transfer on this charge to reverse.", param="reverse_transfer")
    made = new(
        "refund",
        amount=amount,
        status="pending" if paid["_card"] == "pm_card_pendingRefund" else "succeeded",
        charge=paid["id"],
        created=books.now(),
        currency=paid["currency"],
        metadata=tidy(params.get("metadata", {})),
        payment_intent=paid["payment_intent"],
        reason=params.get("reason"),
    )
    made["_with_fee"] = params.get("refund_application_fee", False)
    books.keep(made)
    paid["amount_refunded"] += amount
    paid["refunded"] = paid["amount_refunded"] == paid["amount_captured"]
    books.emit("refund.created", made)
    books.emit("charge.refunded", paid)
    books.emit("refund.updated", made, {"destination_details": made["destination_details"]})
    return made


def settle_refund(books: Books, made: Resource) -> None:
    """What a bank does with a refund that was under way."""
    made["status"] = "succeeded"
    books.emit("refund.updated", made, {"status": "pending"})


def fail_refund(books: Books, made: Resource, reason: str) -> None:
    """What a bank does with a refund it cannot credit: the money is the seller's again."""
    before, paid = made["status"], books.at("charge", made["charge"])
    made |= {"status": "failed", "failure_reason": reason}
    paid["amount_refunded"] -= made["amount"]
    paid["refunded"] = False
    books.emit("refund.updated", made, {"status": before})
    books.emit("refund.failed", made)


def close_dispute(books: Books, made: Resource, status: str) -> None:
    """What the buyer's bank decides: won or lost, as the seller sees it."""
    made["status"] = status
    books.emit("charge.dispute.closed", made)


def dispute(books: Books, paid: Resource, reason: str) -> Resource:
    """What a buyer's bank does: the whole charge is questioned, and its money withheld."""
    made = new(
        "dispute",
        amount=paid["amount_captured"],
        charge=paid["id"],
        created=books.now(),
        currency=paid["currency"],
        payment_intent=paid["payment_intent"],
        reason=reason,
    )
    made["evidence_details"]["due_by"] = books.now() + 7 * 86_400
    paid["disputed"] = True
    books.emit("charge.dispute.created", books.keep(made))
    return made


def retrieve_refund(books: Books, _params: Params, id_: str) -> Resource:
    """GET /v1/refunds/{refund}"""
    return books.at("refund", id_)


def find_refunds(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/refunds"""
    return books.page(
        books.newest("refund"),
        params,
        "/v1/refunds",
        lambda one: (
            params.get("charge") in (None, one["charge"])
            and params.get("payment_intent") in (None, one["payment_intent"])
            and since(one["created"], params.get("created"))
        ),
    )


def balance(books: Books, _params: Params, _id: str) -> Resource:
    """GET /v1/balance: what was captured and not refunded, per currency, available at once."""
    sums: Counter[str] = Counter({books.account["default_currency"]: 0})
    for one in books.all("charge"):
        sums[one["currency"]] += one["amount_captured"] - one["amount_refunded"]
    held = [{"amount": sums[code], "currency": code, "source_types": {"card": sums[code]}} for code in sums]
    zero = [{"amount": 0, "currency": code, "source_types": {"card": 0}} for code in sums]
    return new("balance", available=held, pending=zero)


def charge_of(books: Books, params: Params) -> Resource:
    """The charge named, or that of the payment intent named, if there is money in it."""
    ways = [name for name in ("charge", "payment_intent") if params.get(name)]
    if len(ways) != 1:
        raise Refused("One of the following params should be provided for this request: payment_intent or charge.")
    if "charge" in ways:
        found = books.named("charge", params["charge"], "charge")
    else:
        intent = books.named("payment_intent", params["payment_intent"], "payment_intent")
        if intent["status"] != "succeeded":
            raise Refused(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        found = books.at("charge", intent["latest_charge"])
    if found["status"] != "succeeded":
        raise Refused(f"Charge {found['id']} did not succeed and cannot be refunded.", param="charge")
    return found
