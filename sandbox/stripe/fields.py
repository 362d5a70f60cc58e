"""The parameters of each kind of object, as far as this stand-in understands them."""

from __future__ import annotations

from importlib.resources import files

from sandbox.stripe.kinds import (
    Boolean,
    Choice,
    Clearable,
    Either,
    Fraction,
    Integer,
    Kind,
    ListOf,
    Metadata,
    Percent,
    Retired,
    Shape,
    Text,
)

API_VERSION = "2026-10-28.endive"

EVENT_TYPES = files("sandbox.stripe").joinpath("event_types.txt").read_text(encoding="utf-8").split()
"""Every event an endpoint may ask for."""

Fields = dict[str, Kind]

TEXT, INTEGER, BOOLEAN, METADATA = Text(), Integer(), Boolean(), Metadata()
EXPAND: Fields = {"expand": ListOf(TEXT)}
SINCE = Either(INTEGER, Shape({"gt": INTEGER, "gte": INTEGER, "lt": INTEGER, "lte": INTEGER}))
PAGE: Fields = EXPAND | {"limit": Integer(1, 100), "starting_after": TEXT, "ending_before": TEXT}
SEARCH = Shape(EXPAND | {"query": TEXT, "limit": Integer(1, 100), "page": TEXT}, ("query",))
ONLY_EXPAND = Shape(EXPAND)

ADDRESS: Fields = {
    "city": TEXT,
    "country": TEXT,
    "line1": TEXT,
    "line2": TEXT,
    "postal_code": TEXT,
    "state": TEXT,
}
SHIPPING = Shape({"address": Shape(ADDRESS), "name": TEXT, "phone": TEXT}, ("address", "name"))
CUSTOM_FIELDS = Clearable(ListOf(Shape({"name": Text(30), "value": Text(30)}, ("name", "value")), longest=4))
TRANSFER = Shape({"amount": INTEGER, "destination": TEXT}, ("destination",))

CUSTOMER: Fields = EXPAND | {
    "address": Clearable(Shape(ADDRESS)),
    "balance": INTEGER,
    "business_name": Text(),
    "description": TEXT,
    "email": Text(512),
    "individual_name": Text(),
    "invoice_prefix": TEXT,
    "invoice_settings": Shape({"custom_fields": CUSTOM_FIELDS, "default_payment_method": TEXT, "footer": TEXT}),
    "metadata": METADATA,
    "name": Text(256),
    "next_invoice_sequence": Integer(1),
    "phone": Text(20),
    "preferred_locales": ListOf(TEXT),
    "shipping": Clearable(SHIPPING),
    "tax_exempt": Clearable(Choice("exempt", "none", "reverse")),
}

PRODUCT_DATA: Fields = {
    "description": Text(40000),
    "images": ListOf(TEXT),
    "metadata": METADATA,
    "name": TEXT,
    "tax_code": TEXT,
    "unit_label": TEXT,
}
UNIT_PRICE: Fields = {
    "currency": TEXT,
    "product": TEXT,
    "tax_behavior": Choice("exclusive", "inclusive", "unspecified"),
    "unit_amount": INTEGER,
    "unit_amount_decimal": Fraction(),
}
PRICE_DATA = Shape(UNIT_PRICE | {"product_data": Shape(PRODUCT_DATA, ("name",))}, ("currency",))

PRODUCT: Fields = EXPAND | {
    "active": BOOLEAN,
    "description": Text(40000),
    "id": TEXT,
    "images": ListOf(TEXT, longest=8),
    "metadata": METADATA,
    "name": TEXT,
    "tax_code": TEXT,
    "unit_label": Text(12),
    "url": TEXT,
}
PRICE: Fields = EXPAND | {
    "active": BOOLEAN,
    "currency": TEXT,
    "lookup_key": Text(200),
    "metadata": METADATA,
    "nickname": TEXT,
    "product": TEXT,
    "product_data": Shape({"active": BOOLEAN, "id": TEXT, "metadata": METADATA, "name": TEXT}, ("name",)),
    "tax_behavior": Choice("exclusive", "inclusive", "unspecified"),
    "unit_amount": Integer(0),
    "unit_amount_decimal": Fraction(),
}

