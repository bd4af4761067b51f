"""What is wrong with a manifest, entry by entry and key by key, in words that say what to write."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from catalog.errors import InvalidManifest
from layers.errors import TuziError
from layers.messages import Language, message

_LONGEST_VALUE = 60
_KINDS = {
    "bool": "truth", "int": "whole_number", "float": "number", "string": "text", "dict": "mapping", "model": "mapping",
    "tuple": "list", "list": "list", "path": "text", "mapping": "mapping",
}  # fmt: skip
"""What pydantic's error types (``int_parsing``, ``tuple_type`` …) want, by their first word."""
_LIMITS = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})


@dataclass(frozen=True, slots=True)
class ManifestProblem:
    """One key that is wrong: where it stands and what to write instead."""

    entry: str
    """The layer (or agency, theme, basemap) as people find it: its id, or its place in the list; empty for none."""
    key: str
    code: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    cause: TuziError | None = None
    """The sentence of the part of the house that refused the value."""

    def sentence(self, language: Language) -> str:
        """Return where, what, and what to write."""
        reason = (
            message(self.code, language, **self.parameters) if self.cause is None else self.cause.sentence(language)
        )
        if not self.entry:
            return message("manifest_problem_top", language, key=self.key, reason=reason)
        return message("manifest_problem", language, entry=self.entry, key=self.key, reason=reason)


class BrokenManifest(InvalidManifest):
    """A manifest breaks the rules; ``problems`` holds every one."""

    def __init__(self, file: Path, problems: Sequence[ManifestProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("manifest_invalid", file=file.name)

    def sentence(self, language: Language) -> str:
        """Return all problems, one after the other."""
        told = " ".join(problem.sentence(language) for problem in self.problems)
        return message(self.code, language, **self.parameters, problems=told)


def problems_of(
    error: ValidationError, document: Mapping[str, Any], keys: Mapping[str, Sequence[str]]
) -> list[ManifestProblem]:
    """Put pydantic's errors about a document into words; ``keys`` are those allowed in each list of entries."""
    return [_problem(dict(detail), document, keys) for detail in error.errors()]


def _problem(
    detail: Mapping[str, Any], document: Mapping[str, Any], keys: Mapping[str, Sequence[str]]
) -> ManifestProblem:
    location = [part for part in detail["loc"] if part not in {"[key]"}]
    entry, rest = _entry(location, document)
    key = ".".join(str(part) for part in rest) or "-"
    cause = detail.get("ctx", {}).get("error")
    refused = getattr(cause, "__cause__", None)
    if isinstance(refused, TuziError):
        return ManifestProblem(entry, key, refused.code, cause=refused)
    code, parameters = _reason(detail, [str(part) for part in rest], keys.get(str(location[0]) if entry else "", ()))
    return ManifestProblem(entry, key, code, parameters)


def _entry(location: Sequence[Any], document: Mapping[str, Any]) -> tuple[str, Sequence[Any]]:
    """Return how people find the entry that an error is about, and the way to the key inside of it."""
    if len(location) < 2 or not isinstance(location[1], int):
        return "", location
    entries = document.get(str(location[0])) or []
    entry = entries[location[1]] if location[1] < len(entries) else None
    known = entry.get("id") if isinstance(entry, Mapping) else None
    return str(known) if known else f"{location[0]}[{location[1] + 1}]", location[2:]


def _reason(detail: Mapping[str, Any], path: Sequence[str], keys: Sequence[str]) -> tuple[str, dict[str, object]]:
    kind, value = str(detail["type"]), str(detail.get("input"))[:_LONGEST_VALUE]
    context = detail.get("ctx", {})
    if kind == "missing":
        return "manifest_key_missing", {}
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(path[-1], keys, 1) if len(path) == 1 else []
        return ("manifest_key_misspelt", {"near": near[0]}) if near else ("manifest_key_unknown", {})
    if kind in {"enum", "literal_error"}:
        return "manifest_value_choice", {"value": value, "expected": str(context.get("expected", ""))}
    if kind == "string_pattern_mismatch":
        return "manifest_value_id", {"value": value}
    if kind in _LIMITS:
        limit = next((context[name] for name in ("gt", "ge", "lt", "le") if name in context), "")
        return "manifest_value_limit", {"value": value, "limit": limit, "sign": _SIGNS[kind]}
    wanted = _KINDS.get(kind.split("_")[0])
    if wanted is not None:
        return f"manifest_value_{wanted}", {"value": value}
    return "manifest_value_other", {"value": value, "reason": str(detail["msg"])}


_SIGNS = {"greater_than": ">", "greater_than_equal": "≥", "less_than": "<", "less_than_equal": "≤"}
