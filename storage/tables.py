"""Every table, in one place: the shape of what is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(sa.types.TypeDecorator[datetime]):
    """A moment in UTC, kept as whole milliseconds since 1970; only aware datetimes go in and come out."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Milliseconds, or None."""
        return None if value is None else to_millis(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """An aware datetime, or None."""
        return None if value is None else from_millis(value)


def to_millis(moment: datetime) -> int:
    """Whole milliseconds since 1970 UTC. Raises ValueError for a datetime that does not know its zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_millis(millis: int) -> datetime:
    """The moment, in UTC."""
    return _EPOCH + timedelta(milliseconds=millis)


class Json(sa.types.TypeDecorator[Any]):
    """JSON as text on every database, so that set-based statements can carry it as a plain column."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Compact JSON text."""
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """The value again."""
        return None if value is None else json.loads(value)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", _Id, primary_key=True, autoincrement=True)


def _ref(name: str, table: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _Id, sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _pointer(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """A reference that the database does not check: PostgreSQL would spend as much on it as on the row.

    It is for the rows that comments make, hundreds a second. Whoever writes them has just read or made what they point
    to, and nothing of that is ever deleted but an item, which is taken off its claims first.
    """
    return sa.Column(name, _Id, nullable=nullable)


def _workspace() -> sa.Column[Any]:
    return _ref("workspace_id", "workspaces")


def _text(name: str, *, default: str | None = "") -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=default is None, default=default, server_default=default)


def _number(name: str, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, default=default, server_default=str(default))


def _flag(name: str, default: bool) -> sa.Column[bool]:
    return sa.Column(
        name, sa.Boolean, nullable=False, default=default, server_default=sa.true() if default else sa.false()
    )


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, Moment, nullable=nullable)


workspaces = sa.Table(
    "workspaces",
    metadata,
    _id(),
    _text("uid"),
    _text("name"),
    _text("plan", default="business"),
    _text("currency", default="USD"),
    _number("fee_basis_points"),
    sa.Column("current_show_id", _Id, nullable=True),
    _moment("created_at"),
    sa.UniqueConstraint("uid"),
)

channels = sa.Table(
    "channels",
    metadata,
    _id(),
    _workspace(),
    _text("platform"),
    _text("external_id"),
    _text("title"),
    sa.Column("poll_offset", sa.BigInteger, nullable=True),
    _moment("created_at"),
    sa.UniqueConstraint("platform", "external_id"),
)

feeds = sa.Table(
    "feeds",
    metadata,
    _id(),
    _workspace(),
    _ref("channel_id", "channels"),
    _text("external_id"),
    _text("title"),
    _flag("muted", False),
    _moment("created_at"),
    sa.UniqueConstraint("channel_id", "external_id"),
)

operators = sa.Table(
    "operators",
    metadata,
    _id(),
    _workspace(),
    _text("name"),
    _text("role", default="operator"),
    _moment("created_at"),
)

operator_identities = sa.Table(
    "operator_identities",
    metadata,
    _id(),
    _workspace(),
    _ref("operator_id", "operators"),
    _ref("channel_id", "channels"),
    _text("platform_user_id"),
    _text("chat_id"),
    sa.UniqueConstraint("channel_id", "platform_user_id"),
)

pairing_codes = sa.Table(
    "pairing_codes",
    metadata,
    _id(),
    _workspace(),
    _text("code_hash"),
    _text("role", default="operator"),
    _moment("expires_at"),
    _moment("used_at", nullable=True),
    sa.UniqueConstraint("code_hash"),
)

api_tokens = sa.Table(
    "api_tokens",
    metadata,
    _id(),
    _workspace(),
    _text("name"),
    _text("token_hash"),
    _text("scope", default="read"),
    _moment("created_at"),
    sa.UniqueConstraint("token_hash"),
)

shows = sa.Table(
    "shows",
    metadata,
    _id(),
    _workspace(),
    _text("title"),
    _text("status", default="draft"),
    _text("currency"),
    _text("market"),
    _number("next_seq", 1),
    _number("items_version"),
    _number("doubts_seen"),
    sa.Column("rules", Json, nullable=False, default=dict, server_default="{}"),
    sa.Column("pricing", Json, nullable=False, default=dict, server_default="{}"),
    _moment("started_at", nullable=True),
    _moment("ended_at", nullable=True),
    _moment("created_at"),
    sa.Index("ix_shows_workspace_id_status", "workspace_id", "status"),
)

show_feeds = sa.Table(
    "show_feeds",
    metadata,
    _id(),
    _workspace(),
    _ref("show_id", "shows"),
    _ref("channel_id", "channels"),
    _text("external_id"),
    sa.UniqueConstraint("show_id", "channel_id", "external_id"),
)
"""A show with rows here hears only these feeds of that channel; without any, it hears the whole channel."""

items = sa.Table(
    "items",
    metadata,
    _id(),
    _workspace(),
    _ref("show_id", "shows"),
    _text("code"),
    _text("code_key"),
    sa.Column("parent_id", _Id, nullable=True),
    _text("title"),
    sa.Column("price_cents", sa.BigInteger, nullable=True),
    sa.Column("bundle_pieces", sa.BigInteger, nullable=True),
    sa.Column("bundle_cents", sa.BigInteger, nullable=True),
    _text("currency"),
    _number("quantity", 1),
    sa.Column("options", Json, nullable=False),
    _flag("open", True),
    _flag("reserved", False),
    _number("won"),
    _number("waiting"),
    _moment("created_at"),
    sa.UniqueConstraint("show_id", "code_key"),
    sa.Index(
        "ix_items_parent_id",
        "parent_id",
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    ),
    sa.CheckConstraint("won >= 0 AND won <= quantity", name="never_oversold"),
    sa.CheckConstraint("waiting >= 0", name="waiting_counts"),
)

FLAGGED = sa.text("blocked OR deposit_due OR pays_first")
"""The few buyers who may not claim like anybody else, in the words of their index."""

buyers = sa.Table(
    "buyers",
    metadata,
    _id(),
    _workspace(),
    _text("handle"),
    _text("handle_key"),
    _text("name"),
    _text("platform"),
    _text("platform_user_id"),
    _flag("blocked", False),
    _flag("deposit_due", False),
    _flag("pays_first", False),
    sa.Column("hold_minutes", sa.BigInteger, nullable=True),
    _number("strikes"),
    _text("note"),
    _text("language"),
    sa.Column("merged_into_id", _Id, nullable=True),
    _moment("created_at"),
    sa.Index("ix_buyers_workspace_id_handle_key", "workspace_id", "handle_key"),
    sa.Index("ix_buyers_flagged", "workspace_id", sqlite_where=FLAGGED, postgresql_where=FLAGGED),
)
"""`blocked` claims nothing, `deposit_due` nothing before a deposit; what `pays_first` has not paid goes to whoever
waits for it. `merged_into_id` is the buyer this one turned out to be."""

strikes = sa.Table(
    "strikes",
    metadata,
    _id(),
    _workspace(),
    _ref("buyer_id", "buyers"),
    _text("reason"),
    _moment("given_at"),
    _moment("taken_back_at", nullable=True),
    sa.Index("ix_strikes_buyer_id", "buyer_id"),
)
"""What buyers got strikes for; how many of them stand is counted in `buyers`."""

identities = sa.Table(
    "identities",
    metadata,
    _id(),
    _pointer("workspace_id"),
    _pointer("buyer_id"),
    _pointer("channel_id"),
    _text("kind"),
    _text("platform_user_id"),
    _text("username"),
    _text("name"),
    _text("chat_id"),
    sa.Column("reachable", sa.Boolean, nullable=True),
    _moment("last_inbound_at", nullable=True),
    sa.UniqueConstraint("channel_id", "kind", "platform_user_id"),
    sa.Index("ix_identities_buyer_id", "buyer_id"),
)
"""One id a platform gives a buyer; `chat_id` is where to write to them, `reachable` is None until that was tried."""

customers = sa.Table(
    "customers",
    metadata,
    _id(),
    _workspace(),
    _ref("buyer_id", "buyers"),
    _text("provider"),
    _text("account_id"),
    _text("customer_id"),
    sa.UniqueConstraint("buyer_id", "provider", "account_id"),
)

OTHER_THAN_COMMENTS = sa.text("kind <> 'comment'")
UNCLEAR = sa.text("status = 'ambiguous'")
"""The few entries of a ledger that are something else, in the words of their index."""

ledger = sa.Table(
    "ledger",
    metadata,
    _id(),
    _pointer("workspace_id"),
    _pointer("show_id"),
    _number("seq"),
    _text("kind"),
    _pointer("channel_id", nullable=True),
    _text("feed_id"),
    sa.Column("comment_id", sa.Text, nullable=True),
    _text("verb"),
    _number("revision"),
    _pointer("buyer_id", nullable=True),
    _text("text"),
    _text("status"),
    _text("reason"),
    sa.Column("entry", Json, nullable=True),
    _moment("commented_at"),
    _moment("decided_at"),
    sa.UniqueConstraint("show_id", "seq"),
    sa.UniqueConstraint("channel_id", "comment_id", "verb", "revision"),
    sa.Index("ix_ledger_show_id", "show_id", sqlite_where=OTHER_THAN_COMMENTS, postgresql_where=OTHER_THAN_COMMENTS),
    sa.Index("ix_ledger_show_id_seq_unclear", "show_id", "seq", sqlite_where=UNCLEAR, postgresql_where=UNCLEAR),
)
"""Append-only: every comment with its decision, every release, award and change of stock, in the order decided."""

resolutions = sa.Table(
    "resolutions",
    metadata,
    _id(),
    _workspace(),
    _ref("show_id", "shows"),
    _number("seq"),
    _number("resolved_seq"),
    sa.UniqueConstraint("show_id", "seq"),
)
"""Which unclear comments (`seq`) an operator has resolved, and the ledger entry that says how."""

WON_AND_NOT_BILLED = sa.text("status = 'winner' AND invoice_id IS NULL")
"""What buyers will owe, whatever the show, in the words of its index."""

claims = sa.Table(
    "claims",
    metadata,
    _id(),
    _pointer("workspace_id"),
    _pointer("show_id"),
    _number("seq"),
    _number("wish"),
    _pointer("item_id", nullable=True),
    _text("item_code"),
    _pointer("buyer_id", nullable=True),
    _number("quantity", 1),
    sa.Column("options", Json, nullable=False),
    _text("status"),
    _text("reason"),
    sa.Column("position", sa.BigInteger, nullable=True),
    sa.Column("invoice_id", _Id, nullable=True),
    _moment("decided_at"),
    _moment("due_at", nullable=True),
    _moment("reminded_of", nullable=True),
    sa.UniqueConstraint("show_id", "seq", "wish"),
    sa.Index("ix_claims_item_id_status_position", "item_id", "status", "position"),
    sa.Index("ix_claims_show_id_buyer_id_item_id", "show_id", "buyer_id", "item_id"),
    sa.Index(
        "ix_claims_unmatched",
        "show_id",
        sqlite_where=sa.text("status = 'unmatched'"),
        postgresql_where=sa.text("status = 'unmatched'"),
    ),
    sa.Index(
        "ix_claims_invoice_id",
        "invoice_id",
        sqlite_where=sa.text("invoice_id IS NOT NULL"),
        postgresql_where=sa.text("invoice_id IS NOT NULL"),
    ),
    sa.Index(
        "ix_claims_workspace_id_buyer_id",
        "workspace_id",
        "buyer_id",
        sqlite_where=WON_AND_NOT_BILLED,
        postgresql_where=WON_AND_NOT_BILLED,
    ),
    sa.Index(
        "ix_claims_due_at",
        "due_at",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    ),
)
"""The state each wish is in now. `seq` is the ledger entry that made it, `wish` its place in that comment; at `due_at`
an offer or the time to pay ends, and `reminded_of` is the last such moment its buyer was reminded of."""

tallies = sa.Table(
    "tallies",
    metadata,
    _id(),
    _workspace(),
    _ref("show_id", "shows"),
    _text("status"),
    _number("claims"),
    sa.UniqueConstraint("show_id", "status"),
)
"""How many claims of a show stand at a status."""

integrations = sa.Table(
    "integrations",
    metadata,
    _id(),
    _workspace(),
    _text("provider"),
    _text("status", default="inactive"),
    _text("display_name"),
    _text("account_id"),
    _flag("livemode", False),
    sa.Column("credentials_enc", sa.LargeBinary, nullable=True),
    sa.Column("settings", Json, nullable=False),
    _text("error"),
    _moment("connected_at", nullable=True),
    sa.UniqueConstraint("workspace_id", "provider"),
)

HAS_A_LINK = sa.text("pay_token <> ''")
"""Of an invoice, in the words of its index."""

invoices = sa.Table(
    "invoices",
    metadata,
    _id(),
    _workspace(),
    _ref("show_id", "shows"),
    _ref("integration_id", "integrations"),
    _text("provider"),
    _text("account_id"),
    _text("number"),
    _ref("buyer_id", "buyers"),
    _text("buyer_handle"),
    _text("buyer_platform_user_id"),
    sa.Column("external_id", sa.Text, nullable=True),
    sa.Column("external_url", sa.Text, nullable=True),
    sa.Column("customer_id", sa.Text, nullable=True),
    _text("status", default="draft"),
    _number("attempt", 1),
    _number("tries", 1),
    _text("pay_token"),
    _text("style", default="invoice"),
    _number("paid_cents"),
    _number("refunded_cents"),
    sa.Column("open_cents", sa.BigInteger, nullable=True),
    _text("how_to_pay"),
    _number("amount_cents"),
    _text("currency"),
    sa.Column("line_items", Json, nullable=False),
    sa.Column("error_message", sa.Text, nullable=True),
    sa.Column("replaces_id", _Id, nullable=True),
    sa.Column("merged_into_id", _Id, nullable=True),
    _moment("first_tried_at", nullable=True),
    _moment("asked_at", nullable=True),
    _moment("sent_at", nullable=True),
    _moment("paid_at", nullable=True),
    _moment("created_at"),
    sa.Index("ix_invoices_show_id_status", "show_id", "status"),
    sa.Index("ix_invoices_workspace_id_created_at", "workspace_id", "created_at"),
    sa.Index("ix_invoices_external_id", "external_id"),
    sa.Index("ix_invoices_workspace_id_buyer_id", "workspace_id", "buyer_id"),
    sa.Index(
        "ix_invoices_pay_token",
        "pay_token",
        unique=True,
        sqlite_where=HAS_A_LINK,
        postgresql_where=HAS_A_LINK,
    ),
)

payments = sa.Table(
    "payments",
    metadata,
    _id(),
    _workspace(),
    _text("order_id"),
    sa.Column("invoice_id", _Id, sa.ForeignKey("invoices.id"), nullable=True),
    _text("provider"),
    _text("account_id"),
    sa.Column("provider_ref", sa.Text, nullable=True),
    sa.Column("payment_ref", sa.Text, nullable=True),
    sa.Column("checkout_url", sa.Text, nullable=True),
    _text("method"),
    _number("amount_cents"),
    _number("refunded_cents"),
    sa.Column("fee_cents", sa.BigInteger, nullable=True),
    _text("currency"),
    _text("status", default="pending"),
    _text("title"),
    sa.Column("line_items", Json, nullable=False),
    _text("note"),
    _text("by"),
    sa.Column("slip", Json, nullable=True),
    _number("attempt", 1),
    _moment("asked_at", nullable=True),
    _moment("expires_at", nullable=True),
    _moment("paid_at", nullable=True),
    _moment("created_at"),
    sa.UniqueConstraint("workspace_id", "order_id"),
    sa.Index("ix_payments_workspace_id_created_at", "workspace_id", "created_at"),
    sa.Index("ix_payments_provider_ref", "provider_ref"),
    sa.Index("ix_payments_invoice_id", "invoice_id"),
)
"""Money that is asked for on a page, or came in any way. `order_id` is ours: of the API's caller, of an invoice's page,
or of the deed that wrote it down. `provider_ref` is the page at the provider, `payment_ref` what was paid there,
`refunded_cents` what the provider says went back of it, `fee_cents` what it keeps; `slip` is where a picture of a
transfer was sent (channel, file). `attempt` counts the pages opened for one `order_id`, and `expires_at` of a page that
is being opened is until when whoever opens it is waited for."""

refunds = sa.Table(
    "refunds",
    metadata,
    _id(),
    _workspace(),
    sa.Column("invoice_id", _Id, sa.ForeignKey("invoices.id"), nullable=True),
    sa.Column("payment_id", _Id, sa.ForeignKey("payments.id"), nullable=True),
    _text("kind", default="refund"),
    _text("provider"),
    _text("account_id"),
    _text("payment_ref"),
    sa.Column("provider_ref", sa.Text, nullable=True),
    _number("amount_cents"),
    _text("currency"),
    _text("status", default="asked"),
    _text("reason"),
    _text("error"),
    _text("by"),
    _number("attempt", 1),
    _number("tries", 1),
    sa.Column("before_cents", sa.BigInteger, nullable=True),
    _moment("created_at"),
    _moment("asked_at", nullable=True),
    _moment("settled_at", nullable=True),
    sa.Index("ix_refunds_invoice_id", "invoice_id"),
    sa.Index("ix_refunds_status", "status"),
)
"""Money that goes back, reserved before the provider is called: asked, pending, succeeded or failed.

`kind` is refund, or dispute for what a buyer's bank takes back: pending while it is open, failed when it was won.
`before_cents` is what had gone back of the payment when the provider was about to be asked: so what it has done is
known also when its answer is lost."""

oauth_states = sa.Table(
    "oauth_states",
    metadata,
    _id(),
    _workspace(),
    _text("provider"),
    _text("state_hash"),
    _text("operator"),
    sa.Column("channel_id", _Id, nullable=True),
    _text("chat_id"),
    sa.Column("verifier_enc", sa.LargeBinary, nullable=False),
    _text("redirect_uri"),
    _moment("expires_at"),
    _moment("used_at", nullable=True),
    sa.UniqueConstraint("state_hash"),
)
"""Who has gone to a provider's page to connect it, until they come back with the state we gave them; once."""

integration_logs = sa.Table(
    "integration_logs",
    metadata,
    _id(),
    _workspace(),
    _text("provider"),
    _text("level", default="info"),
    _text("event"),
    _text("message"),
    sa.Column("details", Json, nullable=False),
    _moment("happened_at"),
    sa.Index("ix_integration_logs_workspace_id_provider_id", "workspace_id", "provider", "id"),
    sa.Index("ix_integration_logs_happened_at", "happened_at"),
)
"""What was done with a connection and how it went; no secret, pruned."""

integration_data = sa.Table(
    "integration_data",
    metadata,
    _id(),
    _workspace(),
    _text("provider"),
    _text("account_id"),
    _text("type"),
    _text("external_id"),
    sa.Column("data", Json, nullable=False),
    _moment("synced_at"),
    sa.UniqueConstraint(
        "workspace_id", "provider", "account_id", "type", "external_id", name="uq_integration_data_row"
    ),
)
"""The provider's books as they were last read, row by row."""

stock_links = sa.Table(
    "stock_links",
    metadata,
    _id(),
    _workspace(),
    _ref("item_id", "items"),
    _text("provider"),
    _text("account_id"),
    _text("external_id"),
    _number("seen_quantity"),
    _number("missing_quantity"),
    sa.Column("pushed_quantity", sa.BigInteger, nullable=True),
    _number("pushes"),
    _moment("synced_at"),
    sa.UniqueConstraint("item_id"),
    sa.UniqueConstraint("workspace_id", "provider", "account_id", "external_id", name="uq_stock_links_thing"),
)
"""Items whose pieces a provider's catalogue counts, too."""

connected_accounts = sa.Table(
    "connected_accounts",
    metadata,
    _id(),
    _workspace(),
    _text("provider"),
    _text("account_id"),
    _text("status", default="pending"),
    _text("step"),
    _text("rejection_reason"),
    _text("scope"),
    _text("business_name"),
    _text("country"),
    _text("default_currency"),
    _flag("charges_enabled", False),
    _flag("payouts_enabled", False),
    _moment("created_at"),
    _moment("updated_at"),
    sa.UniqueConstraint("workspace_id", "provider"),
    sa.Index("ix_connected_accounts_provider_account_id", "provider", "account_id"),
)
"""The account at a provider that belongs to a workspace and hangs on the platform's own: pending, active, disabled."""

transfers = sa.Table(
    "transfers",
    metadata,
    _id(),
    _workspace(),
    _text("provider"),
    _text("account_id"),
    _text("order_id"),
    _number("amount_cents"),
    _text("currency"),
    _text("description"),
    _text("status", default="asked"),
    sa.Column("provider_ref", sa.Text, nullable=True),
    _text("error"),
    _text("by"),
    _moment("created_at"),
    sa.UniqueConstraint("workspace_id", "order_id"),
)
"""Money the platform sent to a workspace's account, reserved before the provider is called: asked, sent or refused."""

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    _id(),
    _workspace(),
    _ref("buyer_id", "buyers"),
    _ref("integration_id", "integrations"),
    _text("order_id"),
    _text("provider"),
    _text("account_id"),
    sa.Column("external_id", sa.Text, nullable=True),
    sa.Column("external_url", sa.Text, nullable=True),
    _text("title"),
    _number("amount_cents"),
    _text("currency"),
    _text("interval"),
    _text("status", default="asked"),
    _text("error"),
    _text("by"),
    _number("changes"),
    _moment("created_at"),
    _moment("updated_at"),
    sa.UniqueConstraint("workspace_id", "order_id"),
    sa.Index("ix_subscriptions_external_id", "external_id"),
    sa.Index("ix_subscriptions_workspace_id_buyer_id", "workspace_id", "buyer_id"),
)
"""What a buyer pays again and again, reserved before its provider is called; `changes` makes the keys of changes."""

