"""What becomes of an invoice: finalised, paid, declined, voided, given up."""

from __future__ import annotations

from sandbox.stripe import money, payments
from sandbox.stripe.books import Books
from sandbox.stripe.customers import owe
from sandbox.stripe.errors import Refused
from sandbox.stripe.invoices import DAY, copy_customer, require_email
from sandbox.stripe.kinds import Params
from sandbox.stripe.methods import attach, card_of, kept_card
from sandbox.stripe.resources import Resource, new


def finalize(books: Books, params: Params, id_: str) -> Resource:
    """POST /v1/invoices/{invoice}/finalize: draft → open, or paid when there is nothing to charge."""
    invoice = books.at("invoice", id_, "invoice")
    if invoice["status"] != "draft":
        raise Refused(
            "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
            code="invoice_not_editable",
        )
    if not invoice["lines"]["data"]:
        raise Refused("Nothing to invoice for customer", code="invoice_no_customer_line_items")
    money.within_limit(invoice["total"], invoice["currency"], "total")
    customer = books.named("customer", invoice["customer"], "customer")
    copy_customer(invoice, customer)
    require_email(invoice)

    now = books.now()
    if invoice["_days_until_due"] is not None:
        invoice["due_date"] = now + invoice["_days_until_due"] * DAY
    if invoice["number"] is None:
        invoice["number"] = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
        customer["next_invoice_sequence"] += 1
    token = books.page_token(invoice["id"])
    page = f"{books.site}/i/{books.id}/{token}"
    invoice |= {
        "status": "open",
        "auto_advance": params.get("auto_advance", invoice["auto_advance"]),
        "automatically_finalizes_at": None,
        "effective_at": invoice["effective_at"] or now,
        "hosted_invoice_url": page,
        "invoice_pdf": f"{page}/pdf",
    }
    invoice["status_transitions"]["finalized_at"] = now
    _apply_balance(invoice, customer)
    if invoice["amount_due"]:
        intent = payments.new_intent(
            books,
            invoice["amount_due"],
            invoice["currency"],
            customer=customer["id"],
            on_behalf_of=invoice["on_behalf_of"],
            **invoice["_intent"],
            _invoice=invoice["id"],
        )
        payment = books.keep(
            new(
                "invoice_payment",
                amount_requested=invoice["amount_due"],
                created=now,
                currency=invoice["currency"],
                invoice=invoice["id"],
                payment={"type": "payment_intent", "payment_intent": intent["id"]},
            )
        )
        invoice["_payment"] = payment["id"]
        books.emit("payment_intent.created", intent)
    books.emit("invoice.finalized", invoice)
    if not invoice["amount_due"]:
        _mark_paid(books, invoice)
    return invoice


def send(books: Books, _params: Params, id_: str) -> Resource:
    """POST /v1/invoices/{invoice}/send: finalises a draft. In test mode no mail leaves, only the event."""
    invoice = books.at("invoice", id_, "invoice")
    if invoice["collection_method"] != "send_invoice":
        raise Refused("You can only manually send an invoice if its collection method is 'send_invoice'.")
    if invoice["status"] == "draft":
        finalize(books, {}, id_)
    if invoice["status"] in ("void", "uncollectible"):
        raise Refused(f"You can't send an invoice that is {invoice['status']}.")
    books.emit("invoice.sent", invoice)
    return invoice


