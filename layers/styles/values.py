"""Readers of single values in a style document; each names the place it reads when the value is wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from layers.errors import InvalidStyle
from layers.styles.model import HIGHEST_ZOOM, LOWEST_ZOOM, Colour, FieldColour, Number, Proportion, Stops
from layers.text import Text, parse_text

Reader = Callable[[Any, str], Any]
"""Turns the value found at a place (``rules[2].name``) into what the model holds."""

_COLOUR = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def read_mapping(value: Any, where: str, allowed: Sequence[str]) -> Mapping[str, Any]:
    """Return a mapping whose keys are among ``allowed``."""
    if not isinstance(value, Mapping):
        raise InvalidStyle("style_mapping", where=where or "rules", allowed=", ".join(allowed))
    for key in value:
        if key not in allowed:
            raise InvalidStyle("style_unknown_key", where=join(where, str(key)[:40]), allowed=", ".join(allowed))
    return value


def read_list(value: Any, where: str) -> Sequence[Any]:
    """Return a list that is not empty."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise InvalidStyle("style_list", where=where)
    return value


def join(where: str, key: str) -> str:
    """Return the path of ``key`` inside ``where``."""
    return f"{where}.{key}" if where else key


def read_colour(value: Any, where: str) -> str:
    """Return a colour as ``#rrggbb`` or ``#rrggbbaa`` in lower case."""
    text = value.strip().lower() if isinstance(value, str) else ""
    if not _COLOUR.fullmatch(text):
        raise InvalidStyle("style_colour", where=where, value=str(value)[:40])
    if len(text) <= 5:
        text = "#" + "".join(digit * 2 for digit in text[1:])
    return text[:7] if len(text) == 9 and text.endswith("ff") else text


def read_optional_colour(value: Any, where: str) -> str | None:
    """Return a colour, or None for none."""
    return None if value is None else read_colour(value, where)


def read_drawn_colour(value: Any, where: str) -> Colour:
    """Return a colour, or the attribute that holds one: ``{field: COLOR1, otherwise: "#888888"}``."""
    if not isinstance(value, Mapping):
        return read_colour(value, where)
    parts = read_mapping(value, where, ("field", "otherwise"))
    otherwise = read_colour(parts.get("otherwise", FieldColour("x").otherwise), join(where, "otherwise"))
    return FieldColour(read_name(parts.get("field"), join(where, "field")), otherwise)


def read_proportion(value: Any, where: str) -> Proportion:
    """Return a size by an attribute: ``{field: population, largest: 50000, size: 40}``."""
    parts = read_mapping(value, where, ("field", "largest", "size"))
    return Proportion(
        read_name(parts.get("field"), join(where, "field")),
        plain(1e-9, 1e15)(parts.get("largest"), join(where, "largest")),
        plain(1, 200)(parts.get("size", 40), join(where, "size")),
    )


def proportion_or(reader: Reader) -> Reader:
    """Return a reader that takes a size by an attribute where one is written."""

    def read(value: Any, where: str) -> Any:
        by_field = isinstance(value, Mapping) and "field" in value
        return read_proportion(value, where) if by_field else reader(value, where)

    return read


def read_ramp(value: Any, where: str) -> tuple[tuple[float, str], ...]:
    """Return the stops of a ramp, ``[[value, colour], …]``, by ascending value; none for an empty list."""
    stops = []
    for index, stop in enumerate(value if value == [] else read_list(value, where)):
        place = f"{where}[{index}]"
        if len(read_list(stop, place)) != 2:
            raise InvalidStyle("style_items", where=place, count=2)
        stops.append((float(plain(-1e9, 1e9)(stop[0], f"{place}[0]")), read_colour(stop[1], f"{place}[1]")))
    return tuple(sorted(stops, key=itemgetter(0)))


def read_colours(value: Any, where: str) -> tuple[str, ...]:
    """Return two colours or more."""
    if len(read_list(value, where)) < 2:
        raise InvalidStyle("style_items", where=where, count="2–32")
    colours: tuple[str, ...] = each(read_colour, most=32)(value, where)
    return colours


