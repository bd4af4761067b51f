"""The field dictionary of a manifest: full names, aliases, descriptions and units for what a file has cut or coded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from layers.checks import FindingLog, Severity
from layers.features import FeatureBatch
from layers.plan import FieldDefinition, IntakePlan
from layers.schema import Field
from layers.sources import SourceLayer, VectorSource
from layers.sources.names import safe_names

_NUMBERED = re.compile(r"(.+)_\d{1,2}")
_LONGEST = 10
"""Bytes of a field's name in a dBASE file."""
_SHOWN = 20


class DescribedSource:
    """A source whose fields have their full names, and say what they mean; everything after it speaks of those."""

    def __init__(self, source: VectorSource, definitions: Mapping[str, FieldDefinition], log: FindingLog) -> None:
        self._source = source
        delivered = source.layer.fields
        found = _find(definitions, [field.name for field in delivered])
        wanted = [(found[field.name].name if field.name in found else None) or field.name for field in delivered]
        names = safe_names(wanted)
        self._names = {field.name: name for field, name in zip(delivered, names, strict=True)}
        fields = tuple(_described(field, name, found) for field, name in zip(delivered, names, strict=True))
        self.layer: SourceLayer = replace(source.layer, fields=fields)
        clashes = [name for name, unique in zip(wanted, names, strict=True) if name != unique]
        log.add("finding_dictionary_clash", len(clashes), names=_listed(clashes))
        renamed = [f"{old} → {new}" for old, new in self._names.items() if old != new]
        log.add("finding_names_restored", len(renamed), names=_listed(renamed))
        unknown = [name for name in definitions if _in_file(name, self._names) is None]
        log.add("finding_dictionary_unused", len(unknown), names=_listed(unknown), fields=_listed(list(self._names)))
        _note_cut(source.layer, found, [*unknown, *(known.name for known in definitions.values() if known.name)], log)

    def batches(self, attributes: bool = True) -> Iterator[FeatureBatch]:
        """Read all rows in the file's order; without ``attributes`` the columns stay empty."""
        for batch in self._source.batches(attributes):
            columns = {self._names.get(name, name): values for name, values in batch.columns.items()}
            yield FeatureBatch(batch.geometry, columns, batch.rows)

    def full_name(self, name: str) -> str:
        """Return the full name of a field that is called by its full name or by the file's."""
        if name in self._names.values():
            return name
        in_file = _in_file(name, self._names)
        return name if in_file is None else self._names[in_file]

    def translated(self, plan: IntakePlan) -> IntakePlan:
        """Return the plan with every field called by its full name."""
        columns = {self.full_name(name): rule for name, rule in plan.privacy.columns.items()}
        return replace(
            plan,
            key=None if plan.key is None else self.full_name(plan.key),
            searchable=tuple(map(self.full_name, plan.searchable)),
            joins=tuple(replace(join, key=self.full_name(join.key)) for join in plan.joins),
            privacy=replace(plan.privacy, columns=columns),
        )


def _find(definitions: Mapping[str, FieldDefinition], names: Sequence[str]) -> dict[str, FieldDefinition]:
    """Return the definitions by the names under which the source has the fields."""
    own = dict.fromkeys(names, "")
    return {found: known for name, known in definitions.items() if (found := _in_file(name, own)) is not None}


def _in_file(name: str, names: Mapping[str, str]) -> str | None:
    """Return what a field of the file is called by the source, which changes names that cannot be stored."""
    return next((known for known in (name, *safe_names([name])) if known in names), None)


def _described(field: Field, name: str, definitions: Mapping[str, FieldDefinition]) -> Field:
    known = definitions.get(field.name)
    if known is None:
        return replace(field, name=name)
    return replace(field, name=name, alias=known.alias, description=known.description, unit=known.unit)


def _note_cut(
    layer: SourceLayer, found: Mapping[str, FieldDefinition], candidates: Sequence[str], log: FindingLog
) -> None:
    """Note names that were cut, but for those that the dictionary gives in full."""
    names = [field.name for field in layer.fields]
    doubtful = dict.fromkeys([*layer.full_names, *([] if layer.is_table else _numbered(names))])
    cut = [name for name in doubtful if not (name in found and found[name].name)]
    shown = [_proposed(name, candidates) for name in cut]
    # Plain letters fill ten places often enough by themselves: COUNTYNAME.
    severity = Severity.INFO if all(name.isascii() and not _NUMBERED.fullmatch(name) for name in cut) else None
    log.add("finding_names_cut", len(cut), severity=severity, names=_listed(shown))


def _numbered(names: Sequence[str]) -> list[str]:
    """Return names of the form 計畫_1, 計畫_12: what is left where several names became the same when they were cut."""
    if any(min(len(name.encode("utf-8")), len(name.encode("cp950", "replace"))) > _LONGEST for name in names):
        return []
    stems = [match[1] for name in names if (match := _NUMBERED.fullmatch(name))]
    return [
        name
        for name in names
        if (match := _NUMBERED.fullmatch(name))
        and (not name.isascii() or len(name) == _LONGEST)
        and (stems.count(match[1]) > 1 or any(other.startswith(match[1]) for other in names if other != name))
    ]


def _proposed(name: str, candidates: Sequence[str]) -> str:
    match = _NUMBERED.fullmatch(name)
    stem = match[1] if match else name
    full = next((other for other in candidates if other != name and other.startswith(stem)), None)
    return name if full is None else f"{name} → {full}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
