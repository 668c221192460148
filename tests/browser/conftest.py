"""A real server over the tests' database, and the system's Chromium before it."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page

from tests import chromium
from tests.chromium import PATIENCE_MS

if TYPE_CHECKING:
    # This file is read before Django is set up.
    from tests.world import World


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.running() as browser:
        yield browser


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    """The address of the platform's own application, served by uvicorn from a thread of this process."""
    from django.core.asgi import get_asgi_application
    from django.db import connections

    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        get_asgi_application(), log_level="warning", lifespan="off", timeout_graceful_shutdown=1, ws="none"
    )
    web = uvicorn.Server(config)
    # A kept connection of the server's threads would hold the test's database when it is to be emptied.
    kept = connections.databases["default"]["CONN_MAX_AGE"]
    connections.databases["default"]["CONN_MAX_AGE"] = 0
    thread = threading.Thread(target=lambda: asyncio.run(web.serve(sockets=[listener])))
    thread.start()
    yield f"http://localhost:{listener.getsockname()[1]}"
    web.should_exit = True
    thread.join()
    listener.close()
    connections.databases["default"]["CONN_MAX_AGE"] = kept


@pytest.fixture
def people(server: str) -> "World":
    """The tests' world, in the database the server sees."""
    from tests import world

    return world.create()


@pytest.fixture
def context(browser: Browser, server: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=server, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, people: "World", server: str) -> Page:
    """A page on which Alice is signed in; a script that fails on it fails the test."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(people.alice.user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server}])
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"A script failed: {error}"))
    return page


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder as people have it: with source, and with what no app needs."""
    folder = tmp_path / "my app"
    long_name = "deep/" * 30 + "ä" * 60 + ".txt"
    for name in ("main.py", "templates/index.html", ".venv/bin/python", "__pycache__/main.pyc", ".git/HEAD", long_name):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"this is {name}")
    return folder
