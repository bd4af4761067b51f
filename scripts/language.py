"""Commands whose help speaks the language of whoever asks; help texts are message codes here."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from layers.messages import Language, catalogue, language_of

F = TypeVar("F", bound=Callable[..., Any])


def terminal_language() -> Language:
    """Return the language of help texts: ``TUZI_LANGUAGE``, 繁體中文 without it."""
    return language_of(os.environ.get("TUZI_LANGUAGE"))


def _translated(code: str | None) -> str | None:
    return None if code is None else catalogue(terminal_language()).get(code, code)


class TranslatedOption(click.Option):
    """An option whose ``help`` is a message code."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option's line of the help page, translated."""
        record = super().get_help_record(ctx)
        if record is None or self.help is None:
            return record
        return record[0], record[1].replace(self.help, _translated(self.help) or "")


class TranslatedCommand(click.Command):
    """A command whose ``help`` is a message code."""

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self._code = self.help

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help text, line by line as it stands in the message catalogue."""
        formatter.write_paragraph()
        with formatter.indentation():
            for line in (_translated(self._code) or "").splitlines():
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")

    def get_short_help_str(self, limit: int = 100) -> str:
        """Return the first line of the help text."""
        return (_translated(self._code) or "").splitlines()[0] if self._code else ""


class TranslatedGroup(TranslatedCommand, click.Group):
    """A group of commands whose ``help`` is a message code."""


def option(*declarations: str, **attributes: Any) -> Callable[[F], F]:
    """Declare an option with a translated help."""
    return click.option(*declarations, cls=TranslatedOption, **attributes)
