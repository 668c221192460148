import pytest
from django.test import Client


@pytest.fixture(autouse=True)
def nobody_has_guessed() -> None:
    """Each test begins without wrong passwords."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def client() -> Client:
    return Client()
