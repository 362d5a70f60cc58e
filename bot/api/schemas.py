"""The schemas of what the API answers: every field of every shape, none optional."""

from __future__ import annotations

from adapters.base import Capability, CheckoutStyle
from bot.api.rule_bodies import SHAPE as RULES
from bot.api.shapes import Json
from bot.domain.books import PaymentStatus
from bot.domain.buyer import Light
from bot.domain.claim import ClaimStatus
from bot.domain.invoice import InvoiceStatus, LineKind
from bot.domain.show import ShowStatus
from bot.domain.subscription import ASKED, INTERVALS, REFUSED
from storage.deliveries import DeliveryStatus


def _object(**properties: Json) -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(properties),
    }


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _list_of(schema: Json) -> Json:
    return {"type": "array", "items": schema}


def _page(plural: str, schema: str) -> Json:
    return _object(**{plural: _list_of(_see(schema)), "next_cursor": MAYBE_TEXT})


def _see(schema: str) -> Json:
    return {"$ref": f"#/components/schemas/{schema}"}


def _one_of(
    statuses: type[ShowStatus | ClaimStatus | InvoiceStatus | LineKind | DeliveryStatus | Light | PaymentStatus],
) -> Json:
    return {"type": "string", "enum": [status.value for status in statuses]}


TEXT: Json = {"type": "string"}
MAYBE_TEXT: Json = {"type": ["string", "null"]}
FLAG: Json = {"type": "boolean"}
ID: Json = {"type": "integer", "minimum": 1}
MAYBE_ID: Json = {"type": ["integer", "null"], "minimum": 1}
COUNT: Json = {"type": "integer", "minimum": 0}
MAYBE_COUNT: Json = {"type": ["integer", "null"], "minimum": 0}
CENTS: Json = {"type": "integer", "minimum": 0, "description": "Minor units of the currency."}
OWED_CENTS: Json = CENTS | {"description": "Minor units of the currency; what they owe in it, in all shows."}
MAYBE_CENTS: Json = {"type": ["integer", "null"], "minimum": 0, "description": "Minor units; null is unpriced."}
SIGNED_CENTS: Json = {
    "type": "integer",
    "description": "Minor units of the currency; below zero for what is taken off.",
}
MAYBE_SIGNED_CENTS: Json = {
    "type": ["integer", "null"],
    "description": "Minor units, below zero for what is taken off; null is unpriced.",
}
CURRENCY: Json = {"type": "string", "pattern": "^[A-Z]{3}$"}
MOMENT: Json = {"type": "string", "format": "date-time"}
MAYBE_MOMENT: Json = {"type": ["string", "null"], "format": "date-time"}
COUNTS: Json = {"type": "object", "additionalProperties": COUNT}

_SHOW: dict[str, Json] = {
    "id": ID,
    "title": TEXT,
    "status": _one_of(ShowStatus),
    "currency": CURRENCY,
    "market": MAYBE_TEXT,
    "rules": RULES,
    "started_at": MAYBE_MOMENT,
    "ended_at": MAYBE_MOMENT,
}
_BUYER: dict[str, Json] = {
    "id": ID,
    "handle": TEXT,
    "name": TEXT,
    "platform": TEXT,
    "platform_user_id": TEXT,
    "blocked": FLAG,
    "light": _one_of(Light),
}
_LINE = _object(
    kind=_one_of(LineKind),
    code=TEXT,
    title=TEXT,
    options=_list_of(TEXT),
    quantity=ID,
    unit_cents=MAYBE_SIGNED_CENTS,
    amount_cents=SIGNED_CENTS,
)
_SUM = _object(amount_cents=SIGNED_CENTS, currency=CURRENCY)
_WON = _object(code=TEXT, quantity=ID, options=_list_of(TEXT))

_STATUS: dict[str, Json] = {
    "provider": TEXT,
    "display_name": TEXT,
    "connected": FLAG,
    "status": {"type": "string", "enum": ["active", "inactive", "error"]},
    "error": MAYBE_TEXT,
    "account_id": MAYBE_TEXT,
    "account_name": MAYBE_TEXT,
    "livemode": {"type": ["boolean", "null"]},
    "bills": FLAG,  # whether new invoices are made there
    "connected_at": MAYBE_MOMENT,
    "synced_at": MAYBE_MOMENT,
}
_STYLE: Json = {"type": "string", "enum": [style.value for style in CheckoutStyle]}

