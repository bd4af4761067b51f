"""Runs ``tuzi`` commands in this process: the same command line, without the seconds that a new process costs."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from layers.errors import TuziError
from scripts.cli import tuzi
from tests.conftest import write_configuration


class CommandLine:
    """``tuzi`` with a configuration of its own; speaks English."""

    def __init__(self, folder: Path, store: str = "") -> None:
        """Configure it below ``folder``; ``store`` holds the keys that name another feature store than the default."""
        self.folder = folder
        self.config = write_configuration(folder)
        text = self.config.read_text(encoding="utf-8").replace("layers:\n", f"layers:\n{store}")
        self.config.write_text(f"language: en\n{text}", encoding="utf-8")

    def __call__(self, *arguments: object, code: int = 0) -> str:
        """Run a command, demand its exit code, return all that it said."""
        result = CliRunner().invoke(tuzi, ["--config", str(self.config), *map(str, arguments)], env={"COLUMNS": "200"})
        said = result.output
        exit_code = result.exit_code
        if isinstance(result.exception, TuziError):
            said += result.exception.sentence("en")
            exit_code = 1
        elif result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert exit_code == code, said
        return said


@pytest.fixture
def run(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


def write_table(file: Path, codes: str, title: str = "避難所") -> Path:
    """Write a table of places in Taichung, one for each letter."""
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{code},{title}{code},{120.6 + ord(code) / 10000:.4f},24.1" for code in codes]
    file.write_text("\n".join(["代號,名稱,經度,緯度", *rows, ""]), encoding="utf-8")
    return file
