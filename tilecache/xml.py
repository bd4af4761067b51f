"""Text on its way into XML."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold at all, not even escaped (section 2.2)."""


def legal_text(text: str) -> str:
    """Return the text without what XML cannot hold; for templates that escape by themselves."""
    return text if text.isprintable() else _FORBIDDEN.sub("", text)


def xml_text(text: str) -> str:
    """Return the text as XML character data, also for attributes in double quotes."""
    return escape(_FORBIDDEN.sub("", text), {'"': "&quot;"})
