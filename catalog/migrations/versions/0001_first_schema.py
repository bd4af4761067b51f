"""First schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
    )
    op.create_table(
        "application",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
    )
    op.create_table(
        "basemap",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=True),
        sa.Column("attribution_zh", sa.String(), nullable=False),
        sa.Column("attribution_en", sa.String(), nullable=True),
        sa.Column("background", sa.String(), nullable=True),
        sa.Column("overlay", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_basemap")),
    )
    op.create_table(
        "catalogue_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_state")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_table(
        "theme",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme")),
    )
    op.create_table(
        "key",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_key_application_id_application"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_key")),
    )
    op.create_table(
        "layer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("theme_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=True),
        sa.Column("abstract_zh", sa.Text(), nullable=False),
        sa.Column("abstract_en", sa.Text(), nullable=True),
        sa.Column("attribution_zh", sa.String(), nullable=False),
        sa.Column("attribution_en", sa.String(), nullable=True),
        sa.Column("access", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("search_fields", sa.JSON(), nullable=False),
        sa.Column("title_field", sa.String(), nullable=True),
        sa.Column("style", sa.JSON(), nullable=True),
        sa.Column("current_release", sa.Integer(), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_layer_agency_id_agency")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_layer_theme_id_theme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layer")),
    )
    op.create_table(
        "basemap_member",
        sa.Column("basemap_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("layer_id", sa.String(), nullable=False),
        sa.Column("style", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["basemap_id"], ["basemap.id"], name=op.f("fk_basemap_member_basemap_id_basemap"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["layer_id"], ["layer.id"], name=op.f("fk_basemap_member_layer_id_layer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("basemap_id", "position", name=op.f("pk_basemap_member")),
    )
    op.create_table(
        "grant",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("layer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_grant_application_id_application"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["layer_id"], ["layer.id"], name=op.f("fk_grant_layer_id_layer"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("application_id", "layer_id", name=op.f("pk_grant")),
    )
    op.create_table(
        "release",
        sa.Column("layer_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("checksum", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("west", sa.Double(), nullable=True),
        sa.Column("south", sa.Double(), nullable=True),
        sa.Column("east", sa.Double(), nullable=True),
        sa.Column("north", sa.Double(), nullable=True),
        sa.Column("schema", sa.JSON(), nullable=True),
        sa.Column("raster", sa.JSON(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["layer_id"], ["layer.id"], name=op.f("fk_release_layer_id_layer"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("layer_id", "number", name=op.f("pk_release")),
    )

    op.execute("INSERT INTO catalogue_state (id, revision) VALUES (1, 1)")


def downgrade() -> None:
    op.drop_table("release")
    op.drop_table("grant")
    op.drop_table("basemap_member")
    op.drop_table("layer")
    op.drop_table("key")
    op.drop_table("theme")
    op.drop_table("event")
    op.drop_table("catalogue_state")
    op.drop_table("basemap")
    op.drop_table("application")
    op.drop_table("agency")
