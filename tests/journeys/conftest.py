"""One platform for all journeys: started as an operator would, used over HTTP, stopped at the end."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.platform import Platform

#: So that an archive that passes one is made in a moment.
SMALL_LIMITS = {"SLIPWAY_UPLOAD_MAX_MIB": "8", "SLIPWAY_SOURCE_MAX_MIB": "32", "SLIPWAY_SOURCE_MAX_FILES": "1000"}


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    home = Path(tempfile.mkdtemp(prefix="slj-", dir="/tmp"))
    # A shorter watch than people get: the tests are many and what they wait for is not the waiting.
    platform = Platform(home, {"SLIPWAY_STARTUP_S": "1.5", "SLIPWAY_START_TIMEOUT_S": "20", **SMALL_LIMITS})
    try:
        platform.up()
        yield platform
    finally:
        platform.down()
        shutil.rmtree(home, ignore_errors=True)
