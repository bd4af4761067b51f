"""The part of the catalogue that exists for one principal, at one address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from catalog.access import Principal, visible_basemaps, visible_layers
from catalog.records import BasemapRecord, LayerRecord, Snapshot


@dataclass(frozen=True)
class Visible:
    """Layers and basemaps by id, in listing order."""

    layers: Mapping[str, LayerRecord]
    basemaps: Mapping[str, BasemapRecord]

    def find(self, name: str) -> LayerRecord | BasemapRecord | None:
        """Return what has this name; None for what does not exist and what must not be seen alike."""
        return self.layers.get(name) or self.basemaps.get(name)

    @cached_property
    def key(self) -> frozenset[str]:
        """What documents about this part depend on."""
        return frozenset((*self.layers, *self.basemaps))

    def of_theme(self, theme: str) -> Visible | None:
        """Return the layers of a theme; None where there are none, or none that may be seen."""
        return self._themes.get(theme)

    @cached_property
    def _themes(self) -> Mapping[str, Visible]:
        themes: dict[str, dict[str, LayerRecord]] = {}
        for id_, layer in self.layers.items():
            themes.setdefault(layer.theme.id, {})[id_] = layer
        return {theme: Visible(layers, {}) for theme, layers in themes.items()}


def visible_to(principal: Principal, snapshot: Snapshot) -> Visible:
    """Return all that the principal may see."""
    return Visible(visible_layers(principal, snapshot), visible_basemaps(principal, snapshot))
