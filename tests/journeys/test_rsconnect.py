"""The unmodified rsconnect and posit-sdk against a whole platform."""

import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from posit.connect import Client
from posit.connect.errors import ClientError

from tests.journeys.browser import Browser
from tests.journeys.platform import Platform, pack

RSCONNECT = Path(sys.executable).with_name("rsconnect")
APP = """
import os
from fastapi import FastAPI, Request
app = FastAPI()
@app.get("/who")
def who(request: Request):
    return {"email": request.headers.get("x-forwarded-email"), "token": request.headers.get("authorization")}
@app.get("/")
def hello():
    return {"hello": os.environ.get("GREETED", "nobody"), "version": 1}
"""
PLAIN = """
import http.server, os
class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(os.environ["WORD"].encode())
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Hello).serve_forever()
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

    def type(self, script: str) -> str:
        """What a shell says to it, in the project."""
        path = f"{RSCONNECT.parent}:{self._environment['PATH']}"
        done = subprocess.run(
            ["bash", "-ec", script], env=self._environment | {"PATH": path}, capture_output=True, text=True,
            timeout=200, cwd=self.project, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

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

    def test_deploys_by_the_command_that_the_page_shows(self, platform: Platform, rsconnect: Rsconnect) -> None:
        browser = Browser(platform)
        browser.sign_in(platform.credentials["username"], platform.credentials["password"])
        page = browser.open(f"{browser.home}/w/demo/apps/my-app/deploy").text
        (shown,) = re.findall(r'(?s)id="rsconnect"><code>(.*?)</code>', page)

        said = rsconnect.type(unescape(shown).replace("slw_…", platform.credentials["token"]))

        assert "Deployment completed successfully." in said
        assert platform.get("my-app").json() == {"hello": "world", "version": 2}

    def test_tells_about_the_server(self, rsconnect: Rsconnect) -> None:
        assert "Installed versions of Python" in rsconnect.run("details", "--name", "slipway")


class TestTheAddressByItsId:
    """Where programs with a token reach the app on the control plane's host."""

    def test_leads_through_the_proxy_to_the_app(self, platform: Platform, rsconnect: Rsconnect) -> None:
        guid = guid_in(rsconnect.run("content", "search", "--name", "slipway", "--title-contains", "My App"))
        address = f"http://127.0.0.1:{platform.port}/content/{guid}/"
        platform.api.put("/apps/my-app/access", json={"access": "members"}).raise_for_status()

        told = httpx.get(f"{address}who", headers={"Authorization": f"Key {platform.credentials['token']}"}).json()

        assert told == {"email": platform.credentials["username"], "token": None}
        assert httpx.get(address, headers={"Authorization": "Key slw_wrong"}).status_code == 401
        assert httpx.get(address).headers["location"] == f"http://{platform.host('my-app')}/"


class TestPositSdk:
    def test_makes_deploys_finds_and_deletes_content(self, platform: Platform) -> None:
        client = Client(f"http://127.0.0.1:{platform.port}", platform.credentials["token"])
        assert client.me["username"] == platform.credentials["username"]
        content = client.content.create(name="by_sdk", title="By the SDK", access_type="all")
        content.environment_variables.create("WORD", "sdk")

        bundle = content.bundles.create(pack({"app.py": PLAIN}))
        bundle.deploy().wait_for()

        assert platform.get("by-sdk").text == "sdk"
        assert client.content.get(content["guid"])["bundle_id"] == bundle["id"]
        assert content["guid"] in [one["guid"] for one in client.content.find(include=["owner"])]
        assert [(one["id"], one["active"]) for one in content.bundles.find()] == [(bundle["id"], True)]
        assert list(content.environment_variables) == ["WORD"]
        assert content.get_lockfile().python_version == client.content.get(content["guid"])["py_version"]
        content.update(title="Renamed")
        assert content["title"] == "Renamed"
        with pytest.raises(ClientError, match="no content"):
            client.content.get("00000000-0000-4000-8000-000000000000")
        content.delete()
        assert platform.api.get("/apps/by-sdk").status_code == 404

    def test_tells_why_a_deployment_failed(self, platform: Platform) -> None:
        client = Client(f"http://127.0.0.1:{platform.port}", platform.credentials["token"])
        content = client.content.create(name="a_site")
        manifest = json.dumps({"version": 1, "metadata": {"appmode": "static", "primary_html": "index.html"}})

        task = content.bundles.create(pack({"index.html": "hello", "manifest.json": manifest})).deploy()
        task.wait_for()

        assert (task["code"], "This is a static site" in task["error"]) == (1, True)
        content.delete()


def guid_in(said: str) -> str:
    found: str = re.findall(r'"guid": "([^"]+)"', said)[0]
    return found
