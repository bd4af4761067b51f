"""Releases know their content and what they changed, layers keep their manifest entry, updates leave a record."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("layer", sa.Column("entry", sa.JSON(), nullable=True))
    op.add_column("release", sa.Column("digest", sa.String(), nullable=False, server_default=""))
    op.add_column("release", sa.Column("plan", sa.String(), nullable=False, server_default=""))
    op.add_column("release", sa.Column("mode", sa.String(), nullable=False, server_default="replace"))
    op.add_column("release", sa.Column("base", sa.Integer(), nullable=True))
    op.add_column("release", sa.Column("changes", sa.JSON(), nullable=True))
    op.add_column("release", sa.Column("quarantined", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("release", sa.Column("actor", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "update_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("layer_id", sa.String(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("release", sa.Integer(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["layer_id"], ["layer.id"], name=op.f("fk_update_run_layer_id_layer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_update_run")),
    )
    op.create_index(op.f("ix_update_run_layer_id"), "update_run", ["layer_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_update_run_layer_id"), "update_run")
    op.drop_table("update_run")
    # One by one and not as a batch: that makes tables anew, and dropping the old ones takes all releases along.
    for name in ("actor", "quarantined", "changes", "base", "mode", "plan", "digest"):
        op.drop_column("release", name)
    op.drop_column("layer", "entry")
