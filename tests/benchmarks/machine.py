"""The machine: what it is, which tools it has, and those it is given where that is allowed."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

Say = Callable[[str], None]

PACKAGES = ("granian", "mapnik", "mapproxy", "pygeoapi", "pillow", "shapely")


MAPSERVER = ("cgi-mapserver", "spawn-fcgi", "multiwatch")
MAPSERVER_PROGRAMS = ("/usr/lib/cgi-bin/mapserv", "spawn-fcgi", "multiwatch")


def ensure_tools(say: Say) -> None:
    """Install nginx, wrk, PostGIS, SpatiaLite and MapServer from Debian where they are missing and we are root."""
    wanted = [name for name in ("nginx", "wrk") if not shutil.which(name)]
    if postgres_folder() is None:
        wanted += _postgis_packages()
    if not _spatialite_installed():
        wanted.append("libsqlite3-mod-spatialite")
    wanted += MAPSERVER if not all(map(shutil.which, MAPSERVER_PROGRAMS)) else ()
    if not wanted:
        return
    if os.geteuid() or not shutil.which("apt-get"):
        say(f"not root: {', '.join(wanted)} cannot be installed")
        return
    say(f"installing {' '.join(wanted)}")
    _install(wanted, say)


def _install(packages: Sequence[str], say: Say) -> None:
    # RUNLEVEL=1 keeps Debian from starting what it installs: nothing but our own processes may listen.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            say(f"{' '.join(command)}: {done.stderr.strip().splitlines()[-1:]}")


def _postgis_packages() -> list[str]:
    if not shutil.which("apt-cache"):
        return []
    found = subprocess.run(
        ["apt-cache", "search", "--names-only", "^postgresql-[0-9]+-postgis-3$"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    majors = sorted(int(number) for number in re.findall(r"^postgresql-(\d+)-postgis-3 ", found, re.MULTILINE))
    return [f"postgresql-{majors[-1]}", f"postgresql-{majors[-1]}-postgis-3"] if majors else []


def postgres_folder() -> Path | None:
    """Return the folder of the programs of a PostgreSQL that has PostGIS, None where there is none."""
    for control in sorted(Path("/usr/share/postgresql").glob("*/extension/postgis.control"), reverse=True):
        programs = Path("/usr/lib/postgresql") / control.parent.parent.name / "bin"
        if (programs / "initdb").exists():
            return programs
    return None


def _spatialite_installed() -> bool:
    return any(Path("/usr/lib").glob("*/mod_spatialite.so"))


def describe(load: float) -> Mapping[str, str]:
    """Name the machine, its load before anything was measured, and the versions of what is measured."""
    return {
        "system": platform.platform(),
        "cores": str(os.cpu_count()),
        "processor": _processor(),
        "load of others": f"{load:.1f}",
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "nginx": _version("nginx", "-v"),
        "wrk": _version("wrk", "-v"),
        "mapserver": _version(MAPSERVER_PROGRAMS[0], "-v"),
        "postgresql": _version(str((postgres_folder() or Path()) / "postgres"), "--version"),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()


def _version(program: str, option: str) -> str:
    try:
        done = subprocess.run([program, option], capture_output=True, text=True, check=False)
    except OSError:
        return "missing"
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else "unknown"