coupons = sa.Table(
    "coupons",
    metadata,
    _id(),
    _workspace(),
    _text("code"),
    sa.Column("percent", sa.BigInteger, nullable=True),
    sa.Column("amount_cents", sa.BigInteger, nullable=True),
    _text("currency"),
    sa.Column("least_cents", sa.BigInteger, nullable=True),
    sa.Column("most_uses", sa.BigInteger, nullable=True),
    _number("used"),
    _moment("until", nullable=True),
    _flag("open", True),
    _moment("created_at"),
    sa.UniqueConstraint("workspace_id", "code"),
    sa.CheckConstraint("used >= 0 AND (most_uses IS NULL OR used <= most_uses)", name="not_used_up"),
)

coupon_uses = sa.Table(
    "coupon_uses",
    metadata,
    _id(),
    _workspace(),
    _ref("coupon_id", "coupons"),
    _ref("buyer_id", "buyers"),
    _ref("invoice_id", "invoices"),
    sa.UniqueConstraint("coupon_id", "buyer_id"),
    sa.UniqueConstraint("invoice_id"),
)
"""Which invoice used a coupon, as long as it does; `coupons.used` counts these rows."""

credit_balances = sa.Table(
    "credit_balances",
    metadata,
    _id(),
    _workspace(),
    _ref("buyer_id", "buyers"),
    _text("currency"),
    _number("balance_cents"),
    sa.UniqueConstraint("buyer_id", "currency"),
    sa.CheckConstraint("balance_cents >= 0", name="never_negative"),
)
"""The sum of a buyer's credit movements in one currency."""

