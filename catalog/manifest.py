"""Manifests: what an agency's files are, whose they are and how they are to be published (YAML)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from catalog.errors import InvalidManifest
from catalog.records import Access
from layers.crs import Crs, parse_crs
from layers.errors import TuziError
from layers.styles.document import parse_style
from layers.text import Text

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


def _text(value: object) -> object:
    return {"zh": value} if isinstance(value, str) else value


class Titled(BaseModel):
    """A text in one or two languages; plain text is Chinese."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str | None = None

    def as_text(self) -> Text:
        """Return it as the type the rest of the house uses."""
        return Text(self.zh, self.en)


def _code(value: object) -> object:
    return str(value) if isinstance(value, int) else value


TitledText = Annotated[Titled, BeforeValidator(_text)]


class FieldAlias(Titled):
    """What people read instead of a field's name, and the unit of its values."""

    unit: str | None = None


class AgencyEntry(BaseModel):
    """An agency the manifest introduces."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    title: TitledText


class ThemeEntry(AgencyEntry):
    """A theme the manifest introduces."""

    position: int = 0


class LayerEntry(BaseModel):
    """One layer: where its file is, how to read it, how to publish it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    file: Path
    source_layer: str | None = None
    title: TitledText
    abstract: TitledText = Titled(zh="")
    agency: Identifier
    theme: Identifier
    crs: Annotated[str | None, BeforeValidator(_code)] = None
    encoding: str | None = None
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
    fields: dict[str, Annotated[FieldAlias, BeforeValidator(_text)]] = {}
    style: dict[str, Any] | None = None

    @field_validator("crs")
    @classmethod
    def _known_crs(cls, value: str | None) -> str | None:
        if value is not None:
            _as_value_error(parse_crs, value)
        return value

    @field_validator("style")
    @classmethod
    def _drawable(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None:
            _as_value_error(parse_style, value)
        return value

    @property
    def declared_crs(self) -> Crs | None:
        """The CRS the manifest names for the file."""
        return None if self.crs is None else parse_crs(self.crs)


class MemberEntry(BaseModel):
    """A layer of a basemap and the style it wears there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layer: Identifier
    style: dict[str, Any] | None = None

    @field_validator("style")
    @classmethod
    def _drawable(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None:
            _as_value_error(parse_style, value)
        return value


class BasemapEntry(BaseModel):
    """A basemap or overlay made of layers, bottom to top."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    title: TitledText
    attribution: TitledText = Titled(zh="")
    background: str | None = None
    overlay: bool = False
    position: int = 0
    members: tuple[MemberEntry, ...]


class Manifest(BaseModel):
    """All that one delivery holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agencies: tuple[AgencyEntry, ...] = ()
    themes: tuple[ThemeEntry, ...] = ()
    layers: tuple[LayerEntry, ...] = ()
    basemaps: tuple[BasemapEntry, ...] = ()


DEFAULTED = ("agency", "theme", "access", "licence", "attribution", "demonstration", "crs", "encoding", "keywords")
"""What may stand at the top of a manifest for all of its layers."""


def _as_value_error(parse: Any, value: object) -> None:
    try:
        parse(value)
    except TuziError as error:
        raise ValueError(error.sentence("zh-TW")) from error


def read_manifest(path: Path) -> Manifest:
    """Read a manifest, its layers' defaults filled in, its files and styles found beside it.

    Raises InvalidManifest, which says everything that is wrong and where.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidManifest("manifest_unreadable", file=path.name, reason=error.strerror) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InvalidManifest("manifest_unreadable", file=path.name, reason=reason) from error
    if not isinstance(document, dict) or not isinstance(document.get("layers", []), list):
        raise InvalidManifest("manifest_shape", file=path.name)
    return _validated(_resolved(document, path), path)


def _resolved(document: Mapping[str, Any], path: Path) -> dict[str, Any]:
    defaults = {name: document[name] for name in DEFAULTED if name in document}
    rest = {name: value for name, value in document.items() if name not in DEFAULTED}
    layers = [_resolved_layer({**defaults, **entry}, path) for entry in document.get("layers") or [] if entry]
    basemaps = [
        {**basemap, "members": [_with_style(dict(member), path) for member in basemap.get("members") or []]}
        for basemap in document.get("basemaps") or []
    ]
    return {**rest, "layers": layers, "basemaps": basemaps}


def _resolved_layer(entry: dict[str, Any], path: Path) -> dict[str, Any]:
    if isinstance(entry.get("file"), str):
        entry["file"] = path.parent / entry["file"]
    return _with_style(entry, path)


def _with_style(entry: dict[str, Any], path: Path) -> dict[str, Any]:
    if isinstance(entry.get("style"), str):
        entry["style"] = read_style(path.parent / entry["style"])
    return entry


def read_style(path: Path) -> dict[str, Any]:
    """Read a style document from a YAML file; raises InvalidManifest where it cannot be read."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InvalidManifest("manifest_style_unreadable", file=path.name, reason=reason) from error
    if not isinstance(document, dict):
        raise InvalidManifest("manifest_style_unreadable", file=path.name, reason="rules: []")
    return document


def _validated(document: dict[str, Any], path: Path) -> Manifest:
    try:
        return Manifest.model_validate(document)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InvalidManifest("manifest_invalid", file=path.name, problems=problems) from error
