"""A key file of the run's own, as `up` makes it."""

import pytest


@pytest.fixture(scope="session")
def secret_keys() -> None:
    from pathlib import Path

    from django.conf import settings

    from config import keys
    from workspaces.encryption import generate_key

    keys.read_or_create(Path(settings.SECRET_KEYS_FILE), generate_key)
