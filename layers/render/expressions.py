"""Values that attributes give, as Mapnik's expressions."""

from __future__ import annotations

from layers.styles.model import Colour, FieldColour, Heat, Label, Proportion

_NUMBER = "[ ]*[0-9]{1,3}[ ]*"
_HEX = "#[0-9a-fA-F]{6}"
_CHANNELS = f"{_NUMBER},{_NUMBER},{_NUMBER}"
_CAUGHT = ",".join(["[ ]*([0-9]{1,3})[ ]*"] * 3)


def colour_text(colour: Colour) -> str:
    """Return a colour as Mapnik takes it: itself, or what makes one of an attribute.

    Expressions know no conditions; what is no colour is replaced by one, what is ``r,g,b`` by its CSS form.
    """
    if not isinstance(colour, FieldColour):
        return colour
    either = f"^(?!({_HEX}|{_CHANNELS})$).*$"
    return f"[{colour.field}].replace('{either}', '{colour.otherwise}').replace('^{_CAUGHT}$', 'rgb($1,$2,$3)')"


def size_text(size: Proportion) -> str:
    """Return the diameter whose area is in proportion to an attribute; nothing for NULL and negative values."""
    return f"{size.size!r}*pow({_share(size)},0.5){_asked_for(size)}"


def heat_weight(heat: Heat) -> str:
    """Return the opacity with which one point of a heat map shines."""
    if heat.weight is None:
        return repr(heat.strength)
    return f"{heat.strength!r}*{_share(heat.weight)}{_asked_for(heat.weight)}"


def _share(size: Proportion) -> str:
    return f"min(max([{size.field}],0),{size.largest!r})/{float(size.largest)!r}"


def _asked_for(size: Proportion) -> str:
    """Return a sum that adds nothing: Mapnik asks a datasource for no attribute that only functions name."""
    return f"+0*[{size.field}]"


def label_text(label: Label) -> str:
    """Return what a label says; nothing where the attribute is NULL or empty, whatever stands around it."""
    if not label.before and not label.after:
        return f"[{label.field}]"
    return f"[{label.field}].replace('^(.+)$', '{_literal(label.before)}$1{_literal(label.after)}')"


def _literal(text: str) -> str:
    """Return text that stands for itself in a replacement of boost::regex, inside quotes of Mapnik's."""
    for sign in ("\\", "$", "(", ")", "?", ":", "&"):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\\", "\\\\").replace("'", "\\'")
