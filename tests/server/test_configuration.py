"""``config.yml``: defaults, variables, and all errors at once with path and line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from server.configuration import Configuration, InvalidConfiguration, read_configuration

ROOT = Path(__file__).parent.parent.parent


def problems_of(tmp_path: Path, text: str, **environment: str) -> tuple[str, ...]:
    file = tmp_path / "config.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidConfiguration) as caught:
        read_configuration(file, environment)
    return caught.value.problems


def test_the_shipped_file_holds_the_defaults() -> None:
    shipped = read_configuration(ROOT / "config.yml", {})
    assert shipped.model_copy(update={"base": Path()}) == Configuration()


def test_every_key_of_the_shipped_file_has_a_sentence_above_it() -> None:
    lines = (ROOT / "config.yml").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        is_leaf = ":" in line and not line.strip().startswith(("#", "-")) and line.split(":", 1)[1].strip()
        if is_leaf and not line.startswith("    zh:") and not line.startswith("    en:"):
            assert lines[number - 1].strip().startswith("#"), line


def test_the_shipped_file_shows_every_key() -> None:
    def keys(model: BaseModel) -> dict[str, object]:
        return {name: keys(value) if isinstance(value, BaseModel) else None for name, value in model if name != "base"}

    def shape(document: object) -> object:
        return {name: shape(value) for name, value in document.items()} if isinstance(document, dict) else None

    document = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    assert shape(document) == keys(Configuration())


def test_all_errors_come_at_once_with_path_and_line(tmp_path: Path) -> None:
    problems = problems_of(
        tmp_path,
        "data: data\nserver:\n  port: 99999\n  workers: many\n  colour: red\nlayers:\n  render:\n    threads: 0\n",
    )
    found = {problem.split(": ")[0] + " " + problem.split(": ")[1] for problem in problems}
    assert found == {
        "config.yml:3 server.port",
        "config.yml:4 server.workers",
        "config.yml:5 server.colour",
        "config.yml:8 layers.render.threads",
    }


def test_a_missing_variable_is_an_error_among_the_others(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, "data: ${NOWHERE}\nserver:\n  port: 0\n")
    assert len(problems) == 2
    assert problems[0] == "config.yml:1: data: ${NOWHERE} is not set"


def test_variables_and_their_defaults(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text("data: ${HERE}/kept\nserver:\n  port: ${PORT:-9001}\n  host: ${HOST:-0.0.0.0}\n", encoding="utf-8")
    read = read_configuration(file, {"HERE": "/srv", "HOST": "::1"})
    assert (read.data, read.server.port, read.server.host) == (Path("/srv/kept"), 9001, "::1")


def test_a_doubled_key_and_a_broken_file(tmp_path: Path) -> None:
    assert "given twice" in problems_of(tmp_path, "data: a\ndata: b\n")[0]
    assert "config.yml" in problems_of(tmp_path, "server: [\n")[0] or "line" in problems_of(tmp_path, "server: [\n")[0]
    assert problems_of(tmp_path, "- a\n- b\n")


def test_relative_sqlite_paths_start_at_the_data_folder(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text("data: kept\n", encoding="utf-8")
    read = read_configuration(file, {})
    assert read.catalogue_url == f"sqlite:///{tmp_path}/kept/catalogue.sqlite"