SCHEMAS: dict[str, Json] = {
    "Show": _object(**_SHOW),
    "ShowWithTally": _object(**_SHOW, tally=COUNTS),
    "Item": _object(
        code=TEXT,
        title=TEXT,
        price_cents=MAYBE_CENTS,
        currency=CURRENCY,
        quantity=COUNT,
        options=_list_of(TEXT),
        open=FLAG,
        reserved=FLAG,
        bundle=_or_null(_object(pieces=ID, price_cents=CENTS)),
        won=COUNT,
        waiting=COUNT,
        stock=_list_of(_object(options=_list_of(TEXT), quantity=COUNT, won=COUNT, waiting=COUNT)),
    ),
    "Buyer": _object(**_BUYER),
    "BuyerOfShow": _object(
        **_BUYER,
        pieces=COUNT,
        waiting=COUNT,
        offered=COUNT,
        amount_cents=CENTS,
        owed_cents=OWED_CENTS,
        currency=CURRENCY,
        items=_list_of(_WON),
    ),
    "Claim": _object(
        id=MAYBE_ID,
        seq=ID,
        kind=TEXT,
        comment_id=MAYBE_TEXT,
        text=TEXT,
        buyer=_or_null(_see("Buyer")),
        item=MAYBE_TEXT,
        quantity=MAYBE_COUNT,
        options=_list_of(TEXT),
        # An entry about the stock decides nothing, so its status is empty.
        status={"type": "string", "enum": [*(status.value for status in ClaimStatus), ""]},
        reason=TEXT,
        position=MAYBE_ID,
        commented_at=MOMENT,
        decided_at=MOMENT,
        invoice_id=MAYBE_ID,
        # What an unclear comment may claim, each a list of wishes; see /doubts.
        candidates=_list_of(_list_of(_object(item=TEXT, quantity=COUNT, options=_list_of(TEXT)))),
        due_at=MAYBE_MOMENT,
    ),
    "Invoice": _object(
        id=ID,
        show_id=ID,
        number=TEXT,
        buyer=_or_null(_see("Buyer")),
        provider=TEXT,
        external_id=MAYBE_TEXT,
        external_url=MAYBE_TEXT,
        pay_url=MAYBE_TEXT,
        status=_one_of(InvoiceStatus),
        amount_cents=CENTS,
        paid_cents=CENTS,
        refunded_cents=CENTS,
        currency=CURRENCY,
        line_items=_list_of(_LINE),
        delivery=_or_null(_object(status=_one_of(DeliveryStatus), rung=MAYBE_TEXT, error=MAYBE_TEXT)),
        error_message=MAYBE_TEXT,
        sent_at=MAYBE_MOMENT,
        paid_at=MAYBE_MOMENT,
        created_at=MOMENT,
    ),
    "Onboarding": _object(account_id=TEXT, onboarding_url=TEXT, expires_at=MOMENT, status=TEXT, step=TEXT),
    "ConnectedAccount": _object(
        workspace_id=ID,
        provider=TEXT,
        account_id=TEXT,
        status=TEXT,
        step=TEXT,
        rejection_reason=MAYBE_TEXT,
        business_name=MAYBE_TEXT,
        country=MAYBE_TEXT,
        default_currency=MAYBE_TEXT,
        charges_enabled=FLAG,
        payouts_enabled=FLAG,
        fee_percent={"type": "number", "minimum": 0},
        updated_at=MOMENT,
    ),
    "Transfer": _object(
        transfer_id=TEXT, workspace_id=ID, account_id=TEXT, amount_cents=CENTS, currency=CURRENCY, status=TEXT
    ),
    "Balance": _object(available=_list_of(_SUM), pending=_list_of(_SUM)),
    "PayoutSchedule": _object(
        interval=TEXT, weekly_on=_list_of(TEXT), monthly_on=_list_of({"type": "integer", "minimum": 1, "maximum": 31})
    ),
    "Integration": _object(
        **_STATUS,
        locked=FLAG,
        locked_reason=MAYBE_TEXT,
        capabilities=_list_of({"type": "string", "enum": [one.value for one in Capability]}),
        styles=_list_of(_STYLE),
        connect=_object(
            key=FLAG,
            oauth=FLAG,
            keys_page=MAYBE_TEXT,
            fields=_list_of(_object(name=TEXT, label=TEXT, example=TEXT, secret=FLAG, required=FLAG)),
        ),
    ),
    "Integrations": _page("integrations", "Integration"),
    "IntegrationStatus": _object(**_STATUS),
    "Account": _object(
        id=TEXT,
        name=TEXT,
        currency=MAYBE_TEXT,
        country=MAYBE_TEXT,
        livemode=FLAG,
        can_charge=FLAG,
    ),
    "IntegrationSummary": _object(
        provider=TEXT,
        account=_see("Account"),
        customers=MAYBE_COUNT,
        open_invoices=MAYBE_COUNT,
        balance=_list_of(_object(amount_cents=SIGNED_CENTS, currency=CURRENCY)),
        locations=_list_of(_object(id=TEXT, name=TEXT, status=TEXT)),
        records=COUNTS,
    ),
    "IntegrationTest": _object(
        success=FLAG,
        message=TEXT,
        error_code=MAYBE_TEXT,
        account=_or_null(_see("Account")),
    ),
    "IntegrationSettings": _object(
        currency=CURRENCY,
        memo_template=TEXT,
        message_template=MAYBE_TEXT,
        checkout_style=_or_null(_STYLE),
        due_days=MAYBE_COUNT,
        auto_sync=FLAG,
        sync_invoices=FLAG,
        sync_payments=FLAG,
        webhook_enabled=FLAG,
    ),
    "IntegrationLog": _object(
        id=ID,
        level={"type": "string", "enum": ["info", "warning", "error"]},
        event=TEXT,
        message=TEXT,
        details={"type": "object"},
        happened_at=MOMENT,
    ),
    "IntegrationLogs": _page("logs", "IntegrationLog"),
    "Connected": _object(
        provider=TEXT,
        connected={"const": True},
        account=_see("Account"),
        webhook=FLAG,
        webhook_error=MAYBE_TEXT,
        still_to_do=MAYBE_TEXT,
        left_open=COUNT,
    ),
    "OAuthPage": _object(auth_url=TEXT, state=TEXT),
    "ConnectedOrPage": {"anyOf": [_see("Connected"), _see("OAuthPage")]},
    "Disconnected": _object(provider=TEXT, connected={"const": False}, left_open=COUNT),
    "Synced": _object(synced=COUNT, updated=COUNT, errors=_list_of(TEXT)),
    "Payment": _object(
        id=ID,
        order_id=TEXT,
        invoice_id=MAYBE_ID,
        provider=TEXT,
        provider_ref=MAYBE_TEXT,
        checkout_url=MAYBE_TEXT,
        amount_cents=CENTS,
        currency=CURRENCY,
        status=_one_of(PaymentStatus),
        method=MAYBE_TEXT,
        fee_cents={"type": ["integer", "null"], "description": "Minor units; null while the provider does not say."},
        expires_at=MAYBE_MOMENT,
        paid_at=MAYBE_MOMENT,
        created_at=MOMENT,
    ),
    "Subscription": _object(
        id=ID,
        buyer=_or_null(_see("Buyer")),
        provider=TEXT,
        external_id=MAYBE_TEXT,
        external_url=MAYBE_TEXT,
        title=TEXT,
        amount_cents=CENTS,
        currency=CURRENCY,
        interval={"type": "string", "enum": list(INTERVALS)},
        # Or another word of its provider's, where it has one of its own.
        status=TEXT | {"examples": [ASKED, REFUSED, "incomplete", "active", "past_due", "paused", "canceled"]},
        error_message=MAYBE_TEXT,
        created_at=MOMENT,
    ),
    "Portal": _object(url=TEXT),
    "Generated": _object(run_id=ID, invoices=COUNT),
    "Run": _object(id=ID, kind=TEXT, show_id=ID, total=COUNT, done=COUNT, counts=COUNTS, finished=FLAG),
    "Shows": _page("shows", "Show"),
    "Items": _page("items", "Item"),
    "Claims": _page("claims", "Claim"),
    "Buyers": _page("buyers", "BuyerOfShow"),
    "Invoices": _page("invoices", "Invoice"),
    "Payments": _page("payments", "Payment"),
    "Subscriptions": _page("subscriptions", "Subscription"),
    "Capabilities": _object(
        accounting_mode=TEXT,
        features={"type": "object", "additionalProperties": FLAG},
        version=TEXT,
        build_hash=TEXT,
        build_variant=TEXT,
    ),
    "Document": {"type": "object"},
    "Error": _object(success={"const": False}, message=TEXT, error_code=TEXT, details={"type": "object"}),
}
