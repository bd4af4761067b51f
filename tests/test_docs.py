"""The documentation names every command, option, manifest key and symbol."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import click
import pytest

from catalog.manifest import LayerEntry
from layers.styles.model import Cluster, Fill, Hatch, Heat, Icon, Label, Line, Mark, Raster
from scripts.cli import tuzi

DOCS = Path(__file__).parent.parent / "docs"


def commands(group: click.Group, path: str = "tuzi") -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands(command, f"{path} {name}")
        else:
            found[f"{path} {name}"] = command
    return found


@pytest.mark.parametrize("name", sorted(commands(tuzi)))
def test_every_command_and_option_is_documented(name: str) -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert name in text
    for parameter in commands(tuzi)[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in text, f"{name} {parameter.opts[0]}"


def test_every_key_of_a_manifest_is_documented() -> None:
    text = (DOCS / "manifest.md").read_text(encoding="utf-8")
    for name in LayerEntry.model_fields:
        assert name in text, name


@pytest.mark.parametrize("symbol", [Fill, Line, Hatch, Mark, Icon, Label, Raster, Heat, Cluster])
def test_every_key_of_a_style_is_documented(symbol: type) -> None:
    text = (DOCS / "styles.md").read_text(encoding="utf-8")
    for field in fields(symbol):
        assert field.name in text, field.name


@pytest.mark.parametrize("readme", ["README.md", "README.zh-TW.md"])
def test_links_of_the_readme_lead_somewhere(readme: str) -> None:
    text = (DOCS.parent / readme).read_text(encoding="utf-8")
    for part in text.split("](")[1:]:
        target = part.split(")")[0]
        if not target.startswith("http"):
            assert (DOCS.parent / target).exists(), target
