"""The catalogue's tables (SQLAlchemy 2), in SQLite or PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, ForeignKeyConstraint, MetaData, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment; SQLite forgets the zone, so it is given back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """Base of all tables; constraints are named so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class CatalogueState(Base):
    """One row: the revision, one higher after every change of what readers see."""

    __tablename__ = "catalogue_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int]


class Agency(Base):
    """An agency 機關."""

    __tablename__ = "agency"

    id: Mapped[str] = mapped_column(primary_key=True)
    title_zh: Mapped[str]
    title_en: Mapped[str | None]


class Theme(Base):
    """A theme 主題."""

    __tablename__ = "theme"

    id: Mapped[str] = mapped_column(primary_key=True)
    title_zh: Mapped[str]
    title_en: Mapped[str | None]
    position: Mapped[int] = mapped_column(default=0)


class Layer(Base):
    """A layer 圖層; served while it has a current release and is not retired."""

    __tablename__ = "layer"

    id: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("agency.id"))
    theme_id: Mapped[str] = mapped_column(ForeignKey("theme.id"))
    kind: Mapped[str]
    title_zh: Mapped[str]
    title_en: Mapped[str | None]
    abstract_zh: Mapped[str] = mapped_column(Text, default="")
    abstract_en: Mapped[str | None] = mapped_column(Text)
    attribution_zh: Mapped[str] = mapped_column(default="")
    attribution_en: Mapped[str | None]
    access: Mapped[str]
    licence: Mapped[str] = mapped_column(default="")
    keywords: Mapped[list[str]] = mapped_column(JSON, default=list)
    demonstration: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    search_fields: Mapped[list[str]] = mapped_column(JSON, default=list)
    title_field: Mapped[str | None]
    style: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The style document; without one the layer wears a default style."""
    density: Mapped[str | None]
    """How densely its features lie (``layers.styles.density``), by which a default style is chosen."""
    entry: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The whole manifest entry as it was given; what has a column of its own is true there."""
    current_release: Mapped[int | None]
    retired: Mapped[bool] = mapped_column(default=False)
    created: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    agency: Mapped[Agency] = relationship(lazy="joined")
    theme: Mapped[Theme] = relationship(lazy="joined")
    releases: Mapped[list[Release]] = relationship(
        back_populates="layer", cascade="all, delete-orphan", order_by="Release.number"
    )


class ReleaseState(StrEnum):
    """How far a release has come."""

    STAGED = "staged"
    """Being read and stored; left over if the process died."""
    READY = "ready"
    """Stored whole; may be published."""


class Release(Base):
    """A release 資料版次; immutable once ready."""

    __tablename__ = "release"

    layer_id: Mapped[str] = mapped_column(ForeignKey("layer.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    created: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    source: Mapped[str] = mapped_column(default="")
    checksum: Mapped[str] = mapped_column(default="")
    count: Mapped[int | None]
    west: Mapped[float | None]
    south: Mapped[float | None]
    east: Mapped[float | None]
    north: Mapped[float | None]
    schema: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    raster: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Of a raster: bands, size, smallest and largest value."""
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What the checks found (``QualityReport``)."""
    digest: Mapped[str] = mapped_column(default="", server_default="")
    """Of all features (``ReleaseSummary.digest``); equal ones mean equal data. Empty where it is not known."""
    plan: Mapped[str] = mapped_column(default="", server_default="")
    """Digest of the delivered files and of how they were read; the same again needs no reading."""
    mode: Mapped[str] = mapped_column(default="replace", server_default="replace")
    """How the delivery became the release (``UpdateMode``)."""
    base: Mapped[int | None]
    """The release that was current before, to which ``changes`` refers."""
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Counts of features added, removed and changed against ``base``."""
    quarantined: Mapped[int] = mapped_column(default=0, server_default="0")
    """Rows kept beside the release because they could not be features of it."""
    actor: Mapped[str] = mapped_column(default="", server_default="")

    layer: Mapped[Layer] = relationship(back_populates="releases")


class Succession(Base):
    """What is known of how a release's pictures follow from an earlier one's; outlives the release itself."""

    __tablename__ = "succession"

    layer_id: Mapped[str] = mapped_column(ForeignKey("layer.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    base: Mapped[int]
    """The release whose pictures the others are, outside of the footprint."""
    metatile: Mapped[int]
    """Tiles along a side of the metatiles that are counted."""


class Footprint(Base):
    """A release's footprint 異動範圍 on one level of a grid."""

    __tablename__ = "footprint"

    layer_id: Mapped[str] = mapped_column(primary_key=True)
    grid: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    metatiles: Mapped[bytes]
    """A serialised set of metatile ids."""

    __table_args__ = (
        ForeignKeyConstraint(["layer_id", "number"], ["succession.layer_id", "succession.number"], ondelete="CASCADE"),
    )


class UpdateRun(Base):
    """One look for a new delivery of a layer, and what came of it."""

    __tablename__ = "update_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    layer_id: Mapped[str] = mapped_column(ForeignKey("layer.id", ondelete="CASCADE"), index=True)
    started: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    finished: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(default="")
    release: Mapped[int | None]
    """The release that was made, if any."""
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    etag: Mapped[str | None]
    """Validators of the HTTP source, for the next conditional request (RFC 9110, 13.1)."""
    last_modified: Mapped[str | None]


class Basemap(Base):
    """A basemap 底圖 or overlay: an ordered composite of layers."""

    __tablename__ = "basemap"

    id: Mapped[str] = mapped_column(primary_key=True)
    title_zh: Mapped[str]
    title_en: Mapped[str | None]
    attribution_zh: Mapped[str] = mapped_column(default="")
    attribution_en: Mapped[str | None]
    background: Mapped[str | None]
    overlay: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)

    members: Mapped[list[BasemapMember]] = relationship(
        cascade="all, delete-orphan", order_by="BasemapMember.position", lazy="selectin"
    )


class BasemapMember(Base):
    """A layer in a basemap, from bottom to top, and the style it wears there."""

    __tablename__ = "basemap_member"

    basemap_id: Mapped[str] = mapped_column(ForeignKey("basemap.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    layer_id: Mapped[str] = mapped_column(ForeignKey("layer.id", ondelete="CASCADE"))
    style: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class Application(Base):
    """A connected system 介接系統 of some agency."""

    __tablename__ = "application"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    created: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Key(Base):
    """A key of an application; only its SHA-256 is kept."""

    __tablename__ = "key"

    digest: Mapped[str] = mapped_column(primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"))
    created: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Grant(Base):
    """Permission for an application to see a restricted layer."""

    __tablename__ = "grant"

    application_id: Mapped[str] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"), primary_key=True)
    layer_id: Mapped[str] = mapped_column(ForeignKey("layer.id", ondelete="CASCADE"), primary_key=True)


class Event(Base):
    """What was done to the catalogue, when and by whom."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    time: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
