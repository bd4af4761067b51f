"""What became of layers: the table and the sentences that commands which publish show at their end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table

from catalog.onboarding import OnboardedLayer, Outcome
from scripts.workshop import Workshop

_STYLES = {Outcome.PUBLISHED: "green", Outcome.UNCHANGED: "dim"}


def summary(workshop: Workshop, results: Sequence[OnboardedLayer]) -> Table:
    """Return the table of what became of each layer."""
    columns = ("id", "title", "outcome", "release", "features", "changes", "crs", "findings")
    table = Table(*(workshop.say(f"column_{name}") for name in columns), box=None, pad_edge=False)
    for result in results:
        style = _STYLES.get(result.outcome, "red")
        notes = [] if result.report is None else result.report.findings
        table.add_row(
            result.entry.id,
            result.entry.title.zh,
            f"[{style}]{workshop.say(f'outcome_{result.outcome}')}[/]",
            str(result.number or "-"),
            "-" if result.count is None else f"{result.count:,}",
            counts_text(result.changes),
            result.crs or "-",
            str(len(notes)) if notes else "",
        )
    return table


def sentences(workshop: Workshop, results: Iterable[OnboardedLayer]) -> Iterable[str]:
    """Return why layers were not published."""
    return (f"✗ {result.entry.id}: {result.sentence(workshop.language)}" for result in results if result.error)


def counts_text(changes: Mapping[str, int] | None) -> str:
    """Write counts of changes as +added −removed ~changed."""
    if changes is None:
        return "-"
    changed = sum(count for kind, count in changes.items() if kind.startswith("changed"))
    return f"+{changes.get('added', 0):,} -{changes.get('removed', 0):,} ~{changed:,}"
