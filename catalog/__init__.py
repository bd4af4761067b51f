"""Which layers exist, whose they are, which release is current, who may see them, how they are described.

Knows ``layers``; knows no tiles and no HTTP.
"""
