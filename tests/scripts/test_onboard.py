"""``tuzi onboard``: folders of manifests, updates of known layers, deliveries that hold the same data."""

from __future__ import annotations

from pathlib import Path

from tests.scripts.commands import CommandLine, run, write_table

__all__ = ["run"]


def write_manifest(file: Path, layers: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"agency: fire\ntheme: safety\nlayers:\n{layers}", encoding="utf-8")
    return file


def test_a_folder_of_manifests_is_taken_in_whole(run: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    write_table(folder / "one" / "a.csv", "AB")
    write_table(folder / "two" / "b.csv", "CD")
    write_table(folder / "two" / "forgotten.csv", "E")
    write_manifest(folder / "one" / "manifest.yml", "  - {id: north, file: a.csv, title: 北, key: 代號}\n")
    # Sorted before the manifest that it needs, and one of its layers has no file.
    write_manifest(
        folder / "0.yml", "  - {id: south, file: two/b.csv, title: 南}\n  - {id: west, file: no.csv, title: 西}\n"
    )
    (folder / "two" / "agencies.yml").write_text(
        "agencies: [{id: fire, title: 消防局}]\nthemes: [{id: safety, title: 安全}]\nlayers: []\n", encoding="utf-8"
    )
    (folder / "broken.yml").write_text("layers: [{id: UPPER}]\nlayers:\n", encoding="utf-8")
    said = run("onboard", folder, code=1)
    assert "broken.yml" in said
    assert "There is no file no.csv" in said
    assert "forgotten.csv is in none of the folder's manifests" in said
    listed = run("list")
    assert "north" in listed
    assert "south" in listed
    assert "west" not in listed


def test_a_known_layer_needs_no_more_than_its_id(run: CommandLine, tmp_path: Path) -> None:
    one = write_table(tmp_path / "one.csv", "ABCDE")
    described = ("--agency", "fire:消防局", "--title", "避難收容處所", "--key", "代號", "--access", "internal")
    run("onboard", one, "--id", "shelters", *described)
    more = write_table(tmp_path / "more.csv", "FG")
    assert "+2 -0 ~0" in run("onboard", more, "--id", "shelters", "--mode", "append")
    shown = run("show", "shelters")
    assert "避難收容處所" in shown
    assert "internal" in shown
    assert "unchanged" in run("onboard", more, "--id", "shelters", "--mode", "append")
    assert "have a key" in run(
        "onboard", write_table(tmp_path / "again.csv", "G"), "--id", "shelters", "--mode", "append", code=1
    )


def test_a_delta_changes_and_removes(run: CommandLine, tmp_path: Path) -> None:
    run(
        "onboard",
        write_table(tmp_path / "one.csv", "ABCDE"),
        "--id",
        "shelters",
        "--agency",
        "fire:消防局",
        "--key",
        "代號",
    )
    delta = tmp_path / "delta.csv"
    delta.write_text("代號,名稱,經度,緯度,刪除\nA,改名,120.61,24.1,\nB,,,,Y\nZ,新的,120.62,24.1,N\n", encoding="utf-8")
    assert "+1 -1 ~1" in run("onboard", delta, "--id", "shelters", "--mode", "delta", "--deleted", "刪除")


def test_a_loss_must_be_accepted(run: CommandLine, tmp_path: Path) -> None:
    run(
        "onboard",
        write_table(tmp_path / "one.csv", "ABCDE"),
        "--id",
        "shelters",
        "--agency",
        "fire:消防局",
        "--key",
        "代號",
    )
    few = write_table(tmp_path / "few.csv", "AB")
    said = run("onboard", few, "--id", "shelters", code=1)
    assert "remove 3 of 5 features" in said
    assert "--accept-loss" in said
    assert "+0 -3 ~0" in run("onboard", few, "--id", "shelters", "--accept-loss")


def test_a_new_layer_needs_an_agency(run: CommandLine, tmp_path: Path) -> None:
    assert "--agency" in run("onboard", write_table(tmp_path / "one.csv", "AB"), "--id", "shelters", code=1)


def test_a_layer_in_two_manifests_is_taken_from_the_first(run: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    write_table(folder / "a.csv", "AB")
    write_table(folder / "b.csv", "CDE")
    (folder / "0.yml").write_text(
        "agencies: [{id: fire, title: 消防局}]\nthemes: [{id: safety, title: 安全}]\nlayers: []\n", encoding="utf-8"
    )
    write_manifest(folder / "1.yml", "  - {id: north, file: a.csv, title: 北}\n")
    write_manifest(folder / "2.yml", "  - {id: north, file: b.csv, title: 北}\n")
    said = run("onboard", folder, code=1)
    assert "is in both" in said
    assert "b.csv is in none" in said
