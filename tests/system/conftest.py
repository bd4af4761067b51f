"""The town that clients of the services are sent to, served by the real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import free_port, serving, write_configuration
from tests.sharing import made_once
from tests.system.client_town import onboard_town


@pytest.fixture(scope="session")
def client_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of the town, onboarded once for all workers and served by a server of this one."""
    town = made_once(tmp_path_factory, "client-town", onboard_town)
    config = write_configuration(tmp_path_factory.mktemp("client-town-served"), data=town / "data")
    with serving(config, free_port(), workers=1) as url:
        yield url
