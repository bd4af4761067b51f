"""Rules whose colours are looked up by value, told apart as one rule for each value or class.

``Recode`` and ``Categorize`` are functions of Symbology Encoding 1.1 (clause 11.6); GeoServer writes them as
functions of its filters as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

from layers.styles.sld.elements import Node

_MOST = 60
"""Cases of one function; more are not read by anybody in a legend."""
_FUNCTIONS = frozenset({"Recode", "Categorize"})
_PARAMETERS = frozenset({"CssParameter", "SvgParameter"})


@dataclass(frozen=True, slots=True)
class _Case:
    title: str
    conditions: tuple[Node, ...]
    value: str


def told_apart(rule: Node) -> list[Node]:
    """Return the rule, or in its place one for each case of the functions it looks values up by."""
    functions = list(_functions(rule))
    cases = _cases(functions[0]) if functions else []
    if not cases or len(cases) > _MOST or any(not _alike(functions[0], other) for other in functions[1:]):
        return [rule]
    return [_in_case(rule, place) for place in range(len(cases))]


def _functions(node: Node) -> Iterator[Node]:
    for child in node.children:
        if node.name in _PARAMETERS and _name(child) in _FUNCTIONS:
            yield child
        else:
            yield from _functions(child)


def _name(node: Node) -> str:
    return node.attributes.get("name", "") if node.name == "Function" else node.name


def _alike(first: Node, second: Node) -> bool:
    """Tell whether two functions have the same cases, whatever their values are."""
    ours, theirs = _cases(first), _cases(second)
    return [case.conditions for case in ours] == [case.conditions for case in theirs]


def _in_case(rule: Node, place: int) -> Node:
    copy = deepcopy(rule)
    functions = list(_functions(copy))
    case = _cases(functions[0])[place]
    for function in functions:
        value = _cases(function)[place].value
        function.name, function.attributes, function.text, function.children = "Literal", {}, value, []
    filter_ = next((child for child in copy.children if child.name == "Filter"), None)
    if filter_ is None:
        filter_ = Node("Filter", {}, "", [], "Filter")
        copy.children.insert(0, filter_)
    whole = [*filter_.children, *case.conditions]
    filter_.children = [_node("And", *whole)] if len(whole) > 1 else whole
    copy.children = [child for child in copy.children if child.name not in {"Title", "Description"}]
    copy.children.append(Node("Title", {}, case.title, [], "Title"))
    return copy


def _cases(function: Node) -> list[_Case]:
    """Return the cases of a function; none where it is not understood."""
    children = function.children
    if not children:
        return []
    if function.name == "Function":
        lookup, *rest = children
        words = [child.words() for child in rest if child.name == "Literal"]
        if lookup.name != "PropertyName" or len(words) != len(rest):
            return []
        return _recoded(lookup, words, "") if _name(function) == "Recode" else _categorised(lookup, words, True)
    lookup = children[0].children[0] if children[0].name == "LookupValue" and children[0].children else children[0]
    if lookup.name != "PropertyName":
        return []
    if function.name == "Recode":
        items = [item for item in children[1:] if item.name == "MapItem"]
        words = [part.words() for item in items for part in item.children]
        return _recoded(lookup, words, function.attributes.get("fallbackValue", ""))
    words = [child.words() for child in children[1:] if child.name in {"Value", "Threshold"}]
    belongs = function.attributes.get(
        "thresholdsBelongTo", function.attributes.get("threshholdsBelongTo", "succeeding")
    )
    return _categorised(lookup, words, belongs != "preceding")


def _recoded(lookup: Node, words: list[str], fallback: str) -> list[_Case]:
    if not words or len(words) % 2:
        return []
    pairs = list(zip(words[::2], words[1::2], strict=True))
    cases = [_Case(key, (_compared("PropertyIsEqualTo", lookup, key),), value) for key, value in pairs]
    if fallback:
        others = tuple(_node("Not", _compared("PropertyIsEqualTo", lookup, key)) for key, _ in pairs)
        cases.append(_Case("…", others, fallback))
    return cases


def _categorised(lookup: Node, words: list[str], succeeding: bool) -> list[_Case]:
    if words and words[-1] in {"succeeding", "preceding"}:
        succeeding = words.pop() == "succeeding"
    if len(words) % 2 == 0:
        return []
    values, thresholds = words[::2], words[1::2]
    above, below = ("GreaterThanOrEqualTo", "LessThan") if succeeding else ("GreaterThan", "LessThanOrEqualTo")
    cases = []
    for place, value in enumerate(values):
        low = thresholds[place - 1] if place else ""
        high = thresholds[place] if place < len(thresholds) else ""
        conditions = [_compared(f"PropertyIs{above}", lookup, low)] if low else []
        if high:
            conditions.append(_compared(f"PropertyIs{below}", lookup, high))
        title = f"{low} – {high}" if low and high else f"< {high}" if high else f"≥ {low}"
        cases.append(_Case(title, tuple(conditions), value))
    return cases


def _compared(name: str, lookup: Node, value: str) -> Node:
    return _node(name, deepcopy(lookup), Node("Literal", {}, value, [], "Filter"))


def _node(name: str, *children: Node) -> Node:
    return Node(name, {}, "", list(children), "Filter")
