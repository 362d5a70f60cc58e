"""What shops note about buyers: strikes, what they owe found fast, and who won which giveaway."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WON_AND_NOT_BILLED = sa.text("status = 'winner' AND invoice_id IS NULL")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "strikes",
        sa.Column("id", _Id, autoincrement=True, nullable=False),
        sa.Column("workspace_id", _Id, nullable=False),
        sa.Column("buyer_id", _Id, nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_back_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_strikes_workspace_id")),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyers.id"], name=op.f("fk_strikes_buyer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strikes")),
    )
    op.create_index("ix_strikes_buyer_id", "strikes", ["buyer_id"])
    op.create_index("ix_invoices_workspace_id_buyer_id", "invoices", ["workspace_id", "buyer_id"])
    op.create_index(
        "ix_claims_workspace_id_buyer_id",
        "claims",
        ["workspace_id", "buyer_id"],
        sqlite_where=_WON_AND_NOT_BILLED,
        postgresql_where=_WON_AND_NOT_BILLED,
    )
    op.create_table(
        "draws",
        sa.Column("id", _Id, autoincrement=True, nullable=False),
        sa.Column("workspace_id", _Id, nullable=False),
        sa.Column("show_id", _Id, nullable=False),
        sa.Column("prize", sa.Text(), server_default="", nullable=False),
        sa.Column("item_code", sa.Text(), server_default="", nullable=False),
        sa.Column("word", sa.Text(), server_default="", nullable=False),
        sa.Column("places", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("seed", sa.Text(), server_default="", nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_by", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("drawn_by", sa.Text(), server_default="", nullable=False),
        sa.Column("drawn_at", sa.BigInteger(), nullable=True),
        sa.Column("upto_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("entrants", sa.Text(), nullable=False),
        sa.Column("entrants_hash", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_draws_workspace_id")),
        sa.ForeignKeyConstraint(["show_id"], ["shows.id"], name=op.f("fk_draws_show_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draws")),
    )
    op.create_index("ix_draws_show_id", "draws", ["show_id"])
    op.create_table(
        "draw_winners",
        sa.Column("id", _Id, autoincrement=True, nullable=False),
        sa.Column("workspace_id", _Id, nullable=False),
        sa.Column("draw_id", _Id, nullable=False),
        sa.Column("buyer_id", _Id, nullable=False),
        sa.Column("place", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_draw_winners_workspace_id")),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_draw_winners_draw_id")),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyers.id"], name=op.f("fk_draw_winners_buyer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_winners")),
        sa.UniqueConstraint("draw_id", "place", name=op.f("uq_draw_winners_draw_id_place")),
    )
    op.create_index("ix_draw_winners_workspace_id_buyer_id", "draw_winners", ["workspace_id", "buyer_id"])
