"""Every code about coordinates and geometry is found in a delivery made for it, and can be told in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from layers.checks import CODES, Topic
from tests.layers.checks.places import COORDINATES, GEOMETRY

FIXTURES = {**COORDINATES, **GEOMETRY}


def test_no_code_is_without_a_delivery() -> None:
    for topic, fixtures in ((Topic.COORDINATES, COORDINATES), (Topic.GEOMETRY, GEOMETRY)):
        assert set(fixtures) == {name for name, code in CODES.items() if code.topic is topic}


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
