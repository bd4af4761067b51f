"""What the terminal shows: tables, progress, sentences."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from layers.errors import TuziError
from layers.messages import Language

Advance = Callable[[str, int, int | None], None]
"""(what is being done, how far, of how much or None)."""


class Refusal(click.ClickException):
    """A clear sentence on the terminal and exit code 1."""

    def __init__(self, error: TuziError, language: Language):
        super().__init__(error.sentence(language))

    def show(self, file: object = None) -> None:
        """Write the sentence to standard error."""
        click.secho(self.message, fg="red", err=True)


def console() -> Console:
    """Return the terminal."""
    return Console(highlight=False)


@contextmanager
def progress(screen: Console) -> Iterator[Advance]:
    """Show a bar with rate and remaining time on a terminal, plain lines elsewhere."""
    if not screen.is_terminal:
        yield _plain_lines()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=screen, transient=True) as bars:
        yield _bars(bars)


def _bars(bars: Progress) -> Advance:
    task = bars.add_task("", total=None, rate="")

    def advance(title: str, done: int, total: int | None) -> None:
        speed = bars.tasks[0].speed
        bars.update(task, description=title, completed=done, total=total, rate=f"{speed:,.0f}/s" if speed else "")

    return advance


def _plain_lines(every: float = 5.0) -> Advance:
    last_title, last_time = "", 0.0

    def advance(title: str, done: int, total: int | None) -> None:
        nonlocal last_title, last_time
        now = time.monotonic()
        if title == last_title and now - last_time < every:
            return
        last_title, last_time = title, now
        sys.stderr.write(f"{title} {done:,}{'' if total is None else f'/{total:,}'}\n")

    return advance
