"""Keys that are missing, come twice, or are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.checks.keys import Repeats
from tests.layers.checks.texts import column, csv_bytes, sent


def batches_of(values: st.SearchStrategy[int] | st.SearchStrategy[str]) -> st.SearchStrategy[list[list[int | str]]]:
    return st.lists(st.lists(values, max_size=20), max_size=12)


@given(st.one_of(batches_of(st.integers(-3, 3)), batches_of(st.integers()), batches_of(st.text(max_size=1))))
def test_exactly_the_values_that_came_before_are_repeats(batches: list[list[int | str]]) -> None:
    # -1 and -2 have the same hash in Python.
    repeats, seen = Repeats(), set()
    for batch in batches:
        values = np.empty(len(batch), dtype=object)
        values[:] = batch
        expected = []
        for value in batch:
            expected.append(value in seen)
            seen.add(value)
        assert repeats.watch(values).tolist() == expected
    assert repeats.known == len(seen)


def test_repeated_keys_are_shown_with_their_values(tmp_path: Path) -> None:
    delivery = column(tmp_path, "編號", ["A1", "A2", "A1", "", "A2"], key="編號")
    assert delivery.finding("finding_key_duplicate").examples == ((3, "A1"), (5, "A2"))
    assert delivery.finding("finding_key_missing").examples == ((4, ""),)
    assert "A1, A2" in delivery.finding("finding_key_duplicate").sentence("zh-TW")
    assert delivery.intake.summary is None


def test_a_repeat_in_a_later_batch_is_found(tmp_path: Path) -> None:
    values = [f"P{at}" for at in range(41_000)]
    values[40_500] = "P3"
    assert column(tmp_path, "編號", values, key="編號").finding("finding_key_duplicate").examples == ((40_501, "P3"),)


@pytest.mark.parametrize(
    "name", ["路燈編號", "行政區代碼", "id", "stop_id", "stopID", "OBJECTID", "VILLCODE", "統一編號"]
)
def test_a_field_that_looks_like_a_key_is_doubted_where_none_is_named(tmp_path: Path, name: str) -> None:
    values = ["1", "2", "3", "4", "2"]
    delivery = column(tmp_path, name, values)
    finding = delivery.finding("finding_key_candidate")
    assert (finding.count, finding.examples, finding.parameters) == (1, ((5, "2"),), {"field": name})
    assert delivery.numbers == [1]


def test_fields_that_group_or_are_unique_or_beside_a_key_are_left_alone(tmp_path: Path) -> None:
    rows = [f"{at},{at % 3},{at // 2}" for at in range(60)]
    delivery = sent(tmp_path, csv_bytes("編號,區代碼,整編號", rows))
    assert "finding_key_candidate" not in delivery.codes
    named = column(tmp_path, "名,舊編號", [f"{at},{min(at, 3)}" for at in range(5)], key="名")
    assert "finding_key_candidate" not in named.codes
