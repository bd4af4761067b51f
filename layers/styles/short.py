"""The short form of style documents: one key that says what a map is to show, turned into rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from layers.errors import InvalidStyle
from layers.filters.model import All, Comparison, Condition, Constant, Property
from layers.styles.classification import METHODS, Method, breaks_of
from layers.styles.cql import condition_text
from layers.styles.gathering import DEEPEST_GATHERED
from layers.styles.model import HIGHEST_ZOOM, LOWEST_ZOOM, Cluster
from layers.styles.options import SYMBOLS
from layers.styles.palettes import PALETTES, RAMPS, spread
from layers.styles.values import (
    choice,
    each,
    join,
    optional,
    plain,
    read_colour,
    read_colours,
    read_list,
    read_mapping,
    read_name,
    whole,
)

Column = Callable[[str], Sequence[Any]]
"""Returns the values of a release's field, in which None stands for no value."""
Document = Mapping[str, Any]

SHORT = ("single", "categorised", "graduated", "proportional", "heatmap", "cluster")
_CATEGORISED = ("field", "symbol", "categories", "palette", "otherwise", "zoom")
_GRADUATED = ("field", "symbol", "breaks", "classes", "method", "ramp", "unit", "zoom")
_COLOURED = tuple(name for name, (_, options) in SYMBOLS.items() if "colour" in options)
_MOST_CATEGORIES = 60
_CATEGORY = ("value", "title", "colour", "symbol")


def is_short(document: Any) -> bool:
    """Tell whether a document is in the short form."""
    return isinstance(document, Mapping) and any(key in document for key in SHORT)


def long_form(document: Document) -> dict[str, Any]:
    """Return the document with rules; raises InvalidStyle, also where classes have not been computed yet."""
    parts = read_mapping(document, "", ("title", "rules", *SHORT))
    keys = [key for key in SHORT if key in parts]
    if len(keys) > 1:
        raise InvalidStyle("style_short_one", where=keys[1], allowed=", ".join(SHORT))
    made = _WRITERS[keys[0]](parts[keys[0]], keys[0])
    title = {"title": parts["title"]} if parts.get("title") else {}
    return {**title, "rules": [*made, *(parts.get("rules") or [])]}


def is_complete(document: Document) -> bool:
    """Tell whether nothing in a document has to be computed from the values of a layer."""
    try:
        long_form(document)
    except InvalidStyle as error:
        return error.code != "style_short_values"
    return True


def completed(document: Document, column: Column) -> dict[str, Any]:
    """Return the document with what has to be computed from a layer's values: breaks, categories, largest value."""
    done = dict(document)
    if isinstance(part := done.get("graduated"), Mapping) and "breaks" not in part:
        done["graduated"] = _with_breaks(part, column)
    if isinstance(part := done.get("categorised"), Mapping) and "categories" not in part:
        values = column(read_name(part.get("field"), "categorised.field"))
        distinct = sorted({value for value in values if value is not None}, key=lambda value: (str(type(value)), value))
        if len(distinct) > _MOST_CATEGORIES or not distinct:
            count = len(distinct)
            raise InvalidStyle("style_short_categories", where="categorised", count=count, most=_MOST_CATEGORIES)
        done["categorised"] = {**part, "categories": distinct}
    if isinstance(part := done.get("proportional"), Mapping) and "largest" not in part:
        numbers = _numbers(column(read_name(part.get("field"), "proportional.field")))
        largest = max(numbers, default=0)
        if largest <= 0:
            raise InvalidStyle("style_short_numbers", where="proportional.field")
        done["proportional"] = {**part, "largest": largest}
    return done


def _with_breaks(part: Document, column: Column) -> dict[str, Any]:
    where = "graduated"
    numbers = _numbers(column(read_name(part.get("field"), f"{where}.field")))
    classes = whole(2, 12)(part.get("classes", 5), f"{where}.classes")
    method: Method = choice(*METHODS)(part.get("method", "jenks"), f"{where}.method")
    breaks = breaks_of(numbers, classes, method)
    if not breaks:
        raise InvalidStyle("style_short_numbers", where=f"{where}.field")
    return {**part, "breaks": list(breaks)}


