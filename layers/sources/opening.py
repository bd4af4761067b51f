"""Opens a vector file or table: the way from a path to a source, format by format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from layers.checks import FindingLog
from layers.config import ArchiveConfig
from layers.errors import SourceError
from layers.sources import gdal, osm
from layers.sources.archive import check_archive
from layers.sources.csv_rows import CsvRows
from layers.sources.drivers import configure
from layers.sources.encoding import MARKED, Decision, codec_name, decide_for_file, transcode
from layers.sources.formats import Format
from layers.sources.gdal import GdalLayer, ListedLayer, list_layers
from layers.sources.gdal_rows import GdalRows
from layers.sources.geopackage import OPEN_OPTIONS, check_geopackage, with_journal
from layers.sources.inspection import inspect
from layers.sources.json_lines import check_lines
from layers.sources.json_rows import JsonRows
from layers.sources.leftovers import note_layers, note_references
from layers.sources.model import SourceOptions, VectorSource
from layers.sources.ods_rows import OdsRows
from layers.sources.rows import RowReader
from layers.sources.shapefile import prepare_shapefile
from layers.sources.table import TableSource
from layers.sources.vector import GdalSource, has_rows, unused_fields
from layers.sources.wholeness import check_whole
from layers.sources.xlsx_rows import XlsxRows
from layers.sources.xml import in_utf8

ORIGINS: Mapping[Format, str] = {
    Format.KML: "folder",
    Format.OSM: "kind",
    Format.OSM_PBF: "kind",
    Format.GPX: "kind",
    Format.TOPOJSON: "object",
}
"""Formats whose layers are parts of one whole, and the field that says which part a row is from."""
_GPX_PARTS = frozenset({"waypoints", "routes", "tracks"})
_WORDY = frozenset({*ORIGINS, Format.DXF}) - {Format.TOPOJSON}
"""Formats that come with a dozen fields of their own, used or not."""
_XML = frozenset({Format.KML, Format.GML, Format.GPX, Format.OSM})
_TEXTS = frozenset({Format.GEOJSON, Format.GEOJSON_LINES, Format.TOPOJSON, Format.DXF})
_WHOLE = frozenset({Format.KML, Format.TOPOJSON, Format.JSON})
"""Formats that have to be held in memory as a whole to be understood."""
_SHEETS: Mapping[Format, Callable[[Path, str | None], RowReader]] = {Format.XLSX: XlsxRows, Format.ODS: OdsRows}


class Opening:
    """One file on its way to being a source; ``workspace`` takes what has to be written on the way."""

    def __init__(
        self, path: Path, kind: Format, options: SourceOptions, workspace: Path, limits: ArchiveConfig, log: FindingLog
    ) -> None:
        self._path = path
        self._file = path.name
        self._kind = kind
        self._options = options
        self._workspace = workspace
        self._limits = limits
        self._log = log
        self._link: str | None = None

    def open(self) -> VectorSource:
        """Return the source; raises SourceError where the file cannot be taken in."""
        size = self._path.stat().st_size
        if self._kind in _WHOLE and size > self._limits.max_document:
            raise SourceError(
                "source_document_large",
                file=self._file,
                format=self._kind.value,
                bytes=f"{size:,}",
                most=f"{self._limits.max_document:,}",
            )
        source = self._open()
        renamed = ", ".join(f"{old or '(-)'} → {new}" for old, new in source.renamed[:10])
        self._log.add("finding_fields_renamed", len(source.renamed), names=renamed)
        return source

    def _open(self) -> TableSource | GdalSource:
        if self._kind in _SHEETS:
            check_archive(self._path, self._limits)
            return self._table(_SHEETS[self._kind](self._path, self._options.source_layer))
        if self._kind is Format.JSON:
            return self._table(JsonRows(self._path, self._file, self._decide_encoding().encoding))
        if self._kind is Format.CSV:
            return self._table(CsvRows(self._path, self._file, self._decide_encoding().encoding))
        return self._open_vector()

    def _table(self, reader: RowReader) -> TableSource:
        return TableSource(reader, self._file, self._options, self._log)

    def _decide_encoding(self) -> Decision:
        named = codec_name(self._options.encoding, self._file) if self._options.encoding else None
        decision = decide_for_file(self._path, named)
        if named and decision.encoding != named and not decision.is_plain:
            self._log.add("finding_encoding_wrong", declared=named, encoding=decision.encoding)
        elif not decision.is_plain and decision.encoding not in {"utf-8", "utf-8-sig"}:
            self._log.add("finding_encoding", encoding=decision.encoding)
        self._log.add("finding_encoding_mark", int(decision.encoding in MARKED), encoding=decision.encoding)
        self._note_losses(decision)
        return decision

    def _note_losses(self, decision: Decision) -> None:
        self._log.add("finding_encoding_lossy", decision.errors, encoding=decision.encoding)

    def _open_vector(self) -> TableSource | GdalSource:
        path, encoding = self.prepared()
        layers = self._choose(path, self.listed(path), encoding)
        if len(layers) == 1 and layers[0].is_table:
            return self._table(GdalRows(layers[0]))
        dropped = [name for layer in layers for name in layer.dropped]
        self._log.add("finding_fields_dropped", len(dropped), names=", ".join(dropped[:10]))
        origin = ORIGINS.get(self._kind) if len(layers) > 1 else None
        unused = unused_fields(layers) - set(self._options.tags) if self._kind in _WORDY else frozenset()
        return GdalSource(layers, self._log, origin, unused)

    def prepared(self) -> tuple[Path, str | None]:
        """Return the file as GDAL is to read it, and the encoding of its text where GDAL cannot know."""
        configure(
            DXF_ENCODING="UTF-8" if self._kind is Format.DXF else None,
            OSM_MAX_TMPFILE_SIZE=osm.index_size(self._path),
        )
        if self._kind is Format.SHAPEFILE:
            shapefile = prepare_shapefile(self._path, self._options.encoding, self._workspace, self._log)
            inspect(shapefile.path, self._kind, self._file, restore_index=shapefile.restore_index)
            self._note_losses(shapefile.encoding)
            return shapefile.path, shapefile.encoding.encoding
        path = self._path
        if self._kind is Format.MIF and not path.with_suffix(".mid").exists():
            raise SourceError("source_part_missing", file=self._file, missing=self._path.stem + ".mid")
        if self._kind is Format.GEOPACKAGE:
            path = with_journal(path, self._workspace)
            self._log.add("finding_journal_applied", int(path != self._path))
            check_geopackage(path, self._file)
        elif self._kind in _XML:
            path, declared = in_utf8(path, self._workspace / f"source{path.suffix}")
            self._log.add("finding_encoding", int(path != self._path), encoding=declared)
        elif self._kind in _TEXTS:
            decision = self._decide_encoding()
            if decision.encoding not in {"utf-8", "utf-8-sig"}:
                path = self._workspace / f"source{path.suffix}"
                transcode(self._path, path, decision.encoding)
            if self._kind is Format.GEOJSON_LINES:
                check_lines(path, self._file)
        check_whole(path, self._kind, self._file)
        inspect(path, self._kind, self._file, restore_index=False)
        self._link = note_references(path, self._kind, self._log)
        return path, None

    def listed(self, path: Path) -> list[ListedLayer]:
        """Return the layers of the prepared file that hold data."""
        found = list_layers(path, self._file)
        return [layer for layer in found if self._kind is not Format.GPX or layer.name in _GPX_PARTS]

    def _choose(self, path: Path, found: Sequence[ListedLayer], encoding: str | None) -> list[GdalLayer]:
        spatial = [layer for layer in found if layer.geometry is not None]
        wanted = self._wanted(found)
        if wanted is not None:
            note_layers(wanted.label, [layer.label for layer in found], self._log)
            return [self.described(path, wanted, encoding)]
        if self._kind in ORIGINS:
            layers = [self.described(path, part, encoding) for part in spatial]
            filled = [layer for layer in layers if has_rows(layer)]
            if self._kind is Format.KML:
                empty = [layer.name for layer in layers if layer not in filled]
                self._log.add("finding_folders_empty", len(empty), names=", ".join(empty[:10]))
            if not filled and self._link is not None:
                raise SourceError("source_links_only", file=self._file, link=self._link[:100])
            if not filled:
                raise SourceError("source_no_rows", file=self._file)
            return filled
        candidates = spatial or list(found)
        if not candidates:
            raise SourceError("source_no_geometry", file=self._file)
        if len(candidates) > 1:
            names = ", ".join(layer.label for layer in candidates)
            raise SourceError("source_layer_choose", file=self._file, layers=names)
        note_layers(candidates[0].label, [layer.label for layer in found], self._log)
        return [self.described(path, candidates[0], encoding)]

    def _wanted(self, found: Sequence[ListedLayer]) -> ListedLayer | None:
        wanted = self._options.source_layer
        if wanted is None:
            return None
        if self._kind is Format.SHAPEFILE:
            if wanted != self._path.stem:
                raise SourceError("source_layer_unknown", file=self._file, layer=wanted, layers=self._path.stem)
            return None
        for layer in found:
            if layer.label == wanted:
                return layer
        names = ", ".join(layer.label for layer in found)
        raise SourceError("source_layer_unknown", file=self._file, layer=wanted, layers=names)

    def described(self, path: Path, layer: ListedLayer, encoding: str | None) -> GdalLayer:
        """Return what GDAL declares about a layer of the prepared file."""
        options: Mapping[str, str] = {}
        where = None
        if self._kind is Format.GML:
            # A schema is read from beside the file or not at all; GDAL would look where the file says.
            options = {"DOWNLOAD_SCHEMA": "NO", "XSD": str(path.with_suffix(".xsd"))}
        elif self._kind is Format.GEOPACKAGE:
            options = OPEN_OPTIONS
        elif self._kind in {Format.OSM, Format.OSM_PBF} and self._options.tags:
            configuration = osm.write_configuration(self._options.tags, self._workspace, self._file)
            options = {"CONFIG_FILE": str(configuration)}
            where = osm.condition(self._options.tags)
        return gdal.describe(path, self._kind, self._file, layer, encoding, options, where)
