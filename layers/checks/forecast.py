"""Forecast of the six quality flags that the national portal data.gov.tw gives a dataset.

The portal's interface reports, for every dataset, ``linkable``, ``downloadable``, ``structure``, ``encoding_match``,
``desc_match`` and ``csv`` (政府資料開放平臺, 跨平臺介接協定與功能, 捌 品質檢測). It looks at the addresses that are
registered there, at the files behind them, and at the encoding and the main fields (主要欄位說明) as registered.
A file alone settles some of that; the rest is said to be unknown, and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from layers.messages import Language, message

_WRITTEN_OUT = frozenset(
    {"CSV", "JSON", "GeoJSON", "GeoJSON lines", "TopoJSON", "KML", "KMZ", "GML", "GPX", "OpenStreetMap XML"}
)
"""Open text formats in which every value stands on its own."""
_TABULAR_BINARY = frozenset({"Shapefile", "GeoPackage", "FlatGeobuf", "XLSX", "ODS", "OpenStreetMap PBF"})
"""Formats with rows and columns that need software to be read: the portal's list is not public in full."""
_SELF_DECLARED = frozenset(
    {"GeoPackage", "FlatGeobuf", "XLSX", "ODS", "KML", "KMZ", "GML", "GPX", "OpenStreetMap XML", "OpenStreetMap PBF"}
)
"""Formats whose text has an encoding by definition or by its own prolog."""
_SHOWN = 10


class Verdict(StrEnum):
    """What the portal will say, as far as it can be told."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One flag's verdict and the reason; ``reason`` names the sentence in the message catalogues."""

    verdict: Verdict
    reason: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def sentence(self, language: Language) -> str:
        """Return the reason for people, with what is to be done where something is."""
        return message(self.reason, language, **self.parameters)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The six flags under the names of the portal's interface, in its order."""

    linkable: Judgement
    """連結有效."""
    downloadable: Judgement
    """可直接下載."""
    structure: Judgement
    """結構化格式."""
    encoding_match: Judgement
    """編碼相符."""
    desc_match: Judgement
    """欄位說明相符."""
    csv: Judgement
    """提供 CSV."""

    def __iter__(self) -> Iterator[tuple[str, Judgement]]:
        for name in ("linkable", "downloadable", "structure", "encoding_match", "desc_match", "csv"):
            yield name, getattr(self, name)


@dataclass(frozen=True, slots=True)
class KnownDelivery:
    """What looking at a delivery told about it."""

    format: str
    """As ``layers.sources.formats.Format`` names it; of an archive, the format of the file inside."""
    header: tuple[str, ...] = ()
    """Column names as the file has them, blank and repeated ones too."""
    described: frozenset[str] | None = None
    """Fields for which the manifest has an entry; None where there is no manifest."""
    encoding: str | None = None
    """What the text is really encoded in; None where it is nothing but ASCII or the format settles it."""
    declared: str | None = None
    """What the file or the manifest says it is encoded in."""
    undecodable: int = 0
    """Characters that no encoding explains."""
    ragged: int = 0
    """Rows with more or fewer cells than there are columns."""
    address: str | None = None
    """Where the file is fetched from."""


def forecast(known: KnownDelivery) -> Forecast:
    """Foretell the flags of a dataset that consists of this delivery."""
    return Forecast(
        linkable=_linkable(known),
        downloadable=_downloadable(known),
        structure=_structure(known),
        encoding_match=_encoding(known),
        desc_match=_descriptions(known),
        csv=_csv(known),
    )


def _yes(reason: str, **parameters: object) -> Judgement:
    return Judgement(Verdict.YES, f"forecast_{reason}", {name: str(value) for name, value in parameters.items()})


def _no(reason: str, **parameters: object) -> Judgement:
    return Judgement(Verdict.NO, f"forecast_{reason}", {name: str(value) for name, value in parameters.items()})


def _unknown(reason: str, **parameters: object) -> Judgement:
    return Judgement(Verdict.UNKNOWN, f"forecast_{reason}", {name: str(value) for name, value in parameters.items()})


def _linkable(known: KnownDelivery) -> Judgement:
    if known.address is None:
        return _unknown("address_none")
    if not known.address.lower().startswith(("http://", "https://")):
        return _no("address_not_http", address=known.address)
    return _unknown("address_untried", address=known.address)


def _downloadable(known: KnownDelivery) -> Judgement:
    return _linkable(known) if known.address is None else _unknown("download_untried", address=known.address)


def _structure(known: KnownDelivery) -> Judgement:
    if flaw := _flaw(known):
        return flaw
    if known.format in _WRITTEN_OUT:
        return _yes("structure_open", format=known.format)
    if known.format in _TABULAR_BINARY:
        return _unknown("structure_unlisted", format=known.format)
    return _no("structure_none", format=known.format)


def _flaw(known: KnownDelivery) -> Judgement | None:
    """Return what keeps a table from being read by a machine."""
    blank = sum(not name.strip() for name in known.header)
    if blank:
        return _no("header_blank", count=blank)
    repeated = sorted({name for name in known.header if known.header.count(name) > 1})
    if repeated:
        return _no("header_repeated", names=_listed(repeated))
    return _no("rows_ragged", count=known.ragged) if known.ragged else None


def _encoding(known: KnownDelivery) -> Judgement:
    if known.undecodable:
        return _no("encoding_lossy", count=known.undecodable)
    if known.format in _SELF_DECLARED:
        return _yes("encoding_by_format", format=known.format)
    if known.encoding is None:
        return _yes("encoding_plain")
    actual = _plain_name(known.encoding)
    if known.declared is None:
        return _unknown("encoding_undeclared", encoding=actual)
    declared = _plain_name(known.declared)
    return (
        _yes("encoding_agrees", encoding=actual)
        if declared == actual
        else _no("encoding_differs", declared=declared, encoding=actual)
    )


def _plain_name(encoding: str) -> str:
    """Return the name under which the portal lists an encoding."""
    name = encoding.lower().replace("_", "-")
    if name in {"cp950", "950", "big5", "big-5", "ansi-950", "big5hkscs", "big5-hkscs"}:
        return "BIG5"
    return "UTF-8" if name in {"utf-8", "utf8", "utf-8-sig", "65001"} else encoding.upper()


def _descriptions(known: KnownDelivery) -> Judgement:
    if known.described is None:
        return _unknown("fields_unknown")
    missing = [name for name in known.header if name not in known.described]
    strange = sorted(known.described.difference(known.header))
    if missing:
        return _no("fields_undescribed", count=len(missing), names=_listed(missing))
    if strange:
        return _no("fields_absent", count=len(strange), names=_listed(strange))
    return _yes("fields_described", count=len(known.header))


def _csv(known: KnownDelivery) -> Judgement:
    if known.format != "CSV":
        return _no("csv_none", format=known.format)
    return _flaw(known) or _yes("csv")


def _listed(names: list[str]) -> str:
    shown = "、".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} …"
