"""Several instances of one app: started after the first has passed, shared out to visitors, let go without a build."""

import itertools
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.journeys.platform import Platform

#: Says which instance answered; each process has a word of its own.
NAMED = {
    "app.py": """
import http.server, os
NAME = os.urandom(4).hex().encode()
class Named(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        self.wfile.write(NAME + b" " + self.headers.get("Cookie", "").encode())
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Named).serve_forever()
"""
}
NUMBERS = itertools.count(1)


class Visitor:
    """A browser: it keeps its cookies."""

    def __init__(self, platform: Platform, name: str) -> None:
        headers = {"Host": platform.host(name), "Connection": "close"}
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{platform.port}", headers=headers, timeout=30)

    def instance(self) -> str:
        """The name of the instance that answers; whatever else it was sent is none of its business."""
        answer = self._client.get("/")
        assert answer.status_code == 200, answer.text
        name, _, cookies = answer.text.partition(" ")
        assert cookies == "", "the platform's cookie reached the app"
        return name


@pytest.fixture
def scaled(platform: Platform) -> Iterator[str]:
    """An app with three instances that all serve."""
    # A deleted app keeps its address for some days.
    name = f"many-{next(NUMBERS)}"
    platform.create(name, scaling="horizontal", instances=3)
    platform.run(name, NAMED)
    yield name
    platform.remove([name])


class TestInstances:
    def test_share_the_visitors_and_come_and_go_without_a_build(self, platform: Platform, scaled: str) -> None:
        # All three serve from the first moment: visitors were moved when the last one had passed.
        visitors = [Visitor(platform, scaled) for _ in range(20)]
        first = [visitor.instance() for visitor in visitors]
        assert len(set(first)) == 3
        assert [visitor.instance() for visitor in visitors] == first, "each stays with their instance"
        environment = deployment(platform, scaled)["environment"]

        killed = kill_one(platform, scaled)
        deadline = time.monotonic() + 6
        while time.monotonic() < deadline:
            # A request that is not answered with 200 fails in here.
            for visitor in visitors:
                visitor.instance()
        platform.until(lambda: platform.api.get(f"/apps/{scaled}").json()["state"] == "running")
        assert killed

        for number in (1, 2):
            platform.api.patch(f"/apps/{scaled}", json={"instances": number}).raise_for_status()
            platform.until(lambda wanted=number: len(instances(platform, scaled)) == wanted, 60)
            platform.until(lambda: platform.api.get(f"/apps/{scaled}").json()["state"] == "running")
            platform.until(lambda wanted=number: len({visitor.instance() for visitor in visitors}) <= wanted)
        newcomers = {Visitor(platform, scaled).instance() for _ in range(20)}

        assert len(newcomers) == 2
        assert deployment(platform, scaled)["environment"] == environment
        assert len(platform.api.get(f"/apps/{scaled}/deployments").json()["results"]) == 1

    def test_become_one_when_the_app_is_standard_again(self, platform: Platform, scaled: str) -> None:
        visitor = Visitor(platform, scaled)
        visitor.instance()

        changed = platform.api.patch(f"/apps/{scaled}", json={"scaling": "standard"}).raise_for_status().json()

        assert (changed["scaling"], changed["instances"]) == ("standard", 3), (
            "the old deployment serves with all of them"
        )
        while platform.api.get(f"/apps/{scaled}").json()["active_deployment"] == 1:
            visitor.instance()
        second = platform.wait(scaled, 2)
        assert (second["state"], second["cause"]) == ("active", "settings")
        platform.until(lambda: len(instances(platform, scaled)) == 1, 60)
        assert platform.api.get(f"/apps/{scaled}").json()["instances"] == 1
        visitor.instance()


def deployment(platform: Platform, name: str) -> dict[str, object]:
    found: dict[str, object] = platform.api.get(f"/apps/{name}/deployments/1").json()
    return found


def instances(platform: Platform, name: str) -> list[str]:
    """The folders that the engine keeps for what runs now."""
    found = []
    for plan in (platform.home / "instances").glob("*/launch.json"):
        try:
            if json.loads(plan.read_text())["env"]["SLIPWAY_APP_NAME"] == name:
                found.append(plan.parent.name)
        except FileNotFoundError:
            continue
    return found


def kill_one(platform: Platform, name: str) -> int:
    """Kill the processes of one instance, as the kernel would for want of memory."""
    chosen = instances(platform, name)[0]
    killed = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if chosen.encode() in words and b"app.py" in words:
            os.kill(int(process.name), signal.SIGKILL)
            killed += 1
    return killed