credit_movements = sa.Table(
    "credit_movements",
    metadata,
    _id(),
    _workspace(),
    _ref("buyer_id", "buyers"),
    _text("currency"),
    _number("amount_cents"),
    _text("reason"),
    sa.Column("invoice_id", _Id, sa.ForeignKey("invoices.id"), nullable=True),
    _moment("moved_at"),
    sa.Index("ix_credit_movements_buyer_id", "buyer_id"),
    sa.Index("ix_credit_movements_invoice_id", "invoice_id"),
)
"""Append-only: credit that was given, used by an invoice, and given back by it."""

terms = sa.Table(
    "terms",
    metadata,
    _id(),
    _workspace(),
    _ref("show_id", "shows"),
    _ref("buyer_id", "buyers"),
    _flag("pickup", False),
    _flag("later", False),
    sa.Column("coupon_id", _Id, sa.ForeignKey("coupons.id"), nullable=True),
    sa.UniqueConstraint("show_id", "buyer_id"),
)
"""What was agreed with one buyer for one show: they fetch it, it is sent later, a coupon."""

runs = sa.Table(
    "runs",
    metadata,
    _id(),
    _workspace(),
    _ref("show_id", "shows"),
    _text("kind"),
    sa.Column("channel_id", _Id, nullable=True),
    _text("chat_id"),
    sa.Column("message_id", sa.Text, nullable=True),
    _moment("created_at"),
    _moment("finished_at", nullable=True),
)

