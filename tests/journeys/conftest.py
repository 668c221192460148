"""One platform for all journeys: started as an operator would, used over HTTP, stopped at the end."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.platform import Platform
from tests.private_index import PrivateIndex

#: So that an archive that passes one is made in a moment.
SMALL_LIMITS = {"SLIPWAY_UPLOAD_MAX_MIB": "8", "SLIPWAY_SOURCE_MAX_MIB": "32", "SLIPWAY_SOURCE_MAX_FILES": "1000"}


@pytest.fixture(scope="session")
def private_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateIndex]:
    """An index that the platform may reach; only a workspace that names it does."""
    with PrivateIndex(tmp_path_factory.mktemp("index")) as index:
        yield index


@pytest.fixture(scope="session")
def platform(private_index: PrivateIndex) -> Iterator[Platform]:
    home = Path(tempfile.mkdtemp(prefix="slj-", dir="/tmp"))
    # A shorter watch than people get: the tests are many and what they wait for is not the waiting.
    patience = {"SLIPWAY_STARTUP_S": "1.5", "SLIPWAY_START_TIMEOUT_S": "35", "SLIPWAY_SAMPLE_EVERY_S": "2"}
    platform = Platform(home, {**patience, **SMALL_LIMITS, "SLIPWAY_ALLOWED_INTERNAL": private_index.place})
    try:
        platform.up()
        yield platform
    finally:
        platform.down()
        shutil.rmtree(home, ignore_errors=True)
