"""The entries of a manifest: agencies, themes, layers, basemaps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator, model_validator

from catalog.manifest.parts import (
    FieldText,
    Folders,
    Identifier,
    JoinEntry,
    Moment,
    Part,
    PersonalEntry,
    StepEntry,
    Titled,
    TitledText,
    UpdateEntry,
    as_value_error,
)
from catalog.records import DEFAULT_STYLE, Access
from layers.crs import Crs, parse_crs
from layers.messages import message
from layers.moments import parse_moment
from layers.styles.document import parse_style


def _code(value: object) -> object:
    return str(value) if isinstance(value, int) else value


class AgencyEntry(Part):
    """An agency the manifest introduces."""

    id: Identifier
    """Lower-case letters, digits, - and _."""
    title: TitledText
    """Its name."""


class ThemeEntry(AgencyEntry):
    """A theme the manifest introduces."""

    position: int = 0
    """Larger is listed later."""


class LayerEntry(Part):
    """One layer: where its file is, how to read it, how to publish it."""

    id: Identifier
    """Lower-case letters, digits, - and _; part of every address, so it stays for good."""
    file: Path
    """The delivered file, relative to the manifest."""
    source_layer: str | None = None
    """Which layer to take where the file holds several."""
    time: Moment | None = None
    """Of a raster: the moment that ``file`` shows; the layer has a step for each then, which clients ask for."""
    times: tuple[StepEntry, ...] = ()
    """Its other dates, each with its file; with ``update.mode: append`` those delivered before stay besides."""
    title: TitledText
    """What people read."""
    abstract: TitledText = Titled(zh="")
    """What the layer shows and how it was made, in a paragraph."""
    agency: Identifier
    """Id of the agency it belongs to, introduced under ``agencies`` or known to the catalogue."""
    theme: Identifier
    """Id of the theme under which it is listed, introduced under ``themes`` or known to the catalogue."""
    crs: Annotated[str | None, BeforeValidator(_code)] = None
    """CRS of the coordinates, only where the file does not say, or says it wrongly: EPSG:3826, 3826, CRS84."""
    encoding: str | None = None
    """Text encoding, only where the file does not say, or says it wrongly: big5, utf-8."""
    folders: Folders = Folders.MERGE
    """What becomes of a file of several layers: one layer, or a layer each."""
    tags: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Of OpenStreetMap: take objects with one of these tags; no values stand for any value."""
    key: str | None = None
    """Field whose values identify the features, from one release to the next."""
    x: str | None = None
    """Of a table: column of the easting or longitude, only where it is not found by its name."""
    y: str | None = None
    """Of a table: column of the northing or latitude."""
    wkt: str | None = None
    """Of a table: column that holds the geometry as WKT."""
    access: Access = Access.PUBLIC
    """Who may use it: everybody, every connected system, or those it is granted to."""
    licence: str = ""
    """Licence of the data, such as 政府資料開放授權條款-第1版."""
    attribution: TitledText = Titled(zh="")
    """Whom to name beside the map."""
    keywords: tuple[str, ...] = ()
    """Words by which it is found."""
    demonstration: bool = False
    """Generated data, labelled so wherever it shows."""
    position: int = 0
    """Larger is drawn later and listed first within its theme."""
    search: tuple[str, ...] = ()
    """Text fields in which places are found."""
    title_field: str | None = None
    """Field whose value names a feature to people; the first of ``search`` without it."""
    fields: dict[str, FieldText] = Field(default_factory=dict)
    """The field dictionary, by the names in the file."""
    joins: tuple[JoinEntry, ...] = ()
    """Tables whose columns are added to the features with the same key."""
    personal: PersonalEntry = PersonalEntry()
    """What is done with personal data; without a word on it a public layer that holds some is refused."""
    coverage: bool = False
    """The areas tile the ground: none may lie over another."""
    reference: str | None = None
    """Its places are known to be right: other deliveries are compared with it by the values of this field."""
    update: UpdateEntry = UpdateEntry()
    """How the layer is kept up to date."""
    style: dict[str, Any] | None = None
    """How it is drawn: the style in place, or its file; without one a style is made from the geometry."""
    styles: dict[Identifier, dict[str, Any]] = Field(default_factory=dict)
    """What it may wear instead, by names that clients ask for: styles in place, or their files."""

    @field_validator("crs")
    @classmethod
    def _known_crs(cls, value: str | None) -> str | None:
        if value is not None:
            as_value_error(parse_crs, value)
        return value

    @field_validator("style")
    @classmethod
    def _drawable(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None:
            as_value_error(parse_style, value)
        return value

    @field_validator("styles")
    @classmethod
    def _all_drawable(cls, value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        if DEFAULT_STYLE in value:
            raise ValueError(message("manifest_style_default", "zh-TW", name=DEFAULT_STYLE))
        for style in value.values():
            as_value_error(parse_style, style)
        return value

    @model_validator(mode="after")
    def _one_file_for_each_time(self) -> LayerEntry:
        given = [self.time, *(step.time for step in self.times)]
        moments = [parse_moment(time) for time in given if time is not None]
        if self.times and (self.time is None or len(set(moments)) != len(moments)):
            raise ValueError(message("manifest_times", "zh-TW"))
        return self

    @property
    def declared_crs(self) -> Crs | None:
        """The CRS the manifest names for the file."""
        return None if self.crs is None else parse_crs(self.crs)


class MemberEntry(Part):
    """A layer of a basemap and the style it wears there."""

    layer: Identifier
    """Id of the layer."""
    style: dict[str, Any] | None = None
    """Its style in this basemap: in place, or a file; the layer's own without it."""

    @field_validator("style")
    @classmethod
    def _drawable(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None:
            as_value_error(parse_style, value)
        return value


class BasemapEntry(Part):
    """A basemap or overlay made of layers, bottom to top."""

    id: Identifier
    """Lower-case letters, digits, - and _; no layer may have the same."""
    title: TitledText
    """What people read."""
    attribution: TitledText = Titled(zh="")
    """Whom to name beside the map."""
    background: str | None = None
    """Colour below all layers, such as "#f4f1ea"; transparent without it."""
    overlay: bool = False
    """Laid over a basemap instead of being one."""
    position: int = 0
    """Smaller is listed first."""
    members: tuple[MemberEntry, ...]
    """Layers from bottom to top."""


class Manifest(Part):
    """All that one delivery holds."""

    agencies: tuple[AgencyEntry, ...] = ()
    """Agencies that the catalogue does not know yet."""
    themes: tuple[ThemeEntry, ...] = ()
    """Themes that the catalogue does not know yet."""
    layers: tuple[LayerEntry, ...] = ()
    """The layers."""
    basemaps: tuple[BasemapEntry, ...] = ()
    """Basemaps made of layers."""
