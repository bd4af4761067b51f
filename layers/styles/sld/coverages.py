"""Raster symbolizers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from layers.styles.findings import StyleFindings
from layers.styles.model import RampMode, Raster
from layers.styles.sld.elements import Node
from layers.styles.sld.parameters import Parameters

_MODES: dict[str, RampMode] = {"ramp": "linear", "intervals": "discrete", "values": "exact"}
_NOTHING = "#00000000"
LOWEST = -1e9
"""Where a ramp begins that has no lower end."""
USUAL_RELIEF = 55.0
"""The relief factor that SE 1.1 calls reasonable: slopes shaded half as strongly as can be."""
_BANDS = {"RedChannel": "1", "GreenChannel": "2", "BlueChannel": "3", "GrayChannel": "1"}


@dataclass(slots=True)
class Coverages:
    """Reads ``RasterSymbolizer`` elements of one rule."""

    findings: StyleFindings

    def raster(self, node: Node) -> Raster:
        """Read a raster symbolizer."""
        read = Parameters(self.findings)
        self._channels(node.child("ChannelSelection"))
        opacity = read.share(node.child("Opacity"))
        contrast = 1.0
        for option in node.every("VendorOption"):
            name = option.attributes.get("name", "")
            if name == "contrastFactor":
                contrast = read.number(option, 1.0, 0, 8)
            else:
                self.findings.add("style_sld_option", f"{option.path}[{name}]", name=name, value=option.words())
        relief = self._relief(node.child("ShadedRelief"), read)
        colours = node.child("ColorMap")
        if colours is None:
            return Raster(opacity, contrast=contrast, relief=relief)
        stops, mode, labels = self._ramp(colours, read)
        return Raster(opacity, tuple(stops), mode, tuple(labels) if any(labels) else (), contrast, relief)

    def _relief(self, shaded: Node | None, read: Parameters) -> float:
        """Read ``ShadedRelief`` (SE 1.1, 11.4.7); its factor has no unit, about 55 being usual."""
        if shaded is None:
            return 0.0
        brightness = shaded.child("BrightnessOnly")
        if brightness is not None and brightness.words().lower() in {"true", "1"}:
            self.findings.add("style_sld_value", brightness.path, value=brightness.words(), used="false")
        factor = read.number(shaded.child("ReliefFactor"), USUAL_RELIEF, 0)
        if factor > 2 * USUAL_RELIEF:
            used = f"{2 * USUAL_RELIEF:g}"
            self.findings.add("style_sld_value", f"{shaded.path}/ReliefFactor", value=f"{factor:g}", used=used)
        return round(min(factor / (2 * USUAL_RELIEF), 1.0), 6)

    def _channels(self, selection: Node | None) -> None:
        """Note where other bands are asked for than those that are drawn."""
        for channel in selection.every() if selection is not None else ():
            name = channel.child("SourceChannelName")
            if name is not None and name.words() not in {"", _BANDS.get(channel.name, "")}:
                used = _BANDS.get(channel.name, "1")
                self.findings.add("style_sld_value", channel.path, value=name.words(), used=used)

    def _ramp(self, colours: Node, read: Parameters) -> tuple[list[tuple[float, str]], RampMode, list[str]]:
        if colours.child("Categorize") is not None or colours.child("Interpolate") is not None:
            return self._function(colours.children[0], read)
        mode = _MODES[read.choice(_attribute(colours, "type"), "ramp", *_MODES)]
        entries = []
        for entry in colours.every("ColorMapEntry"):
            quantity = read.number(_attribute(entry, "quantity", unbounded=True), 0.0)
            colour = read.plain_colour(_attribute(entry, "color"), "#000000")
            share = read.share(_attribute(entry, "opacity"))
            entries.append((quantity, _with_opacity(colour, share), entry.attributes.get("label", "")))
        entries.sort(key=lambda entry: entry[0])
        if mode == "discrete":
            return _from_upper_ends(entries), mode, _labels(entries)
        return [(value, colour) for value, colour, _ in entries], mode, [label for _, _, label in entries]

    def _function(self, function: Node, read: Parameters) -> tuple[list[tuple[float, str]], RampMode, list[str]]:
        """Read ``Categorize`` or ``Interpolate`` (SE 1.1, 11.6.3)."""
        function.take()
        stops: list[tuple[float, str]] = []
        if function.name == "Interpolate":
            for point in (child for child in function.children if child.name == "InterpolationPoint"):
                colour = read.plain_colour(point.child("Value"), "#000000")
                stops.append((read.number(point.child("Data"), 0.0), colour))
            return stops, "linear", []
        at = LOWEST
        for part in function.children:
            if part.name == "Value":
                stops.append((at, read.plain_colour(part, "#000000")))
            elif part.name == "Threshold":
                at = read.number(part, 0.0)
        return stops, "discrete", []


def _attribute(node: Node, name: str, *, unbounded: bool = False) -> Node | None:
    """Return an attribute as if it were an element, so that it is read and told about alike."""
    text = node.attributes.get(name)
    if text is None:
        return None
    if unbounded and text.strip().lower() in {"inf", "infinity", "+inf", "-inf", "nan"}:
        text = repr(math.copysign(1e9, -1 if text.strip().startswith("-") else 1))
    return Node(name, {}, text, [], f"{node.path}[{name}]", seen=True)


def _with_opacity(colour: str, share: float) -> str:
    return colour if share >= 1 else f"{colour}{round(share * 255):02x}"


def _from_upper_ends(entries: list[tuple[float, str, str]]) -> list[tuple[float, str]]:
    """Return stops by lower ends: an interval's quantity is where it ends, and beyond the last nothing is drawn."""
    lower = [LOWEST, *(quantity for quantity, _, _ in entries)]
    stops = [(at, colour) for at, (_, colour, _) in zip(lower, entries, strict=False)]
    if entries and entries[-1][0] < 1e9:
        stops.append((entries[-1][0], _NOTHING))
    return stops


def _labels(entries: list[tuple[float, str, str]]) -> list[str]:
    """Return what the legend says of each interval, from their ends where nobody wrote it."""
    found, lower = [], ""
    for quantity, _, label in entries:
        end = f"{quantity:g}" if quantity < 1e9 else ""
        found.append(label or (f"{lower} – {end}" if lower and end else f"< {end}" if end else f"≥ {lower}"))
        lower = end
    return found
