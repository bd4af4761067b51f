"""The catalogue as readers see it: frozen records, joined and ready, held together by a ``Snapshot``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from layers.extent import BoundingBox
from layers.moments import parse_moment
from layers.schema import Schema
from layers.styles.density import Density
from layers.styles.model import Raster, Style
from layers.text import Text

DEFAULT_STYLE = "default"
"""The name of the style that a layer wears where a client chooses none."""


_STEP_DIGITS = 16
PICTURE_BANDS = 3
"""Rasters of as many bands are colours, not measurements."""


class LayerKind(StrEnum):
    """What a layer's releases are made of."""

    VECTOR = "vector"
    RASTER = "raster"


class Access(StrEnum):
    """Who may see a layer."""

    PUBLIC = "public"
    """Everybody."""
    INTERNAL = "internal"
    """Every application with a key."""
    RESTRICTED = "restricted"
    """Applications to which the layer was granted by name."""


@dataclass(frozen=True, slots=True)
class AgencyRecord:
    """An agency 機關: the owner of layers."""

    id: str
    title: Text


@dataclass(frozen=True, slots=True)
class ThemeRecord:
    """A theme 主題: the shelf a layer stands on."""

    id: str
    title: Text
    position: int = 0


@dataclass(frozen=True, slots=True)
class TimeStep:
    """One date of a raster layer that has several."""

    time: str
    """ISO 8601, as its manifest wrote it."""
    digest: str
    """SHA-256 of its data."""


@dataclass(frozen=True, slots=True)
class ReleaseRecord:
    """A published release 資料版次 of a layer."""

    number: int
    created: datetime
    count: int | None
    """Features; None for rasters."""
    extent: BoundingBox
    """CRS84."""
    schema: Schema | None
    """None for rasters."""
    source: str
    """Name of the file it came from."""
    bands: int | None = None
    """Of a raster: how many; three and more are a picture."""
    steps: tuple[TimeStep, ...] = ()
    """Of a raster of several dates, by ascending time; all others have none."""
    base: int | None = None
    """The release that it looks like outside of its footprint; None where its footprint is not known."""


@dataclass(frozen=True, slots=True)
class NamedStyle:
    """A style that clients may choose by its name."""

    name: str
    style: Style


@dataclass(frozen=True, slots=True)
class LayerRecord:
    """A published layer 圖層 with its current release and its style."""

    id: str
    title: Text
    abstract: Text
    agency: AgencyRecord
    theme: ThemeRecord
    kind: LayerKind
    access: Access
    licence: str
    attribution: Text
    keywords: tuple[str, ...]
    demonstration: bool
    """True for generated data, labelled 示範資料 wherever it shows."""
    position: int
    """Drawing and listing order: larger is drawn later and listed first within its theme."""
    search_fields: tuple[str, ...]
    """Fields in which places are looked for; empty where the layer holds no places."""
    title_field: str | None
    """The field whose value names a feature to people."""
    release: ReleaseRecord
    style: Style
    updated: datetime
    styles: tuple[NamedStyle, ...] = ()
    """What the layer may wear instead."""
    density: Density | None = None
    """How densely its features lie; None where that is not known."""

    time: str | None = None
    """The date that is drawn of a layer that has several; its newest without one."""

    @property
    def step(self) -> TimeStep | None:
        """The date that is drawn; None for layers without dates."""
        steps = self.release.steps
        return next((step for step in steps if step.time == self.time), steps[-1] if steps else None)

    def at(self, time: str) -> LayerRecord | None:
        """Return the layer as it looks at a time (empty, ``current``, ``default``: its newest).

        None where no step was published for that very moment, and for layers without dates.
        """
        steps = self.release.steps
        if not steps:
            return None
        if time in {"", "current", "default"}:
            return replace(self, time=None)
        moment = parse_moment(time)
        found = next((step for step in steps if parse_moment(step.time) == moment), None) if moment else None
        # The newest is one record, by whatever name: it has one edition, and one engine that draws it.
        return None if found is None else replace(self, time=None if found is steps[-1] else found.time)

    @property
    def content(self) -> str:
        """What stands for the data that is drawn: the release's number, of layers with dates the step's digest."""
        return str(self.release.number) if self.step is None else self.step.digest[:_STEP_DIGITS]

    def in_style(self, name: str) -> LayerRecord | None:
        """Return the layer as it looks in a style (empty: the default); None where it has none of that name."""
        if name in {"", DEFAULT_STYLE}:
            return self
        style = next((named.style for named in self.styles if named.name == name), None)
        return None if style is None else replace(self, style=style)

    @property
    def is_imagery(self) -> bool:
        """Tell whether the layer is a picture, such as an orthophoto, that is drawn in its own colours."""
        ramps = any(isinstance(symbol, Raster) and symbol.ramp for rule in self.style.rules for symbol in rule.symbols)
        return (self.release.bands or 0) >= PICTURE_BANDS and not ramps

    @property
    def edition(self) -> str:
        """What a tile of this layer is made of, as a short text: release and style.

        Tile keys and ETags contain it, so changed data or a changed style never shows an old tile.
        """
        return f"{self.content}.{self.style.digest}"


@dataclass(frozen=True, slots=True)
class BasemapMember:
    """One layer of a basemap with the style it wears there."""

    layer: LayerRecord
    style: Style


@dataclass(frozen=True, slots=True)
class BasemapRecord:
    """A basemap 底圖: layers drawn as one picture, from bottom to top."""

    id: str
    title: Text
    attribution: Text
    background: str | None
    members: tuple[BasemapMember, ...]
    edition: str
    extent: BoundingBox
    """CRS84."""
    overlay: bool = False
    """True for a transparent composite laid over a basemap."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole published catalogue at one revision; immutable, safe to share between threads."""

    revision: int
    layers: Mapping[str, LayerRecord]
    """By id, in listing order (theme position, then layer position)."""
    basemaps: Mapping[str, BasemapRecord]
    themes: tuple[ThemeRecord, ...]
    agencies: tuple[AgencyRecord, ...]
    grants: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Application id → ids of the restricted layers granted to it."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 (hex) of a key → id of the application it belongs to."""
