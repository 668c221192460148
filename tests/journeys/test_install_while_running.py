"""An app that installs packages while it runs, from the private index that its workspace has set."""

import base64
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.journeys.platform import Platform
from tests.private_index import USERNAME, PrivateIndex, with_login

APP = "installs"
SCOPE = "databricks-package-management"
#: This journey's own: whatever else runs on the machine may hold the other tests'.
PASSWORD = "first/pass@word+theta"
NEW_PASSWORD = "another/pass@word+eta"
#: Runs the commands it is sent, as the app.
CODE = """
import http.server, json, os, subprocess

class Runs(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        done = subprocess.run(asked["argv"], capture_output=True, text=True, env={**os.environ, **asked["env"]})
        if asked["aloud"]:
            print(done.stdout, flush=True)
        answer = json.dumps([done.returncode, done.stdout + done.stderr]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"up")

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Runs).serve_forever()
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateIndex]:
    with PrivateIndex(tmp_path_factory.mktemp("index"), login=(USERNAME, PASSWORD)) as index:
        for name in ("corp_thing", "corp_other", "corp_third"):
            index.add(name)
        yield index


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateIndex]:
    """Another one, which somebody's own pip.conf names."""
    with PrivateIndex(tmp_path_factory.mktemp("public"), tls=False, login=None) as index:
        index.add("mine_alone")
        yield index


@pytest.fixture(scope="module")
def app(platform: Platform, index: PrivateIndex) -> Iterator[Platform]:
    """Deployed before anything was set: builds may not ask an index on this machine, apps may."""
    platform.create(APP)
    platform.run(APP, {"app.py": CODE})
    platform.api.post("/scopes", json={"name": SCOPE}).raise_for_status()
    put(platform, "pip-index-url", index.address_with_login)
    put(platform, "pip-cert", index.authority.pem)
    start_again(platform)
    yield platform
    platform.remove([APP])
    platform.api.delete(f"/scopes/{SCOPE}").raise_for_status()


def put(platform: Platform, key: str, value: str) -> None:
    platform.api.put(f"/scopes/{SCOPE}/secrets/{key}", json={"string_value": value}).raise_for_status()


def run(platform: Platform, *argv: str, aloud: bool = False, **env: str) -> tuple[int, str]:
    content = json.dumps({"argv": argv, "env": env, "aloud": aloud})
    code, output = platform.ask("POST", APP, "/", content=content, timeout=120).raise_for_status().json()
    return code, output


def says(platform: Platform, *argv: str, **options: Any) -> str:
    code, output = run(platform, *argv, **options)
    assert code == 0, output
    return output


def start_again(platform: Platform) -> None:
    platform.api.post(f"/apps/{APP}/stop").raise_for_status()
    platform.until(lambda: platform.get(APP).text != "up", 60)
    platform.api.post(f"/apps/{APP}/start").raise_for_status()
    platform.until(lambda: platform.get(APP).text == "up", 60)


def log(platform: Platform) -> str:
    page = platform.api.get(f"/apps/{APP}/log", params={"tail": 1000}).raise_for_status().json()
    return "\n".join(line["text"] for line in page["lines"])


