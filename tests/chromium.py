"""The system's own Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Besides those that Playwright gives by itself.
FLAGS = ("--disable-gpu", "--disable-quic")
#: Generous, because a busy machine is not a defect.
PATIENCE_MS = 20_000


@contextmanager
def running() -> Iterator[Browser]:
    """Not for longer than a module: while it runs, no other test of this thread could have an event loop of its own."""
    path = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if path is None:
        raise RuntimeError("No Chromium was found on the PATH. Install it, for instance with: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    # Playwright's event loop runs in this thread, which Django takes for an async view.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=FLAGS) as browser:
            yield browser
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
