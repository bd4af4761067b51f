"""Basemaps 底圖 and overlays as they are kept up: their member layers and how these were taken in last."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from catalog import models
from catalog.database import Catalogue
from catalog.errors import CatalogueError
from catalog.manifest import LayerEntry
from catalog.registration import entry_of
from layers.text import Text


@dataclass(frozen=True, slots=True)
class MemberLayer:
    """A layer of a basemap as the catalogue knows it."""

    entry: LayerEntry
    source: str
    """Name of the file that its newest release came from; empty where none is known."""

    @property
    def id(self) -> str:
        """The layer's id."""
        return self.entry.id


@dataclass(frozen=True, slots=True)
class MemberLayers:
    """The layers that a basemap is made of."""

    basemap: str
    title: Text
    members: tuple[MemberLayer, ...]
    """From bottom to top, each once."""


def member_layers(catalogue: Catalogue, basemap_id: str) -> MemberLayers:
    """Return the layers of a basemap or overlay; raises CatalogueError, which names those there are."""
    with catalogue.read() as session:
        basemap = session.get(models.Basemap, basemap_id)
        if basemap is None:
            known = session.scalars(select(models.Basemap.id).order_by(models.Basemap.id))
            raise CatalogueError("catalogue_unknown_basemap", basemap=basemap_id[:80], known=", ".join(known) or "-")
        ids = dict.fromkeys(member.layer_id for member in basemap.members)
        layers = [session.get_one(models.Layer, id_) for id_ in ids]
        members = tuple(MemberLayer(entry_of(layer), _source(layer)) for layer in layers)
        return MemberLayers(basemap_id, Text(basemap.title_zh, basemap.title_en), members)


def _source(layer: models.Layer) -> str:
    last = max(layer.releases, key=lambda release: release.number, default=None)
    return "" if last is None else last.source
