"""The small real city that the map services' tests ask."""

from __future__ import annotations

import pytest

from tests.server.map_city import City


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return City(tmp_path_factory.mktemp("map-city"))
