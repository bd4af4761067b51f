"""Every code is found in a delivery made for it, and can be told in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from layers.checks import CODES, Topic
from tests.layers.checks.files import FILES
from tests.layers.checks.places import COORDINATES, GEOMETRY
from tests.layers.checks.texts import ATTRIBUTES, ENCODING

FIXTURES = {**FILES, **COORDINATES, **GEOMETRY, **ENCODING, **ATTRIBUTES}
ELSEWHERE = {"finding_removal_unknown", *(code for code in CODES if code.startswith("finding_join"))}
"""Codes that need a table beside the file, or a release before it; their own tests trigger them."""


def test_no_code_is_without_a_delivery() -> None:
    topics = {
        Topic.FILE: FILES,
        Topic.COORDINATES: COORDINATES,
        Topic.GEOMETRY: GEOMETRY,
        Topic.ENCODING: ENCODING,
        Topic.ATTRIBUTES: ATTRIBUTES,
    }
    for topic, fixtures in topics.items():
        assert set(fixtures) == {name for name, code in CODES.items() if code.topic is topic} - ELSEWHERE


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize("code", sorted(FIXTURES))
def test_the_delivery_made_for_a_code_triggers_it(code: str, tmp_path: Path) -> None:
    delivery = FIXTURES[code](tmp_path)
    finding = delivery.finding(code)
    for language in ("zh-TW", "en"):
        sentence = finding.sentence(language)
        assert sentence
        assert "{" not in sentence
    # Of what is refused nothing is stored; of all else every row is kept or set aside.
    assert delivery.report.rows == delivery.report.kept + delivery.report.quarantined
    assert bool(delivery.numbers) != any(found.severity == "error" for found in delivery.report.findings)
