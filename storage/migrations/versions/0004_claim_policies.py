"""Items that only the seller gives away, and quick looks at claims without an item and at flagged buyers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_UNMATCHED = sa.text("status = 'unmatched'")
_FLAGGED = sa.text("blocked OR deposit_due OR pays_first")


def upgrade() -> None:
    """Forward."""
    op.add_column("items", sa.Column("reserved", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_claims_unmatched", "claims", ["show_id"], sqlite_where=_UNMATCHED, postgresql_where=_UNMATCHED)
    op.create_index("ix_buyers_flagged", "buyers", ["workspace_id"], sqlite_where=_FLAGGED, postgresql_where=_FLAGGED)
