"""One platform for all journeys: started as an operator would, used over HTTP, stopped at the end."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.platform import Platform


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    home = Path(tempfile.mkdtemp(prefix="slj-", dir="/tmp"))
    # A shorter watch than people get: the tests are many and what they wait for is not the waiting.
    platform = Platform(home, {"SLIPWAY_STARTUP_S": "1.5", "SLIPWAY_START_TIMEOUT_S": "20"})
    platform.up()
    yield platform
    platform.down()
    shutil.rmtree(home, ignore_errors=True)
