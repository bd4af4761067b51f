"""Personal data: columns by which a person can be recognised must not be published unnoticed."""

from __future__ import annotations

from layers.checks.findings import FindingLog
from layers.features import FeatureBatch
from layers.plan import Privacy
from layers.schema import Field


class PersonalCheck:
    """Watches names and values of all fields; what ``privacy`` provides for is no error."""

    def __init__(self, fields: tuple[Field, ...], privacy: Privacy, public: bool, log: FindingLog) -> None:
        self._fields = fields
        self._privacy = privacy
        self._public = public
        self._log = log

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch's values in, before anything is dropped or masked."""

    def finish(self) -> None:
        """Say which columns hold personal data, and whether the manifest provides for it."""
