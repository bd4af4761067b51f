"""Styled Layer Descriptors, read and written."""

from layers.styles.sld.reading import SldReading, read_sld, read_sld_file

__all__ = ["SldReading", "read_sld", "read_sld_file"]
