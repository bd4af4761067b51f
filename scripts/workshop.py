"""What every command works with: the configuration and, opened on first use, catalogue and stores."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from catalog.database import Catalogue
from catalog.holdings import Holdings
from catalog.locks import LayerLocks, open_locks
from catalog.onboarding import Onboarding
from catalog.retrieval import Retrieval
from catalog.updates import Updates
from layers.messages import Language, message
from server.composition import open_catalogue, open_holdings
from server.configuration import Configuration, read_configuration
from tilecache.publication import publish_all


@dataclass
class Workshop:
    """The composition root of the command line."""

    config_file: Path

    @cached_property
    def configuration(self) -> Configuration:
        """The configuration; raises InvalidConfiguration."""
        return read_configuration(self.config_file)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The catalogue, migrated."""
        return open_catalogue(self.configuration)

    @cached_property
    def holdings(self) -> Holdings:
        """The stores of the releases."""
        return open_holdings(self.configuration)

    @cached_property
    def locks(self) -> LayerLocks:
        """The locks of the layers."""
        return open_locks(self.catalogue)

    @cached_property
    def onboarding(self) -> Onboarding:
        """What takes deliveries in."""
        return Onboarding(
            self.catalogue,
            self.holdings,
            self.locks,
            self.configuration.layers,
            lambda prepared: publish_all(self.catalogue, prepared, self.actor, settings=self.configuration.tilecache),
        )

    @cached_property
    def updates(self) -> Updates:
        """What looks for new deliveries of layers."""
        catalog = self.configuration.catalog
        return Updates(
            self.catalogue,
            self.onboarding,
            Retrieval(catalog.retrieval),
            self.configuration.deliveries_folder,
            ZoneInfo(catalog.timezone),
        )

    @property
    def language(self) -> Language:
        """The language staff read."""
        return self.configuration.language

    @property
    def actor(self) -> str:
        """Who is at the terminal, for the record."""
        return getpass.getuser()

    def say(self, code: str, **parameters: object) -> str:
        """Return a sentence in the language of staff."""
        return message(code, self.language, **parameters)