run_parts = sa.Table(
    "run_parts",
    metadata,
    _id(),
    _workspace(),
    _ref("run_id", "runs"),
    _ref("invoice_id", "invoices"),
    _text("outcome"),
    _text("reason"),
    sa.UniqueConstraint("run_id", "invoice_id"),
)
"""One buyer's part of a run; `outcome` stays empty until it is settled."""

deliveries = sa.Table(
    "deliveries",
    metadata,
    _id(),
    _workspace(),
    _text("purpose"),
    _text("dedupe_key"),
    sa.Column("buyer_id", _Id, sa.ForeignKey("buyers.id"), nullable=True),
    sa.Column("invoice_id", _Id, sa.ForeignKey("invoices.id"), nullable=True),
    sa.Column("channel_id", _Id, sa.ForeignKey("channels.id"), nullable=True),
    _text("chat_id"),
    _text("text"),
    _text("picture"),
    sa.Column("buttons", Json, nullable=False),
    _text("status", default="queued"),
    _text("rung"),
    _number("attempt", 1),
    _text("error"),
    sa.Column("tried", Json, nullable=False),
    sa.Column("platform_message_id", sa.Text, nullable=True),
    _moment("created_at"),
    _moment("sent_at", nullable=True),
    sa.UniqueConstraint("dedupe_key"),
    sa.Index("ix_deliveries_status", "status"),
    sa.Index("ix_deliveries_invoice_id", "invoice_id"),
    sa.Index("ix_deliveries_buyer_id", "buyer_id"),
)

