"""Money: what buyers pay on the pages and over the counter, what goes back, and what their banks question."""

from __future__ import annotations

from sandbox.square import invoices, orders
from sandbox.square.books import Books, Json, ordered, page, shown, within
from sandbox.square.errors import Refused, not_found

GOOD_CARD = {"card_brand": "VISA", "last_4": "1111", "exp_month": 12, "exp_year": 2030, "card_type": "CREDIT"}
DECLINED_CARD = {"card_brand": "VISA", "last_4": "0002", "exp_month": 12, "exp_year": 2030, "card_type": "CREDIT"}
DECLINED = "Authorization error: 'GENERIC_DECLINE'"


def get_payment(books: Books, _asked: Json, id_: str) -> Json:
    """GET /v2/payments/{payment_id}"""
    return {"payment": shown(books.at("payment", id_))}


def list_payments(books: Books, asked: Json, _id: str) -> Json:
    """GET /v2/payments"""
    times = {name: asked[key] for name, key in (("start_at", "begin_time"), ("end_at", "end_time")) if key in asked}
    found = within(list(books.all("payment")), "created_at", times)
    if location := asked.get("location_id"):
        found = [one for one in found if one["location_id"] == location]
    return page(ordered(found, "created_at", asked.get("sort_order", "DESC")), asked, "payments")


def create_payment(books: Books, asked: Json, _id: str) -> Json:
    """POST /v2/payments: with one of Square's test cards, for an open order.

    https://developer.squareup.com/docs/devtools/sandbox/payments
    """
    if asked["source_id"] not in ("cnon:card-nonce-ok", "cnon:card-nonce-declined"):
        raise Refused("BAD_REQUEST", "There is no such card.", field="source_id")
    order = books.get("order", asked.get("order_id", ""))
    if order is None or order["state"] != "OPEN":
        raise Refused("BAD_REQUEST", "A payment is for an order that is OPEN.", field="order_id")
    amount = asked.get("amount_money", {})
    if amount != _like({"amount_money": order["total_money"]}, orders.due(order)):
        raise Refused("PAYMENT_AMOUNT_MISMATCH", "Not what is to be paid.", field="amount_money")
    if asked["source_id"] == "cnon:card-nonce-declined":
        decline(books, order["id"], "OTHER")
        raise Refused("GENERIC_DECLINE", DECLINED, status=402, category="PAYMENT_METHOD_ERROR")
    payment = _charge(books, order, amount["amount"], "OTHER")
    orders.set_state(books, order, "COMPLETED")
    return {"payment": shown(payment)}


def refund_payment(books: Books, asked: Json, _id: str) -> Json:
    """POST /v2/refunds: it is under way, and comes through a moment later."""
    if not asked.get("payment_id"):
        raise Refused("MISSING_REQUIRED_PARAMETER", "Missing `payment_id`.", field="payment_id")
    payment = books.get("payment", asked["payment_id"])
    if payment is None:
        raise not_found("Payment", asked["payment_id"], "payment_id")
    if payment["status"] != "COMPLETED":
        raise Refused("PAYMENT_NOT_REFUNDABLE", "The payment is not completed.", category="REFUND_ERROR")
    amount, had = asked["amount_money"], payment["total_money"]
    under_way = sum(
        one["amount_money"]["amount"]
        for one in books.all("refund")
        if one["payment_id"] == payment["id"] and one["status"] in ("PENDING", "COMPLETED")
    )
    if amount["currency"] != had["currency"]:
        raise Refused("CURRENCY_MISMATCH", "Not the currency of the payment.", field="amount_money.currency")
    if not 0 < amount["amount"] <= had["amount"] - under_way:
        raise Refused(
            "REFUND_AMOUNT_INVALID",
            "The requested refund amount exceeds the amount available to refund.",
            category="REFUND_ERROR",
            field="amount_money.amount",
        )
    now = books.time()
    refund: Json = {
        "id": f"{payment['id']}_{books.new_id(20)}",
        "status": "PENDING",
        "amount_money": dict(amount),
        "payment_id": payment["id"],
        "order_id": books.new_id(28) + "ZY",
        "created_at": now,
        "updated_at": now,
        "location_id": payment["location_id"],
        "destination_type": "CARD",
        **({"reason": asked["reason"]} if asked.get("reason") else {}),
    }
    books.keep("refund", refund)
    books.emit("refund.created", "refund", refund["id"], refund, location=refund["location_id"])
    answer = {"refund": shown(refund)}
    if not books.refunds_wait:
        settle_refund(books, refund, "COMPLETED")
    return answer


