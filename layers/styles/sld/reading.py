"""Styled Layer Descriptors: SLD 1.0.0 (OGC 02-070) and SLD 1.1.0 with SE 1.1.0 (OGC 05-077r4), read into the model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from layers.errors import InvalidStyle
from layers.schema import FieldType
from layers.styles.cql import condition_text
from layers.styles.filters import parse_filter
from layers.styles.findings import StyleFinding, StyleFindings
from layers.styles.model import Rule, Style, Symbol
from layers.styles.sld.cases import told_apart
from layers.styles.sld.conditions import NotDrawable, RuleFilter, Types, read_filter
from layers.styles.sld.coverages import Coverages
from layers.styles.sld.elements import Node, parse_xml
from layers.styles.sld.labels import Labels
from layers.styles.sld.parameters import Parameters, unit_of
from layers.styles.sld.scales import zooms_between
from layers.styles.sld.shapes import Shapes
from layers.text import Text

_NOT_SLUG = re.compile(r"[^a-z0-9_-]+")
_NO_TYPES: Types = {}


@dataclass(frozen=True, slots=True)
class SldReading:
    """A style read from SLD, and everything of it that is drawn otherwise or not at all."""

    style: Style
    findings: tuple[StyleFinding, ...]


def read_sld_file(path: Path, types: Mapping[str, FieldType] = _NO_TYPES) -> SldReading:
    """Read an SLD file; raises InvalidStyle where nothing of it can be drawn."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidStyle("style_sld_unreadable", file=path.name, reason=error.strerror) from error
    return read_sld(content, path.name, types)


def read_sld(content: bytes, file: str = "SLD", types: Mapping[str, FieldType] = _NO_TYPES) -> SldReading:
    """Read an SLD document; ``types`` are those of the layer's fields, where it is known.

    A literal in a filter has no type of its own. It is compared as its field's type has it; of a field that is not
    in ``types`` it is compared as text and, where it looks like one, as a number. Raises InvalidStyle.
    """
    return _Document(file, types).read(parse_xml(content, file))


