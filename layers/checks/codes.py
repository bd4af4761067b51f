"""Every kind of finding: what it is about, how grave it is, and what onboarding does about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Severity(StrEnum):
    """How grave a finding is; an error keeps a release from being published."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Topic(StrEnum):
    """What a finding is about."""

    FILE = "file"
    ENCODING = "encoding"
    COORDINATES = "coordinates"
    GEOMETRY = "geometry"
    ATTRIBUTES = "attributes"
    PERSONAL = "personal"


class Action(StrEnum):
    """What onboarding does about a finding."""

    REFUSED = "refused"
    """Nothing is published until the delivery or the manifest is mended."""
    REPAIRED = "repaired"
    """Mended, and the row kept."""
    SET_ASIDE = "set_aside"
    """The row goes into quarantine."""
    ASSUMED = "assumed"
    """Read that way, for the reason that the sentence gives."""
    KEPT = "kept"
    """Left as it is."""


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding; its sentences stand in the message catalogues under its name."""

    topic: Topic
    severity: Severity
    action: Action


def _codes(topic: Topic, **codes: tuple[Severity, Action]) -> dict[str, Code]:
    return {f"finding_{name}": Code(topic, severity, action) for name, (severity, action) in codes.items()}


_ERROR = (Severity.ERROR, Action.REFUSED)
_REPAIRED = (Severity.WARNING, Action.REPAIRED)
_SET_ASIDE = (Severity.WARNING, Action.SET_ASIDE)
_DOUBTED = (Severity.WARNING, Action.KEPT)
_ASSUMED = (Severity.INFO, Action.ASSUMED)
_DONE = (Severity.INFO, Action.REPAIRED)
_NOTED = (Severity.INFO, Action.KEPT)

CODES: Mapping[str, Code] = MappingProxyType(
    _codes(
        Topic.FILE,
        index_restored=_DONE,
        nothing_kept=_ERROR,
    )
    | _codes(
        Topic.ENCODING,
        encoding=_ASSUMED,
        encoding_wrong=(Severity.WARNING, Action.ASSUMED),
        encoding_lossy=_DOUBTED,
        encoding_undeclared=_ASSUMED,
        encoding_mark=_DONE,
        characters_cut=_REPAIRED,
        characters_user_defined=_DOUBTED,
        characters_lookalike=(Severity.WARNING, Action.ASSUMED),
        text_destroyed=_DOUBTED,
        text_garbled=_DOUBTED,
        text_full_width=_NOTED,
        text_variants=_NOTED,
    )
    | _codes(
        Topic.COORDINATES,
        crs_missing=_ERROR,
        crs_assumed=_ASSUMED,
        crs_overruled=(Severity.WARNING, Action.ASSUMED),
        datum_changed=_DONE,
        coordinates_missing=_SET_ASIDE,
        axes_swapped=_DOUBTED,
        outside_taiwan=_DOUBTED,
        outside_city=_NOTED,
    )
    | _codes(
        Topic.GEOMETRY,
        geometry_repaired=_REPAIRED,
        geometry_broken=_SET_ASIDE,
        geometry_differs=_SET_ASIDE,
        geometry_missing=_DOUBTED,
        geometry_mixed=_NOTED,
        z_dropped=_DONE,
    )
    | _codes(
        Topic.ATTRIBUTES,
        key_missing=_ERROR,
        key_duplicate=_ERROR,
        fields_renamed=_DONE,
        fields_dropped=(Severity.WARNING, Action.REPAIRED),
        rows_ragged=_REPAIRED,
        rows_blank=_DONE,
        key_candidate=_DOUBTED,
        headers_missing=_REPAIRED,
        headers_duplicate=_REPAIRED,
        columns_blank=_DONE,
        names_cut=_DOUBTED,
        names_restored=_DONE,
        dictionary_unused=_DOUBTED,
        dictionary_clash=_REPAIRED,
        values_mixed=_DOUBTED,
        values_cut=_DOUBTED,
        values_trimmed=_DONE,
        numbers_as_text=_NOTED,
        dates_roc=_NOTED,
        dates_impossible=_DOUBTED,
        sentinels=_DOUBTED,
        text_markup=_NOTED,
        text_control=_DOUBTED,
        fields_empty=_NOTED,
        fields_constant=_NOTED,
    )
    | _codes(
        Topic.PERSONAL,
    )
)
"""By the name under which sources and checks report them."""