def get_refund(books: Books, _asked: Json, id_: str) -> Json:
    """GET /v2/refunds/{refund_id}"""
    return {"refund": shown(books.at("refund", id_))}


def settle_refund(books: Books, refund: Json, status: str) -> None:
    """A refund comes through (COMPLETED), or does not (REJECTED, FAILED)."""
    refund |= {"status": status, "updated_at": books.time()}
    books.emit("refund.updated", "refund", refund["id"], refund, location=refund["location_id"])
    if status != "COMPLETED":
        return
    payment = books.at("payment", refund["payment_id"])
    back = payment.setdefault("refunded_money", {"amount": 0, "currency": refund["amount_money"]["currency"]})
    back["amount"] += refund["amount_money"]["amount"]
    payment.setdefault("refund_ids", []).append(refund["id"])
    payment["updated_at"] = books.time()
    books.emit("payment.updated", "payment", payment["id"], payment, location=payment["location_id"])
    invoice = next((one for one in books.all("invoice") if one["order_id"] == payment["order_id"]), None)
    if invoice is not None:
        paid = invoice["payment_requests"][0]["total_completed_amount_money"]["amount"]
        invoice["status"] = "REFUNDED" if back["amount"] >= paid else "PARTIALLY_REFUNDED"
        books.touch(invoice)
        invoices.tell(books, "invoice.refunded", invoice)
        invoices.tell(books, "invoice.updated", invoice)


def pay_invoice(books: Books, invoice: Json, amount: int | None = None) -> Json:
    """What the page's Pay button does: all of it, or so much."""
    order = books.at("order", invoice["order_id"])
    owed = orders.due(order)
    payment = _charge(books, order, min(owed, amount or owed), "INVOICES")
    request = invoice["payment_requests"][0]
    request["total_completed_amount_money"]["amount"] += payment["amount_money"]["amount"]
    left = orders.due(order)
    if left:
        invoice |= {"status": "PARTIALLY_PAID", "next_payment_amount_money": _like(payment, left)}
    else:
        invoice["status"] = "PAID"
        invoice.pop("next_payment_amount_money", None)
        order["state"] = "COMPLETED"
        order["closed_at"] = books.time()
    books.touch(invoice)
    orders.tell_updated(books, order)
    invoices.tell(books, "invoice.updated", invoice)
    invoices.tell(books, "invoice.payment_made", invoice)
    return payment


def pay_link(books: Books, link: Json, amount: int | None = None) -> Json:
    """What the page of a payment link does: all that is due, or so much, as with a gift card that does not reach.

    Its order is no draft any more, and stays OPEN until it is fulfilled.
    """
    order = books.at("order", link["order_id"])
    owed = orders.due(order)
    payment = _charge(books, order, min(owed, amount or owed), "ECOMMERCE_API", note=link.get("payment_note"))
    orders.set_state(books, order, "OPEN")
    return payment


def decline(books: Books, order_id: str, product: str) -> Json:
    """A card that is declined leaves a failed payment behind, and nothing else."""
    order = books.at("order", order_id)
    payment = _payment(books, order, orders.due(order), product, DECLINED_CARD)
    payment["status"] = "FAILED"
    payment["card_details"] |= {
        "status": "FAILED",
        "errors": [{"category": "PAYMENT_METHOD_ERROR", "code": "GENERIC_DECLINE", "detail": DECLINED}],
    }
    books.keep("payment", payment)
    books.emit("payment.created", "payment", payment["id"], payment, location=payment["location_id"])
    return payment


