"""Layers know how densely their features lie, which their default styles are chosen by."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("layer", sa.Column("density", sa.String(), nullable=True))


def downgrade() -> None:
    # Not as a batch: that makes the table anew, and dropping the old one takes all releases along.
    op.drop_column("layer", "density")