inbox = sa.Table(
    "inbox",
    metadata,
    _id(),
    _workspace(),
    _text("source"),
    _text("event_id"),
    _text("kind"),
    sa.Column("body_enc", sa.LargeBinary, nullable=True),
    _moment("received_at"),
    _moment("handled_at", nullable=True),
    _text("outcome"),
    sa.UniqueConstraint("source", "event_id"),
    sa.Index("ix_inbox_handled_at_received_at", "handled_at", "received_at"),
)

events = sa.Table(
    "events",
    metadata,
    _id(),
    _workspace(),
    _text("kind"),
    sa.Column("show_id", _Id, nullable=True),
    _number("subject_id"),
    _number("last_id"),
    _moment("happened_at"),
    sa.Index("ix_events_workspace_id_id", "workspace_id", "id"),
)
"""What moved, for consoles: a pointer, never a copy. A batch of new claims spans `subject_id` to `last_id`."""

counters = sa.Table(
    "counters",
    metadata,
    _id(),
    _workspace(),
    _text("name"),
    _number("value"),
    sa.UniqueConstraint("workspace_id", "name"),
)
"""How often something was heard and set aside: unknown kinds, comments without a show, forgeries."""

cursors = sa.Table(
    "cursors",
    metadata,
    _id(),
    _workspace(),
    _text("source"),
    _text("place"),
    _moment("moved_at"),
    sa.UniqueConstraint("workspace_id", "source"),
)
"""How far something outside was read: a provider's events, the comments of a feed."""

