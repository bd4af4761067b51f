"""Opens a vector file or table: the way from a path to a source, format by format."""

from __future__ import annotations

from pathlib import Path

from layers.checks import FindingLog
from layers.config import ArchiveConfig
from layers.errors import SourceError
from layers.sources import gdal
from layers.sources.archive import check_archive
from layers.sources.csv_rows import CsvRows
from layers.sources.encoding import Decision, codec_name, decide_for_file, transcode
from layers.sources.formats import Format
from layers.sources.gdal import GdalLayer
from layers.sources.inspection import inspect
from layers.sources.json_rows import JsonRows
from layers.sources.model import SourceOptions, VectorSource
from layers.sources.shapefile import prepare_shapefile
from layers.sources.table import TableSource
from layers.sources.vector import GdalSource, has_rows, unused_fields
from layers.sources.xlsx_rows import XlsxRows

_ORIGIN = {Format.KML: "folder", Format.OSM: "kind", Format.GPX: "kind"}
"""Formats whose layers are parts of one whole, and the field that says which part a row is from."""
_WORDY = frozenset({*_ORIGIN, Format.DXF})
"""Formats that come with a dozen fields of their own, used or not."""
_GPX_PARTS = frozenset({"waypoints", "routes", "tracks"})
_TEXT_FORMATS = frozenset({Format.GEOJSON, Format.GEOJSON_LINES, Format.DXF})


class Opening:
    """One file on its way to being a source; ``workspace`` takes what has to be written on the way."""

    def __init__(
        self, path: Path, kind: Format, options: SourceOptions, workspace: Path, limits: ArchiveConfig, log: FindingLog
    ) -> None:
        self._path = path
        self._kind = kind
        self._options = options
        self._workspace = workspace
        self._limits = limits
        self._log = log

    def open(self) -> VectorSource:
        """Return the source; raises SourceError where the file cannot be taken in."""
        source = self._open_table() if self._kind in {Format.CSV, Format.XLSX, Format.JSON} else self._open_vector()
        renamed = ", ".join(f"{old or '(-)'} → {new}" for old, new in source.renamed[:10])
        self._log.add("finding_fields_renamed", len(source.renamed), names=renamed)
        return source

    def _open_table(self) -> TableSource:
        name = self._path.name
        if self._kind is Format.XLSX:
            check_archive(self._path, self._limits)
            return TableSource(XlsxRows(self._path, self._options.source_layer), name, self._options, self._log)
        encoding = self._decide_encoding().encoding
        reader = JsonRows if self._kind is Format.JSON else CsvRows
        return TableSource(reader(self._path, name, encoding), name, self._options, self._log)

    def _decide_encoding(self) -> Decision:
        named = codec_name(self._options.encoding, self._path.name) if self._options.encoding else None
        decision = decide_for_file(self._path, named)
        if named and decision.encoding != named and not decision.is_plain:
            self._log.add("finding_encoding_wrong", declared=named, encoding=decision.encoding)
        elif not decision.is_plain and decision.encoding not in {"utf-8", "utf-8-sig"}:
            self._log.add("finding_encoding", encoding=decision.encoding)
        self._note_losses(decision)
        return decision

    def _note_losses(self, decision: Decision) -> None:
        self._log.add("finding_encoding_lossy", decision.errors, encoding=decision.encoding)

    def _open_vector(self) -> GdalSource:
        path, encoding = self._prepared()
        layers = self._choose(path, gdal.list_layers(path, self._kind, self._path.name), encoding)
        dropped = [name for layer in layers for name in layer.dropped]
        self._log.add("finding_fields_dropped", len(dropped), names=", ".join(dropped[:10]))
        origin = _ORIGIN.get(self._kind) if len(layers) > 1 else None
        return GdalSource(layers, origin, unused_fields(layers) if self._kind in _WORDY else frozenset())

    def _prepared(self) -> tuple[Path, str | None]:
        """Return the file as GDAL is to read it, and the encoding of its text where GDAL cannot know."""
        gdal.configure(DXF_ENCODING="UTF-8" if self._kind is Format.DXF else None)
        if self._kind is Format.SHAPEFILE:
            shapefile = prepare_shapefile(self._path, self._options.encoding, self._workspace, self._log)
            inspect(shapefile.path, self._kind, self._path.name, restore_index=shapefile.restore_index)
            self._note_losses(shapefile.encoding)
            return shapefile.path, shapefile.encoding.encoding
        if self._kind is Format.GML:
            # GDAL writes a schema of its own beside what it reads.
            linked = self._workspace / "source.gml"
            linked.symlink_to(self._path.resolve())
            inspect(linked, self._kind, self._path.name, restore_index=False)
            return linked, None
        if self._kind in _TEXT_FORMATS:
            decision = self._decide_encoding()
            if decision.encoding not in {"utf-8", "utf-8-sig"}:
                target = self._workspace / f"source{self._path.suffix.lower()}"
                transcode(self._path, target, decision.encoding)
                return target, None
        inspect(self._path.resolve(), self._kind, self._path.name, restore_index=False)
        return self._path.resolve(), None

    def _choose(self, path: Path, listed: list[tuple[str, str | None]], encoding: str | None) -> list[GdalLayer]:
        spatial = [name for name, geometry in listed if geometry is not None]
        wanted, file = self._options.source_layer, self._path.name
        if not spatial:
            raise SourceError("source_no_geometry", file=file)
        if self._kind is Format.SHAPEFILE:
            if wanted not in {None, self._path.stem}:
                raise SourceError("source_layer_unknown", file=file, layer=wanted, layers=self._path.stem)
            wanted = None
        if wanted is not None:
            if wanted not in spatial:
                raise SourceError("source_layer_unknown", file=file, layer=wanted, layers=", ".join(spatial))
            return [gdal.describe(path, self._kind, file, wanted, encoding)]
        if self._kind in _ORIGIN:
            parts = [name for name in spatial if self._kind is not Format.GPX or name in _GPX_PARTS]
            layers = [gdal.describe(path, self._kind, file, name) for name in parts]
            filled = [layer for layer in layers if has_rows(layer)]
            if not filled:
                raise SourceError("source_no_rows", file=file)
            return filled
        if len(spatial) > 1:
            raise SourceError("source_layer_choose", file=file, layers=", ".join(spatial))
        return [gdal.describe(path, self._kind, file, spatial[0], encoding)]
