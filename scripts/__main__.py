"""Runs the ``tuzi`` command as ``python -m scripts``."""

from scripts.cli import main

main()