LINE: Fields = {
    "amount": INTEGER,
    "description": TEXT,
    "discountable": BOOLEAN,
    "invoice_item": TEXT,
    "metadata": METADATA,
    "period": Shape({"start": INTEGER, "end": INTEGER}, ("start", "end")),
    "price_data": PRICE_DATA,
    "pricing": Shape({"price": TEXT}),
    "quantity": Integer(0),
}
INVOICE_ITEM: Fields = EXPAND | {
    "amount": INTEGER,
    "currency": TEXT,
    "customer": TEXT,
    "description": TEXT,
    "discountable": BOOLEAN,
    "invoice": TEXT,
    "metadata": METADATA,
    "period": Shape({"start": INTEGER, "end": INTEGER}, ("start", "end")),
    "price_data": Shape(UNIT_PRICE, ("currency", "product")),
    "pricing": Shape({"price": TEXT}),
    "quantity": Integer(0),
    "unit_amount_decimal": Fraction(),
}

INVOICE: Fields = EXPAND | {
    "application_fee_amount": Integer(0),
    "auto_advance": BOOLEAN,
    "automatic_tax": Shape({"enabled": BOOLEAN}, ("enabled",)),
    "automatically_finalizes_at": INTEGER,
    "collection_method": Choice("charge_automatically", "send_invoice"),
    "custom_fields": CUSTOM_FIELDS,
    "days_until_due": Integer(0),
    "description": Text(1500),
    "due_date": INTEGER,
    "effective_at": INTEGER,
    "footer": TEXT,
    "issuer": Shape({"account": TEXT, "type": Choice("account", "self")}, ("type",)),
    "metadata": METADATA,
    "number": TEXT,
    "on_behalf_of": TEXT,
    "payment_settings": Shape({"payment_method_types": Clearable(ListOf(Choice("card", "link", "customer_balance")))}),
    "rendering": Shape({"pdf": Shape({"page_size": Choice("a4", "auto", "letter")})}),
    "shipping_details": Shape({"address": Shape(ADDRESS), "name": TEXT, "phone": TEXT}, ("address", "name")),
    "statement_descriptor": Text(22),
    "transfer_data": TRANSFER,
}
NEW_INVOICE: Fields = INVOICE | {
    "currency": TEXT,
    "customer": TEXT,
    "pending_invoice_items_behavior": Choice("exclude", "include"),
}

INTENT: Fields = EXPAND | {
    "error_on_requires_action": BOOLEAN,
    "off_session": BOOLEAN,
    "payment_method": TEXT,
    "payment_method_types": Retired("payment_method_types_no_longer_supported"),
    "receipt_email": TEXT,
    "return_url": TEXT,
    "shipping": SHIPPING,
}
NEW_INTENT: Fields = INTENT | {
    "amount": Integer(1),
    "application_fee_amount": Integer(0),
    "automatic_payment_methods": Shape(
        {"allow_redirects": Choice("always", "never"), "enabled": BOOLEAN}, ("enabled",)
    ),
    "confirm": BOOLEAN,
    "currency": TEXT,
    "customer": TEXT,
    "description": Text(1000),
    "metadata": METADATA,
    "on_behalf_of": TEXT,
    "statement_descriptor": Text(22),
    "statement_descriptor_suffix": Text(22),
    "transfer_data": TRANSFER,
    "transfer_group": TEXT,
}

REFUND: Fields = EXPAND | {
    "amount": Integer(1),
    "charge": TEXT,
    "metadata": METADATA,
    "payment_intent": TEXT,
    "reason": Choice("duplicate", "fraudulent", "requested_by_customer"),
    "refund_application_fee": BOOLEAN,
    "reverse_transfer": BOOLEAN,
}

SESSION: Fields = EXPAND | {
    "after_expiration": Shape(
        {"recovery": Shape({"allow_promotion_codes": BOOLEAN, "enabled": BOOLEAN}, ("enabled",))}
    ),
    "allowed_payment_method_types": ListOf(Choice("card", "link", "cashapp", "us_bank_account")),
    "billing_address_collection": Choice("auto", "required"),
    "cancel_url": TEXT,
    "client_reference_id": Text(200),
    "customer": TEXT,
    "customer_creation": Choice("always", "if_required"),
    "customer_email": TEXT,
    "expires_at": INTEGER,
    "line_items": ListOf(
        Shape({"metadata": METADATA, "price": TEXT, "price_data": PRICE_DATA, "quantity": Integer(1)}),
        longest=100,
    ),
    "locale": Choice("auto", "en", "es", "fr", "de", "it", "ja", "ko", "ms", "fil", "id", "th", "vi", "zh", "zh-TW"),
    "metadata": METADATA,
    "mode": Choice("payment"),
    "payment_intent_data": Shape(
        {
            "application_fee_amount": Integer(0),
            "description": Text(1000),
            "metadata": METADATA,
            "on_behalf_of": TEXT,
            "receipt_email": TEXT,
            "statement_descriptor": Text(22),
            "statement_descriptor_suffix": Text(22),
            "transfer_data": TRANSFER,
            "transfer_group": TEXT,
        }
    ),
    "phone_number_collection": Shape({"enabled": BOOLEAN}, ("enabled",)),
    "submit_type": Choice("auto", "book", "donate", "pay"),
    "success_url": TEXT,
    "ui_mode": Choice("hosted_page"),
}

