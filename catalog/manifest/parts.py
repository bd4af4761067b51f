"""The parts of a manifest's entries: texts, field dictionary, joins, privacy, updates."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from catalog.errors import CatalogueError
from catalog.retrieval import is_address
from catalog.schedule import check_schedule
from layers.errors import TuziError
from layers.messages import message
from layers.moments import moment_text, parse_moment
from layers.plan import FieldDefinition, PersonalRule
from layers.text import Text

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


def as_value_error(check: Callable[[str], object] | Callable[[dict[str, Any]], object], value: Any) -> None:
    """Check a value by what the rest of the house makes of it; what is wrong becomes a validation error."""
    try:
        check(value)
    except TuziError as error:
        raise ValueError(error.sentence("zh-TW")) from error


class Part(BaseModel):
    """Base of all parts: immutable, and a key that nobody knows is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Titled(Part):
    """A text in one or two languages; plain text is Chinese."""

    zh: str
    """In 繁體中文."""
    en: str | None = None
    """In English."""

    def as_text(self) -> Text:
        """Return it as the type the rest of the house uses."""
        return Text(self.zh, self.en)


def titled(value: object) -> object:
    """Read plain text as a Chinese title."""
    return {"zh": value} if isinstance(value, str) else value


TitledText = Annotated[Titled, BeforeValidator(titled)]


class FieldEntry(Part):
    """An entry of the field dictionary: what a field is called, what people read, what it means."""

    zh: str = ""
    """What people read instead of the field's name."""
    en: str | None = None
    """The same in English."""
    name: str | None = None
    """The full name, where the file has it cut or coded; other keys of the manifest use it."""
    description: TitledText | None = None
    """What the values mean."""
    unit: str | None = None
    """Unit of the values, such as m or persons."""

    def definition(self) -> FieldDefinition:
        """Return it as the type the rest of the house uses."""
        alias = Text(self.zh, self.en) if self.zh or self.en else None
        description = None if self.description is None else self.description.as_text()
        return FieldDefinition(self.name, alias, description, self.unit)


FieldText = Annotated[FieldEntry, BeforeValidator(titled)]


class JoinEntry(Part):
    """A table whose columns are added to the features with the same key."""

    file: Path
    """The table's file, relative to the manifest."""
    key: str
    """Field of the layer."""
    to: str
    """Column of the table."""
    fields: dict[str, FieldText] = {}
    """Columns to take; all but the key where none is named."""
    encoding: str | None = None
    """Text encoding of the table, only where it cannot be found out."""


def _as_moment(value: object) -> object:
    text = moment_text(value)
    if isinstance(text, str) and parse_moment(text) is None:
        raise ValueError(message("manifest_time", "zh-TW", value=text[:40]))
    return text


Moment = Annotated[str, BeforeValidator(_as_moment)]
"""ISO 8601, to the year, month, day, or second in UTC."""


class StepEntry(Part):
    """A further date of a raster layer."""

    time: Moment
    """What moment it shows: 2023, 2023-07, 2023-07-01, 2023-07-01T00:00:00Z."""
    file: Path
    """The delivered file, relative to the manifest."""


class GeomaskEntry(Part):
    """Points are moved by a random way that nobody can undo."""

    radius: float = Field(gt=0, le=100_000)
    """Metres at the most."""
    seed: int
    """A number that stays secret; the same moves the same point the same way."""


class AggregateEntry(Part):
    """Features are not shown but counted in the areas of another layer."""

    layer: Identifier
    """The layer of areas, which the catalogue must hold."""
    key: str
    """The field of that layer that identifies an area."""


class PersonalEntry(Part):
    """What is done with personal data."""

    columns: dict[str, PersonalRule] = {}
    """By field: drop (left out), mask (kept in part), keep (looked at and may be shown)."""
    geomask: GeomaskEntry | None = None
    """Move the points."""
    aggregate: AggregateEntry | None = None
    """Publish counts by area instead of the features."""


class UpdateMode(StrEnum):
    """How a delivery becomes the next release."""

    REPLACE = "replace"
    """It is the whole layer."""
    APPEND = "append"
    """It is added to the release before."""
    DELTA = "delta"
    """It holds what changed: rows with a known key replace the feature, others are new, ``deleted`` ones go."""


class Frequency(StrEnum):
    """How often an agency delivers (ISO 19115-1, MD_MaintenanceFrequencyCode)."""

    CONTINUAL = "continual"
    DAILY = "daily"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    BIANNUALLY = "biannually"
    ANNUALLY = "annually"
    AS_NEEDED = "asNeeded"
    IRREGULAR = "irregular"
    NOT_PLANNED = "notPlanned"
    UNKNOWN = "unknown"


class UpdateEntry(Part):
    """Where later deliveries come from, when, and what they are."""

    source: str | None = None
    """An http(s) address, or a path; without one the layer's ``file``."""
    schedule: str | None = None
    """When ``tuzi update --due`` looks for a new one: five fields as in cron."""
    mode: UpdateMode = UpdateMode.REPLACE
    """What a delivery is: the whole layer, more of it, or what changed."""
    deleted: str | None = None
    """Of a delta: the field that marks features to be removed, by any value but none, 0, N and false."""
    max_loss: float = Field(default=0.2, ge=0, le=1)
    """Share of the features that an update may remove before it must be confirmed."""
    frequency: Frequency = Frequency.UNKNOWN
    """How often the agency delivers."""

    @field_validator("schedule")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value is not None:
            as_value_error(check_schedule, value)
        return value

    @field_validator("source")
    @classmethod
    def _reachable(cls, value: str | None) -> str | None:
        if value is not None and is_address(value) and not value.lower().startswith(("http://", "https://")):
            as_value_error(_refuse, value)
        return value


def _refuse(source: str) -> None:
    raise CatalogueError("catalogue_source", source=source[:80])


class Folders(StrEnum):
    """What becomes of a file of several layers, such as the folders of a KML file."""

    MERGE = "merge"
    """One layer; the field ``folder`` tells where a feature comes from."""
    EACH = "each"
    """A layer each, with ``-1``, ``-2`` … after the id and the folder's name after the title."""
