"""Attribute values as agencies write them: dates of the Republic, numbers as text, sentinels, markup."""

from __future__ import annotations

from layers.checks.findings import FindingLog
from layers.features import FeatureBatch
from layers.schema import Field


class AttributeCheck:
    """Watches the values of all fields, batch by batch."""

    def __init__(self, fields: tuple[Field, ...], log: FindingLog) -> None:
        self._fields = fields
        self._log = log

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch's values in, as the source gives them."""

    def finish(self) -> None:
        """Say what only all rows together show."""
