"""Drafts of manifests, made from rehearsals: what can be known is filled in, the rest is asked for in comments."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from catalog.manifest.entries import AgencyEntry, ThemeEntry
from layers.checks import Finding, Severity, Topic
from layers.messages import Language, message
from layers.rehearsal import FieldSummary, Rehearsal
from layers.schema import FieldType

_LICENCE = "政府資料開放授權條款-第1版"
_TODO = "TODO"
_SHOWN = 12
_MASKED = frozenset({"finding_personal_name", "finding_personal_birth"})
"""What stays useful when it is masked; all else is better left out."""
_GEOMASK_RADIUS = 300
_CODE = re.compile(r"(code|編號|代碼|代號|證號)", re.IGNORECASE)
_NUMBER = re.compile(r"(_id|^id|序號|_no|^no)$", re.IGNORECASE)
_COUNTER = re.compile(r"^(objectid|fid|orig_fid|et_id|gid|ogc_fid|oid|gml_id|entityhandle)(_?\d+)?$", re.IGNORECASE)
"""Numbers that software gives anew with each export."""
_UNLIKELY = 2
_NAMING = re.compile(r"(名稱|名$|站名|店名|name$)", re.IGNORECASE)
_ENCODINGS = {"cp950": "big5", "utf-8-sig": "utf-8"}


@dataclass(frozen=True, slots=True)
class Known:
    """Agencies and themes of the catalogue, as (id, name)."""

    agencies: tuple[tuple[str, str], ...] = ()
    themes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Drafted:
    """One layer of the draft: its rehearsal and what it is called."""

    id: str | None
    """None where the file's name gives no id."""
    title: str
    rehearsal: Rehearsal


@dataclass(frozen=True, slots=True)
class Draft:
    """Writes a manifest for layers; ``folder`` is where it will lie."""

    language: Language
    folder: Path
    known: Known = Known()
    agency: AgencyEntry | None = None
    theme: ThemeEntry | None = None
    agency_id: str | None = None
    theme_id: str | None = None

    def write(self, layers: Sequence[Drafted]) -> str:
        """Return the manifest as YAML with comments in the language of staff."""
        lines = [*self._head(layers), "", "layers:"]
        for number, layer in enumerate(layers, 1):
            lines += ["", *_item(self._layer(layer, number))]
        return "\n".join(lines) + "\n"

    def _say(self, code: str, **parameters: object) -> str:
        return message(f"draft_{code}", self.language, **parameters)

    def _head(self, layers: Sequence[Drafted]) -> Iterator[str]:
        files = list(dict.fromkeys(layer.rehearsal.plan.file.name for layer in layers))
        yield _comment(self._say("intro", file=", ".join(files)))
        yield _comment(self._say("steps"))
        yield ""
        for name, chosen, known in (
            ("agency", self.agency_id, self.known.agencies),
            ("theme", self.theme_id, self.known.themes),
        ):
            listed = ", ".join(f"{id_} {title}" for id_, title in known) or self._say("none")
            yield _line(name, chosen) if chosen else _line(name, _TODO, self._say(name, known=listed))
        yield _line("licence", _LICENCE, self._say("licence"))
        introduced = (("agencies", self.agency, "fire", "消防局"), ("themes", self.theme, "disaster", "防災"))
        if not (self.agency or self.theme):
            yield _comment(self._say("introduce"))
        for name, entry, id_, title in introduced:
            if entry is not None:
                yield f"{name}: [{_flow({'id': entry.id, 'title': entry.title.zh})}]"
            else:
                yield _comment(f"{name}: [{_flow({'id': id_, 'title': title})}]")

    def _layer(self, layer: Drafted, number: int) -> Iterator[str]:
        rehearsal = layer.rehearsal
        for sentence in _errors(rehearsal, self.language):
            yield _comment(self._say("error", sentence=sentence))
        if layer.id is None:
            yield _line("id", f"layer-{number}", self._say("id_todo"))
        else:
            yield _line("id", layer.id, self._say("id"))
        yield _line("file", os.path.relpath(rehearsal.plan.file.absolute(), self.folder.absolute()))
        if rehearsal.plan.source_layer:
            yield _line("source_layer", rehearsal.plan.source_layer)
        yield _line("title", layer.title, self._say("title"))
        yield from self._reading(rehearsal)
        yield from self._identity(rehearsal)
        yield "access: public"
        yield _line("update", {"frequency": "unknown"}, self._say("frequency"))
        yield from self._personal(rehearsal)
        if rehearsal.fields:
            yield _comment(self._say("joins"))
            key = next(iter(sorted(rehearsal.key_candidates, key=_likeness_to_key)), rehearsal.fields[0].field.name)
            join = {"file": self._say("joins_table"), "key": key, "to": self._say("joins_column")}
            yield _comment(f"joins: [{_flow(join)}]")
            yield _comment(self._say("fields"))
            yield "fields:"
            yield from (f"  {line}" for line in self._fields(rehearsal))

    def _reading(self, rehearsal: Rehearsal) -> Iterator[str]:
        plan = rehearsal.plan
        if rehearsal.crs is not None:
            if rehearsal.crs_presumed:
                yield _line("crs", str(rehearsal.crs), self._say("crs_needed"))
            elif plan.crs is not None:
                yield _line("crs", str(plan.crs))
            elif any(finding.code == "finding_crs_assumed" for finding in rehearsal.findings):
                yield _line("crs", str(rehearsal.crs), self._say("crs_assumed"))
            else:
                yield _comment(_line("crs", str(rehearsal.crs), self._say("crs")))
        if plan.encoding is not None:
            yield _line("encoding", plan.encoding)
        elif rehearsal.encoding not in {None, "utf-8"} and _decides_encoding(rehearsal.findings):
            name = str(rehearsal.encoding)
            yield _line("encoding", _ENCODINGS.get(name, name), self._say("encoding"))
        for name in ("x", "y", "wkt"):
            if getattr(plan, name):
                yield _line(name, getattr(plan, name))
        if rehearsal.error is not None and rehearsal.error.code == "source_columns_missing":
            yield _comment(_line("x", _TODO, self._say("table")))
            yield _comment(_line("y", _TODO))

    def _identity(self, rehearsal: Rehearsal) -> Iterator[str]:
        if rehearsal.plan.key:
            yield _line("key", rehearsal.plan.key)
        elif candidates := sorted(rehearsal.key_candidates, key=_likeness_to_key):
            best, others = candidates[0], ", ".join(candidates[1:_SHOWN]) or "-"
            if _likeness_to_key(best)[0] < _UNLIKELY:
                yield _line("key", best, self._say("key", others=others))
            else:
                yield _comment(_line("key", best, self._say("key_candidates")))
        naming = [summary.field.name for summary in rehearsal.fields if _is_naming(summary)]
        if naming:
            yield _comment(_line("search", naming[:2], self._say("search")))

    def _personal(self, rehearsal: Rehearsal) -> Iterator[str]:
        columns = {
            finding.parameters["field"]: "mask" if finding.code in _MASKED else "drop"
            for finding in rehearsal.findings
            if _is_refused(finding) and finding.code != "finding_personal_case"
        }
        cases = any(finding.code == "finding_personal_case" for finding in rehearsal.findings)
        if not columns and not cases:
            return
        yield f"personal:  {_comment(self._say('personal'))}"
        if columns:
            yield "  columns:"
            yield from (f"    {_line(name, rule)}" for name, rule in columns.items())
        if cases:
            mask = {"radius": _GEOMASK_RADIUS, "seed": secrets.randbelow(10**12)}
            yield f"  {_line('geomask', mask, self._say('geomask'))}"

    def _fields(self, rehearsal: Rehearsal) -> Iterator[str]:
        for summary in rehearsal.fields:
            alias = "" if summary.field.alias is None else summary.field.alias.zh
            share = f"{100 * summary.filled // rehearsal.rows}%" if rehearsal.rows else "-"
            kind = message(f"fieldtype_{summary.field.type}", self.language)
            told = self._say("field", type=kind, filled=share)
            if summary.samples:
                told += self._say("samples", samples=" / ".join(summary.samples))
            yield _line(summary.field.name, {"zh": alias}, told)


