"""Unclear comments, resolved by operators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UNCLEAR = sa.text("status = 'ambiguous'")


def upgrade() -> None:
    """Forward."""
    op.add_column("shows", sa.Column("doubts_seen", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "resolutions",
        sa.Column("id", _Id, nullable=False),
        sa.Column("workspace_id", _Id, nullable=False),
        sa.Column("show_id", _Id, nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("resolved_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"]),
        sa.ForeignKeyConstraint(["show_id"], ["shows.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("show_id", "seq"),
    )
    op.create_index(
        "ix_ledger_show_id_seq_unclear",
        "ledger",
        ["show_id", "seq"],
        sqlite_where=_UNCLEAR,
        postgresql_where=_UNCLEAR,
    )
