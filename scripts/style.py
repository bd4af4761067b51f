"""``tuzi style``: what of a style can be drawn, written in another form, and its classes from a layer's values."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import yaml

from catalog.errors import UnknownLayer
from catalog.manifest.reading import read_style
from catalog.records import LayerKind, LayerRecord
from catalog.snapshot import read_snapshot
from layers.errors import InvalidStyle
from layers.schema import FieldType
from layers.styles.attributes import fields_of
from layers.styles.document import parse_style, style_document
from layers.styles.findings import StyleFinding
from layers.styles.model import Style
from layers.styles.short import completed, is_short
from layers.styles.sld import read_sld_file, write_sld
from scripts.language import TranslatedCommand, TranslatedGroup, option
from scripts.workshop import Workshop

SLD = (".sld", ".xml")
"""Endings of SLD files."""


@dataclass(frozen=True, slots=True)
class ReadStyle:
    """A style from a file, and what of it is drawn otherwise or not at all."""

    style: Style
    findings: tuple[StyleFinding, ...]


@click.group("style", cls=TranslatedGroup, help="help_style")
def style() -> None:
    """Check, convert and classify styles."""


@style.command("check", cls=TranslatedCommand, help="help_style_check")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@option("--layer", help="help_style_layer")
@click.pass_obj
def check(workshop: Workshop, file: Path, layer: str | None) -> None:
    """Say what of a style cannot be drawn, rule by rule; exit code 1 where something cannot."""
    record = _record(workshop, layer) if layer else None
    types = _types(workshop, record)
    read = _read(file, types)
    findings = [*read.findings, *(_absent(read.style, types) if record else ())]
    for rule, found in _by_rule(findings):
        click.secho(rule or workshop.say("style_whole"), bold=True)
        for finding in found:
            click.secho(f"  ✗ {finding.sentence(workshop.language)}", fg="yellow")
    rules = len(read.style.rules)
    if findings:
        click.echo(workshop.say("style_checked", file=file.name, rules=rules, count=len(findings)))
        sys.exit(1)
    click.secho(f"✓ {workshop.say('style_good', file=file.name, rules=rules)}", fg="green")


@style.command("convert", cls=TranslatedCommand, help="help_style_convert")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@option("--to", "form", type=click.Choice(("sld", "yaml")), required=True, help="help_style_to")
@option("--layer", help="help_style_layer")
@option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="help_style_output")
@click.pass_obj
def convert(workshop: Workshop, file: Path, form: str, layer: str | None, output: Path | None) -> None:
    """Write a style as SLD or YAML; what is lost is told on standard error."""
    read = _read(file, _types(workshop, _record(workshop, layer) if layer else None))
    findings = read.findings
    if form == "sld":
        written = write_sld(read.style, layer or file.stem)
        text, findings = written.text, (*findings, *written.findings)
    else:
        text = _yaml(style_document(read.style))
    for finding in findings:
        where = f"{finding.rule}: " if finding.rule else ""
        click.secho(f"{where}{finding.sentence(workshop.language)}", fg="yellow", err=True)
    _write(workshop, text, output)


@style.command("classify", cls=TranslatedCommand, help="help_style_classify")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@option("--layer", required=True, help="help_style_layer")
@option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="help_style_output")
@click.pass_obj
def classify(workshop: Workshop, file: Path, layer: str, output: Path | None) -> None:
    """Write a short style with its classes, computed from the current release of a layer."""
    record = _record(workshop, layer)
    document = read_style(file)
    if not is_short(document):
        raise InvalidStyle("style_short_none", file=file.name)
    known = _types(workshop, record)

    def column(field: str) -> list[Any]:
        if field not in known:
            raise InvalidStyle("style_short_field", layer=layer, field=field, allowed=", ".join(known))
        release = workshop.holdings.release(record)
        return [value for batch in release.batches() for value in batch.columns[field]]

    done = completed(document, column)
    parse_style(done)
    _write(workshop, _yaml(done), output)


def _read(file: Path, types: Mapping[str, FieldType]) -> ReadStyle:
    if file.suffix.lower() in SLD:
        reading = read_sld_file(file, types)
        return ReadStyle(reading.style, reading.findings)
    return ReadStyle(parse_style(read_style(file)), ())


def _record(workshop: Workshop, layer: str) -> LayerRecord:
    record = read_snapshot(workshop.catalogue).layers.get(layer)
    if record is None:
        raise UnknownLayer(layer=layer)
    return record


def _types(workshop: Workshop, record: LayerRecord | None) -> dict[str, FieldType]:
    if record is None or record.kind is LayerKind.RASTER:
        return {}
    return {field.name: field.type for field in workshop.holdings.release(record).schema.fields}


def _absent(read: Style, types: Mapping[str, FieldType]) -> Iterator[StyleFinding]:
    """Yield the fields that rules read and the layer does not have."""
    for rule in read.rules:
        for name in sorted(fields_of(Style((rule,))) - types.keys()):
            told = rule.title.zh if rule.title else rule.name
            yield StyleFinding("style_unknown_field", told, name, (("value", name),))


def _by_rule(findings: list[StyleFinding]) -> Iterator[tuple[str, list[StyleFinding]]]:
    for rule in dict.fromkeys(finding.rule for finding in findings):
        yield rule, [finding for finding in findings if finding.rule == rule]


def _yaml(document: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False, default_flow_style=None, width=120)


def _write(workshop: Workshop, text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    click.echo(workshop.say("style_written", file=output))
