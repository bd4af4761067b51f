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
_PRIVATE = (Severity.ERROR, Action.KEPT)
"""An error in a public layer; where not everybody may see the layer, a warning."""

CODES: Mapping[str, Code] = MappingProxyType(
    _codes(
        Topic.FILE,
        index_restored=_DONE,
        journal_applied=_DONE,
        files_unread=_NOTED,
        layers_unread=_NOTED,
        folders_empty=_NOTED,
        links_ignored=_DOUBTED,
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
        crs_unknown=_ERROR,
        crs_contradicted=_ERROR,
        crs_proposed=_NOTED,
        crs_proposed_exchanged=_NOTED,
        crs_identified=_ASSUMED,
        crs_assumed=_ASSUMED,
        crs_overruled=(Severity.WARNING, Action.ASSUMED),
        datum_changed=_DONE,
        datum_mistaken=_ERROR,
        displaced=_DOUBTED,
        zone_wrong=_DOUBTED,
        coordinates_missing=_SET_ASIDE,
        coordinates_exchanged=(Severity.WARNING, Action.ASSUMED),
        coordinates_sexagesimal=_ASSUMED,
        pairs_several=_ASSUMED,
        power_grid=_ASSUMED,
        power_grid_unread=_SET_ASIDE,
        axes_exchanged=_REPAIRED,
        axes_swapped=_DOUBTED,
        at_origin=_REPAIRED,
        far_away=_DOUBTED,
        outside_taiwan=_DOUBTED,
        outside_city=_NOTED,
    )
    | _codes(
        Topic.GEOMETRY,
        self_intersection=_REPAIRED,
        ring_self_intersection=_REPAIRED,
        rings_duplicate=_REPAIRED,
        hole_outside=_REPAIRED,
        holes_nested=_REPAIRED,
        shells_nested=_REPAIRED,
        interior_disconnected=_REPAIRED,
        points_too_few=_REPAIRED,
        ring_open=_REPAIRED,
        wkt_unreadable=_SET_ASIDE,
        geometry_broken=_SET_ASIDE,
        geometry_differs=_SET_ASIDE,
        geometry_missing=_DOUBTED,
        geometry_empty=_DOUBTED,
        geometry_duplicate=_DOUBTED,
        geometry_spike=_DOUBTED,
        geometry_sliver=_DOUBTED,
        geometry_heavy=_NOTED,
        geometry_mixed=_NOTED,
        curves=_DONE,
        lines_closed=_NOTED,
        lines_unclosed=_DOUBTED,
        coverage_overlap=_DOUBTED,
        coverage_gap=_NOTED,
        z_dropped=_DONE,
    )
    | _codes(
        Topic.ATTRIBUTES,
        key_missing=_ERROR,
        key_duplicate=_ERROR,
        joined=_DONE,
        join_features=_DOUBTED,
        join_rows=_NOTED,
        join_duplicate=_ERROR,
        join_nothing=_ERROR,
        removal_unknown=_DOUBTED,
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
        personal_id=_PRIVATE,
        personal_mobile=_PRIVATE,
        personal_phone=_PRIVATE,
        personal_email=_PRIVATE,
        personal_name=_PRIVATE,
        personal_birth=_PRIVATE,
        personal_case=_PRIVATE,
        personal_plate=_PRIVATE,
        personal_account=_PRIVATE,
        personal_health_card=_PRIVATE,
        personal_address=_PRIVATE,
        personal_column_unknown=_ERROR,
        personal_geomask_shapes=_ERROR,
        personal_unmovable=_REPAIRED,
        personal_uncounted=_DOUBTED,
        personal_dropped=_DONE,
        personal_masked=_DONE,
        personal_kept=_NOTED,
        personal_geomasked=_DONE,
        personal_coordinates_dropped=_DONE,
        personal_aggregated=_DONE,
        personal_suppressed=_DONE,
    )
)
"""By the name under which sources and checks report them."""