def forms() -> list[bytes]:
    """The password in clear, URL-quoted, and what stays the same of it in base64 at any alignment."""
    raw = PASSWORD.encode()
    whole = [base64.b64encode(bytes(before) + raw)[4 : (before + len(raw)) * 4 // 3 - 1] for before in range(3)]
    return [raw, quote(PASSWORD, safe="").encode(), quote(PASSWORD).encode(), *whole]


def holding_it(home: Path) -> list[Path]:
    """The files below ``home`` in which the password can be found in any form; the database has it sealed."""
    files = [path for path in home.rglob("*") if not path.is_relative_to(home / "postgres")]
    contents = {path: path.read_bytes() for path in files if stat.S_ISREG(path.lstat().st_mode)}
    return [path for path, content in contents.items() if any(form in content for form in forms())]


def command_lines() -> bytes:
    lines = []
    for process in Path("/proc").iterdir():
        try:
            lines.append((process / "cmdline").read_bytes() if process.name.isdecimal() else b"")
        except OSError:
            continue
    return b"\n".join(lines)


class TestInside:
    def test_pip_downloads_and_installs(self, app: Platform) -> None:
        assert "Successfully downloaded corp-thing" in says(app, "pip", "download", "-d", "/tmp/x", "corp-thing")
        assert run(app, "python", "-c", "import corp_thing")[0] != 0

        says(app, "pip", "install", "corp-thing")

        assert says(app, "python", "-c", "import corp_thing; print(corp_thing.VERSION)").strip() == "1.0"

    def test_uv_installs(self, app: Platform) -> None:
        said = says(app, "uv", "pip", "install", "corp-other")

        assert PASSWORD not in said
        assert says(app, "python", "-c", "import corp_other; print(corp_other.VERSION)").strip() == "1.0"

    def test_ones_own_pip_conf_wins(self, app: Platform, public: PrivateIndex) -> None:
        own = (
            "import pathlib; path = pathlib.Path.home() / '.config/pip/pip.conf'; path.parent.mkdir(parents=True); "
            f"path.write_text('[global]\\nindex-url = {public.address}\\n')"
        )
        says(app, "python", "-c", own)

        said = says(app, "pip", "install", "mine-alone")

        assert f"Looking in indexes: {public.address}" in said
        assert run(app, "pip", "install", "corp-third")[0] != 0
        says(
            app, "rm", "-r", says(app, "python", "-c", "import os; print(os.path.expanduser('~/.config/pip'))").strip()
        )
        says(app, "pip", "install", "corp-third")

    def test_ones_own_variables_and_options_win(self, app: Platform, public: PrivateIndex) -> None:
        download = ("pip", "download", "-d", "/tmp/y", "mine-alone")
        assert run(app, *download)[0] != 0

        says(app, *download, PIP_INDEX_URL=public.address)
        says(app, *download, "--index-url", public.address)
        says(app, "uv", "pip", "install", "--default-index", public.address, "--target", "/tmp/z", "mine-alone")


class TestTheCredential:
    def test_is_masked_in_the_log(self, app: Platform) -> None:
        read = "print(open('/etc/pip.conf').read(), open('/etc/uv/uv.toml').read(), 'is all')"
        assert quote(PASSWORD, safe="") in says(app, "python", "-c", read, aloud=True)

        app.until(lambda: "is all" in log(app))

        assert f"https://{USERNAME}:***@localhost" in log(app)
        assert not [form for form in forms() if form in log(app).encode()]

    def test_lies_in_no_file_and_no_command_line(self, app: Platform) -> None:
        says(app, "pip", "download", "-d", "/tmp/w", "corp-thing")

        assert holding_it(app.home) == []
        assert not [form for form in forms() if form in command_lines()]

    def test_is_found_by_this_test_where_it_lies(self, tmp_path: Path) -> None:
        for number, form in enumerate(forms()):
            (tmp_path / str(number)).write_bytes(b"before" + form + b"after")

        assert len(holding_it(tmp_path)) == len(forms())


class TestAChange:
    def test_reaches_the_app_at_its_next_start(self, app: Platform, index: PrivateIndex) -> None:
        download = ("pip", "download", "--no-cache-dir", "--no-input", "-d", "/tmp/v", "corp-thing")
        index.login = (USERNAME, NEW_PASSWORD)
        put(app, "pip-index-url", with_login(index.address, USERNAME, NEW_PASSWORD))
        assert run(app, *download)[0] != 0

        start_again(app)

        says(app, *download)
        # A new start is a new home.
        assert run(app, "python", "-c", "import corp_thing")[0] != 0

    def test_that_is_broken_stops_no_start(self, app: Platform) -> None:
        put(app, "pip-index-url", f"https://{USERNAME}:broken-word@x@localhost/simple")

        start_again(app)

        app.until(lambda: "While this runs, no packages can be installed" in log(app))
        assert "pip-index-url" in log(app)
        assert "broken-word" not in log(app)
        code, output = run(app, "pip", "download", "-d", "/tmp/u", "six")
        assert code != 0
        assert "see-the-log-of-this-app.invalid" in output
