"""Elements of SLD 1.1 documents, with the prefixes that their root declares."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from layers.filters.model import (
    All,
    Arithmetic,
    Between,
    Comparison,
    Condition,
    Constant,
    Expression,
    Folded,
    FoldKind,
    In,
    IsNull,
    Like,
    Not,
    Property,
    Some,
    Value,
)
from layers.styles.model import Dimension

NAMESPACES = {
    "xmlns": "http://www.opengis.net/sld",
    "xmlns:se": "http://www.opengis.net/se",
    "xmlns:ogc": "http://www.opengis.net/ogc",
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": ("http://www.opengis.net/sld http://schemas.opengis.net/sld/1.1.0/StyledLayerDescriptor.xsd"),
}
_COMPARISONS = {
    "=": "ogc:PropertyIsEqualTo",
    "<>": "ogc:PropertyIsNotEqualTo",
    "<": "ogc:PropertyIsLessThan",
    "<=": "ogc:PropertyIsLessThanOrEqualTo",
    ">": "ogc:PropertyIsGreaterThan",
    ">=": "ogc:PropertyIsGreaterThanOrEqualTo",
}
_ARITHMETIC = {"+": "ogc:Add", "-": "ogc:Sub", "*": "ogc:Mul", "/": "ogc:Div"}
_DIMENSIONS: dict[Dimension, str] = {"point": "0", "line": "1", "polygon": "2"}


class NotSayable(Exception):
    """SLD has no element for something; ``word`` names it."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def add(parent: Element, name: str, text: str | None = None, /, **attributes: str) -> Element:
    """Add an element and return it."""
    element = SubElement(parent, name, attributes)
    element.text = text
    return element


def number_text(value: float) -> str:
    """Write a number that is read back as itself."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def add_filter(parent: Element, condition: Condition | None, geometry: Dimension | None) -> None:
    """Add the filter of a rule (Filter Encoding 1.1); raises NotSayable."""
    if condition is None and geometry is None:
        return
    whole = add(parent, "ogc:Filter")
    if condition is not None and geometry is not None:
        whole = add(whole, "ogc:And")
    if geometry is not None:
        equal = add(whole, "ogc:PropertyIsEqualTo")
        add(add(equal, "ogc:Function", name="dimension"), "ogc:PropertyName", "geometry")
        add(equal, "ogc:Literal", _DIMENSIONS[geometry])
    if condition is not None:
        _add_condition(whole, condition)


def _add_condition(parent: Element, node: Condition) -> None:
    match node:
        case All(parts) | Some(parts):
            inside = add(parent, "ogc:And" if isinstance(node, All) else "ogc:Or")
            for part in parts:
                _add_condition(inside, part)
        case Not(inner):
            _add_condition(add(parent, "ogc:Not"), inner)
        case In(value, choices):
            equals = tuple(Comparison("=", value, choice) for choice in choices)
            _add_condition(parent, equals[0] if len(equals) == 1 else Some(equals))
        case _:
            _add_predicate(parent, node)


def _add_predicate(parent: Element, node: Condition) -> None:
    match node:
        case Comparison(operator, left, right):
            element = add(parent, _COMPARISONS[operator], **_case(left))
            _add_expressions(element, left, right)
        case Like(text, Constant(str(pattern)) | Folded(FoldKind.CASE, Constant(str(pattern)))):
            marks = {"wildCard": "%", "singleChar": "_", "escapeChar": "\\"}
            element = add(parent, "ogc:PropertyIsLike", **marks, **_case(text))
            _add_expressions(element, text, Constant(pattern))
        case Between(value, low, high):
            element = add(parent, "ogc:PropertyIsBetween")
            _add_expressions(element, value)
            _add_expressions(add(element, "ogc:LowerBoundary"), low)
            _add_expressions(add(element, "ogc:UpperBoundary"), high)
        case IsNull(value):
            _add_expressions(add(parent, "ogc:PropertyIsNull"), value)
        case _:
            raise NotSayable(type(node).__name__)


def _case(node: Expression) -> dict[str, str]:
    return {"matchCase": "false"} if isinstance(node, Folded) and node.kind is FoldKind.CASE else {}


def _add_expressions(parent: Element, *nodes: Expression) -> None:
    for node in nodes:
        match node:
            case Property(name):
                add(parent, "ogc:PropertyName", name)
            case Constant(value):
                add(parent, "ogc:Literal", literal_text(value))
            case Arithmetic(operator, left, right) if operator in _ARITHMETIC:
                _add_expressions(add(parent, _ARITHMETIC[operator]), left, right)
            case Folded(FoldKind.CASE, inner):
                _add_expressions(parent, inner)
            case _:
                raise NotSayable(type(node).__name__)


def literal_text(value: Value) -> str:
    """Write a constant as the text of a literal."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    return value if isinstance(value, str) else value.isoformat()
