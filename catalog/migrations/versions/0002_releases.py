"""Releases know their content and what they changed, layers keep their manifest entry, updates leave a record."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("layer") as layer:
        layer.add_column(sa.Column("entry", sa.JSON(), nullable=True))
    with op.batch_alter_table("release") as release:
        release.add_column(sa.Column("digest", sa.String(), nullable=False, server_default=""))
        release.add_column(sa.Column("plan", sa.String(), nullable=False, server_default=""))
        release.add_column(sa.Column("mode", sa.String(), nullable=False, server_default="replace"))
        release.add_column(sa.Column("base", sa.Integer(), nullable=True))
        release.add_column(sa.Column("changes", sa.JSON(), nullable=True))
        release.add_column(sa.Column("quarantined", sa.Integer(), nullable=False, server_default="0"))
        release.add_column(sa.Column("actor", sa.String(), nullable=False, server_default=""))
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
    with op.batch_alter_table("release") as release:
        for name in ("actor", "quarantined", "changes", "base", "mode", "plan", "digest"):
            release.drop_column(name)
    with op.batch_alter_table("layer") as layer:
        layer.drop_column("entry")
