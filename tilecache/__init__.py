"""Tiles of catalogued layers: grids, footprints, tile stores, seeding, the MapProxy configuration."""