def read_words(value: Any, where: str) -> str:
    """Return a short text, which may be empty."""
    if not isinstance(value, str) or len(value) > 200:
        raise InvalidStyle("style_text", where=where)
    return value


def read_slug(value: Any, where: str) -> str:
    """Return a name of lower-case letters, digits, ``-`` and ``_``."""
    if not isinstance(value, str) or not _SLUG.fullmatch(value):
        raise InvalidStyle("style_slug", where=where, value=str(value)[:40])
    return value


def read_name(value: Any, where: str) -> str:
    """Return the name of a field; it cannot hold ``]``, which ends names in the renderer's expressions."""
    if not isinstance(value, str) or not value.strip() or "]" in value:
        raise InvalidStyle("style_field", where=where, value=str(value)[:40])
    return value


def read_truth(value: Any, where: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise InvalidStyle("style_truth", where=where, value=str(value)[:40])
    return value


def read_title(value: Any, where: str) -> Text | None:
    """Return a text in one or two languages, or None."""
    if value is None or isinstance(value, str):
        return parse_text(value or None)
    parts = read_mapping(value, where, ("zh", "en"))
    for key, part in parts.items():
        if part is not None and not isinstance(part, str):
            raise InvalidStyle("style_text", where=join(where, key))
    if not any(parts.values()):
        raise InvalidStyle("style_text", where=where)
    return parse_text(parts)


def choice(*options: str) -> Reader:
    """Return a reader of one of ``options``."""

    def read(value: Any, where: str) -> str:
        if value not in options:
            raise InvalidStyle("style_choice", where=where, value=str(value)[:40], allowed=", ".join(options))
        return str(value)

    return read


def plain(least: float, most: float) -> Reader:
    """Return a reader of a number within limits."""

    def read(value: Any, where: str) -> float:
        good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not good or not least <= value <= most:
            raise InvalidStyle("style_number", where=where, value=str(value)[:40], least=least, most=most)
        return float(value)

    return read


def whole(least: int, most: int) -> Reader:
    """Return a reader of a whole number within limits."""
    number = plain(least, most)

    def read(value: Any, where: str) -> int:
        if number(value, where) != int(value):
            raise InvalidStyle("style_number", where=where, value=value, least=least, most=most)
        return int(value)

    return read


def by_zoom(least: float, most: float) -> Reader:
    """Return a reader of a number, or of stops ``{zoom: number}``."""
    number = plain(least, most)

    def read(value: Any, where: str) -> Number:
        if not isinstance(value, Mapping):
            return float(number(value, where))
        if not value:
            raise InvalidStyle("style_stops", where=where)
        pairs = {_stop(key, where): number(amount, f"{where}.{key}") for key, amount in value.items()}
        return Stops(tuple(sorted(pairs.items())))

    return read


def _stop(key: Any, where: str) -> float:
    # JSON has text keys only, so "10" is the zoom 10.
    try:
        zoom = float(key)
    except (TypeError, ValueError):
        raise InvalidStyle("style_stops", where=where) from None
    if not LOWEST_ZOOM <= zoom <= HIGHEST_ZOOM:
        raise InvalidStyle("style_stops", where=where)
    return zoom


def optional(reader: Reader) -> Reader:
    """Return a reader that takes None for an absent value."""
    return lambda value, where: None if value is None else reader(value, where)


def each(reader: Reader, length: int | None = None, most: int = 64) -> Reader:
    """Return a reader of a list, each item read by ``reader``; of exactly ``length`` items where that is given."""

    def read(value: Any, where: str) -> tuple[Any, ...]:
        good = isinstance(value, Sequence) and not isinstance(value, str)
        if not good or len(value) > most or (length is not None and len(value) != length):
            raise InvalidStyle("style_items", where=where, count=length if length is not None else f"0–{most}")
        return tuple(reader(item, f"{where}[{index}]") for index, item in enumerate(value))

    return read
