"""Text symbolizers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from layers.styles.findings import StyleFindings
from layers.styles.model import Anchor, Label, Placement, Weight
from layers.styles.sld.conditions import NotDrawable, property_of
from layers.styles.sld.elements import Node
from layers.styles.sld.parameters import Parameters, unit_of
from layers.styles.sld.shapes import geometry_function

_JOINING = frozenset({"Concatenate", "strConcat"})
_WEIGHTS: dict[str, Weight] = {
    "normal": "regular",
    "regular": "regular",
    "400": "regular",
    "500": "medium",
    "600": "bold",
    "700": "bold",
    "bold": "bold",
}
_FAMILIES = frozenset({"noto sans tc", "noto sans cjk tc", "sans-serif", "sans serif", "sansserif", "sansserif.plain"})
_STANDING: dict[str, Placement] = {
    "": "interior",
    "interiorPoint": "interior",
    "pointOnSurface": "interior",
    "labelPoint": "interior",
    "centroid": "point",
}
_TRUTHS = frozenset({"true", "yes", "1"})


@dataclass(slots=True)
class Labels:
    """Reads ``TextSymbolizer`` elements of one rule."""

    findings: StyleFindings

    def text(self, node: Node) -> Label | None:
        """Read a text symbolizer; None where nothing can be written."""
        function = geometry_function(node)
        read = Parameters(self.findings, unit_of(node))
        parts = self._parts(node.child("Label"))
        if parts is None or function not in _STANDING:
            node.take()
            if function not in _STANDING:
                self.findings.add("style_sld_geometry", node.path, value=function)
            return None
        before, name, after = parts
        label = self._font(Label(name, before=before, after=after), node, read)
        placed = self._placed(label, node, function, read)
        if (picture := node.child("Graphic")) is not None:
            picture.take()
            self.findings.add("style_sld_element", picture.path)
        return self._with_options(placed, node, read)

    def _parts(self, node: Node | None) -> tuple[str, str, str] | None:
        """Return the text before, the attribute, and the text after."""
        pieces = _pieces(node) if node is not None else []
        names = [text for is_name, text in pieces if is_name]
        if node is None or None in names or not names:
            path = node.path if node is not None else "TextSymbolizer/Label"
            shown = "".join(text or "?" for _, text in pieces) or "-"
            self.findings.add("style_sld_label", path, value=shown)
            return None
        place = next(index for index, (is_name, _) in enumerate(pieces) if is_name)
        before = "".join(text or "" for _, text in pieces[:place])
        rest = pieces[place + 1 :]
        if len(names) > 1:
            self.findings.add("style_sld_label_parts", node.path, used=names[0] or "")
            following = next(index for index, (is_name, _) in enumerate(rest) if is_name)
            rest = rest[:following]
        return before, names[0] or "", "".join(text or "" for _, text in rest)

    def _font(self, label: Label, node: Node, read: Parameters) -> Label:
        font = read.of(node.child("Font"))
        fill, halo = read.of(node.child("Fill")), node.child("Halo")
        for name in ("font-style", "font-family"):
            word = font[name].take().words() if name in font else ""
            if word.lower() not in {"", "normal", *_FAMILIES}:
                self.findings.add("style_sld_font", f"{node.path}/Font[{name}]", value=word)
        weight = read.choice(font.get("font-weight"), "normal", *_WEIGHTS)
        halo_fill = read.of(halo.child("Fill")) if halo is not None else {}
        halo_colour = read.plain_colour(halo_fill.get("fill"), "#ffffff")
        opacity = read.share(halo_fill.get("fill-opacity"))
        return replace(
            label,
            size=read.length(font.get("font-size"), 10.0, 1, 128),
            weight=_WEIGHTS[weight],
            colour=read.colour(fill.get("fill"), "#000000"),
            opacity=read.share(fill.get("fill-opacity")),
            halo=None if halo is None else halo_colour + (f"{round(opacity * 255):02x}" if opacity < 1 else ""),
            halo_width=read.length(halo.child("Radius"), 1.0, 0, 16) if halo is not None else 1.5,
        )

    def _placed(self, label: Label, node: Node, function: str, read: Parameters) -> Label:
        placement = node.child("LabelPlacement")
        along = placement.child("LinePlacement") if placement is not None else None
        at = placement.child("PointPlacement") if placement is not None else None
        if along is not None:
            up = read.fixed(along.child("PerpendicularOffset"), 0.0, -128, 128)
            repeated = along.child("IsRepeated")
            gap = read.fixed(along.child("Gap"), 0.0, 0, 4096)
            for name in ("IsAligned", "GeneralizeLine", "InitialGap"):
                along.child(name)
            spaced = repeated is not None and repeated.words().lower() in _TRUTHS
            return replace(
                label, placement="line", offset=(0.0, -up if up else 0.0), spacing=(gap or 256.0) if spaced else None
            )
        standing = replace(label, placement=_STANDING[function])
        if at is None:
            return replace(standing, anchor="center")
        anchor, moved = at.child("AnchorPoint"), at.child("Displacement")
        right = read.fixed(moved.child("DisplacementX"), 0.0, -128, 128) if moved is not None else 0.0
        up = read.fixed(moved.child("DisplacementY"), 0.0, -128, 128) if moved is not None else 0.0
        across = read.number(anchor.child("AnchorPointX"), 0.0) if anchor is not None else 0.0
        height = read.number(anchor.child("AnchorPointY"), 0.5) if anchor is not None else 0.5
        return replace(
            standing,
            anchor=_anchor(across, height),
            offset=(right, -up if up else 0.0),
            rotation=read.number(at.child("Rotation"), 0.0, -360, 360),
        )

    def _with_options(self, label: Label, node: Node, read: Parameters) -> Label:
        priority = node.child("Priority")
        if priority is not None:
            label = replace(label, priority=round(read.number(priority, 5, -1000, 1000)))
        for option in node.every("VendorOption"):
            label = self._with_option(label, option, read)
        return label

    def _with_option(self, label: Label, option: Node, read: Parameters) -> Label:
        name, text = option.attributes.get("name", ""), option.words()
        yes = text.lower() in _TRUTHS
        match name:
            case "priority":
                return replace(label, priority=round(read.number(option, 5, -1000, 1000)))
            case "repeat":
                spacing = read.number(option, 0.0, 0, 4096)
                return replace(label, spacing=spacing or None)
            case "autoWrap":
                width = read.number(option, 0.0, 0, 1024)
                return replace(label, wrap=max(width, 8.0) if width else None)
            case "maxAngleDelta":
                return replace(label, max_angle=read.number(option, 25.0, 0, 180))
            case "forceLeftToRight":
                return replace(label, upright=yes)
            case "conflictResolution":
                return replace(label, allow_overlap=not yes)
            case "anchor" if text == "auto":
                return replace(label, anchor="auto")
            case "maxDisplacement" if read.number(option, 0.0, 0, 1024) <= 2:
                # QGIS writes 1 beside every label; here none is moved away from its place, which nobody sees.
                return label
            case "followLine" if yes == (label.placement == "line"):
                return label
        self.findings.add("style_sld_option", f"{option.path}[{name}]", name=name, value=text)
        return label


def _anchor(across: float, height: float) -> Anchor:
    """Return the part of a text that stands on the point, from shares counted from the lower left (SE 1.1, 11.4.4)."""
    sideways = "left" if across < 0.25 else "right" if across > 0.75 else ""
    upwards = "bottom" if height < 0.25 else "top" if height > 0.75 else ""
    anchors: dict[tuple[str, str], Anchor] = {
        ("", ""): "center",
        ("", "left"): "left",
        ("", "right"): "right",
        ("top", ""): "top",
        ("bottom", ""): "bottom",
        ("top", "left"): "top-left",
        ("top", "right"): "top-right",
        ("bottom", "left"): "bottom-left",
        ("bottom", "right"): "bottom-right",
    }
    return anchors[(upwards, sideways)]


def _pieces(node: Node) -> list[tuple[bool, str | None]]:
    """Return the parts of a label's text: (is an attribute, its name or the text); None for what is neither."""
    node.seen = True
    pieces: list[tuple[bool, str | None]] = []
    if not node.children or node.text.strip():
        # Space around elements is the layout of the file; beside words it is theirs.
        pieces.append((False, node.text.strip() if not node.children else " ".join(node.text.split()) + " "))
    for child in node.children:
        child.take()
        if child.name == "PropertyName":
            try:
                pieces.append((True, property_of(child).name))
            except NotDrawable:
                pieces.append((True, None))
        elif child.name == "Literal":
            pieces.append((False, child.text))
        elif child.attributes.get("name", child.name) in _JOINING or child.name in _JOINING:
            pieces += [piece for part in _pieces(child) if (piece := part)[1] != ""]
        elif child.name == "StringValue":
            pieces += _pieces(child)
        else:
            pieces.append((True, None))
        if child.tail.strip():
            pieces.append((False, " " + " ".join(child.tail.split())))
    return [piece for piece in pieces if piece[0] or piece[1]]
