"""One town for all tests of OGC API; those that publish build their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.database import Stores
from tests.server.ogc_fixtures import Town


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, session_stores: Stores) -> Town:
    """A town that nobody changes, once over each store."""
    return Town(tmp_path_factory.mktemp("town"), session_stores.make())


@pytest.fixture
def changing_town(tmp_path: Path) -> Town:
    """A town of the test's own."""
    return Town(tmp_path)
