"""Manifests: what an agency's files are, whose they are and how they are to be published (YAML)."""

from catalog.manifest.entries import AgencyEntry, BasemapEntry, LayerEntry, Manifest, MemberEntry, ThemeEntry
from catalog.manifest.parts import FieldEntry, Titled, UpdateEntry, UpdateMode
from catalog.manifest.reading import read_manifest, read_style

__all__ = [
    "AgencyEntry",
    "BasemapEntry",
    "FieldEntry",
    "LayerEntry",
    "Manifest",
    "MemberEntry",
    "ThemeEntry",
    "Titled",
    "UpdateEntry",
    "UpdateMode",
    "read_manifest",
    "read_style",
]
