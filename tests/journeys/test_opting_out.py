"""An app that imports what only its base image brings, led to the clean image without a failed deployment."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.platform import Platform
from tests.journeys.test_base_images import publish

APP = """
import http.server, importlib, os
import dateutil
try:
    import absent
except ImportError:
    absent = None

# No search finds this one: it shows when it is tried.
idna = importlib.import_module("id" + "na")

class Versions(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        import six
        self.send_response(200); self.end_headers()
        self.wfile.write(f"{dateutil.__version__} {six.__version__} {idna.__version__}".encode())

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Versions).serve_forever()
"""
LINES = ["python-dateutil==2.8.2", "six==1.16.0", "idna==3.7"]


@pytest.fixture
def app(platform: Platform) -> Iterator[str]:
    yield "opting"
    platform.remove(["opting"])


def preview(platform: Platform, app: str) -> dict[str, Any]:
    found: dict[str, Any] = platform.api.get(f"/apps/{app}/opt-out-preview").raise_for_status().json()
    return found


class TestOptingOut:
    def test_is_previewed_verified_accepted_and_deployed(self, platform: Platform, app: str) -> None:
        publish(platform, "python-dateutil==2.8.2\nsix==1.16.0\nidna==3.7\n", name="moments")
        platform.create(app, base_image="moments")
        platform.run(app, {"app.py": APP, "bad.py": "def (:\n"})
        assert platform.api.post(f"/apps/{app}/opt-out-preview").status_code == 409  # A standard app has no choice.
        platform.api.patch(f"/apps/{app}", json={"scaling": "horizontal"}).raise_for_status()

        begun = platform.api.post(f"/apps/{app}/opt-out-preview")
        assert (begun.status_code, begun.json()["state"]) == (202, "queued")
        platform.until(lambda: preview(platform, app)["state"] in {"ready", "failed"}, timeout_s=180)

        found = preview(platform, app)
        assert (found["state"], found["verified"], found["broken"]) == ("ready", True, []), found
        assert [row["requirement"] for row in found["missing"]] == LINES
        assert [row["files"] for row in found["missing"]] == [["app.py"], ["app.py"], []]
        assert found["notices"] == ["The imports of bad.py were not read: it is not valid Python here, line 1."]
        # The trial answers at an address of its own, to members; the app itself goes on as it was.
        trial = found["trial_url"].removeprefix("http://")
        assert platform.at(trial) == platform.get(app).text == "2.8.2 1.16.0 3.7"
        first = platform.api.get(f"/apps/{app}/deployments/{found['trial']}").json()
        assert (first["state"], first["cause"], first["settings"]["base_image"]) == ("ready", "trial", "clean")
        assert platform.api.get(f"/apps/{app}").json()["use_preinstalled_libraries"]

        taken = platform.api.post(f"/apps/{app}/opt-out-preview/accept", json={"deploy": True}).raise_for_status()
        deployed = platform.wait(app, taken.json()["deployment"])

        assert (deployed["state"], deployed["settings"]["base_image"]) == ("active", "clean")
        assert "Base image clean" in platform.log(app, deployed["number"])
        assert platform.get(app).text == "2.8.2 1.16.0 3.7"
        assert not platform.api.get(f"/apps/{app}").json()["use_preinstalled_libraries"]
        platform.until(lambda: preview(platform, app)["trial_url"] is None)
        assert preview(platform, app)["outdated"].endswith(f"deployment {deployed['number']} is active now.")
