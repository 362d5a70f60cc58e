"""Payments in every way they come, refunds, connections made on a provider's page, their logs and books."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _ref(name: str, table: str, of: str, *, nullable: bool = False) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    constraint = sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_{of}_{name}"))
    return sa.Column(name, _Id, nullable=nullable), constraint


def _table(
    name: str, *parts: sa.Column[int] | sa.Column[str] | sa.Column[bool] | sa.Column[bytes] | sa.Constraint
) -> None:
    op.create_table(
        name,
        sa.Column("id", _Id, autoincrement=True, nullable=False),
        *_ref("workspace_id", "workspaces", name),
        *parts,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def upgrade() -> None:
    """Forward."""
    op.add_column("workspaces", sa.Column("fee_basis_points", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("deliveries", sa.Column("picture", sa.Text(), server_default="", nullable=False))
    op.add_column("invoices", sa.Column("pay_token", sa.Text(), server_default="", nullable=False))
    op.add_column("invoices", sa.Column("style", sa.Text(), server_default="invoice", nullable=False))
    op.add_column("invoices", sa.Column("paid_cents", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("invoices", sa.Column("refunded_cents", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("invoices", sa.Column("open_cents", sa.BigInteger(), nullable=True))
    op.add_column("invoices", sa.Column("how_to_pay", sa.Text(), server_default="", nullable=False))
    # What was paid before there were books of it was paid in full.
    op.execute("UPDATE invoices SET paid_cents = amount_cents WHERE status IN ('paid', 'partly_refunded', 'refunded')")
    op.execute("UPDATE invoices SET refunded_cents = amount_cents WHERE status = 'refunded'")
    linked = sa.text("pay_token <> ''")
    op.create_index(
        "ix_invoices_pay_token", "invoices", ["pay_token"], unique=True, sqlite_where=linked, postgresql_where=linked
    )
    _table(
        "payments",
        sa.Column("order_id", sa.Text(), server_default="", nullable=False),
        *_ref("invoice_id", "invoices", "payments", nullable=True),
        sa.Column("provider", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Text(), server_default="", nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("payment_ref", sa.Text(), nullable=True),
        sa.Column("checkout_url", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), server_default="", nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_cents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fee_cents", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("line_items", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.Column("slip", sa.Text(), nullable=True),
        sa.Column("attempt", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("paid_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("workspace_id", "order_id", name=op.f("uq_payments_workspace_id_order_id")),
    )
    op.create_index("ix_payments_workspace_id_created_at", "payments", ["workspace_id", "created_at"])
    op.create_index("ix_payments_provider_ref", "payments", ["provider_ref"])
    op.create_index("ix_payments_invoice_id", "payments", ["invoice_id"])
    _table(
        "refunds",
        *_ref("invoice_id", "invoices", "refunds", nullable=True),
        *_ref("payment_id", "payments", "refunds", nullable=True),
        sa.Column("kind", sa.Text(), server_default="refund", nullable=False),
        sa.Column("provider", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Text(), server_default="", nullable=False),
        sa.Column("payment_ref", sa.Text(), server_default="", nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="asked", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.Column("attempt", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("before_cents", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
    )
    op.create_index("ix_refunds_invoice_id", "refunds", ["invoice_id"])
    op.create_index("ix_refunds_status", "refunds", ["status"])
    _table(
        "oauth_states",
        sa.Column("provider", sa.Text(), server_default="", nullable=False),
        sa.Column("state_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("operator", sa.Text(), server_default="", nullable=False),
        sa.Column("channel_id", _Id, nullable=True),
        sa.Column("chat_id", sa.Text(), server_default="", nullable=False),
        sa.Column("verifier_enc", sa.LargeBinary(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), server_default="", nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.UniqueConstraint("state_hash", name=op.f("uq_oauth_states_state_hash")),
    )
    _table(
        "integration_logs",
        sa.Column("provider", sa.Text(), server_default="", nullable=False),
        sa.Column("level", sa.Text(), server_default="info", nullable=False),
        sa.Column("event", sa.Text(), server_default="", nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
    )
    op.create_index(
        "ix_integration_logs_workspace_id_provider_id", "integration_logs", ["workspace_id", "provider", "id"]
    )
    op.create_index("ix_integration_logs_happened_at", "integration_logs", ["happened_at"])
    _table(
        "integration_data",
        sa.Column("provider", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Text(), server_default="", nullable=False),
        sa.Column("type", sa.Text(), server_default="", nullable=False),
        sa.Column("external_id", sa.Text(), server_default="", nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("synced_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint(
            "workspace_id",
            "provider",
            "account_id",
            "type",
            "external_id",
            name=op.f("uq_integration_data_row"),
        ),
    )
    _table(
        "connected_accounts",
        sa.Column("provider", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("step", sa.Text(), server_default="", nullable=False),
        sa.Column("rejection_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("scope", sa.Text(), server_default="", nullable=False),
        sa.Column("business_name", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("default_currency", sa.Text(), server_default="", nullable=False),
        sa.Column("charges_enabled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("payouts_enabled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("workspace_id", "provider", name=op.f("uq_connected_accounts_workspace_id_provider")),
    )
    op.create_index("ix_connected_accounts_provider_account_id", "connected_accounts", ["provider", "account_id"])
    _table(
        "stock_links",
        *_ref("item_id", "items", "stock_links"),
        sa.Column("provider", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Text(), server_default="", nullable=False),
        sa.Column("external_id", sa.Text(), server_default="", nullable=False),
        sa.Column("seen_quantity", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("missing_quantity", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("pushed_quantity", sa.BigInteger(), nullable=True),
        sa.Column("pushes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("synced_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("item_id", name=op.f("uq_stock_links_item_id")),
        sa.UniqueConstraint("workspace_id", "provider", "account_id", "external_id", name="uq_stock_links_thing"),
    )
    _table(
        "transfers",
        sa.Column("provider", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Text(), server_default="", nullable=False),
        sa.Column("order_id", sa.Text(), server_default="", nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="asked", nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("workspace_id", "order_id", name=op.f("uq_transfers_workspace_id_order_id")),
    )
    _table(
        "subscriptions",
        *_ref("buyer_id", "buyers", "subscriptions"),
        *_ref("integration_id", "integrations", "subscriptions"),
        sa.Column("order_id", sa.Text(), server_default="", nullable=False),
        sa.Column("provider", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Text(), server_default="", nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("external_url", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.Column("interval", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="asked", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.Column("changes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("workspace_id", "order_id", name=op.f("uq_subscriptions_workspace_id_order_id")),
    )
    op.create_index("ix_subscriptions_external_id", "subscriptions", ["external_id"])
    op.create_index("ix_subscriptions_workspace_id_buyer_id", "subscriptions", ["workspace_id", "buyer_id"])
