"""Connected systems 介接系統: their keys and grants."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from catalog import models
from catalog.access import digest_of_key
from catalog.database import Catalogue
from catalog.errors import CatalogueError, UnknownLayer


def connect_application(catalogue: Catalogue, name: str, title: str, layers: Sequence[str], actor: str) -> str:
    """Make a new key for an application, made where there is none, and grant it the layers.

    Returns the key; the catalogue keeps nothing but its SHA-256. Raises UnknownLayer.
    """
    key = secrets.token_urlsafe(32)
    with catalogue.change() as session:
        for layer in layers:
            if session.get(models.Layer, layer) is None:
                raise UnknownLayer(layer=layer)
        session.merge(models.Application(id=name, title=title))
        session.flush()
        session.add(models.Key(digest=digest_of_key(key), application_id=name))
        for layer in layers:
            session.merge(models.Grant(application_id=name, layer_id=layer))
        session.add(models.Event(actor=actor, action="connect", subject=name, detail={"layers": list(layers)}))
    return key


def disconnect_application(catalogue: Catalogue, name: str, actor: str) -> None:
    """Remove an application with its keys and grants; raises CatalogueError where there is none."""
    with catalogue.change() as session:
        application = session.get(models.Application, name)
        if application is None:
            raise CatalogueError("catalogue_unknown_application", application=name)
        session.delete(application)
        session.add(models.Event(actor=actor, action="disconnect", subject=name, detail={}))
