"""What all tests share: where the real data lies, and a small city served by the real server."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.sharing import free_port, made_once

pytest_plugins = ("tests.database",)

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real Taiwanese files; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("TUZI_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "README.md").is_file():
        pytest.skip("the real Taiwanese files are absent (TUZI_TEST_DATA)")
    return folder


def write_configuration(folder: Path, data: Path | None = None, **server: object) -> Path:
    """Write a ``config.yml`` whose data lies beside it or elsewhere; the site and fonts are the checkout's."""
    lines = "\n".join(f"  {name}: {value}" for name, value in {"port": free_port(), **server}.items())
    fonts = [ROOT / "server/site/node_modules/@expo-google-fonts/noto-sans-tc", Path("/usr/share/fonts")]
    text = (
        f"data: {data or folder / 'data'}\n"
        f"server:\n{lines}\n  site: {ROOT / 'server/site/dist'}\n"
        f"layers:\n  fonts: [{', '.join(map(str, fonts))}]\n"
    )
    file = folder / "config.yml"
    file.write_text(text, encoding="utf-8")
    return file


def tuzi(config: Path, *arguments: str, language: str = "en") -> subprocess.CompletedProcess[str]:
    """Run one ``tuzi`` command against a configuration."""
    environment = {**os.environ, "TUZI_LANGUAGE": language, "COLUMNS": "200"}
    command = [sys.executable, "-m", "scripts", "--config", str(config), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=900)


@contextmanager
def serving(config: Path, port: int, workers: int = 2) -> Iterator[str]:
    """Serve a configuration with ``tuzi serve`` until the block ends; yields the base URL."""
    command = [sys.executable, "-m", "scripts", "--config", str(config), "serve"]
    log = config.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--workers", str(workers)], cwd=ROOT, stdout=output, stderr=output
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _await_answer(f"{url}/health", process, log)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_answer(url: str, process: subprocess.Popen[bytes], log: Path, patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"the server ended at once:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url}:\n{log.read_text()}")


@pytest.fixture(scope="session")
def client_gdal() -> Iterator[Callable[..., Any]]:
    """Calls a function of pyogrio in a process of its own, as another agency's software would.

    A process that has opened a delivery has few of GDAL's drivers left, and none that reads services.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        yield lambda function, *arguments, **options: process.submit(function, *arguments, **options).result()


@pytest.fixture(scope="session")
def served_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of the demonstration city, built once for all workers and served by the real server of this one."""
    city = made_once(tmp_path_factory, "city", _build_city)
    config = write_configuration(tmp_path_factory.mktemp("served"), data=city / "data")
    with serving(config, free_port()) as url:
        yield url


def _build_city(folder: Path) -> None:
    done = tuzi(write_configuration(folder), "demo")
    assert done.returncode == 0, done.stdout + done.stderr
