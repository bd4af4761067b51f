"""Legends as data: what GetLegendGraphic answers as JSON, in the frame that GeoServer gave such documents."""

from __future__ import annotations

import base64
from typing import Any

from catalog.records import LayerRecord
from layers.messages import Language
from layers.render.legend import LegendEntry
from layers.styles.document import style_document
from layers.styles.model import Rule, Style
from server.map_scales import scales_of

Json = dict[str, Any]
_SHOWN = (28, 18)
"""Pixels; the pictures are twice as large, for screens of high density."""


def legend_document(layer: LayerRecord, entries: tuple[LegendEntry, ...], language: Language) -> Json:
    """Return the legend of the style that the layer wears: an entry's title, picture, filter, scales and symbols."""
    title = layer.style.title or layer.title
    rules = [_entry(entry, layer.style, language) for entry in entries]
    return {"Legend": [{"layerName": layer.id, "title": title.in_language(language), "rules": rules}]}


def _entry(entry: LegendEntry, style: Style, language: Language) -> Json:
    picture = base64.b64encode(entry.image).decode()
    document: Json = {
        "name": entry.name,
        "title": entry.title.in_language(language),
        "icon": f"data:image/png;base64,{picture}",
        "width": _SHOWN[0],
        "height": _SHOWN[1],
    }
    rule = _rule_of(entry, style)
    if rule is None:
        return document
    written = style_document(Style((rule,)))["rules"][0]
    if rule.filter:
        document["filter"] = rule.filter
    if rule.otherwise:
        document["ElseFilter"] = "true"
    scales = scales_of(Style((rule,)))
    if scales.least is not None:
        document["MinScaleDenominator"] = scales.least
    if scales.most is not None:
        document["MaxScaleDenominator"] = scales.most
    document["symbolizers"] = written["symbols"]
    return document


def _rule_of(entry: LegendEntry, style: Style) -> Rule | None:
    """Return the rule of an entry; of a ramp, a heat map or sizes several entries stand for one rule."""
    if rule := style.rule(entry.name):
        return rule
    begun = [rule for rule in style.rules if entry.name.startswith(f"{rule.name}-")]
    return max(begun, key=lambda rule: len(rule.name), default=None)
