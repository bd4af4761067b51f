"""Personal data and joined tables, from the manifest to what the catalogue keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalog import models
from catalog.database import Catalogue
from catalog.errors import RefusedRelease
from catalog.holdings import Holdings
from catalog.locks import open_locks
from catalog.manifest import LayerEntry, UpdateMode, read_manifest
from catalog.onboarding import OnboardedLayer, Onboarding, OnboardingOptions, Outcome
from layers.config import LayersConfig
from layers.features import FeatureQuery
from layers.raster import RasterStore
from layers.stores.geopackage import GeoPackageStore
from tilecache.publication import publish_all

CASES = """姓名,發病日,村里,經度,緯度
王小明,2015-08-27,甲里,120.6051,24.1051
陳美麗,2015-08-28,甲里,120.6052,24.1052
林志強,2015-08-29,甲里,120.6053,24.1053
吳大同,2015-08-30,乙里,120.6151,24.1051
"""
SECRETS = ("王小明", "陳美麗", "林志強", "吳大同", "120.6051", "24.1053")


@pytest.fixture
def onboarding(catalogue: Catalogue, tmp_path: Path) -> Iterator[Onboarding]:
    features = GeoPackageStore(tmp_path / "releases")
    yield Onboarding(
        catalogue,
        Holdings(features, RasterStore(tmp_path / "releases")),
        open_locks(catalogue),
        LayersConfig(),
        lambda prepared: publish_all(catalogue, prepared, "tester"),
    )
    features.close()


def onboard(onboarding: Onboarding, entry: LayerEntry) -> OnboardedLayer:
    return onboarding.onboard(entry, lambda done, total: None, OnboardingOptions(wait=0))


def manifest(folder: Path, **layer: Any) -> tuple[LayerEntry, ...]:
    """Write what an agency sends, and read it: two villages, cases of a disease, a table of the villages."""
    delivery = folder / "delivery"
    delivery.mkdir(exist_ok=True)
    (delivery / "cases.csv").write_text(CASES, encoding="utf-8-sig")
    (delivery / "people.csv").write_text("代碼,人口\n66000010-001,300\n66000010-002,200\n", encoding="utf-8")
    villages = [
        {
            "type": "Feature",
            "properties": {"VILLCODE": f"6600001000{at + 1}", "VILLNAME": f"{'甲乙'[at]}里"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[120.6 + at / 100 + x, 24.1 + y] for x, y in ((0, 0), (0.01, 0), (0.01, 0.01), (0, 0.01), (0, 0))]
                ],
            },
        }
        for at in range(2)
    ]
    collection = {"type": "FeatureCollection", "features": villages}
    (delivery / "villages.geojson").write_text(json.dumps(collection), encoding="utf-8")
    common = {"agency": "civil", "theme": "boundaries"}
    areas = {
        "id": "villages",
        "file": "villages.geojson",
        "title": "村里",
        "key": "VILLCODE",
        "joins": [{"file": "people.csv", "key": "VILLCODE", "to": "代碼", "fields": {"人口": {"zh": "人口數"}}}],
        **common,
        **layer.pop("villages", {}),
    }
    document = {"layers": [areas, {"id": "cases", "file": "cases.csv", "title": "病例", **common, **layer}]}
    file = delivery / "manifest.yml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return read_manifest(file).layers


def kept_by(catalogue: Catalogue, folder: Path, layer: str) -> str:
    """Return all that the catalogue and the store hold of a layer, as text."""
    with catalogue.read() as session:
        reports = [release.report for release in session.query(models.Release).filter_by(layer_id=layer)]
    stored = b"".join(file.read_bytes() for file in (folder / "releases" / layer).rglob("*") if file.is_file())
    return json.dumps(reports, ensure_ascii=False) + stored.decode("utf-8", "replace")


def test_tables_are_found_beside_the_manifest(onboarding: Onboarding, tmp_path: Path) -> None:
    villages, _ = manifest(tmp_path)
    result = onboard(onboarding, villages)
    assert result.outcome is Outcome.PUBLISHED, result.sentence("en")
    features = onboarding.holdings.features.open("villages", 1).read_features(FeatureQuery())
    assert [feature.properties["人口"] for feature in features] == [300, 200]


def test_what_the_manifest_does_not_provide_for_is_refused(onboarding: Onboarding, tmp_path: Path) -> None:
    _, cases = manifest(tmp_path)
    result = onboard(onboarding, cases)
    assert isinstance(result.error, RefusedRelease)
    assert {finding.code for finding in result.error.report.findings} >= {
        "finding_personal_name",
        "finding_personal_case",
    }
    sentence = result.sentence("zh-TW") + json.dumps(result.error.report.to_document(), ensure_ascii=False)
    assert not any(secret in sentence for secret in SECRETS)


def test_an_internal_layer_is_only_warned_of(onboarding: Onboarding, tmp_path: Path) -> None:
    _, cases = manifest(tmp_path, access="internal")
    assert onboard(onboarding, cases).outcome is Outcome.PUBLISHED


def test_geomasking_leaves_no_trace_in_store_or_catalogue(
    onboarding: Onboarding, catalogue: Catalogue, tmp_path: Path
) -> None:
    personal = {"columns": {"姓名": "mask", "發病日": "keep"}, "geomask": {"radius": 300, "seed": 918273645}}
    _, cases = manifest(tmp_path, personal=personal)
    result = onboard(onboarding, cases)
    assert result.outcome is Outcome.PUBLISHED, result.sentence("en")
    kept = kept_by(catalogue, tmp_path, "cases")
    assert "王○明" in kept
    assert not any(secret in kept for secret in SECRETS)


def test_cases_are_counted_in_another_layers_areas(
    onboarding: Onboarding, catalogue: Catalogue, tmp_path: Path
) -> None:
    villages, cases = manifest(tmp_path, personal={"aggregate": {"layer": "villages", "key": "VILLCODE"}})
    refused = onboard(onboarding, cases)
    assert refused.outcome is Outcome.REFUSED
    assert "villages" in refused.sentence("en")
    onboard(onboarding, villages)
    result = onboard(onboarding, cases)
    assert result.outcome is Outcome.PUBLISHED, result.sentence("en")
    release = onboarding.holdings.features.open("cases", result.number or 0)
    counts = {f.id: (f.properties["count"], f.properties["count_text"]) for f in release.read_features(FeatureQuery())}
    assert counts == {"66000010001": (3, "3"), "66000010002": (None, "<3")}
    assert not any(secret in kept_by(catalogue, tmp_path, "cases") for secret in SECRETS)


def test_areas_must_not_be_more_secret_than_the_counts(onboarding: Onboarding, tmp_path: Path) -> None:
    personal = {"aggregate": {"layer": "villages", "key": "VILLCODE"}}
    villages, cases = manifest(tmp_path, personal=personal, villages={"access": "restricted"})
    onboard(onboarding, villages)
    result = onboard(onboarding, cases)
    assert result.outcome is Outcome.REFUSED
    assert "restricted" in result.sentence("en")


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ({"access": "internal"}, {"personal": {"columns": {"姓名": "mask", "發病日": "keep"}}, "access": "internal"}),
        (
            {"personal": {"columns": {"姓名": "mask"}, "geomask": {"radius": 300, "seed": 1}}},
            {"personal": {"columns": {"姓名": "mask"}, "geomask": {"radius": 300, "seed": 2}}},
        ),
        ({"access": "internal"}, {"personal": {"columns": {"姓名": "keep", "發病日": "keep"}}}),
    ],
    ids=["masked from now on", "moved another way", "opened to the public"],
)
def test_features_of_looser_times_are_not_carried_over(
    onboarding: Onboarding, tmp_path: Path, then: dict[str, Any], now: dict[str, Any]
) -> None:
    _, before = manifest(tmp_path, **then)
    assert onboard(onboarding, before).outcome is Outcome.PUBLISHED
    _, after = manifest(tmp_path, **now)
    refused = onboarding.onboard(
        after, lambda done, total: None, OnboardingOptions(wait=0, mode=UpdateMode.APPEND, force=True)
    )
    assert refused.error is not None
    assert refused.error.code == "catalogue_merge_personal"
    replaced = onboarding.onboard(after, lambda done, total: None, OnboardingOptions(wait=0, accept_loss=True))
    assert replaced.error is None, replaced.sentence("en")
