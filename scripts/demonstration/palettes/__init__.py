"""Colours of the forms of the demonstration basemap, by name."""
