"""What onboarding is asked for and what it answers: options, prepared layers, results."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from catalog.locks import HeldLock
from catalog.manifest import LayerEntry, UpdateMode
from catalog.publishing import Publication
from layers.changes import Changes
from layers.checks import QualityReport
from layers.errors import TuziError
from layers.intake import Intake
from layers.messages import Language


class Outcome(StrEnum):
    """What became of a layer."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    """The data is that of the current release; its description may be new."""
    REFUSED = "refused"
    """The checks found an error, the file could not be read, or somebody else is at work on the layer."""
    FAILED = "failed"
    """Something broke that is not the file's fault."""


@dataclass(frozen=True, slots=True)
class OnboardingOptions:
    """What whoever onboards wants beyond what the entry says."""

    mode: UpdateMode | None = None
    """How the delivery becomes a release; the entry's own mode without it."""
    accept_loss: bool = False
    """The update may remove any number of features."""
    force: bool = False
    """Read files again that are recognised as those of the current release."""
    resubmission: bool = False
    """The rows come back from the layer's quarantine, mended."""
    wait: float = 10.0
    """Seconds to wait for somebody else who is at work on the layer."""


@dataclass(frozen=True, slots=True)
class OnboardedLayer:
    """The result of onboarding one layer, for the summary table."""

    entry: LayerEntry
    outcome: Outcome
    number: int | None = None
    kind: str = ""
    count: int | None = None
    crs: str = ""
    report: QualityReport | None = None
    error: TuziError | None = None
    changes: dict[str, int] | None = None
    """Counts against the release before; None where there was none to compare with."""

    def sentence(self, language: Language) -> str:
        """Return why the layer was not published; empty where it was."""
        return "" if self.error is None else self.error.sentence(language)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A layer that is ready to be published; until then it holds the layer's lock.

    It must be given either to ``tilecache.publication.publish_all`` or to ``Onboarding.discard``.
    """

    publication: Publication
    lock: HeldLock
    intake: Intake | None = None
    """None where the files were recognised and not read."""
    changes: Changes | None = None
    """Against the current release; None where there is none, where nothing changed, and for rasters."""
    count: int | None = None
    """Features of the current release where the data is the same."""

    @property
    def entry(self) -> LayerEntry:
        """The entry it was made of."""
        return self.publication.entry

    @property
    def number(self) -> int:
        """The new release, or the current one where the data is the same."""
        return self.publication.number

    @property
    def unchanged(self) -> bool:
        """Tell whether the data is that of the current release, so that only the description is published."""
        return self.publication.stored is None

    def result(self) -> OnboardedLayer:
        """Return the line of the summary, once it is published."""
        stored, intake = self.publication.stored, self.intake
        return OnboardedLayer(
            self.entry,
            Outcome.UNCHANGED if stored is None else Outcome.PUBLISHED,
            number=self.number,
            kind="" if intake is None else intake.kind,
            count=self.count if stored is None else stored.count,
            crs="" if intake is None else str(intake.crs),
            report=None if intake is None else intake.report,
            changes=None if stored is None else stored.changes,
        )
