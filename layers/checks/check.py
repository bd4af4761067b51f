"""What every check offers."""

from __future__ import annotations

from typing import Protocol

from layers.features import FeatureBatch


class Check(Protocol):
    """Looks at all rows of a delivery, batch by batch, and writes what it finds into its log."""

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch in."""

    def finish(self) -> None:
        """Say what only all rows together show."""
