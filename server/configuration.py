"""The one configuration: ``config.yml`` read, expanded and validated, all its errors at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import make_url

from catalog.config import CatalogConfig
from layers.config import LayersConfig
from layers.errors import TuziError
from layers.messages import message
from server.config import ServerConfig
from tilecache.config import TilecacheConfig

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")


class Configuration(BaseModel):
    """The whole of ``config.yml``; each package is given its own section."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = Path("data")
    language: Literal["zh-TW", "en"] = "zh-TW"
    layers: LayersConfig = LayersConfig()
    catalog: CatalogConfig = CatalogConfig()
    tilecache: TilecacheConfig = TilecacheConfig()
    server: ServerConfig = ServerConfig()
    base: Path = Field(default=Path())
    """Folder of the file itself, which relative paths start from; not a key of the file."""

    def path(self, relative: Path) -> Path:
        """Find a path the configuration names: relative ones start at the folder of ``config.yml``."""
        return self.base / relative

    @property
    def data_folder(self) -> Path:
        """Where everything that Tuzi keeps lies."""
        return self.path(self.data)

    @property
    def releases_folder(self) -> Path:
        """Where the releases lie."""
        return self.data_folder / self.layers.folder

    @property
    def deliveries_folder(self) -> Path:
        """Where fetched deliveries lie."""
        return self.data_folder / self.catalog.deliveries

    @property
    def tiles_folder(self) -> Path:
        """Where the tiles lie."""
        return self.data_folder / self.tilecache.folder

    @property
    def catalogue_url(self) -> str:
        """SQLAlchemy URL of the catalogue; a relative SQLite path starts at the data folder."""
        url = make_url(self.catalog.url)
        if url.get_backend_name() == "sqlite" and url.database:
            url = url.set(database=str(self.data_folder.resolve() / url.database))
        return url.render_as_string(hide_password=False)

    @property
    def font_folders(self) -> tuple[Path, ...]:
        """Where fonts are looked for."""
        return tuple(self.path(folder) for folder in self.layers.fonts)


class InvalidConfiguration(TuziError):
    """``config.yml`` cannot be used; ``problems`` holds every reason with its line."""

    code = "configuration_invalid"

    def __init__(self, file: Path, problems: list[str]):
        self.problems = tuple(problems)
        super().__init__(file=file.name, problems="\n".join(problems))


def read_configuration(path: Path, environment: Mapping[str, str] = os.environ) -> Configuration:
    """Read and validate the file; raises InvalidConfiguration with all that is wrong, each with path and line."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise InvalidConfiguration(path, [f"{path}: {error.strerror}"]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidConfiguration(path, [" ".join(str(error).split())]) from error
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise InvalidConfiguration(path, [f"{path.name}:1: {message('configuration_mapping', 'en')}"])
    lines = dict(_lines(root, ())) if root is not None else {}
    problems = [*_reserved(lines, path), *_expand(root, (), environment, path), *_doubled_keys(root, (), path)]
    document = yaml.SafeLoader("").construct_document(root) if root is not None else {}
    try:
        configuration = Configuration.model_validate(document or {}).model_copy(update={"base": path.parent})
    except ValidationError as error:
        said = {problem.split(": ")[0:2][-1] for problem in problems}
        problems += [_problem(detail, lines, path) for detail in error.errors() if _path(detail["loc"]) not in said]
    if problems:
        raise InvalidConfiguration(path, problems)
    return configuration


Location = tuple[str | int, ...]


def _reserved(lines: Mapping[Location, int], file: Path) -> Iterator[str]:
    if ("base",) in lines:
        yield f"{file.name}:{lines['base',]}: base: Extra inputs are not permitted"


def _lines(node: yaml.Node, location: Location) -> Iterator[tuple[Location, int]]:
    yield location, node.start_mark.line + 1
    for key, child, mark in _children(node):
        yield (*location, key), mark
        for deeper, line in _lines(child, (*location, key)):
            if deeper != (*location, key):
                yield deeper, line


def _children(node: yaml.Node) -> Iterator[tuple[str | int, yaml.Node, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), value, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield index, value, value.start_mark.line + 1


def _expand(node: yaml.Node | None, location: Location, environment: Mapping[str, str], file: Path) -> Iterator[str]:
    """Replace ``${NAME}`` and ``${NAME:-default}`` in every scalar, in place; yields what is not set."""
    if isinstance(node, yaml.ScalarNode) and _VARIABLE.search(node.value):
        missing = [
            match["name"]
            for match in _VARIABLE.finditer(node.value)
            if match["name"] not in environment and match["default"] is None
        ]
        node.value = _VARIABLE.sub(lambda m: environment.get(m["name"], m["default"] or ""), node.value)
        if node.style is None:
            node.tag = yaml.SafeLoader("").resolve(yaml.ScalarNode, node.value, (True, False))  # type: ignore[no-untyped-call]
        for name in missing:
            yield f"{file.name}:{node.start_mark.line + 1}: {_path(location)}: ${{{name}}} is not set"
    elif node is not None:
        for key, child, _ in _children(node):
            yield from _expand(child, (*location, key), environment, file)


def _doubled_keys(node: yaml.Node | None, location: Location, file: Path) -> Iterator[str]:
    if node is None:
        return
    seen: set[str | int] = set()
    for key, child, line in _children(node):
        if key in seen:
            yield f"{file.name}:{line}: {_path((*location, key))}: given twice"
        seen.add(key)
        yield from _doubled_keys(child, (*location, key), file)


def _problem(detail: Any, lines: Mapping[Location, int], file: Path) -> str:
    location: Location = tuple(detail["loc"])
    known = location
    while known and known not in lines:
        known = known[:-1]
    return f"{file.name}:{lines.get(known, 1)}: {_path(location)}: {detail['msg']}"


def _path(location: Location) -> str:
    return ".".join(str(part) for part in location)
