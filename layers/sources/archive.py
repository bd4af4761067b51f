"""Unpacks zip and kmz archives within limits; a name that leads out of the workspace is refused."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from layers.config import ArchiveConfig
from layers.errors import SourceError
from layers.sources.encoding import restored_name

_CHUNK = 1 << 20
_DEEPEST = 16
_SMALL = 1 << 20
"""Below this size no ratio is suspicious: a few kilobytes of blanks pack very well."""
_UTF8_FLAG = 0x800
_ENCRYPTED_FLAG = 0x1


def unpack(archive: Path, folder: Path, limits: ArchiveConfig) -> list[Path]:
    """Unpack ``archive`` into ``folder``; returns the files in the archive's order, without decoys of the Mac's Finder.

    Raises SourceError for an archive that is damaged, encrypted, too large, or has an unsafe name in it.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = checked_members(archive, opened, limits)
            return _extract(archive, opened, members, folder, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise SourceError("source_damaged", file=archive.name, reason=str(error) or type(error).__name__) from error


def check_archive(archive: Path, limits: ArchiveConfig) -> None:
    """Check an archive that another reader will open (xlsx) against the same limits."""
    try:
        with zipfile.ZipFile(archive) as opened:
            checked_members(archive, opened, limits)
    except zipfile.BadZipFile as error:
        raise SourceError("source_damaged", file=archive.name, reason=str(error)) from error


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
) -> list[Path]:
    files, left = [], limits.max_bytes
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
                left -= len(chunk)
                if left < 0:
                    raise SourceError(
                        "source_archive_too_large",
                        file=archive.name,
                        files=len(members),
                        bytes=f"{limits.max_bytes:,}+",
                    )
                writer.write(chunk)
        files.append(target)
    return files
