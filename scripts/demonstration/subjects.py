"""What the city delivers (``layers.yml``): subjects, agencies, themes and what attributes are called."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Subject:
    """One kind of layer; ``file`` is a file name or only its ending."""

    id: str
    zh: str
    en: str
    theme: str
    agency: str
    file: str
    about: str
    split: bool = False
    real: bool = False
    encoding: str | None = None
    crs: str | None = None
    key: str | None = None
    title_field: str | None = "name"
    search: tuple[str, ...] = ()
    access: str | None = None

    @property
    def is_raster(self) -> bool:
        """Tell whether the subject is a grid."""
        return self.file.endswith(".tif")

    def file_name(self, layer: str) -> str:
        """Return the name of the file that holds a layer of this subject."""
        return self.file if self.is_raster else layer + self.file


@dataclass(frozen=True, slots=True)
class Delivery:
    """All subjects, in drawing order, and the words around them."""

    subjects: tuple[Subject, ...]
    agencies: dict[str, list[str]]
    themes: dict[str, list[str]]
    aliases: dict[str, dict[str, str]]

    def subject(self, layer: str) -> Subject:
        """Return the subject of that id."""
        return next(subject for subject in self.subjects if subject.id == layer)


def read_delivery() -> Delivery:
    """Read what is shipped with the package."""
    document = yaml.safe_load((resources.files("scripts.demonstration") / "layers.yml").read_text(encoding="utf-8"))
    subjects = tuple(_subject(name, entry) for name, entry in document["layers"].items())
    return Delivery(subjects, document["agencies"], document["themes"], document["aliases"])


def _subject(name: str, entry: dict[str, Any]) -> Subject:
    return Subject(name, **{**entry, "search": tuple(entry.get("search", ()))})
