"""A layer's data and how it looks: sources, checks, stores, features, rasters, styles, rendering.

This package knows no catalogue, no HTTP and no Flask; every other package may import it.
"""