_LINK_PRODUCT: Fields = PRODUCT_DATA | {"description": TEXT}
LINK: Fields = EXPAND | {
    "customer_creation": Choice("always", "if_required"),
    "inactive_message": Text(500),
    "metadata": METADATA,
    "payment_intent_data": Shape({"description": TEXT, "metadata": METADATA}),
    "restrictions": Shape({"completed_sessions": Shape({"limit": Integer(1)}, ("limit",))}, ("completed_sessions",)),
    "submit_type": Choice("auto", "book", "donate", "pay"),
}
NEW_LINK: Fields = LINK | {
    "application_fee_amount": Integer(0),
    "line_items": ListOf(
        Shape(
            {
                "price": TEXT,
                "price_data": Shape(
                    UNIT_PRICE | {"product_data": Shape(_LINK_PRODUCT, ("name",))},
                    ("currency",),
                ),
                "quantity": Integer(1),
            },
            ("quantity",),
        ),
        longest=20,
    ),
    "transfer_data": TRANSFER,
}
CHANGED_LINK: Fields = LINK | {"active": BOOLEAN, "restrictions": Clearable(LINK["restrictions"])}

RECURRING = Shape({"interval": Choice("day", "month", "week", "year"), "interval_count": Integer(1)}, ("interval",))
SUBSCRIPTION: Fields = EXPAND | {
    "application_fee_percent": Percent(),
    "customer": TEXT,
    "description": Text(500),
    "items": ListOf(
        Shape(
            {
                "metadata": METADATA,
                "price": TEXT,
                "price_data": Shape(UNIT_PRICE | {"recurring": RECURRING}, ("currency", "product", "recurring")),
                "quantity": Integer(1),
            }
        ),
        longest=20,
    ),
    "metadata": METADATA,
    "payment_behavior": Choice("allow_incomplete", "default_incomplete"),
    "payment_settings": Shape({"save_default_payment_method": Choice("off", "on_subscription")}),
}
CHANGED_SUBSCRIPTION: Fields = EXPAND | {
    "metadata": METADATA,
    "pause_collection": Clearable(
        Shape({"behavior": Choice("keep_as_draft", "mark_uncollectible", "void"), "resumes_at": INTEGER}, ("behavior",))
    ),
}

WEBHOOK_ENDPOINT: Fields = EXPAND | {
    "api_version": Choice(API_VERSION),
    "connect": BOOLEAN,
    "description": TEXT,
    "enabled_events": ListOf(Choice("*", *EVENT_TYPES)),
    "metadata": METADATA,
    "url": TEXT,
}

_REQUESTED = Shape({"requested": BOOLEAN})
ACCOUNT: Fields = EXPAND | {
    "business_profile": Shape({"name": TEXT, "url": TEXT}),
    "capabilities": Shape({"card_payments": _REQUESTED, "transfers": _REQUESTED}),
    "controller": Shape(
        {
            "fees": Shape({"payer": Choice("account", "application")}),
            "losses": Shape({"payments": Choice("application", "stripe")}),
            "requirement_collection": Choice("application", "stripe"),
            "stripe_dashboard": Shape({"type": Choice("express", "full", "none")}),
        }
    ),
    "country": TEXT,
    "default_currency": TEXT,
    "email": TEXT,
    "metadata": METADATA,
}
ACCOUNT_LINK: Fields = EXPAND | {
    "account": TEXT,
    "collection_options": Shape(
        {
            "fields": Choice("currently_due", "eventually_due"),
            "future_requirements": Choice("include", "omit"),
        }
    ),
    "refresh_url": TEXT,
    "return_url": TEXT,
    "type": Choice("account_onboarding", "account_update"),
}
TRANSFER_OUT: Fields = EXPAND | {
    "amount": INTEGER,
    "currency": TEXT,
    "description": TEXT,
    "destination": TEXT,
    "metadata": METADATA,
    "source_transaction": TEXT,
    "transfer_group": TEXT,
}
BALANCE_SETTINGS: Fields = EXPAND | {
    "payments": Shape(
        {
            "payouts": Shape(
                {
                    "schedule": Shape(
                        {
                            "interval": Choice("daily", "manual", "monthly", "weekly"),
                            "monthly_payout_days": ListOf(INTEGER),
                            "weekly_payout_days": ListOf(
                                Choice("friday", "monday", "thursday", "tuesday", "wednesday")
                            ),
                        }
                    )
                }
            )
        }
    )
}
