"""Environments on the disk and in rows, without packages: what the reaper looks at is only whose they are."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

if TYPE_CHECKING:
    # This file is read before Django is set up.
    from deployments.models import App, Deployment, Environment
    from deployments.venvs.store.environments import Store
    from tests.world import World

LONG_AGO = timedelta(days=90)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def store(db: None) -> Iterator["Store"]:
    from deployments.pipeline import platform

    store = platform.store()
    yield store
    for key in tuple(store.keys()):
        store.remove(key)


@pytest.fixture
def made(store: "Store", now: datetime) -> "Callable[..., Environment]":
    """An environment that is whole, was last used long ago, and has no user yet."""
    from deployments.models import Environment
    from deployments.venvs.store import census
    from deployments.venvs.store.built import Note

    def make(**fields: object) -> Environment:
        key = os.urandom(8).hex()
        site = store.path(key) / "lib/python3.11/site-packages"
        site.mkdir(parents=True)
        (site / "hello.py").write_text("x = 1\n")
        note = Note(("hello==1.0",), (), {}, 0, 0, census.take(store.path(key)))
        note.write(store._marker(key))
        values = {"python_version": "3.11.9", "built_at": now, "last_used_at": now - LONG_AGO} | fields
        return Environment.objects.create(key=key, **values)

    return make


@pytest.fixture
def deployed(world: "World") -> "Callable[..., Deployment]":
    """A deployment in ``state`` that has ``environment``."""
    from deployments.models import Deployment
    from deployments.operations import deployments

    def make(app: "App", state: str, environment: "Environment | None", **fields: object) -> Deployment:
        made = deployments.request(world.alice, app, bundle=world.bundle(os.urandom(4)))
        Deployment.objects.filter(pk=made.pk).update(state=state, environment=environment, **fields)
        made.refresh_from_db()
        return made

    return make
