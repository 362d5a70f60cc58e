"""Which fields each route takes.

What Square takes and this table lacks is refused as unknown: better that than accepted without its effect.
"""

from __future__ import annotations

from sandbox.square.kinds import Boolean, Choice, Integer, ListOf, Matching, Metadata, Shape, Text

CURRENCIES = Choice("USD", "CAD", "AUD", "JPY", "GBP", "EUR")
MONEY = Shape({"amount": Integer(), "currency": CURRENCIES})
KEY = Text(192)
CURSOR = Text()
SORT = Choice("ASC", "DESC")
TIME = Matching(34, pattern=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
TIMES = Shape({"start_at": TIME, "end_at": TIME})

LINE = Shape(
    {
        "name": Text(512),
        "quantity": Matching(12, 1, r"[1-9][0-9]{0,11}"),
        "note": Text(2000),
        "base_price_money": MONEY,
    },
    ("quantity",),
)
DISCOUNT = Shape(
    {
        "uid": Text(60),
        "name": Text(255),
        "type": Choice("FIXED_AMOUNT"),
        "amount_money": MONEY,
        "scope": Choice("ORDER"),
    }
)
ORDER = Shape(
    {
        "location_id": Text(least=1),
        "reference_id": Text(40),
        "source": Shape({"name": Text()}),
        "customer_id": Text(191),
        "line_items": ListOf(LINE, 500),
        "discounts": ListOf(DISCOUNT),
        "metadata": Metadata(),
    },
    ("location_id",),
)
CHANGED_ORDER = Shape(
    {"location_id": Text(least=1), "version": Integer(), "state": Choice("OPEN", "COMPLETED", "CANCELED")},
    ("location_id",),
)
INVOICE = Shape(
    {
        "location_id": Text(255, 1),
        "order_id": Text(255, 1),
        "primary_recipient": Shape({"customer_id": Text(255, 1)}),
        "payment_requests": ListOf(
            Shape({"request_type": Choice("BALANCE"), "due_date": Matching(pattern=r"\d{4}-\d\d-\d\d")})
        ),
        "delivery_method": Choice("EMAIL", "SHARE_MANUALLY", "SMS"),
        "accepted_payment_methods": Shape(
            {
                "card": Boolean(),
                "square_gift_card": Boolean(),
                "bank_account": Boolean(),
                "buy_now_pay_later": Boolean(),
                "cash_app_pay": Boolean(),
            }
        ),
        "title": Text(255, 1),
        "description": Text(65536, 1),
        "invoice_number": Text(191, 1),
    }
)
VERSION_ONLY = Shape({"version": Integer()}, ("version",))

CUSTOMER = Shape(
    {
        "idempotency_key": Text(),
        "given_name": Text(300),
        "family_name": Text(300),
        "company_name": Text(500),
        "nickname": Text(100),
        "email_address": Text(254),
        "reference_id": Text(100),
        "note": Text(4096),
    }
)
LINK = Shape(
    {
        "idempotency_key": KEY,
        "description": Text(4096),
        "quick_pay": Shape(
            {"name": Text(255, 1), "price_money": MONEY, "location_id": Text()}, ("name", "price_money", "location_id")
        ),
        "order": ORDER,
        "checkout_options": Shape({"allow_tipping": Boolean(), "redirect_url": Text(2048), "app_fee_money": MONEY}),
        "payment_note": Text(500),
    }
)
REFUND = Shape(
    {
        "idempotency_key": Text(45, 1),
        "amount_money": MONEY,
        "payment_id": Text(),
        "reason": Text(192),
    },
    ("idempotency_key", "amount_money"),
)
SUBSCRIPTION = Shape(
    {
        "name": Text(64),
        "enabled": Boolean(),
        "event_types": ListOf(Text()),
        "notification_url": Text(),
        "api_version": Text(),
    }
)
COUNT = Shape(
    {
        "catalog_object_id": Text(100),
        "state": Choice("IN_STOCK"),
        "location_id": Text(100),
        "quantity": Matching(26, 1, r"[0-9]{1,20}(\.[0-9]{1,5})?"),
        "occurred_at": TIME,
    }
)
TOKEN = Shape(
    {
        "client_id": Text(191),
        "client_secret": Text(1024, 2),
        "code": Text(191),
        "redirect_uri": Text(2048),
        "grant_type": Text(20, 10),
        "refresh_token": Text(1024, 2),
        "code_verifier": Text(),
    },
    ("client_id", "grant_type"),
)
PAGE = {"cursor": CURSOR, "limit": Integer(1, 500)}

BODIES: dict[str, Shape] = {
    "POST /oauth2/token": TOKEN,
    "POST /oauth2/revoke": Shape(
        {
            "client_id": Text(191),
            "access_token": Text(1024, 2),
            "merchant_id": Text(),
            "revoke_only_access_token": Boolean(),
        }
    ),
    "POST /v2/customers": CUSTOMER,
    "POST /v2/customers/search": Shape(
        PAGE
        | {
            "count": Boolean(),
            "query": Shape(
                {
                    "filter": Shape({"reference_id": Shape({"exact": Text()}), "created_at": TIMES}),
                    "sort": Shape({"field": Choice("DEFAULT", "CREATED_AT"), "order": SORT}),
                }
            ),
        }
    ),
    "POST /v2/orders": Shape({"order": ORDER, "idempotency_key": KEY}),
    "PUT /v2/orders/{order_id}": Shape({"order": CHANGED_ORDER, "idempotency_key": KEY}),
    "POST /v2/orders/search": Shape(
        PAGE
        | {
            "location_ids": ListOf(Text(), 10),
            "query": Shape(
                {
                    "filter": Shape(
                        {
                            "state_filter": Shape(
                                {"states": ListOf(Choice("OPEN", "COMPLETED", "CANCELED", "DRAFT"))}, ("states",)
                            ),
                            "date_time_filter": Shape({"created_at": TIMES}),
                            "customer_filter": Shape({"customer_ids": ListOf(Text(), 10)}),
                        }
                    ),
                    "sort": Shape(
                        {"sort_field": Choice("CREATED_AT", "UPDATED_AT", "CLOSED_AT"), "sort_order": SORT},
                        ("sort_field",),
                    ),
                }
            ),
        }
    ),
    "POST /v2/invoices": Shape({"invoice": INVOICE, "idempotency_key": Text(128)}, ("invoice",)),
    "POST /v2/invoices/search": Shape(
        {
            "cursor": CURSOR,
            "limit": Integer(1, 200),
            "query": Shape(
                {
                    "filter": Shape(
                        {"location_ids": ListOf(Text(), 1), "customer_ids": ListOf(Text(), 1)}, ("location_ids",)
                    )
                },
                ("filter",),
            ),
        },
        ("query",),
    ),
    "POST /v2/invoices/{invoice_id}/publish": Shape({"version": Integer(), "idempotency_key": Text(128)}, ("version",)),
    "POST /v2/invoices/{invoice_id}/cancel": VERSION_ONLY,
    "POST /v2/online-checkout/payment-links": LINK,
    "POST /v2/payments": Shape(
        {"source_id": Text(least=1), "idempotency_key": Text(45, 1), "amount_money": MONEY, "order_id": Text()},
        ("source_id", "idempotency_key"),
    ),
    "POST /v2/refunds": REFUND,
    "POST /v2/webhooks/subscriptions": Shape(
        {"idempotency_key": Text(45), "subscription": SUBSCRIPTION}, ("subscription",)
    ),
    "POST /v2/inventory/counts/batch-retrieve": Shape(
        {
            "catalog_object_ids": ListOf(Text(), 1000),
            "location_ids": ListOf(Text()),
            "states": ListOf(Choice("IN_STOCK", "SOLD", "WASTE", "NONE")),
            "cursor": CURSOR,
        }
    ),
    "POST /v2/inventory/changes/batch-create": Shape(
        {
            "idempotency_key": Text(128, 1),
            "changes": ListOf(Shape({"type": Choice("PHYSICAL_COUNT"), "physical_count": COUNT}), 100),
        },
        ("idempotency_key",),
    ),
}

QUERIES: dict[str, tuple[str, ...]] = {
    "GET /v2/invoices": ("location_id", "cursor", "limit"),
    "DELETE /v2/invoices/{invoice_id}": ("version",),
    "GET /v2/online-checkout/payment-links": ("cursor", "limit"),
    "GET /v2/payments": ("begin_time", "end_time", "location_id", "sort_order", "cursor", "limit"),
}
"""What may stand behind the address; nothing, where nothing is said."""

SCOPES: dict[str, str] = {
    "GET /v2/locations": "MERCHANT_PROFILE_READ",
    "GET /v2/merchants/{merchant_id}": "MERCHANT_PROFILE_READ",
    "POST /v2/customers": "CUSTOMERS_WRITE",
    "POST /v2/customers/search": "CUSTOMERS_READ",
    "GET /v2/customers/{customer_id}": "CUSTOMERS_READ",
    "DELETE /v2/customers/{customer_id}": "CUSTOMERS_WRITE",
    "POST /v2/orders": "ORDERS_WRITE",
    "POST /v2/orders/search": "ORDERS_READ",
    "GET /v2/orders/{order_id}": "ORDERS_READ",
    "PUT /v2/orders/{order_id}": "ORDERS_WRITE",
    "GET /v2/invoices": "INVOICES_READ",
    "POST /v2/invoices": "ORDERS_WRITE INVOICES_WRITE",
    "POST /v2/invoices/search": "INVOICES_READ",
    "GET /v2/invoices/{invoice_id}": "INVOICES_READ",
    "DELETE /v2/invoices/{invoice_id}": "ORDERS_WRITE INVOICES_WRITE",
    "POST /v2/invoices/{invoice_id}/publish": "ORDERS_WRITE INVOICES_WRITE",
    "POST /v2/invoices/{invoice_id}/cancel": "ORDERS_WRITE INVOICES_WRITE",
    "GET /v2/online-checkout/payment-links": "ORDERS_READ",
    "POST /v2/online-checkout/payment-links": "PAYMENTS_WRITE ORDERS_READ ORDERS_WRITE",
    "GET /v2/online-checkout/payment-links/{id}": "ORDERS_READ",
    "DELETE /v2/online-checkout/payment-links/{id}": "ORDERS_READ ORDERS_WRITE",
    "GET /v2/payments": "PAYMENTS_READ",
    "POST /v2/payments": "PAYMENTS_WRITE",
    "GET /v2/payments/{payment_id}": "PAYMENTS_READ",
    "POST /v2/refunds": "PAYMENTS_WRITE",
    "GET /v2/refunds/{refund_id}": "PAYMENTS_READ",
    "POST /v2/inventory/counts/batch-retrieve": "INVENTORY_READ",
    "POST /v2/inventory/changes/batch-create": "INVENTORY_WRITE",
    "POST /v2/webhooks/subscriptions": "",
    "GET /v2/webhooks/subscriptions/{subscription_id}": "",
    "DELETE /v2/webhooks/subscriptions/{subscription_id}": "",
}
"""Every route of the API with what a seller must have agreed to; "" is for an application's own token only.

https://developer.squareup.com/docs/oauth-api/square-permissions
"""
