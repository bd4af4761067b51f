"""Comparisons of releases as people and programs read them."""
