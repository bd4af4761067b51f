"""Releases know where their pictures differ from those of the release before."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "succession",
        sa.Column("layer_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("metatile", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["layer_id"], ["layer.id"], name=op.f("fk_succession_layer_id_layer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("layer_id", "number", name=op.f("pk_succession")),
    )
    op.create_table(
        "footprint",
        sa.Column("layer_id", sa.String(), nullable=False),
        sa.Column("grid", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("metatiles", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["layer_id", "number"],
            ["succession.layer_id", "succession.number"],
            name=op.f("fk_footprint_layer_id_succession"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("layer_id", "grid", "level", "number", name=op.f("pk_footprint")),
    )


def downgrade() -> None:
    op.drop_table("footprint")
    op.drop_table("succession")