def pay(books: Books, params: Params, id_: str) -> Resource:
    """POST /v1/invoices/{invoice}/pay: with a card, or marked as paid elsewhere."""
    invoice = books.at("invoice", id_, "invoice")
    if invoice["status"] == "paid":
        raise Refused("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] not in ("open", "uncollectible"):
        raise Refused(f"You can only pay open invoices. This invoice is {invoice['status']}.")
    if params.get("paid_out_of_band"):
        _cancel_payment(books, invoice)
        _mark_paid(books, invoice)
        return invoice
    method = params.get("payment_method")
    card = card_of(books, method) if method else kept_card(books, books.at("customer", invoice["customer"]))
    if not card:
        raise Refused(
            "Cannot charge the customer: there is no default payment method set on this Customer or Invoice. "
            "Please supply a payment method.",
            code="invoice_payment_method_missing",
        )
    pay_by_card(books, invoice, card)
    return invoice


def pay_by_card(books: Books, invoice: Resource, card: str) -> None:
    """Charge the invoice's payment intent; a decline leaves the invoice as it was and raises."""
    payment = _payment(books, invoice)
    intent = books.at("payment_intent", payment["payment"]["payment_intent"])
    payments.check_card(card)
    invoice["attempted"] = True
    invoice["attempt_count"] += 1
    try:
        payments.charge(books, intent, card)
    except Refused:
        books.emit("invoice.payment_failed", invoice)
        raise
    _begin_subscription(books, invoice, card)
    settle(books, invoice)


def _begin_subscription(books: Books, invoice: Resource, card: str) -> None:
    """The first invoice of a subscription is paid: it begins, and the next are charged to the same card."""
    details = (invoice["parent"] or {}).get("subscription_details")
    if details is None:
        return
    subscription = books.at("subscription", details["subscription"])
    before = subscription["status"]
    if before not in ("incomplete", "past_due"):
        return
    subscription |= {"status": "active", "_card": card}
    if subscription["payment_settings"].get("save_default_payment_method") == "on_subscription":
        # Attached to the customer, and yet not what the customer's other invoices are charged to.
        method = attach(books, {"customer": subscription["customer"]}, card)
        subscription["default_payment_method"] = method["id"]
    books.emit("customer.subscription.updated", subscription, {"status": before})


def settle(books: Books, invoice: Resource) -> None:
    """Book what a succeeded payment intent paid."""
    payment = _payment(books, invoice)
    payment |= {"status": "paid", "amount_paid": payment["amount_requested"]}
    payment["status_transitions"]["paid_at"] = books.now()
    books.emit("invoice_payment.paid", payment)
    _mark_paid(books, invoice)


def void(books: Books, _params: Params, id_: str) -> Resource:
    """POST /v1/invoices/{invoice}/void"""
    invoice = _in_status(books, id_, "open", "uncollectible")
    _cancel_payment(books, invoice)
    customer = books.get("customer", invoice["customer"])
    moved = invoice["ending_balance"] - invoice["starting_balance"]
    if customer is not None and moved:
        owe(customer, invoice["currency"], -moved)
    invoice["status"] = "void"
    invoice["status_transitions"]["voided_at"] = books.now()
    books.emit("invoice.voided", invoice)
    return invoice


def mark_uncollectible(books: Books, _params: Params, id_: str) -> Resource:
    """POST /v1/invoices/{invoice}/mark_uncollectible"""
    invoice = _in_status(books, id_, "open")
    invoice["status"] = "uncollectible"
    invoice["status_transitions"]["marked_uncollectible_at"] = books.now()
    books.emit("invoice.marked_uncollectible", invoice)
    return invoice


def _apply_balance(invoice: Resource, customer: Resource) -> None:
    """Use the customer's balance; what is too little to charge goes back on it.

    https://docs.stripe.com/api/invoices/object#invoice_object-amount_due
    """
    currency = invoice["currency"]
    before = customer["invoice_credit_balance"].get(currency, 0)
    due = invoice["total"] + before
    after = 0
    if due < money.LEAST_CHARGE.get(currency, 1):
        due, after = 0, due
    owe(customer, currency, after - before)
    invoice |= {
        "amount_due": due,
        "amount_remaining": due,
        "starting_balance": before,
        "ending_balance": after,
    }


def _mark_paid(books: Books, invoice: Resource) -> None:
    invoice |= {
        "status": "paid",
        "amount_paid": invoice["amount_due"],
        "amount_remaining": 0,
        "attempted": True,
        "auto_advance": False,
    }
    invoice["status_transitions"]["paid_at"] = books.now()
    books.emit("invoice.paid", invoice)
    books.emit("invoice.payment_succeeded", invoice)


def _payment(books: Books, invoice: Resource) -> Resource:
    return books.at("invoice_payment", invoice["_payment"])


def _cancel_payment(books: Books, invoice: Resource) -> None:
    payment = _payment(books, invoice)
    payment["status"] = "canceled"
    payment["status_transitions"]["canceled_at"] = books.now()
    payments.cancel(books, books.at("payment_intent", payment["payment"]["payment_intent"]))


def _in_status(books: Books, id_: str, *allowed: str) -> Resource:
    invoice = books.at("invoice", id_, "invoice")
    if invoice["status"] not in allowed:
        raise Refused(
            f"You can only pass in {' or '.join(allowed)} invoices. This invoice isn't {allowed[0]}.",
            code="invoice_not_editable",
            param="invoice",
        )
    return invoice
