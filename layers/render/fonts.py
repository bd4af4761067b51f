"""Fonts that labels and legends are written with: found in folders, Traditional Chinese first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import ImageFont

from layers.render.engine import paths
from layers.styles.model import Weight

_SUFFIXES = {".ttf", ".otf", ".ttc"}
_STYLES: dict[str, Weight] = {"regular": "regular", "book": "regular", "medium": "medium", "bold": "bold"}
_MAXIMUM_FACES = 64
"""In one collection file."""


@dataclass(frozen=True, slots=True)
class Face:
    """One face of a font file."""

    family: str
    style: str
    file: Path
    index: int

    @property
    def name(self) -> str:
        """The name by which Mapnik knows the face."""
        return f"{self.family} {self.style}"


@dataclass(frozen=True, slots=True)
class FontSet:
    """The faces text is drawn with, by weight."""

    regular: Face
    medium: Face
    bold: Face
    has_chinese: bool
    """False where no font with Chinese characters was found: labels would show empty boxes."""

    def face(self, weight: Weight) -> Face:
        """Return the face of a weight."""
        return {"regular": self.regular, "medium": self.medium, "bold": self.bold}[weight]


def find_fonts(folders: Sequence[Path]) -> FontSet:
    """Choose the fonts among files and folders (searched with their subfolders); what does not exist is skipped.

    The family made for Traditional Chinese wins over its Japanese, Korean and Simplified sisters, which
    draw many of the same characters differently; sans serif wins over serif, more weights over fewer.
    """
    families: dict[str, dict[Weight, Face]] = {}
    for face in _faces(_files(folders)):
        if weight := _STYLES.get(face.style.lower()):
            families.setdefault(face.family, {}).setdefault(weight, face)
    for family in sorted(families, key=lambda name: (*_rank(name), -len(families[name]), name)):
        faces = families[family]
        if "regular" in faces and _has_chinese(faces["regular"]):
            return _font_set(faces, has_chinese=True)
    return _font_set(_wheel_faces(), has_chinese=False)


def fallback_faces(weight: Weight) -> tuple[str, ...]:
    """Return the names of the faces that draw what the chosen font lacks; they come with Mapnik."""
    return ("DejaVu Sans Bold", "DejaVu Sans Book") if weight == "bold" else ("DejaVu Sans Book",)


def fallbacks(weight: Weight) -> tuple[Face, ...]:
    """Return the faces that draw what the chosen font lacks, as ``fallback_faces`` names them."""
    faces = _wheel_faces()
    return (faces["bold"], faces["regular"]) if weight == "bold" else (faces["regular"],)


def _font_set(faces: dict[Weight, Face], has_chinese: bool) -> FontSet:
    regular = faces["regular"]
    bold = faces.get("bold", faces.get("medium", regular))
    # Where a family has no medium (Debian's Noto Sans CJK has none), regular is nearer to it than bold.
    return FontSet(regular, faces.get("medium", regular), bold, has_chinese)


def _wheel_faces() -> dict[Weight, Face]:
    folder = Path(paths.fontscollectionpath)
    regular = Face("DejaVu Sans", "Book", folder / "DejaVuSans.ttf", 0)
    return {"regular": regular, "bold": Face("DejaVu Sans", "Bold", folder / "DejaVuSans-Bold.ttf", 0)}


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        if folder.is_file():
            yield folder
        elif folder.is_dir():
            yield from sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)


def _faces(files: Iterable[Path]) -> Iterator[Face]:
    for file in files:
        for index in range(_MAXIMUM_FACES):
            try:
                family, style = ImageFont.truetype(file, 16, index=index).getname()
            except OSError:
                break
            if family and style:
                yield Face(family, style, file, index)


def _rank(family: str) -> tuple[int, int]:
    """Order families by how well they suit Taiwan: the script first, then the kind of type."""
    words = set(family.replace("-", " ").split())
    if words & {"TC", "TW", "Hant"} or "JhengHei" in family:
        script = 0
    elif words & {"HK", "MingLiU"}:
        script = 1
    else:
        script = 3 if words & {"JP", "KR", "SC"} else 2
    return script, int(bool(words & {"Serif", "Mono"}))


def _has_chinese(face: Face) -> bool:
    font = ImageFont.truetype(face.file, 16, index=face.index)
    missing = bytes(font.getmask("\U0010fffd"))
    return all(bytes(font.getmask(character)) != missing for character in "臺中灣")
