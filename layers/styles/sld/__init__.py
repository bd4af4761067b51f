"""Styled Layer Descriptors, read and written."""

from layers.styles.sld.reading import SldReading, read_sld, read_sld_file
from layers.styles.sld.writing import SldWriting, write_sld

__all__ = ["SldReading", "SldWriting", "read_sld", "read_sld_file", "write_sld"]
