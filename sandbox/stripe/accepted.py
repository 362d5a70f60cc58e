"""Which parameters each route takes.

What Stripe takes and this table lacks is refused as unknown: better that than accepted without its effect.
"""

from __future__ import annotations

from sandbox.stripe.fields import (
    ACCOUNT,
    ACCOUNT_LINK,
    BALANCE_SETTINGS,
    BOOLEAN,
    CHANGED_LINK,
    CHANGED_SUBSCRIPTION,
    CUSTOMER,
    EXPAND,
    INTENT,
    INVOICE,
    INVOICE_ITEM,
    LINE,
    METADATA,
    NEW_INTENT,
    NEW_INVOICE,
    NEW_LINK,
    ONLY_EXPAND,
    PAGE,
    PRICE,
    PRODUCT,
    REFUND,
    SEARCH,
    SESSION,
    SINCE,
    SUBSCRIPTION,
    TEXT,
    TRANSFER_OUT,
    WEBHOOK_ENDPOINT,
)
from sandbox.stripe.kinds import Choice, ListOf, Shape, Text

INVOICE_STATUS = Choice("draft", "open", "paid", "uncollectible", "void")
PAID_BY = Shape({"payment_intent": TEXT, "type": Choice("payment_intent")}, ("type",))

ACCEPTED: dict[str, Shape] = {
    "GET /v1/account": ONLY_EXPAND,
    "GET /v1/accounts/{account}": ONLY_EXPAND,
    "GET /v1/accounts": Shape(PAGE | {"created": SINCE}),
    "POST /v1/accounts": Shape(ACCOUNT),
    "POST /v1/accounts/{account}/login_links": ONLY_EXPAND,
    "POST /v1/account_links": Shape(ACCOUNT_LINK, ("account", "type")),
    "GET /v1/balance": ONLY_EXPAND,
    "GET /v1/balance_settings": ONLY_EXPAND,
    "POST /v1/balance_settings": Shape(BALANCE_SETTINGS),
    "POST /v1/transfers": Shape(TRANSFER_OUT, ("currency", "destination")),
    "GET /v1/transfers": Shape(PAGE | {"created": SINCE, "destination": TEXT, "transfer_group": TEXT}),
    "GET /v1/transfers/{transfer}": ONLY_EXPAND,
    "POST /v1/customers": Shape(CUSTOMER),
    "GET /v1/customers": Shape(PAGE | {"created": SINCE, "email": Text(512)}),
    "GET /v1/customers/search": SEARCH,
    "GET /v1/customers/{customer}": ONLY_EXPAND,
    "POST /v1/customers/{customer}": Shape(CUSTOMER),
    "DELETE /v1/customers/{customer}": Shape({}),
    "GET /v1/customers/{customer}/payment_methods": Shape(PAGE | {"type": Choice("card")}),
    "POST /v1/products": Shape(PRODUCT, ("name",)),
    "GET /v1/products": Shape(PAGE | {"active": BOOLEAN, "created": SINCE}),
    "GET /v1/products/{id}": ONLY_EXPAND,
    "POST /v1/prices": Shape(PRICE, ("currency",)),
    "GET /v1/prices/{price}": ONLY_EXPAND,
    "POST /v1/invoiceitems": Shape(INVOICE_ITEM),
    "GET /v1/invoiceitems": Shape(
        PAGE | {"created": SINCE, "customer": TEXT, "invoice": TEXT, "pending": BOOLEAN},
    ),
    "GET /v1/invoiceitems/{invoiceitem}": ONLY_EXPAND,
    "DELETE /v1/invoiceitems/{invoiceitem}": Shape({}),
    "POST /v1/invoices": Shape(NEW_INVOICE),
    "GET /v1/invoices": Shape(
        PAGE
        | {
            "collection_method": Choice("charge_automatically", "send_invoice"),
            "created": SINCE,
            "customer": TEXT,
            "due_date": SINCE,
            "status": INVOICE_STATUS,
        }
    ),
    "GET /v1/invoices/search": SEARCH,
    "GET /v1/invoices/{invoice}": ONLY_EXPAND,
    "POST /v1/invoices/{invoice}": Shape(INVOICE),
    "DELETE /v1/invoices/{invoice}": Shape({}),
    "GET /v1/invoices/{invoice}/lines": Shape(PAGE),
    "POST /v1/invoices/{invoice}/add_lines": Shape(
        EXPAND | {"invoice_metadata": METADATA, "lines": ListOf(Shape(LINE), longest=250)}, ("lines",)
    ),
    "POST /v1/invoices/{invoice}/finalize": Shape(EXPAND | {"auto_advance": BOOLEAN}),
    "POST /v1/invoices/{invoice}/send": ONLY_EXPAND,
    "POST /v1/invoices/{invoice}/void": ONLY_EXPAND,
    "POST /v1/invoices/{invoice}/mark_uncollectible": ONLY_EXPAND,
    "POST /v1/invoices/{invoice}/pay": Shape(
        EXPAND | {"off_session": BOOLEAN, "paid_out_of_band": BOOLEAN, "payment_method": TEXT}
    ),
    "GET /v1/invoice_payments": Shape(
        PAGE
        | {
            "created": SINCE,
            "invoice": TEXT,
            "payment": PAID_BY,
            "status": Choice("canceled", "open", "paid"),
        }
    ),
    "POST /v1/payment_intents": Shape(NEW_INTENT, ("amount", "currency")),
    "GET /v1/payment_intents": Shape(PAGE | {"created": SINCE, "customer": TEXT}),
    "GET /v1/payment_intents/{intent}": Shape(EXPAND | {"client_secret": TEXT}),
    "POST /v1/payment_intents/{intent}/confirm": Shape(INTENT),
    "GET /v1/charges": Shape(PAGE | {"created": SINCE, "customer": TEXT, "payment_intent": TEXT}),
    "GET /v1/charges/{charge}": ONLY_EXPAND,
    "POST /v1/payment_methods/{payment_method}/attach": Shape(EXPAND | {"customer": TEXT}),
    "POST /v1/refunds": Shape(REFUND),
    "GET /v1/refunds": Shape(PAGE | {"charge": TEXT, "created": SINCE, "payment_intent": TEXT}),
    "GET /v1/refunds/{refund}": ONLY_EXPAND,
    "POST /v1/checkout/sessions": Shape(SESSION),
    "GET /v1/checkout/sessions": Shape(
        PAGE
        | {
            "created": SINCE,
            "customer": TEXT,
            "payment_intent": TEXT,
            "payment_link": TEXT,
            "status": Choice("complete", "expired", "open"),
        }
    ),
    "GET /v1/checkout/sessions/{session}": ONLY_EXPAND,
    "GET /v1/checkout/sessions/{session}/line_items": Shape(PAGE),
    "POST /v1/checkout/sessions/{session}/expire": ONLY_EXPAND,
    "POST /v1/payment_links": Shape(NEW_LINK, ("line_items",)),
    "GET /v1/payment_links": Shape(PAGE | {"active": BOOLEAN}),
    "GET /v1/payment_links/{payment_link}": ONLY_EXPAND,
    "POST /v1/payment_links/{payment_link}": Shape(CHANGED_LINK),
    "GET /v1/payment_links/{payment_link}/line_items": Shape(PAGE),
    "POST /v1/subscriptions": Shape(SUBSCRIPTION),
    "GET /v1/subscriptions": Shape(
        PAGE
        | {
            "created": SINCE,
            "customer": TEXT,
            "status": Choice("active", "all", "canceled", "incomplete", "past_due", "paused"),
        }
    ),
    "GET /v1/subscriptions/{subscription_exposed_id}": ONLY_EXPAND,
    "POST /v1/subscriptions/{subscription_exposed_id}": Shape(CHANGED_SUBSCRIPTION),
    "DELETE /v1/subscriptions/{subscription_exposed_id}": ONLY_EXPAND,
    "POST /v1/subscriptions/{subscription}/pause": ONLY_EXPAND,
    "POST /v1/subscriptions/{subscription}/resume": Shape(
        EXPAND | {"billing_cycle_anchor": Shape({"type": Choice("now")}, ("type",))}
    ),
    "POST /v1/billing_portal/sessions": Shape(EXPAND | {"customer": TEXT, "return_url": TEXT}),
    "GET /v1/events": Shape(
        PAGE | {"created": SINCE, "delivery_success": BOOLEAN, "type": TEXT, "types": ListOf(TEXT, longest=20)}
    ),
    "GET /v1/events/{id}": ONLY_EXPAND,
    "POST /v1/webhook_endpoints": Shape(WEBHOOK_ENDPOINT, ("enabled_events", "url")),
    "GET /v1/webhook_endpoints": Shape(PAGE),
    "GET /v1/webhook_endpoints/{webhook_endpoint}": ONLY_EXPAND,
    "DELETE /v1/webhook_endpoints/{webhook_endpoint}": Shape({}),
}
