"""The XML of SLD and SE documents, read without document types, entities or anything from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from layers.errors import InvalidStyle
from layers.sources.xml import encoding_of

LARGEST = 8 << 20
"""Bytes; the largest styles of cities have some hundred kilobytes."""
_DEEPEST = 120
_QUIET = frozenset(
    {"Name", "Title", "Abstract", "Description", "FeatureTypeName", "SemanticTypeIdentifier", "IsDefault", "Format"}
)
"""Elements that tell people something and draw nothing."""


@dataclass(slots=True)
class Node:
    """An element by its local name; what nobody looked at can be told in the end."""

    name: str
    attributes: dict[str, str]
    text: str
    children: list[Node]
    path: str
    """From the rule on: ``PolygonSymbolizer/Fill``."""
    tail: str = ""
    seen: bool = field(default=False, compare=False)

    def child(self, *names: str) -> Node | None:
        """Return the first child of one of these names and note that it was looked at."""
        found = next((child for child in self.children if child.name in names), None)
        if found is not None:
            found.seen = True
        return found

    def every(self, *names: str) -> list[Node]:
        """Return the children of these names, or all without any, and note that they were looked at."""
        found = [child for child in self.children if not names or child.name in names]
        for child in found:
            child.seen = True
        return found

    def take(self) -> Node:
        """Note that everything within was looked at."""
        self.seen = True
        for child in self.children:
            child.take()
        return self

    def unseen(self) -> Iterator[Node]:
        """Yield the elements that nobody looked at, the outermost of each."""
        for child in self.children:
            if child.seen:
                yield from child.unseen()
            elif child.name not in _QUIET:
                yield child

    def words(self) -> str:
        """Return the text without the space around it."""
        return self.text.strip()


class _Builder(TreeBuilder):
    """Refuses document types, which could fetch files or grow without bound, and endless depth."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self._file = file
        self._depth = 0

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise InvalidStyle("style_sld_doctype", file=self._file)

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise InvalidStyle("style_sld_unreadable", file=self._file, reason=f"> {_DEEPEST} levels")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def parse_xml(content: bytes, file: str) -> Node:
    """Read a document; raises InvalidStyle that names the file."""
    if len(content) > LARGEST:
        raise InvalidStyle("style_sld_unreadable", file=file, reason=f"> {LARGEST >> 20} MB")
    # Entities need a document type, which the builder refuses before any of them is looked at.
    parser = XMLParser(target=_Builder(file))  # noqa: S314
    try:
        parser.feed(_readable(content))
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError) as error:
        raise InvalidStyle("style_sld_unreadable", file=file, reason=error) from None
    return _node(root, "")


def _readable(content: bytes) -> bytes | str:
    """Return what the parser reads: text where it does not know the encoding, such as Big5 that nobody declared."""
    encoding = encoding_of(content[:65536])
    return content if encoding.startswith(("utf", "ascii")) else content.decode(encoding)


def _node(element: Element, path: str) -> Node:
    name = _local(element.tag)
    inside = "" if name == "Rule" else f"{path}/{name}".removeprefix("/")
    attributes = {_local(key): value for key, value in element.attrib.items()}
    children = [_node(child, inside) for child in element if isinstance(child.tag, str)]
    return Node(name, attributes, element.text or "", children, inside, element.tail or "")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
