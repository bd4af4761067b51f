"""The small real city that the map services' tests ask."""

from __future__ import annotations

import pytest

from tests.database import Stores
from tests.server.map_city import City


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory, session_stores: Stores) -> City:
    """The city, once over each store."""
    return City(tmp_path_factory.mktemp("map-city"), kept=session_stores.make())
