"""Text on its way into XML."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold at all, not even escaped (section 2.2)."""


def xml_text(text: str) -> str:
    """Return the text as XML character data: MapProxy's templates put in what they are given, unescaped."""
    return escape(_FORBIDDEN.sub("", text), {'"': "&quot;"})
