"""What can be wrong with a request to the catalogue."""

from __future__ import annotations

from layers.checks import QualityReport, Severity
from layers.errors import TuziError
from layers.messages import Language, message


class CatalogueError(TuziError):
    """The catalogue refuses what was asked of it."""

    code = "catalogue_error"


class CatalogueUnavailable(CatalogueError):
    """The catalogue's database does not answer."""

    code = "catalogue_unavailable"


class UnknownLayer(CatalogueError):
    """No layer has this id."""

    code = "catalogue_unknown_layer"


class UnpublishedRelease(CatalogueError):
    """The layer has no such release ready to be published."""

    code = "catalogue_unknown_release"


class LayerTaken(CatalogueError):
    """The id belongs to a layer of another agency."""

    code = "catalogue_layer_taken"


class LayerBusy(CatalogueError):
    """Somebody else is changing the layer's releases at the moment; the sentence says who and since when."""

    code = "catalogue_layer_busy"


class RefusedLoss(CatalogueError):
    """The update would remove more features than may go without a word."""

    code = "catalogue_loss_refused"


class RefusedRelease(CatalogueError):
    """The checks found what must not be published."""

    code = "catalogue_release_refused"

    def __init__(self, layer: str, report: QualityReport):
        self.report = report
        super().__init__(layer=layer)

    def sentence(self, language: Language) -> str:
        """Return every finding that stands in the way."""
        errors = (finding for finding in self.report.findings if finding.severity is Severity.ERROR)
        findings = " ".join(error.sentence(language) for error in errors)
        return message(self.code, language, **self.parameters, findings=findings)


class RetrievalError(CatalogueError):
    """A delivery could not be fetched from the web; the sentence says why, and never shows a key."""

    code = "retrieval_unreachable"


class InvalidManifest(CatalogueError):
    """A manifest cannot be read or breaks the rules."""

    code = "manifest_invalid"
