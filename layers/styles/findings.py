"""What a style document says that cannot be drawn, or cannot be written, as it stands."""

from __future__ import annotations

from dataclasses import dataclass

from layers.messages import Language, message


@dataclass(frozen=True, slots=True)
class StyleFinding:
    """One thing that is done otherwise than the document says, or not at all."""

    code: str
    """Names the sentence in ``layers/messages``."""
    rule: str
    """Title or name of the rule as the document has it; empty for the style as a whole."""
    element: str
    """Where in the rule: ``PolygonSymbolizer/Fill/GraphicFill``."""
    parameters: tuple[tuple[str, str], ...] = ()

    def sentence(self, language: Language) -> str:
        """Return what cannot be drawn and what is done instead."""
        return message(self.code, language, element=self.element, **dict(self.parameters))


class StyleFindings:
    """Findings as they come up, each told once per rule."""

    def __init__(self) -> None:
        self.found: list[StyleFinding] = []
        self.rule = ""
        """The rule that is being read."""

    def add(self, code: str, element: str, **parameters: object) -> None:
        """Note a finding of the present rule."""
        texts = tuple((name, str(value)[:120]) for name, value in parameters.items())
        finding = StyleFinding(code, self.rule, element, texts)
        if finding not in self.found:
            self.found.append(finding)