def _numbers(values: Sequence[Any]) -> list[float]:
    return [float(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]


def _single(value: Any, where: str) -> list[dict[str, Any]]:
    parts = read_mapping(value, where, ("symbols", "title", "zoom"))
    symbols = list(read_list(parts.get("symbols"), join(where, "symbols")))
    return [{"name": "all", **{key: parts[key] for key in ("title", "zoom") if key in parts}, "symbols": symbols}]


def _categorised(value: Any, where: str) -> list[dict[str, Any]]:
    parts = read_mapping(value, where, _CATEGORISED)
    field = read_name(parts.get("field"), join(where, "field"))
    if "categories" not in parts:
        raise InvalidStyle("style_short_values", where=where, key="categories")
    palette = _palette(parts.get("palette", "okabe-ito"), join(where, "palette"))
    rules = []
    for index, category in enumerate(read_list(parts["categories"], join(where, "categories"))):
        place = f"{where}.categories[{index}]"
        told = category if isinstance(category, Mapping) else {"value": category}
        told = read_mapping(told, place, _CATEGORY)
        if not isinstance(told.get("value"), str | int | float):
            raise InvalidStyle("style_text", where=join(place, "value"))
        colour = read_colour(told.get("colour", palette[index % len(palette)]), join(place, "colour"))
        symbol = _symbol(told.get("symbol", parts.get("symbol")), join(where, "symbol"), colour)
        filter_ = condition_text(Comparison("=", Property(field), Constant(told["value"])))
        title = told.get("title", str(told["value"]))
        rules.append({"name": f"class-{index + 1}", "title": title, "filter": filter_, "symbols": [symbol]})
    if parts.get("otherwise"):
        rest = parts["otherwise"] if isinstance(parts["otherwise"], Mapping) else {}
        rest = read_mapping(rest, join(where, "otherwise"), ("title", "colour", "symbol"))
        symbol = _symbol(rest.get("symbol", parts.get("symbol")), join(where, "symbol"), rest.get("colour", "#c4c4c4"))
        title = rest.get("title", {"zh": "其他", "en": "Other"})
        rules.append({"name": "otherwise", "title": title, "otherwise": True, "symbols": [symbol]})
    return _at_zooms(rules, parts)


def _graduated(value: Any, where: str) -> list[dict[str, Any]]:
    parts = read_mapping(value, where, _GRADUATED)
    field = Property(read_name(parts.get("field"), join(where, "field")))
    if "breaks" not in parts:
        raise InvalidStyle("style_short_values", where=where, key="breaks")
    breaks = sorted(set(each(plain(-1e15, 1e15))(parts["breaks"], join(where, "breaks"))))
    ramp = parts.get("ramp", "viridis")
    colours = RAMPS.get(ramp) if isinstance(ramp, str) else None
    if colours is None and isinstance(ramp, str):
        choice(*RAMPS)(ramp, join(where, "ramp"))
    chosen = spread(colours or read_colours(ramp, join(where, "ramp")), len(breaks) + 1)
    unit = f" {parts['unit']}" if parts.get("unit") else ""
    rules = []
    for index, colour in enumerate(chosen):
        low = breaks[index - 1] if index else None
        high = breaks[index] if index < len(breaks) else None
        # Open at both ends, so that the next release's values have a class as well.
        ends: list[Condition] = [Comparison(">=", field, Constant(low))] if low is not None else []
        if high is not None:
            ends.append(Comparison("<", field, Constant(high)))
        filter_ = f"{condition_text(All(tuple(ends)))}" if ends else None
        title = f"{low:,.10g} – {high:,.10g}" if low is not None and high is not None else ""
        title = title or (f"< {high:,.10g}" if high is not None else f"≥ {low:,.10g}" if low is not None else "")
        symbol = _symbol(parts.get("symbol"), join(where, "symbol"), colour)
        rules.append({"name": f"class-{index + 1}", "title": title + unit, "filter": filter_, "symbols": [symbol]})
    return _at_zooms(rules, parts)


def _proportional(value: Any, where: str) -> list[dict[str, Any]]:
    parts = read_mapping(value, where, ("field", "largest", "size", "mark", "title", "zoom"))
    if "largest" not in parts:
        raise InvalidStyle("style_short_values", where=where, key="largest")
    size = {key: parts[key] for key in ("field", "largest", "size") if key in parts}
    look = {"colour": "#d55e00", "outline": "#ffffff", "opacity": 0.75}
    mark = {**look, **read_mapping(parts.get("mark") or {}, join(where, "mark"), tuple(SYMBOLS["mark"][1]))}
    rule = {"name": "sizes", "symbols": [{"mark": {**mark, "size": size}}]}
    if parts.get("title"):
        rule["title"] = parts["title"]
    return _at_zooms([rule], parts)


def _heatmap(value: Any, where: str) -> list[dict[str, Any]]:
    options = read_mapping(value if value is not None else {}, where, (*SYMBOLS["heat"][1], "zoom"))
    heat = {key: option for key, option in options.items() if key != "zoom"}
    return _at_zooms([{"name": "heat", "symbols": [{"heat": heat}]}], options)


def _cluster(value: Any, where: str) -> list[dict[str, Any]]:
    options = read_mapping(
        value if value is not None else {}, where, (*SYMBOLS["cluster"][1], "until", "mark", "title", "zoom")
    )
    first, last = each(optional(whole(LOWEST_ZOOM, HIGHEST_ZOOM)), length=2)(
        options.get("zoom") or (None, None), join(where, "zoom")
    )
    # From this zoom on every point is drawn.
    until = whole(max(1, (first or 0) + 1), DEEPEST_GATHERED + 1)(options.get("until", 15), join(where, "until"))
    cluster = {key: options[key] for key in SYMBOLS["cluster"][1] if key in options}
    look = {"colour": (options.get("ramp") or Cluster().ramp)[0], "outline": "#ffffff"}
    mark = {**look, **read_mapping(options.get("mark") or {}, join(where, "mark"), tuple(SYMBOLS["mark"][1]))}
    title = {"title": options["title"]} if options.get("title") else {}
    return [
        {"name": "clusters", **title, "zoom": [first, until - 1], "symbols": [{"cluster": cluster}]},
        {"name": "points", **title, "zoom": [first, last], "symbols": [{"mark": mark}]},
    ]


_WRITERS: Mapping[str, Callable[[Any, str], list[dict[str, Any]]]] = {
    "single": _single,
    "categorised": _categorised,
    "graduated": _graduated,
    "proportional": _proportional,
    "heatmap": _heatmap,
    "cluster": _cluster,
}


def _symbol(template: Any, where: str, colour: str) -> dict[str, Any]:
    """Return the symbol of a class: the template in the colour of the class, unless it names one itself."""
    told = {template: {}} if isinstance(template, str) else template
    parts = read_mapping(told, where, _COLOURED)
    if len(parts) != 1:
        raise InvalidStyle("style_mapping", where=where, allowed=", ".join(_COLOURED))
    ((kind, options),) = parts.items()
    return {kind: {"colour": colour, **read_mapping(options or {}, f"{where}.{kind}", tuple(SYMBOLS[kind][1]))}}


def _palette(value: Any, where: str) -> Sequence[str]:
    if isinstance(value, str):
        return PALETTES[choice(*PALETTES)(value, where)]
    return read_colours(value, where)


def _at_zooms(rules: list[dict[str, Any]], parts: Document) -> list[dict[str, Any]]:
    zoom = {"zoom": parts["zoom"]} if parts.get("zoom") is not None else {}
    return [{**{key: value for key, value in rule.items() if value is not None}, **zoom} for rule in rules]
