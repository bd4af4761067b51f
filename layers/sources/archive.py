"""Unpacks zip and kmz archives within limits; a name that leads out of the workspace is refused."""

from __future__ import annotations

import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from layers.config import ArchiveConfig
from layers.errors import SourceError
from layers.sources.encoding import restored_name

_CHUNK = 1 << 20
_DEEPEST = 16
_SMALL = 1 << 20
"""Below this size no ratio is suspicious: a few kilobytes of blanks pack very well."""
_PROLOG = 1 << 14
_NESTED = frozenset({".zip", ".kmz"})
_UTF8_FLAG = 0x800
_ENCRYPTED_FLAG = 0x1


@dataclass(slots=True)
class Budget:
    """What may still be unpacked of one delivery, through all archives within archives."""

    bytes: int
    files: int

    @classmethod
    def of(cls, limits: ArchiveConfig) -> Budget:
        """Return the whole of what the limits allow."""
        return cls(limits.max_bytes, limits.max_files)


def unpack(archive: Path, folder: Path, limits: ArchiveConfig, budget: Budget | None = None) -> list[Path]:
    """Unpack ``archive`` into ``folder``; returns the files in the archive's order, without decoys of the Mac's Finder.

    Archives inside become folders of their names, as deep as the limits allow. Raises SourceError for an archive
    that is damaged, encrypted, too large or too deep, or has an unsafe name in it.
    """
    return _unpack(archive, folder, limits, budget or Budget.of(limits), 1)


def _unpack(archive: Path, folder: Path, limits: ArchiveConfig, budget: Budget, depth: int) -> list[Path]:
    if depth > limits.max_depth:
        raise SourceError("source_archive_deep", file=archive.name, depth=limits.max_depth)
    try:
        with zipfile.ZipFile(archive) as opened:
            members = checked_members(archive, opened, limits)
            files = _extract(archive, opened, members, folder, limits, budget)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise SourceError("source_damaged", file=archive.name, reason=str(error) or type(error).__name__) from error
    return [part for file in files for part in _opened_up(file, limits, budget, depth)]


def _opened_up(file: Path, limits: ArchiveConfig, budget: Budget, depth: int) -> list[Path]:
    if file.suffix.lower() not in _NESTED:
        return [file]
    packed = file.rename(file.with_name(file.name + ".packed"))
    file.mkdir()
    try:
        return _unpack(packed, file, limits, budget, depth + 1)
    except SourceError as error:
        # The sentence is to name the member as the agency knows it.
        named = file.name if error.parameters.get("file") == packed.name else error.parameters.get("file")
        raise SourceError(error.code, **{**error.parameters, "file": named}) from error
    finally:
        packed.unlink()


def check_archive(archive: Path, limits: ArchiveConfig) -> None:
    """Check an archive that another reader will open (xlsx, ods) against the same limits, and its XML for entities."""
    try:
        with zipfile.ZipFile(archive) as opened:
            for info, path in checked_members(archive, opened, limits):
                if path.suffix.lower() in {".xml", ".rels"}:
                    with opened.open(info) as member:
                        _check_prolog(archive, member.read(_PROLOG))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise SourceError("source_damaged", file=archive.name, reason=str(error) or type(error).__name__) from error


def _check_prolog(archive: Path, head: bytes) -> None:
    if b"<!DOCTYPE" in head.replace(b"\0", b"")[:_PROLOG]:
        raise SourceError("source_xml_entities", file=archive.name)


def checked_members(
    archive: Path, opened: zipfile.ZipFile, limits: ArchiveConfig
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """Return the members that are files with the path each is to have; raises SourceError for what is not allowed."""
    members = [(info, _safe_path(archive, info)) for info in opened.infolist() if not info.is_dir()]
    total = sum(info.file_size for info, _ in members)
    if len(members) > limits.max_files or total > limits.max_bytes:
        raise SourceError("source_archive_too_large", file=archive.name, files=len(members), bytes=f"{total:,}")
    for info, path in members:
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise SourceError("source_archive_encrypted", file=archive.name)
        packed = max(info.compress_size, 1)
        if info.file_size > _SMALL and info.file_size / packed > limits.max_ratio:
            raise SourceError("source_archive_ratio", file=archive.name, member=path.name)
    return members


def _safe_path(archive: Path, info: zipfile.ZipInfo) -> PurePosixPath:
    name = info.orig_filename
    if not info.flag_bits & _UTF8_FLAG:
        # zipfile reads unflagged names as code page 437; Windows in Taiwan means 950.
        name = restored_name(name.encode("cp437", errors="replace"))
    path = PurePosixPath(name.replace("\\", "/"))
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    unsafe = path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name or len(path.parts) > _DEEPEST
    if unsafe or is_link or not path.name:
        raise SourceError("source_archive_unsafe", file=archive.name, member=name.replace("\0", "")[:80])
    return path


def is_decoy(path: PurePosixPath | Path) -> bool:
    """Tell whether a member is only what an operating system left behind."""
    return "__MACOSX" in path.parts or path.name.startswith(".") or path.name.lower() in {"thumbs.db", "desktop.ini"}


def _extract(
    archive: Path,
    opened: zipfile.ZipFile,
    members: list[tuple[zipfile.ZipInfo, PurePosixPath]],
    folder: Path,
    limits: ArchiveConfig,
    budget: Budget,
) -> list[Path]:
    files = []
    budget.files -= len(members)
    if budget.files < 0:
        raise _too_large(archive, members, limits)
    for info, path in members:
        if is_decoy(path):
            continue
        target = folder / path
        if target.exists():
            raise SourceError("source_archive_unsafe", file=archive.name, member=str(path)[:80])
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(info) as reader, target.open("xb") as writer:
            while chunk := reader.read(_CHUNK):
                # The directory's sizes are only claims; what really comes out is what counts.
                budget.bytes -= len(chunk)
                if budget.bytes < 0:
                    raise _too_large(archive, members, limits)
                writer.write(chunk)
        files.append(target)
    return files


def _too_large(
    archive: Path, members: list[tuple[zipfile.ZipInfo, PurePosixPath]], limits: ArchiveConfig
) -> SourceError:
    return SourceError(
        "source_archive_too_large", file=archive.name, files=len(members), bytes=f"{limits.max_bytes:,}+"
    )
