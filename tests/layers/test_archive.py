"""Archives: what is unpacked, and what is refused with a sentence."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from layers.config import ArchiveConfig
from layers.errors import SourceError
from layers.sources.archive import unpack
from tests.layers.deliveries import write_zip

LIMITS = ArchiveConfig()


@pytest.mark.parametrize(
    "name",
    ["../evil.shp", "a/../../evil.shp", "/etc/evil.shp", "C:\\evil.shp", "..\\evil.shp", "/".join("a" * 20) + "/x.shp"],
)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    archive = write_zip(tmp_path / "sent.zip", {"fine.txt": b"x", name: b"x"})
    with pytest.raises(SourceError, match=r"sent\.zip.*unsafe"):
        unpack(archive, tmp_path / "out", LIMITS)
    assert not list(tmp_path.rglob("evil*"))


def test_a_link_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "sent.zip", "w") as archive:
        link = zipfile.ZipInfo("link.shp")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(SourceError, match="unsafe"):
        unpack(tmp_path / "sent.zip", tmp_path / "out", LIMITS)


def test_too_much_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "sent.zip", {"a.csv": bytes(range(256)) * 40})
    with pytest.raises(SourceError, match=r"too much \(1 files, 10,240 bytes\)"):
        unpack(archive, tmp_path / "out", ArchiveConfig(max_bytes=10_000))
    with pytest.raises(SourceError, match="too much"):
        unpack(
            write_zip(tmp_path / "many.zip", {f"{n}.txt": b"" for n in range(4)}), tmp_path, ArchiveConfig(max_files=3)
        )


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "sent.zip", {"bomb.csv": b"0" * 5_000_000})
    with pytest.raises(SourceError, match=r"bomb\.csv.*suspiciously"):
        unpack(archive, tmp_path / "out", LIMITS)


def test_a_directory_that_lies_about_sizes_does_not_help(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "sent.zip", {"a.csv": bytes(range(256)) * 400})
    content = archive.read_bytes()
    size = (102_400).to_bytes(4, "little")
    archive.write_bytes(content.replace(size, (10).to_bytes(4, "little")))
    with pytest.raises(SourceError):
        unpack(archive, tmp_path / "out", ArchiveConfig(max_bytes=1000))


def test_a_truncated_archive_is_named(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "sent.zip", {"a.csv": bytes(range(256)) * 40})
    archive.write_bytes(archive.read_bytes()[:-30])
    with pytest.raises(SourceError, match=r"sent\.zip is damaged"):
        unpack(archive, tmp_path / "out", LIMITS)


def test_what_the_mac_leaves_behind_is_left_out(tmp_path: Path) -> None:
    archive = write_zip(
        tmp_path / "sent.zip", {"a.shp": b"1", "__MACOSX/._a.shp": b"2", "._a.shp": b"3", "Thumbs.db": b""}
    )
    assert [file.name for file in unpack(archive, tmp_path / "out", LIMITS)] == ["a.shp"]


@pytest.mark.parametrize("encoding", ["cp950", "utf-8"])
def test_chinese_names_without_the_utf8_flag_are_restored(tmp_path: Path, encoding: str) -> None:
    name = "圖資/里界.shp"
    disguised = name.encode(encoding).decode("latin-1")
    write_zip(tmp_path / "sent.zip", {"X" * len(name.encode(encoding)): b"1"})
    content = (tmp_path / "sent.zip").read_bytes()
    (tmp_path / "sent.zip").write_bytes(content.replace(b"X" * len(disguised), name.encode(encoding)))
    (file,) = unpack(tmp_path / "sent.zip", tmp_path / "out", LIMITS)
    assert file.relative_to(tmp_path / "out").as_posix() == name