draws = sa.Table(
    "draws",
    metadata,
    _id(),
    _workspace(),
    _ref("show_id", "shows"),
    _text("prize"),
    _text("item_code"),
    _text("word"),
    _number("places", 1),
    _text("seed"),
    _text("fingerprint"),
    _text("opened_by"),
    _moment("opened_at"),
    _text("drawn_by"),
    _moment("drawn_at", nullable=True),
    _number("upto_seq"),
    sa.Column("entrants", Json, nullable=False),
    _text("entrants_hash"),
    sa.Index("ix_draws_show_id", "show_id"),
)
"""Giveaways: the seed is there before anybody takes part, `entrants` are the ids of who took part, in order."""

draw_winners = sa.Table(
    "draw_winners",
    metadata,
    _id(),
    _workspace(),
    _ref("draw_id", "draws"),
    _ref("buyer_id", "buyers"),
    _number("place", 1),
    sa.UniqueConstraint("draw_id", "place"),
    sa.Index("ix_draw_winners_workspace_id_buyer_id", "workspace_id", "buyer_id"),
)

dead_letters = sa.Table(
    "dead_letters",
    metadata,
    _id(),
    _workspace(),
    _text("kind"),
    _number("subject_id"),
    _number("attempt", 1),
    _text("reason"),
    _moment("happened_at"),
    _moment("settled_at", nullable=True),
    sa.UniqueConstraint("kind", "subject_id", "attempt"),
    sa.Index("ix_dead_letters_workspace_id_settled_at", "workspace_id", "settled_at"),
)
"""Durable work that gave up for a reason nobody foresaw, until somebody tries it again or sets it aside."""

