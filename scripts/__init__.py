"""The ``tuzi`` command: one command per file, all work delegated."""
