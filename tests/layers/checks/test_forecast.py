"""The forecast of the national portal's six flags says yes, no, or honestly that it cannot know."""

from __future__ import annotations

import pytest

from layers.checks.forecast import KnownDelivery, Verdict, forecast
from layers.messages import LANGUAGES

FLAGS = ["linkable", "downloadable", "structure", "encoding_match", "desc_match", "csv"]
"""As the portal's interface names them, in its order (/api/v2/rest/qc/{publisherOID})."""

GOOD = KnownDelivery(
    "CSV", ("編號", "名稱"), described=frozenset({"編號", "名稱"}), encoding="utf-8-sig", declared="UTF-8"
)


def verdicts(known: KnownDelivery) -> dict[str, str]:
    return {name: judgement.verdict.value for name, judgement in forecast(known)}


def test_flags_bear_the_portals_names() -> None:
    assert [name for name, _ in forecast(GOOD)] == FLAGS


def test_a_clean_table_passes_all_that_a_file_can_tell() -> None:
    assert verdicts(GOOD) == {
        "linkable": "unknown",
        "downloadable": "unknown",
        "structure": "yes",
        "encoding_match": "yes",
        "desc_match": "yes",
        "csv": "yes",
    }


@pytest.mark.parametrize(
    ("known", "flag", "verdict", "reason"),
    [
        (KnownDelivery("CSV", address="D:/資料/a.csv"), "linkable", "no", "forecast_address_not_http"),
        (KnownDelivery("CSV", address="https://a.tw/a.csv"), "linkable", "unknown", "forecast_address_untried"),
        (KnownDelivery("CSV", address="https://a.tw/a.csv"), "downloadable", "unknown", "forecast_download_untried"),
        (KnownDelivery("CSV"), "downloadable", "unknown", "forecast_address_none"),
        (KnownDelivery("CSV", ("a", "a")), "structure", "no", "forecast_header_repeated"),
        (KnownDelivery("CSV", ("a", " ")), "structure", "no", "forecast_header_blank"),
        (KnownDelivery("CSV", ("a",), ragged=3), "structure", "no", "forecast_rows_ragged"),
        (KnownDelivery("CSV", ("a",), ragged=3), "csv", "no", "forecast_rows_ragged"),
        (KnownDelivery("GeoJSON"), "structure", "yes", "forecast_structure_open"),
        (KnownDelivery("Shapefile"), "structure", "unknown", "forecast_structure_unlisted"),
        (KnownDelivery("JPEG/PNG"), "structure", "no", "forecast_structure_none"),
        (KnownDelivery("Shapefile"), "csv", "no", "forecast_csv_none"),
        (KnownDelivery("CSV", encoding="cp950", declared="utf-8"), "encoding_match", "no", "forecast_encoding_differs"),
        (KnownDelivery("CSV", encoding="cp950", declared="Big5"), "encoding_match", "yes", "forecast_encoding_agrees"),
        (KnownDelivery("CSV", encoding="cp950"), "encoding_match", "unknown", "forecast_encoding_undeclared"),
        (KnownDelivery("CSV"), "encoding_match", "yes", "forecast_encoding_plain"),
        (KnownDelivery("XLSX"), "encoding_match", "yes", "forecast_encoding_by_format"),
        (KnownDelivery("CSV", encoding="cp950", undecodable=2), "encoding_match", "no", "forecast_encoding_lossy"),
        (KnownDelivery("CSV", ("a",)), "desc_match", "unknown", "forecast_fields_unknown"),
        (KnownDelivery("CSV", ("a", "b"), frozenset({"a"})), "desc_match", "no", "forecast_fields_undescribed"),
        (KnownDelivery("CSV", ("a",), frozenset({"a", "c"})), "desc_match", "no", "forecast_fields_absent"),
    ],
)
def test_every_reason(known: KnownDelivery, flag: str, verdict: str, reason: str) -> None:
    judgement = dict(forecast(known))[flag]
    assert (judgement.verdict, judgement.reason) == (Verdict(verdict), reason)
    for language in LANGUAGES:
        assert "{" not in judgement.sentence(language)


def test_a_long_list_of_fields_is_cut() -> None:
    header = tuple(f"f{at}" for at in range(40))
    sentence = forecast(KnownDelivery("CSV", header, frozenset())).desc_match.sentence("en")
    assert "40 fields" in sentence
    assert "f9" in sentence
    assert "f10" not in sentence