class _Document:
    def __init__(self, file: str, types: Types) -> None:
        self._file = file
        self._types = types
        self._findings = StyleFindings()
        self._names: set[str] = set()

    def read(self, root: Node) -> SldReading:
        style = self._user_style(root)
        blocks = [style] if style.name == "FeatureTypeStyle" else style.every("FeatureTypeStyle", "CoverageStyle")
        rules = [rule for level, block in enumerate(blocks) for rule in self._block(block, level)]
        if not rules:
            reasons = "; ".join(finding.sentence("en") for finding in self._findings.found[:3])
            raise InvalidStyle("style_sld_empty", file=self._file, reason=reasons or "0 Rule")
        title = _title(style) if _is_described(style) else _named(style)
        return SldReading(Style(tuple(rules), title), tuple(self._findings.found))

    def _user_style(self, root: Node) -> Node:
        if root.name in {"UserStyle", "FeatureTypeStyle"}:
            return root
        if root.name != "StyledLayerDescriptor":
            raise InvalidStyle("style_sld_root", file=self._file, element=root.name)
        layers = root.every("NamedLayer", "UserLayer")
        styles = [style for layer in layers for style in layer.every("UserStyle")]
        if not styles:
            raise InvalidStyle("style_sld_root", file=self._file, element="NamedLayer")
        chosen = next((style for style in styles if _flag(style.child("IsDefault"))), styles[0])
        for style in styles:
            if style is not chosen:
                self._findings.add("style_sld_other", "UserStyle", value=_name(style) or "-")
        return chosen

    def _block(self, block: Node, level: int) -> Iterator[Rule]:
        self._findings.rule = ""
        if (transformation := block.child("Transformation")) is not None:
            transformation.take()
            name = next((node.attributes.get("name", "") for node in transformation.children), "")
            self._findings.add("style_sld_transformation", "FeatureTypeStyle/Transformation", value=name)
            return
        for option in block.every("VendorOption"):
            name, text = option.attributes.get("name", ""), option.words()
            if (name, text) != ("ruleEvaluation", "all"):
                self._findings.add("style_sld_option", f"FeatureTypeStyle[{name}]", name=name, value=text)
        for node in block.every("Rule"):
            for case in told_apart(node):
                yield from self._rule(case, level)
            node.take()
        self._findings.rule = ""
        for node in block.unseen():
            self._findings.add("style_sld_element", f"FeatureTypeStyle/{node.name}")

    def _rule(self, node: Node, level: int) -> Iterator[Rule]:
        title = _title(node)
        number = len(self._names) + 1
        self._findings.rule = (title.zh if title else "") or _name(node) or f"Rule {number}"
        slug = self._slug(_name(node) or (title.zh if title else ""), number)
        zooms = self._zooms(node)
        asked = self._filter(node)
        otherwise = node.child("ElseFilter") is not None
        if zooms is None or asked is None:
            return
        symbols = tuple(self._symbols(node))
        if (legend := node.child("LegendGraphic")) is not None:
            legend.take()
            self._findings.add("style_sld_legend", "LegendGraphic")
        for rest in node.unseen():
            self._findings.add("style_sld_element", rest.path or rest.name)
        if not symbols:
            self._findings.add("style_sld_rule_empty", "Rule")
            return
        text = condition_text(asked.condition) if asked.condition is not None else None
        yield Rule(
            slug,
            symbols,
            title if _is_described(node) else _named(node),
            text,
            zooms,
            level,
            asked.geometry,
            otherwise,
        )

    def _zooms(self, node: Node) -> tuple[int | None, int | None] | None:
        read = Parameters(self._findings)
        least, most = node.child("MinScaleDenominator"), node.child("MaxScaleDenominator")
        zooms = zooms_between(
            read.number(least, 0.0) if least is not None else None,
            read.number(most, 0.0) if most is not None else None,
        )
        if zooms is None:
            node.take()
            shown = " – ".join(end.words() if end is not None else "…" for end in (least, most))
            self._findings.add("style_sld_scale", "Rule", value=shown)
        return zooms

    def _filter(self, node: Node) -> RuleFilter | None:
        element = node.child("Filter")
        if element is None:
            return RuleFilter(None, None)
        try:
            asked = read_filter(element, self._types)
            if asked.condition is not None:
                parse_filter(condition_text(asked.condition))
        except NotDrawable as error:
            word = error.word
        except (InvalidStyle, TypeError) as error:
            word = error.sentence("en") if isinstance(error, InvalidStyle) else str(error)
        else:
            return asked
        node.take()
        self._findings.add("style_sld_filter", "Filter", value=word)
        return None

    def _symbols(self, node: Node) -> Iterator[Symbol]:
        shapes, labels = Shapes(self._findings), Labels(self._findings)
        readers = {"PolygonSymbolizer": shapes.polygon, "LineSymbolizer": shapes.line, "PointSymbolizer": shapes.point}
        for symbolizer in node.children:
            if symbolizer.name in readers:
                symbolizer.seen = True
                yield from readers[symbolizer.name](symbolizer)
            elif symbolizer.name == "TextSymbolizer":
                symbolizer.seen = True
                if (label := labels.text(symbolizer)) is not None:
                    yield label
            elif symbolizer.name == "RasterSymbolizer":
                symbolizer.seen = True
                yield Coverages(self._findings).raster(symbolizer)
            else:
                continue
            self._tell_of(symbolizer)

    def _tell_of(self, symbolizer: Node) -> None:
        if unit_of(symbolizer) is not None:
            unit = symbolizer.attributes["uom"].rpartition("/")[2]
            self._findings.add("style_sld_unit", symbolizer.path, value=unit)
        for option in symbolizer.children:
            if option.name == "VendorOption" and not option.seen:
                option.seen = True
                name = option.attributes.get("name", "")
                self._findings.add("style_sld_option", f"{option.path}[{name}]", name=name, value=option.words())
        for rest in symbolizer.unseen():
            named = rest.attributes.get("name")
            self._findings.add("style_sld_element", f"{rest.path}[{named}]" if named else rest.path)

    def _slug(self, name: str, number: int) -> str:
        slug = _NOT_SLUG.sub("-", name.lower()).strip("-_")[:56] or f"rule-{number}"
        unique, count = slug, 1
        while unique in self._names:
            count += 1
            unique = f"{slug}-{count}"
        self._names.add(unique)
        return unique


def _flag(node: Node | None) -> bool:
    return node is not None and node.words().lower() in {"1", "true"}


def _name(node: Node) -> str:
    found = node.child("Name")
    return found.words() if found is not None else ""


def _named(node: Node) -> Text | None:
    """Return a name as a title: without one, QGIS and GeoServer show the name in legends."""
    name = _name(node)
    return Text(name) if name else None


def _is_described(node: Node) -> bool:
    """Tell whether somebody decided on a title, be it that there is none."""
    return node.child("Title", "Description") is not None


def _title(node: Node) -> Text | None:
    """Return a title; GeoServer and this platform write other languages within it (``Localized``)."""
    description = node.child("Description")
    found = node.child("Title") or (description.child("Title") if description is not None else None)
    if found is None or not (zh := found.words()):
        return None
    english = (part.words() for part in found.every("Localized") if part.attributes.get("lang", "").startswith("en"))
    return Text(zh, next(english, None))
