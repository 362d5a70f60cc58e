"""Which function answers which route."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.stripe import (
    accounts,
    catalog,
    checkout,
    customers,
    events,
    intents,
    invoices,
    lines,
    payments,
    settling,
    transfers,
)
from sandbox.stripe.books import Books
from sandbox.stripe.kinds import Params
from sandbox.stripe.resources import Resource

Handler = Callable[[Books, Params, str], Resource]
"""Takes an account's books, checked parameters and the id in the address; returns what to show."""

HANDLERS: dict[str, Handler] = {
    "GET /v1/account": accounts.retrieve_own,
    "GET /v1/accounts/{account}": accounts.retrieve,
    "POST /v1/accounts": accounts.create,
    "POST /v1/accounts/{account}/login_links": accounts.open_dashboard,
    "POST /v1/account_links": accounts.open_form,
    "GET /v1/balance": payments.balance,
    "GET /v1/balance_settings": transfers.balance_settings,
    "POST /v1/balance_settings": transfers.set_balance_settings,
    "POST /v1/transfers": transfers.create,
    "GET /v1/transfers": transfers.find,
    "GET /v1/transfers/{transfer}": transfers.retrieve,
    "POST /v1/customers": customers.create,
    "GET /v1/customers": customers.find,
    "GET /v1/customers/search": customers.look_up,
    "GET /v1/customers/{customer}": customers.retrieve,
    "POST /v1/customers/{customer}": customers.update,
    "DELETE /v1/customers/{customer}": customers.delete,
    "POST /v1/products": catalog.create_product,
    "GET /v1/products/{id}": catalog.retrieve_product,
    "POST /v1/prices": catalog.create_price,
    "GET /v1/prices/{price}": catalog.retrieve_price,
    "POST /v1/invoiceitems": lines.create_item,
    "GET /v1/invoiceitems": lines.list_items,
    "GET /v1/invoiceitems/{invoiceitem}": lines.retrieve_item,
    "DELETE /v1/invoiceitems/{invoiceitem}": lines.delete_item,
    "POST /v1/invoices": invoices.create,
    "GET /v1/invoices": invoices.find,
    "GET /v1/invoices/search": invoices.look_up,
    "GET /v1/invoices/{invoice}": invoices.retrieve,
    "POST /v1/invoices/{invoice}": invoices.update,
    "DELETE /v1/invoices/{invoice}": invoices.delete,
    "GET /v1/invoices/{invoice}/lines": lines.list_lines,
    "POST /v1/invoices/{invoice}/add_lines": lines.add_lines,
    "POST /v1/invoices/{invoice}/finalize": settling.finalize,
    "POST /v1/invoices/{invoice}/send": settling.send,
    "POST /v1/invoices/{invoice}/void": settling.void,
    "POST /v1/invoices/{invoice}/mark_uncollectible": settling.mark_uncollectible,
    "POST /v1/invoices/{invoice}/pay": settling.pay,
    "GET /v1/invoice_payments": invoices.list_payments,
    "POST /v1/payment_intents": intents.create,
    "GET /v1/payment_intents": intents.find,
    "GET /v1/payment_intents/{intent}": intents.retrieve,
    "POST /v1/payment_intents/{intent}/confirm": intents.confirm_intent,
    "GET /v1/charges": payments.find_charges,
    "GET /v1/charges/{charge}": payments.retrieve_charge,
    "POST /v1/refunds": payments.refund,
    "GET /v1/refunds": payments.find_refunds,
    "GET /v1/refunds/{refund}": payments.retrieve_refund,
    "POST /v1/checkout/sessions": checkout.create,
    "GET /v1/checkout/sessions": checkout.find,
    "GET /v1/checkout/sessions/{session}": checkout.retrieve,
    "GET /v1/checkout/sessions/{session}/line_items": checkout.list_items,
    "POST /v1/checkout/sessions/{session}/expire": checkout.expire,
    "GET /v1/events": events.find,
    "GET /v1/events/{id}": events.retrieve,
    "POST /v1/webhook_endpoints": events.create_endpoint,
    "GET /v1/webhook_endpoints": events.find_endpoints,
    "GET /v1/webhook_endpoints/{webhook_endpoint}": events.retrieve_endpoint,
    "DELETE /v1/webhook_endpoints/{webhook_endpoint}": events.delete_endpoint,
}
