"""A stock for each option, items only the seller gives away, quick looks at lone claims and flagged buyers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ROWS = sa.text("parent_id IS NOT NULL")
_UNMATCHED = sa.text("status = 'unmatched'")
_FLAGGED = sa.text("blocked OR deposit_due OR pays_first")


def upgrade() -> None:
    """Forward."""
    op.add_column("items", sa.Column("reserved", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("items", sa.Column("parent_id", _Id, nullable=True))
    op.create_index("ix_items_parent_id", "items", ["parent_id"], sqlite_where=_ROWS, postgresql_where=_ROWS)
    op.create_index("ix_claims_unmatched", "claims", ["show_id"], sqlite_where=_UNMATCHED, postgresql_where=_UNMATCHED)
    op.create_index("ix_buyers_flagged", "buyers", ["workspace_id"], sqlite_where=_FLAGGED, postgresql_where=_FLAGGED)
