"""The errors of the data packages: named by what is wrong, worded in the message catalogues."""

from __future__ import annotations

from layers.messages import Language, message


class TuziError(Exception):
    """Base of every error Tuzi raises on purpose.

    ``code`` names the sentence in ``layers/messages/*.yml`` (or the catalogue of the package that
    defines the class); ``parameters`` fill its placeholders. ``str(error)`` is the English sentence.
    """

    code = "error"

    def __init__(self, code: str | None = None, **parameters: object) -> None:
        self.code = code or type(self).code
        self.parameters = parameters
        super().__init__(self.code)

    def sentence(self, language: Language) -> str:
        """Return the sentence for people: what is wrong, where, and what to do."""
        return message(self.code, language, **self.parameters)

    def __str__(self) -> str:
        return self.sentence("en")


class InvalidParameter(TuziError):
    """A request's parameter cannot be understood (HTTP 400)."""

    code = "invalid_parameter"


class UnknownCrs(InvalidParameter):
    """The text names no coordinate reference system that Tuzi serves."""

    code = "unknown_crs"


class InvalidFilter(InvalidParameter):
    """A CQL2 filter cannot be parsed or names a property the layer does not have."""

    code = "invalid_filter"


class InvalidStyle(TuziError):
    """A style document breaks the rules of the style model."""

    code = "invalid_style"


class SourceError(TuziError):
    """A file cannot be taken in: the sentence names the file and says what to do."""

    code = "source_unreadable"


class UnknownFeature(TuziError):
    """No feature of the release has this id (HTTP 404)."""

    code = "unknown_feature"


class UnknownRelease(TuziError):
    """The store holds no such release of the layer."""

    code = "unknown_release"


class RenderError(TuziError):
    """A map could not be drawn."""

    code = "render_failed"


class RenderUnavailable(RenderError):
    """No place was free to draw the map in time (HTTP 503)."""

    code = "render_unavailable"


class MergeError(TuziError):
    """A delivery cannot be merged with the release before; the sentence says what does not fit."""

    code = "merge_refused"


class StoreError(TuziError):
    """A release cannot be written to or read from its store; the sentence says why."""

    code = "store_not_written"


class StoreUnavailable(StoreError):
    """The database of a store does not answer, or has no free connection; it may in a moment (HTTP 503).

    The sentence names the server, for staff; clients are told less.
    """

    code = "store_unreachable"
