"""The ``tuzi`` command."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from layers.errors import TuziError
from scripts.application import application
from scripts.basemap import basemap
from scripts.cache import cache
from scripts.check import check
from scripts.console import Refusal
from scripts.demo import demo
from scripts.diff import diff
from scripts.export_manifest import export_manifest_
from scripts.language import TranslatedGroup, option, terminal_language
from scripts.list import list_
from scripts.manifest import manifest
from scripts.onboard import onboard
from scripts.prune import prune
from scripts.publish import publish
from scripts.quarantine import quarantine
from scripts.rehearse import rehearse
from scripts.retire import retire
from scripts.rollback import rollback
from scripts.seed import seed
from scripts.serve import serve
from scripts.show import show
from scripts.style import style
from scripts.update import update
from scripts.workshop import Workshop


@click.group(cls=TranslatedGroup, help="help_tuzi", context_settings={"help_option_names": ["-h", "--help"]})
@option("--config", type=click.Path(path_type=Path), default=None, help="help_config")
@click.pass_context
def tuzi(context: click.Context, config: Path | None) -> None:
    """Run one command of the platform."""
    context.obj = Workshop(config or Path(os.environ.get("TUZI_CONFIG", "config.yml")))


COMMANDS = (
    serve,
    demo,
    rehearse,
    manifest,
    onboard,
    update,
    basemap,
    diff,
    list_,
    show,
    publish,
    retire,
    rollback,
    prune,
    seed,
    cache,
    quarantine,
    export_manifest_,
    check,
    style,
    application,
)

for command in COMMANDS:
    tuzi.add_command(command)


def main() -> None:
    """Run the command line; what is wrong is one clear sentence and exit code 1."""
    try:
        tuzi.main(standalone_mode=False)
    except TuziError as error:
        Refusal(error, terminal_language()).show()
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except OSError as error:
        if error.errno is None:
            raise
        click.secho(f"{error.filename or ''}: {error.strerror}".lstrip(": "), fg="red", err=True)
        sys.exit(1)
