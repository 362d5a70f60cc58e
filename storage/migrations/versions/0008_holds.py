"""Until when a claim is offered, or its item is kept for who won it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("claims", sa.Column("due_at", sa.BigInteger(), nullable=True))
    op.add_column("claims", sa.Column("reminded_of", sa.BigInteger(), nullable=True))
    running = sa.text("due_at IS NOT NULL")
    op.create_index("ix_claims_due_at", "claims", ["due_at"], sqlite_where=running, postgresql_where=running)
