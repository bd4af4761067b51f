"""``tuzi serve``: the platform on its port."""

from __future__ import annotations

import os
import resource
import socket

import click
from granian import Granian
from granian.constants import Interfaces

from layers.errors import TuziError
from scripts.language import TranslatedCommand, option
from scripts.workshop import Workshop


@click.command("serve", cls=TranslatedCommand, help="help_serve")
@option("--host", help="help_serve_host")
@option("--port", type=click.IntRange(1, 65535), help="help_serve_port")
@option("--workers", type=click.IntRange(1, 64), help="help_serve_workers")
@click.pass_obj
def serve(workshop: Workshop, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the catalogue until stopped."""
    settings = workshop.configuration.server
    address, number = host or settings.host, port or settings.port
    _check_port(address, number)
    _allow_many_files()
    # Migrated here once, so that the workers do not race for it.
    workshop.catalogue.close()
    os.environ["TUZI_CONFIG"] = str(workshop.config_file.resolve())
    click.echo(workshop.say("serving", url=f"http://{address}:{number}/"))
    Granian(
        "server.app:create_app_from_environment",
        factory=True,
        interface=Interfaces.WSGI,
        address=address,
        port=number,
        workers=workers or settings.workers,
        blocking_threads=settings.blocking_threads,
        respawn_failed_workers=True,
        log_access=False,
    ).serve()


def _allow_many_files() -> None:
    """Let the workers open as many files as the system allows: a city has hundreds of releases, each a file."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _check_port(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise TuziError("port_unavailable", port=port, host=address, reason=error.strerror) from error
