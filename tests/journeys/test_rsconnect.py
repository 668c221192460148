"""The unmodified rsconnect against a whole platform."""

import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.platform import Platform

RSCONNECT = Path(sys.executable).with_name("rsconnect")
APP = """
import os
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
def hello():
    return {"hello": os.environ.get("GREETED", "nobody"), "version": 1}
"""
BROKEN = "import not_there_at_all\n" + APP
BETTER = APP.replace('"version": 1', '"version": 2')


@pytest.fixture(scope="module")
def rsconnect(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Rsconnect"]:
    client = Rsconnect(tmp_path_factory.mktemp("rsconnect"))
    client.run(
        "add", "--name", "slipway", "--server", f"http://127.0.0.1:{platform.port}",
        "--api-key", platform.credentials["token"],
    )  # fmt: skip
    yield client
    platform.remove(["my-app"])


class Rsconnect:
    """The command, with a home folder and a project of its own."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "My App"
        self.project.mkdir()
        self._environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "NO_COLOR": "1",
            "RSCONNECT_DISABLE_VERSION_CHECK": "1", "UV_SYSTEM_CERTS": "1",
        }  # fmt: skip

    def run(self, *arguments: str, fails: bool = False) -> str:
        """What it says. Fails unless it ends as it should."""
        done = subprocess.run(
            [str(RSCONNECT), *arguments], env=self._environment, capture_output=True, text=True, timeout=200,
            cwd=self.project, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        # What it says of its own doing goes to stderr as well, what was asked for to stdout.
        return done.stdout if done.stdout.lstrip().startswith(("[", "{")) else done.stdout + done.stderr

    def deploy(self, source: str, *options: str, fails: bool = False) -> str:
        (self.project / "app.py").write_text(source)
        (self.project / "requirements.txt").write_text("fastapi\n")
        return self.run("deploy", "fastapi", "--name", "slipway", *options, ".", fails=fails)


class TestRsconnect:
    """One story, told in the order in which it happens."""

    def test_deploys_what_then_serves(self, platform: Platform, rsconnect: Rsconnect) -> None:
        said = rsconnect.deploy(APP, "--title", "My App", "-E", "GREETED=world")

        assert "Deployment completed successfully." in said
        assert platform.get("my-app").json() == {"hello": "world", "version": 1}

    def test_leaves_what_serves_alone_when_the_next_is_broken(self, platform: Platform, rsconnect: Rsconnect) -> None:
        said = rsconnect.deploy(BROKEN, fails=True)

        assert "Error from Connect server: The app imports 'not_there_at_all', which is not installed." in said
        assert platform.get("my-app").json() == {"hello": "world", "version": 1}

    def test_replaces_it_by_a_better_one(self, platform: Platform, rsconnect: Rsconnect) -> None:
        said = rsconnect.deploy(BETTER)

        assert "The lock and the command are those of deployment" in said
        assert platform.get("my-app").json() == {"hello": "world", "version": 2}

    def test_finds_and_describes_it(self, rsconnect: Rsconnect) -> None:
        found = rsconnect.run("content", "search", "--name", "slipway", "--title-contains", "My App")
        described = json.loads(rsconnect.run("content", "describe", "--name", "slipway", "--guid", guid_in(found)))

        assert (described[0]["name"], described[0]["app_mode"]) == ("my-app", "python-fastapi")

    def test_brings_the_source_back(self, rsconnect: Rsconnect) -> None:
        guid = guid_in(rsconnect.run("content", "search", "--name", "slipway", "--title-contains", "My App"))
        archive = rsconnect.project.parent / "back.tar.gz"

        rsconnect.run(
            "content", "download-bundle", "--name", "slipway", "--guid", guid, "--output", str(archive), "--overwrite"
        )

        with tarfile.open(archive) as back:
            source = back.extractfile("app.py")
            assert source is not None
            assert source.read().decode() == BETTER

    def test_tells_about_the_server(self, rsconnect: Rsconnect) -> None:
        assert "Installed versions of Python" in rsconnect.run("details", "--name", "slipway")


def guid_in(said: str) -> str:
    found: str = re.findall(r'"guid": "([^"]+)"', said)[0]
    return found
