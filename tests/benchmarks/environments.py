"""Peers' environments: a virtual environment each, made once and kept below ``bench-results/peers``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.machine import Say
from tests.benchmarks.servers import BenchmarkError

INSTALL_LIMIT = 600
DEBIAN_PYTHON = Path("/usr/bin/python3")
CAN_LOAD_SPATIALITE = """
import sqlite3, sys
connection = sqlite3.connect(":memory:")
connection.enable_load_extension(True)
connection.load_extension("mod_spatialite")
sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))
"""


def peer_environment(folder: Path, name: str, packages: Sequence[str], python: Path, say: Say) -> Path:
    """Return the folder of the programs of a peer's environment, installed unless it is as wanted already."""
    home = folder / name
    stamp = home / "installed.txt"
    wanted = "\n".join([str(python), *packages])
    if stamp.is_file() and stamp.read_text() == wanted:
        return home / "bin"
    say(f"installing {name} into {home}")
    # Debian's Python may lack ensurepip, so our own pip fills the environment.
    _run([str(python), "-m", "venv", "--clear", "--without-pip", str(home)])
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--quiet"]
    _run([*pip, "--disable-pip-version-check", *packages])
    stamp.write_text(wanted)
    return home / "bin"


def granian() -> str:
    """Name the WSGI server of all contenders: the one Tuzi runs under, in the same version."""
    return f"granian=={version('granian')}"


def can_load_spatialite(python: Path) -> bool:
    """Tell whether a Python can load SpatiaLite into SQLite; many are built without that."""
    if not python.exists():
        return False
    command = [str(python), "-c", CAN_LOAD_SPATIALITE]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def python_for_spatialite() -> Path | None:
    """Return a Python that can load SpatiaLite: ours or Debian's."""
    return next((python for python in (own_python(), DEBIAN_PYTHON) if can_load_spatialite(python)), None)


def own_python() -> Path:
    """Return the Python that Tuzi's environment was made of."""
    return Path(sys.base_prefix) / "bin" / "python3"


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_LIMIT)
    if done.returncode:
        raise BenchmarkError(f"{' '.join(command)}: {(done.stderr or done.stdout)[-1000:]}")
