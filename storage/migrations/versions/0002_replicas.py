"""Replicas that share their pace, places in what is read outside, work that gave up, claims counted as they move."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "cursors",
        sa.Column("id", _Id, autoincrement=True, nullable=False),
        sa.Column("workspace_id", _Id, nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_cursors_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cursors")),
        sa.UniqueConstraint("workspace_id", "source", name=op.f("uq_cursors_workspace_id_source")),
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", _Id, autoincrement=True, nullable=False),
        sa.Column("workspace_id", _Id, nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("subject_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("attempt", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_dead_letters_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
        sa.UniqueConstraint("kind", "subject_id", "attempt", name=op.f("uq_dead_letters_kind_subject_id_attempt")),
    )
    op.create_index("ix_dead_letters_workspace_id_settled_at", "dead_letters", ["workspace_id", "settled_at"])
    op.create_table(
        "paces",
        sa.Column("key", sa.Text(), server_default="", nullable=False),
        sa.Column("due", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_paces")),
    )
    op.drop_index("ix_claims_show_id_buyer_id", "claims")
    op.create_index("ix_claims_show_id_buyer_id_item_id", "claims", ["show_id", "buyer_id", "item_id"])
    op.drop_index("ix_claims_invoice_id", "claims")
    billed = sa.text("invoice_id IS NOT NULL")
    op.create_index("ix_claims_invoice_id", "claims", ["invoice_id"], sqlite_where=billed, postgresql_where=billed)
    op.create_table(
        "tallies",
        sa.Column("id", _Id, autoincrement=True, nullable=False),
        sa.Column("workspace_id", _Id, nullable=False),
        sa.Column("show_id", _Id, nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("claims", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["show_id"], ["shows.id"], name=op.f("fk_tallies_show_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_tallies_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tallies")),
        sa.UniqueConstraint("show_id", "status", name=op.f("uq_tallies_show_id_status")),
    )
    op.execute(
        "INSERT INTO tallies (workspace_id, show_id, status, claims) "
        "SELECT workspace_id, show_id, status, count(*) FROM claims GROUP BY workspace_id, show_id, status"
    )
    others = sa.text("kind <> 'comment'")
    op.create_index("ix_ledger_show_id", "ledger", ["show_id"], sqlite_where=others, postgresql_where=others)
