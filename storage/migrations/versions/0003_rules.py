"""Rules of a show, and what a shop knows about its buyers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward."""
    op.add_column("shows", sa.Column("rules", sa.Text(), server_default="{}", nullable=False))
    for column in (
        sa.Column("blocked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("deposit_due", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("pays_first", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("hold_minutes", sa.BigInteger(), nullable=True),
        sa.Column("strikes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("merged_into_id", _Id, nullable=True),
    ):
        op.add_column("buyers", column)
