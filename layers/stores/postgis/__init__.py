"""The feature store in PostgreSQL with PostGIS."""

from layers.stores.postgis.store import PostgisStore

__all__ = ["PostgisStore"]