paces = sa.Table(
    "paces",
    metadata,
    _text("key"),
    _number("due"),
    sa.PrimaryKeyConstraint("key"),
)
"""How far ahead the calls of one limit are booked, in microseconds since 1970 by the database's clock (PostgreSQL)."""

pace_places = sa.Table(
    "pace_places",
    metadata,
    _text("key"),
    _number("number"),
    _number("free_at"),
    sa.PrimaryKeyConstraint("key", "number"),
)
"""The calls of one limit that still count, and until when, by the same clock (PostgreSQL)."""

templates = sa.Table(
    "templates",
    metadata,
    _id(),
    _workspace(),
    _text("kind"),
    _text("language"),
    _text("text"),
    _moment("changed_at"),
    sa.UniqueConstraint("workspace_id", "kind", "language"),
)
"""A shop's own words to its buyers, in place of ours; several wordings stand in one text."""

scoreboards = sa.Table(
    "scoreboards",
    metadata,
    _id(),
    _workspace(),
    _ref("show_id", "shows"),
    _ref("channel_id", "channels"),
    _text("chat_id"),
    sa.Column("message_id", sa.Text, nullable=True),
    _text("status", default="wanted"),
    _number("attempt", 1),
    sa.UniqueConstraint("show_id", "channel_id", "chat_id"),
)
"""The one message of a show in each group that hears it, edited as things move."""
