"""The entries of a manifest: agencies, themes, layers, basemaps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from catalog.manifest.parts import (
    FieldText,
    Folders,
    Identifier,
    JoinEntry,
    Part,
    PersonalEntry,
    Titled,
    TitledText,
    UpdateEntry,
    as_value_error,
)
from catalog.records import Access
from layers.crs import Crs, parse_crs
from layers.styles.document import parse_style


def _code(value: object) -> object:
    return str(value) if isinstance(value, int) else value


class AgencyEntry(Part):
    """An agency the manifest introduces."""

    id: Identifier
    title: TitledText


class ThemeEntry(AgencyEntry):
    """A theme the manifest introduces."""

    position: int = 0


class LayerEntry(Part):
    """One layer: where its file is, how to read it, how to publish it."""

    id: Identifier
    file: Path
    source_layer: str | None = None
    title: TitledText
    abstract: TitledText = Titled(zh="")
    agency: Identifier
    theme: Identifier
    crs: Annotated[str | None, BeforeValidator(_code)] = None
    encoding: str | None = None
    folders: Folders = Folders.MERGE
    tags: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    key: str | None = None
    x: str | None = None
    y: str | None = None
    wkt: str | None = None
    access: Access = Access.PUBLIC
    licence: str = ""
    attribution: TitledText = Titled(zh="")
    keywords: tuple[str, ...] = ()
    demonstration: bool = False
    position: int = 0
    search: tuple[str, ...] = ()
    title_field: str | None = None
    fields: dict[str, FieldText] = Field(default_factory=dict)
    joins: tuple[JoinEntry, ...] = ()
    personal: PersonalEntry = PersonalEntry()
    coverage: bool = False
    reference: str | None = None
    update: UpdateEntry = UpdateEntry()
    style: dict[str, Any] | None = None

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

    @property
    def declared_crs(self) -> Crs | None:
        """The CRS the manifest names for the file."""
        return None if self.crs is None else parse_crs(self.crs)


class MemberEntry(Part):
    """A layer of a basemap and the style it wears there."""

    layer: Identifier
    style: dict[str, Any] | None = None

    @field_validator("style")
    @classmethod
    def _drawable(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None:
            as_value_error(parse_style, value)
        return value


class BasemapEntry(Part):
    """A basemap or overlay made of layers, bottom to top."""

    id: Identifier
    title: TitledText
    attribution: TitledText = Titled(zh="")
    background: str | None = None
    overlay: bool = False
    position: int = 0
    members: tuple[MemberEntry, ...]


class Manifest(Part):
    """All that one delivery holds."""

    agencies: tuple[AgencyEntry, ...] = ()
    themes: tuple[ThemeEntry, ...] = ()
    layers: tuple[LayerEntry, ...] = ()
    basemaps: tuple[BasemapEntry, ...] = ()
