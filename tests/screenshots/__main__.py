"""``make screenshots``: bring up a platform, fill it, take every picture into docs/pictures."""

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests import chromium
from tests.journeys.platform import PROJECT, Platform
from tests.screenshots import workspace
from tests.screenshots.pictures import PICTURES, take

#: As it stands in the documents.
PORT = 8000


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, default=PROJECT / "docs/pictures")
    parser.add_argument("--port", type=int, default=PORT, help="must be free; it is in the addresses that are seen")
    parser.add_argument("names", nargs="*", help="only these pictures")
    options = parser.parse_args(arguments)
    home = Path(tempfile.mkdtemp(prefix="sls-", dir="/tmp"))
    settings = {"SLIPWAY_STARTUP_S": "1.5", "SLIPWAY_DEFAULT_ACCESS": "members"}
    platform = Platform(home, settings, options.port)
    try:
        platform.up()
        root = platform.credentials
        workspace.fill(platform)
        _take_all(f"http://localhost:{options.port}", root, options)
    finally:
        platform.down()
        shutil.rmtree(home, ignore_errors=True)


def _take_all(address: str, root: dict[str, str], options: argparse.Namespace) -> None:
    with chromium.running() as browser:
        pages = {
            False: _signed_in(browser, address, workspace.ADA, workspace.PASSWORD),
            True: _signed_in(browser, address, root["username"], root["password"]),
        }
        for picture in PICTURES:
            if not options.names or picture.name in options.names:
                path = take(pages[picture.as_root], picture, workspace.SLUG, options.folder)
                print(f"{path.name:28} {path.stat().st_size // 1024:4} KiB", flush=True)


def _signed_in(browser: Browser, address: str, email: str, password: str) -> Page:
    context = browser.new_context(base_url=address, locale="en-GB", timezone_id="Europe/Berlin")
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation", name="Sections").wait_for()
    return page


if __name__ == "__main__":
    main()
