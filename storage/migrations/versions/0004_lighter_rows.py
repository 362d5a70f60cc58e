"""The rows that comments make, without foreign keys: what they point to is never deleted while they do."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_DROPPED = {
    "identities": ("workspace_id", "buyer_id", "channel_id"),
    "ledger": ("workspace_id", "show_id", "channel_id", "buyer_id"),
    "claims": ("workspace_id", "show_id", "item_id", "buyer_id"),
}


def upgrade() -> None:
    """Forward."""
    for table, columns in _DROPPED.items():
        with op.batch_alter_table(table) as rows:
            for column in columns:
                rows.drop_constraint(f"fk_{table}_{column}", type_="foreignkey")
