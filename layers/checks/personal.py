"""Personal data: columns by which a person can be recognised must not be published unnoticed.

A column is reported for what its values are; its name only lowers the doubt. Numbers with a checksum need half of the
candidates to pass it (a tenth of all codes do by chance), names need a column that says so or the shares that only
names have, and telephone numbers a way of writing that no code has. In a public layer every kind is an error until
the manifest names the column, but for two that institutions publish themselves:

- fixed-line numbers (the 電話 of schools, pharmacies, shops) are a warning: open data is full of them, and they lead
  to a desk. Beside a column of names they are somebody's, and an error. Mobile numbers always are.
- addresses of e-mail are a warning where all of them are a government's or a school's (gov.tw, edu.tw).

Layers that not everybody may see get warnings.
"""

from __future__ import annotations

import re

import numpy as np
import shapely

from layers.checks.codes import Severity
from layers.checks.findings import FindingLog
from layers.features import FeatureBatch
from layers.plan import PersonalRule, Privacy
from layers.privacy.columns import ColumnEvidence, Evidence
from layers.privacy.kinds import PersonalKind, describes_person, names_case, names_cases
from layers.schema import Field, FieldType

_COUNT = re.compile(r"(?:人|件|病例|個案|確診)數|count|total", re.IGNORECASE)
"""Columns of layers that count cases instead of showing them."""
_RULED = {
    PersonalRule.DROP: "finding_personal_dropped",
    PersonalRule.MASK: "finding_personal_masked",
    PersonalRule.KEEP: "finding_personal_kept",
}


class PersonalCheck:
    """Watches names and values of all fields; what ``privacy`` provides for is no error.

    ``layer`` is what the delivery calls itself, which may say that its points are cases of a disease.
    """

    def __init__(
        self, fields: tuple[Field, ...], privacy: Privacy, public: bool, log: FindingLog, layer: str = ""
    ) -> None:
        self._privacy = privacy
        self._public = public
        self._log = log
        self._layer = layer
        self._columns = [ColumnEvidence(field) for field in fields]
        self._rows = 0
        self._only_points = True

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch's values in, before anything is dropped or masked."""
        self._rows += len(batch)
        for column in self._columns:
            column.watch(batch.columns[column.field.name], batch.rows)
        if self._only_points:
            self._only_points = bool(np.isin(shapely.get_type_id(batch.geometry), (-1, 0, 4)).all())

    def finish(self) -> None:
        """Say which columns hold personal data, and whether the manifest provides for it."""
        found = {column.field.name: column.kinds() for column in self._columns}
        for name, evidence in self._cases():
            found[name].setdefault(PersonalKind.CASE, evidence)
        if self._privacy.aggregate is not None:
            # Nothing of the rows is stored but how many there are.
            return
        self._note_rules(found)
        has_names = any(PersonalKind.NAME in kinds for kinds in found.values())
        for name, kinds in found.items():
            if name in self._privacy.columns:
                continue
            for kind, evidence in kinds.items():
                if kind is not PersonalKind.CASE or self._privacy.geomask is None:
                    self._note(name, kind, evidence, self._severity(kind, evidence, has_names))
        if self._privacy.geomask is not None:
            self._note_addresses()

    def _severity(self, kind: PersonalKind, evidence: Evidence, has_names: bool) -> Severity:
        is_desk = kind is PersonalKind.LANDLINE and not has_names
        is_office = kind is PersonalKind.EMAIL and evidence.institutional
        return Severity.ERROR if self._public and not (is_desk or is_office) else Severity.WARNING

    def _cases(self) -> list[tuple[str, Evidence]]:
        """Return the columns that show each point of the layer to be somebody who fell ill."""
        filled = [column for column in self._columns if column.filled]
        if not self._only_points or any(_COUNT.search(column.field.name) for column in filled):
            return []
        telling = [column for column in filled if names_case(column.field.name)]
        if names_cases(self._layer):
            telling += [column for column in filled if describes_person(column.field.name)]
        rules = [self._privacy.columns.get(column.field.name) for column in telling]
        if PersonalRule.KEEP in rules:
            # Somebody looked at the points and found that they may be shown.
            telling = [column for column, rule in zip(telling, rules, strict=True) if rule is not None]
        # Of columns that all say the same, one that stays is enough to report.
        telling.sort(key=lambda column: column.field.name in self._privacy.columns)
        return [(column.field.name, Evidence(rows=column.filled)) for column in telling[:1]]

    def _note_rules(self, found: dict[str, dict[PersonalKind, Evidence]]) -> None:
        filled = {column.field.name: column.filled for column in self._columns}
        for name, rule in self._privacy.columns.items():
            if name not in found:
                continue
            kinds = found[name]
            if rule is PersonalRule.KEEP and not kinds:
                continue
            count = filled[name] if rule is not PersonalRule.KEEP else max(each.rows for each in kinds.values())
            examples = next((each.examples for each in kinds.values() if rule is PersonalRule.MASK), [])
            self._log.add(_RULED[rule], count, examples, field=name)

    def _note(self, name: str, kind: PersonalKind, evidence: Evidence, severity: Severity) -> None:
        self._log.add(
            f"finding_personal_{kind.value}",
            evidence.rows,
            evidence.examples,
            severity=severity,
            field=name,
            share=_percent(evidence.rows, self._rows),
        )

    def _note_addresses(self) -> None:
        """Say which columns tell the place that geomasking is to hide."""
        severity = Severity.ERROR if self._public else Severity.WARNING
        for column in self._columns:
            is_text = column.field.type is FieldType.TEXT
            if is_text and column.is_address and column.filled and column.field.name not in self._privacy.columns:
                evidence = Evidence(rows=column.filled)
                self._note(column.field.name, PersonalKind.ADDRESS, evidence, severity)


def _percent(part: int, whole: int) -> str:
    share = 100 * part / max(whole, 1)
    return f"{share:.0f}%" if share >= 1 else "<1%"