def _errors(rehearsal: Rehearsal, language: Language) -> list[str]:
    errors = [finding for finding in rehearsal.findings if finding.severity is Severity.ERROR]
    told = [error.sentence(language) for error in errors]
    return told if rehearsal.error is None else [rehearsal.error.sentence(language), *told]


def _is_refused(finding: Finding) -> bool:
    return finding.topic is Topic.PERSONAL and finding.severity is Severity.ERROR and "field" in finding.parameters


def _decides_encoding(findings: Sequence[Finding]) -> bool:
    return any(finding.code in {"finding_encoding", "finding_encoding_wrong"} for finding in findings)


def _likeness_to_key(name: str) -> tuple[int, int]:
    """Return a rank that is the smaller, the more a name promises values that identify things for good."""
    if _COUNTER.match(name):
        return 3, len(name)
    return 0 if _CODE.search(name) else 1 if _NUMBER.search(name) else _UNLIKELY, len(name)


def _is_naming(summary: FieldSummary) -> bool:
    is_text = summary.field.type is FieldType.TEXT and summary.filled > 0
    return is_text and not summary.is_personal and bool(_NAMING.search(summary.field.name))


def _line(key: str, value: Any, comment: str = "") -> str:
    line = f"{_scalar(key)}: {_flow(value)}"
    return f"{line}  {_comment(comment)}" if comment else line


def _comment(text: str) -> str:
    """Return a comment that stays one, whatever characters a delivery brings."""
    return "# " + "".join(character for character in " ".join(text.split()) if character.isprintable())


def _flow(value: Any) -> str:
    if isinstance(value, str):
        return _scalar(value)
    dumped: str = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10**9)
    return dumped.strip()


def _scalar(text: str) -> str:
    dumped: str = yaml.safe_dump(text, allow_unicode=True, width=10**9)
    return dumped.strip().removesuffix("...").strip()


def _item(lines: Iterator[str]) -> Iterator[str]:
    """Indent the lines of a list's item, the first behind its dash; comments before it stay outside of the item."""
    is_open = False
    for line in lines:
        starts = not is_open and not line.startswith("#")
        is_open = is_open or starts
        yield f"  - {line}" if starts else f"    {line}" if is_open else f"  {line}"
