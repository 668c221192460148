"""The unmodified databricks-sdk, told of nothing but the platform of the tests."""

from collections.abc import Iterator

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config

from tests.journeys.platform import Platform

#: A client that is told to try again does so for five minutes; none of these tests may wait that long.
RETRY_S = 5


@pytest.fixture(scope="module", autouse=True)
def no_settings_of_mine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whoever runs the tests may have a profile of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path_factory.mktemp("databricks") / "none"))
        for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_WORKSPACE_ID", "DATABRICKS_CLIENT_ID"):
            patch.delenv(name, raising=False)
        yield


def client_of(platform: Platform, token: str) -> WorkspaceClient:
    config = Config(host=f"http://127.0.0.1:{platform.port}", token=token, retry_timeout_seconds=RETRY_S)
    return WorkspaceClient(config=config)
