"""Glyphs for clients that draw labels themselves: signed distance fields in ranges of 256 code points."""

from layers.glyphs.ranges import GlyphRanges

__all__ = ["GlyphRanges"]
