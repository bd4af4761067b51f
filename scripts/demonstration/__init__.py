"""The demonstration city: real districts and villages, everything else generated inside them."""

from scripts.demonstration.city import Scale, build_city

__all__ = ["Scale", "build_city"]
