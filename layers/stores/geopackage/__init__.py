"""The embedded feature store: one immutable GeoPackage file for each release."""

from layers.stores.geopackage.store import GeoPackageStore

__all__ = ["GeoPackageStore"]
