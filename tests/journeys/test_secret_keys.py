"""An operator loses the keys of secrets, finds them again, and changes them. On a platform of its own."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.platform import PROJECT, Platform
from workspaces.encryption import generate_key


@pytest.fixture
def own_platform() -> Iterator[Platform]:
    """Up, with one secret, and down again."""
    platform = Platform(Path(tempfile.mkdtemp(prefix="slk-", dir="/tmp")))
    try:
        platform.up()
        platform.api.post("/scopes", json={"name": "prod"}).raise_for_status()
        platform.api.put("/scopes/prod/secrets/db-url", json={"string_value": "horse"}).raise_for_status()
        platform.down()
        yield platform
    finally:
        platform.settings = {}
        platform.down()
        shutil.rmtree(platform.home, ignore_errors=True)


def refusal(platform: Platform) -> str:
    """What ``up`` says when it refuses to start."""
    argv = [sys.executable, str(PROJECT / "manage.py"), "up", "--detach", "--no-example"]
    done = subprocess.run(argv, env=platform.environment(), capture_output=True, text=True, timeout=120, cwd=PROJECT)
    assert done.returncode != 0, done.stdout
    return done.stderr


def test_keys_are_lost_found_and_changed(own_platform: Platform) -> None:
    key_file = own_platform.home / "keys" / "secrets.keys"
    key_file.chmod(0o644)
    assert "can be read by others (mode 0644)" in refusal(own_platform)

    old_key, new_key = key_file.read_text().strip(), generate_key()
    key_file.unlink()
    assert "does not exist, and nothing else opens 1 secret (demo/prod/db-url)" in refusal(own_platform)

    own_platform.settings = {"SLIPWAY_SECRET_KEYS": new_key}
    assert "does not hold the key that sealed 1 secret (demo/prod/db-url)" in refusal(own_platform)

    own_platform.settings = {"SLIPWAY_SECRET_KEYS": f"{new_key},{old_key}"}
    own_platform.up()
    assert "Only the first key is needed" in own_platform.manage("rotate_secret_keys")

    own_platform.settings = {"SLIPWAY_SECRET_KEYS": new_key}
    own_platform.up()
    secret = own_platform.api.get("/scopes/prod/secrets/db-url").raise_for_status().json()
    assert secret["string_value"] == "horse"
    own_platform.down()
    assert not key_file.exists()
    assert not (own_platform.home / "run" / "secrets.keys").exists()
