"""The one access decision, asked by every protocol.

A layer that a principal may not see does not exist for it: callers give the same answer as for a
name that was never used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from catalog.records import Access, BasemapRecord, LayerRecord, Snapshot


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: nobody in particular, or an application 介接系統 known by its key."""

    application: str | None = None
    granted: frozenset[str] = frozenset()
    """Ids of the restricted layers this application was granted."""


ANONYMOUS = Principal()


def digest_of_key(key: str) -> str:
    """Return what the catalogue keeps of a key: its SHA-256 in hex."""
    return hashlib.sha256(key.encode()).hexdigest()


def may_see(principal: Principal, layer: LayerRecord) -> bool:
    """Decide whether the layer exists for this principal."""
    if layer.access is Access.PUBLIC:
        return True
    if principal.application is None:
        return False
    return layer.access is Access.INTERNAL or layer.id in principal.granted


def may_see_basemap(principal: Principal, basemap: BasemapRecord) -> bool:
    """Decide whether the basemap exists for this principal: only where all of its members do."""
    return all(may_see(principal, member.layer) for member in basemap.members)


def visible_layers(principal: Principal, snapshot: Snapshot) -> Mapping[str, LayerRecord]:
    """Return the layers that exist for this principal, in listing order."""
    return {id_: layer for id_, layer in snapshot.layers.items() if may_see(principal, layer)}


def visible_basemaps(principal: Principal, snapshot: Snapshot) -> Mapping[str, BasemapRecord]:
    """Return the basemaps that exist for this principal."""
    return {id_: basemap for id_, basemap in snapshot.basemaps.items() if may_see_basemap(principal, basemap)}
