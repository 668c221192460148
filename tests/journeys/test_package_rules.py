"""External and prohibited packages and environment management, from the API to what an app can import."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import own_python
from tests.journeys.platform import Platform
from tests.wheels import build_wheel

#: Answers with what it can import, one word a line.
APP = """
import http.server, importlib, os
def found(name):
    try:
        return f"{name}={importlib.import_module(name).VERSION}"
    except ImportError:
        return f"{name}=none"
text = " ".join(map(found, ["central", "beside", "inner", "banned"]))
class Found(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(text.encode())
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Found).serve_forever()
"""
OFF = '{"version": 1, "environment": {"environment_management": {"python": false}}}'


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    """A platform whose default Python has central and beside in its own site."""
    with tempfile.TemporaryDirectory(prefix="slp-", dir="/tmp") as folder:
        wheels = [build_wheel(Path(folder) / "wheels", name, "2.0") for name in ("central", "beside")]
        program = own_python.make(Path(folder), wheels)
        minor = own_python.of(program).minor
        settings = {"SLIPWAY_INTERPRETERS": str(program), "SLIPWAY_DEFAULT_PYTHON": minor, "SLIPWAY_STARTUP_S": "1"}
        platform = Platform(Path(folder) / "home", settings)
        try:
            platform.up()
            yield platform
        finally:
            platform.down()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """It asks for other versions than there are, and for what is prohibited."""
    folder = tmp_path_factory.mktemp("wheels")
    wheels = [
        build_wheel(folder, "inner", "1.0", needs=("central>=9", "banned")),
        build_wheel(folder, "banned", "1.0"),
    ]
    return {
        "app.py": APP,
        "requirements.txt": "--no-index\n--find-links ./wheels\ncentral==1.0\ninner\n",
        **{f"wheels/{wheel.name}": wheel.read_bytes() for wheel in wheels},
    }


def asked(platform: Platform, name: str) -> str:
    host = httpx.URL(platform.api.get(f"/apps/{name}").json()["url"]).host
    answer = httpx.get(f"http://127.0.0.1:{platform.port}/", headers={"Host": host}, follow_redirects=False)
    return answer.text


def test_rules_from_the_api_to_the_app(platform: Platform, source: dict[str, Any]) -> None:
    added = platform.api.post("/external-packages", json={"name": "Central", "note": "Kept by the operator"})
    assert added.status_code == 201, added.text
    # The other Pythons of the machine lack it; it is kept all the same.
    assert platform.api.post("/prohibited-packages", json={"name": "banned"}).status_code == 201
    platform.create("rules", access="everyone")

    deployment = platform.run("rules", source)

    log = platform.log("rules", deployment["number"])
    assert "central 2.0 is external (workspace): Python's own is used" in log
    assert "banned is prohibited here (the workspace's list) and was left out; inner asks for it." in log
    assert asked(platform, "rules") == "central=2.0 beside=none inner=1.0 banned=none"
    lock = platform.locks(["rules"])["rules"]
    assert (lock["central"]["origin"], lock["central"]["version"]) == ("external", "2.0")
    assert "banned" not in lock


def test_a_build_that_is_refused_names_the_rule(platform: Platform) -> None:
    policy = platform.api.patch("/workspace/package-policy", json={"prohibited_action": "refuse"})
    assert policy.json()["in_force"]["prohibited_action"] == "refuse", policy.text
    platform.create("refused")

    found = platform.wait("refused", platform.deploy("refused", {"app.py": APP, "requirements.txt": "pywin32==306\n"}))

    assert found["failure"]["kind"] == "prohibited_package"
    assert "pywin32 is prohibited here (the site's list); requirements.txt, line 1" in found["failure"]["message"]


def test_unmanaged_apps_see_the_whole_site_and_nothing_is_installed(platform: Platform, source: dict[str, Any]) -> None:
    platform.create("unmanaged", access="everyone")
    platform.create("bundled", access="everyone", environment_management=True)
    assert platform.api.patch("/apps/unmanaged", json={"environment_management": False}).status_code == 200

    by_app = platform.run("unmanaged", source)
    by_bundle = platform.run("bundled", {**source, "manifest.json": OFF})

    assert "Environment management is off (the app's settings)" in platform.log("unmanaged", by_app["number"])
    assert "Environment management is off (manifest.json in the source)" in platform.log("bundled", by_bundle["number"])
    for name in ("unmanaged", "bundled"):
        assert asked(platform, name) == "central=2.0 beside=2.0 inner=none banned=none"


def test_the_start_tells_what_the_site_lacks(platform: Platform) -> None:
    code = (
        "from packagerepos.models import ExternalPackage;"
        "ExternalPackage.objects.create(name='nowhere', created_by_name='tests')"
    )
    platform.manage("shell", "--no-imports", "-c", code)

    with pytest.raises(AssertionError, match=r"does not have nowhere\..*SLIPWAY_EXTERNALS_CHECK_IS_FATAL=0"):
        platform.manage("up", "--detach", "--no-example")

    platform.settings = {**platform.settings, "SLIPWAY_EXTERNALS_CHECK_IS_FATAL": "0"}
    assert "WARNING: External packages of the site are missing" in platform.manage("up", "--detach", "--no-example")
