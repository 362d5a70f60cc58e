"""Bundles, what a show charges, coupons, credit, and what was agreed with a buyer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _ref(name: str, table: str, of: str, *, nullable: bool = False) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    constraint = sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_{of}_{name}"))
    return sa.Column(name, _Id, nullable=nullable), constraint


def _table(name: str, *parts: sa.Column[int] | sa.Column[str] | sa.Column[bool] | sa.Constraint) -> None:
    op.create_table(
        name,
        sa.Column("id", _Id, autoincrement=True, nullable=False),
        *_ref("workspace_id", "workspaces", name),
        *parts,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def upgrade() -> None:
    """Forward."""
    op.add_column("shows", sa.Column("pricing", sa.Text(), server_default="{}", nullable=False))
    op.add_column("items", sa.Column("bundle_pieces", sa.BigInteger(), nullable=True))
    op.add_column("items", sa.Column("bundle_cents", sa.BigInteger(), nullable=True))
    op.add_column("invoices", sa.Column("merged_into_id", _Id, nullable=True))
    _table(
        "coupons",
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.Column("least_cents", sa.BigInteger(), nullable=True),
        sa.Column("most_uses", sa.BigInteger(), nullable=True),
        sa.Column("used", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("open", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "used >= 0 AND (most_uses IS NULL OR used <= most_uses)", name=op.f("ck_coupons_not_used_up")
        ),
        sa.UniqueConstraint("workspace_id", "code", name=op.f("uq_coupons_workspace_id_code")),
    )
    _table(
        "coupon_uses",
        *_ref("coupon_id", "coupons", "coupon_uses"),
        *_ref("buyer_id", "buyers", "coupon_uses"),
        *_ref("invoice_id", "invoices", "coupon_uses"),
        sa.UniqueConstraint("coupon_id", "buyer_id", name=op.f("uq_coupon_uses_coupon_id_buyer_id")),
        sa.UniqueConstraint("invoice_id", name=op.f("uq_coupon_uses_invoice_id")),
    )
    _table(
        "credit_balances",
        *_ref("buyer_id", "buyers", "credit_balances"),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.Column("balance_cents", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("balance_cents >= 0", name=op.f("ck_credit_balances_never_negative")),
        sa.UniqueConstraint("buyer_id", "currency", name=op.f("uq_credit_balances_buyer_id_currency")),
    )
    _table(
        "credit_movements",
        *_ref("buyer_id", "buyers", "credit_movements"),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        *_ref("invoice_id", "invoices", "credit_movements", nullable=True),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_credit_movements_buyer_id", "credit_movements", ["buyer_id"])
    op.create_index("ix_credit_movements_invoice_id", "credit_movements", ["invoice_id"])
    _table(
        "terms",
        *_ref("show_id", "shows", "terms"),
        *_ref("buyer_id", "buyers", "terms"),
        sa.Column("pickup", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("later", sa.Boolean(), server_default=sa.false(), nullable=False),
        *_ref("coupon_id", "coupons", "terms", nullable=True),
        sa.UniqueConstraint("show_id", "buyer_id", name=op.f("uq_terms_show_id_buyer_id")),
    )