def sell_in_person(books: Books, location_id: str, amount: int, *, cash: bool = False) -> Json:
    """Somebody pays at the counter, with Square Point of Sale."""
    currency = books.location(location_id, "location_id")["currency"]
    line = {"name": "Over the counter", "quantity": "1", "base_price_money": {"amount": amount, "currency": currency}}
    order = orders.add_order(books, {"location_id": location_id, "line_items": [line]})
    payment = _charge(books, order, amount, "SQUARE_POS", cash=cash)
    orders.set_state(books, order, "COMPLETED")
    return payment


def dispute(books: Books, payment: Json) -> Json:
    """A buyer's bank questions a payment."""
    now = books.time()
    made: Json = {
        "id": books.new_id(20),
        "dispute_id": books.new_id(20),
        "amount_money": dict(payment["total_money"]),
        "reason": "NOT_RECEIVED",
        "state": "EVIDENCE_REQUIRED",
        "due_at": now,
        "disputed_payment": {"payment_id": payment["id"]},
        "card_brand": "VISA",
        "created_at": now,
        "updated_at": now,
        "location_id": payment["location_id"],
        "version": 1,
    }
    books.keep("dispute", made)
    books.emit("dispute.created", "dispute", made["id"], made, location=made["location_id"])
    return made


def settle_dispute(books: Books, made: Json, state: str) -> None:
    """The bank has decided: WON or LOST."""
    made["state"] = state
    books.touch(made)
    books.emit("dispute.state.updated", "dispute", made["id"], made, location=made["location_id"])


def _charge(
    books: Books, order: Json, amount: int, product: str, *, note: str | None = None, cash: bool = False
) -> Json:
    payment = _payment(books, order, amount, product, None if cash else GOOD_CARD)
    if note:
        payment["note"] = note
    payment["status"] = "COMPLETED"
    order.setdefault("tenders", []).append(
        {
            "id": payment["id"],
            "location_id": order["location_id"],
            "transaction_id": order["id"],
            "created_at": payment["created_at"],
            "amount_money": dict(payment["amount_money"]),
            "type": "CASH" if cash else "CARD",
            "payment_id": payment["id"],
        }
    )
    order["net_amount_due_money"] = _like(payment, orders.due(order))
    books.keep("payment", payment)
    books.emit("payment.created", "payment", payment["id"], payment, location=payment["location_id"])
    payment["processing_fee"] = [
        {
            "effective_at": payment["created_at"],
            "type": "INITIAL",
            "amount_money": _like(payment, 30 + amount * 29 // 1000),
        }
    ]
    books.emit("payment.updated", "payment", payment["id"], payment, location=payment["location_id"])
    return payment


def _payment(books: Books, order: Json, amount: int, product: str, card: Json | None) -> Json:
    now, money = books.time(), {"amount": amount, "currency": order["total_money"]["currency"]}
    payment: Json = {
        "id": books.new_id(26) + "ZY",
        "created_at": now,
        "updated_at": now,
        "amount_money": dict(money),
        "total_money": dict(money),
        "approved_money": dict(money),
        "status": "APPROVED",
        "source_type": "CASH" if card is None else "CARD",
        "location_id": order["location_id"],
        "order_id": order["id"],
        "receipt_number": "R1RQ",
        "delay_action": "CANCEL",
        "delay_duration": "PT168H",
        "version_token": books.new_id(40),
        "application_details": {"square_product": product},
    }
    if card is not None:
        payment["card_details"] = {"status": "CAPTURED", "card": dict(card), "entry_method": "KEYED"}
    if order.get("customer_id"):
        payment["customer_id"] = order["customer_id"]
    return payment


def _like(payment: Json, amount: int) -> Json:
    return {"amount": amount, "currency": payment["amount_money"]["currency"]}
