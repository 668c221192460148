"""Kill anything: what serves comes back, what builds goes on, nothing is left behind."""

import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.platform import Platform

HELLO = {
    "app.py": """
import http.server, os
class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"%d" % os.getpid())
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Hello).serve_forever()
"""
}


#: A package of the source itself whose build takes long enough to be killed in the middle.
def slow_build(version: int) -> dict[str, str]:
    setup = f"""
import time
from setuptools import setup
time.sleep(6)
setup(name="slow", version="{version}", py_modules=["slow"])
"""
    return {**HELLO, "requirements.txt": "./slow\n", "slow/setup.py": setup, "slow/slow.py": ""}


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    home = Path(tempfile.mkdtemp(prefix="slh-", dir="/tmp"))
    platform = Platform(home, {"SLIPWAY_STARTUP_S": "1.5"})
    platform.up()
    yield platform
    platform.down()
    assert not processes_of(home), "down leaves nothing running"
    shutil.rmtree(home, ignore_errors=True)


def processes_of(home: Path) -> dict[int, str]:
    """Every process started for this home, by its environment or its command line."""
    found = {}
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid():
            try:
                words = (process / "cmdline").read_bytes()
                if str(home).encode() in words + (process / "environ").read_bytes():
                    found[int(process.name)] = words.replace(b"\0", b" ").decode(errors="replace").strip()
            except OSError:
                continue
    return {pid: words for pid, words in found.items() if words}


def pid_of(platform: Platform, name: str) -> int:
    match = re.search(rf"^{name} +running \(pid (\d+)\)", platform.manage("status"), re.MULTILINE)
    assert match, name
    return int(match[1])


def serves(platform: Platform, name: str) -> bool:
    answer = platform.get(name)
    return answer.status_code == 200 and answer.text.isdecimal()


class TestAnInstance:
    def test_comes_back_when_it_is_killed(self, platform: Platform) -> None:
        platform.create("killed")
        platform.run("killed", HELLO)
        instances = {
            pid for pid, words in processes_of(platform.home).items() if "app.py" in words and "bwrap" in words
        }

        for pid in instances:
            os.kill(pid, signal.SIGKILL)

        assert instances
        platform.until(lambda: serves(platform, "killed"))


class TestTheWorker:
    @pytest.mark.parametrize("whole_cluster", [False, True], ids=["its first process", "all its processes"])
    def test_killed_in_a_build_leaves_nothing_hanging(self, platform: Platform, whole_cluster: bool) -> None:
        name = f"slow-{int(whole_cluster)}"
        platform.create(name)
        number = platform.deploy(name, slow_build(int(whole_cluster)))
        platform.until(lambda: bool(builds(platform)))
        first = pid_of(platform, "worker")

        if whole_cluster:
            os.killpg(first, signal.SIGKILL)
        else:
            os.kill(first, signal.SIGKILL)

        assert platform.wait(name, number)["state"] == "active"
        assert serves(platform, name)
        platform.until(lambda: not builds(platform))

    def test_killed_leaves_one_cluster(self, platform: Platform) -> None:
        first = pid_of(platform, "worker")

        os.kill(first, signal.SIGKILL)

        platform.until(lambda: pid_of_or_none(platform, "worker") not in {first, None})
        platform.until(lambda: first not in groups(platform.home))


class TestTheController:
    def test_killed_while_an_app_starts_goes_on(self, platform: Platform) -> None:
        platform.create("goes-on", startup_s=4)
        number = platform.deploy("goes-on", HELLO)
        platform.until(lambda: platform.api.get(f"/apps/goes-on/deployments/{number}").json()["state"] == "starting")

        os.kill(pid_of(platform, "controller"), signal.SIGKILL)

        assert platform.wait("goes-on", number)["state"] == "active"
        assert serves(platform, "goes-on")


class TestTheInstancesSupervisor:
    def test_killed_takes_its_instances_along_and_all_come_back(self, platform: Platform) -> None:
        platform.create("orphaned")
        platform.run("orphaned", HELLO)
        pid = int((platform.home / "instances" / "engine.pid").read_text())

        os.kill(pid, signal.SIGKILL)

        platform.until(lambda: serves(platform, "orphaned"))


class TestTheProxyAndTheDatabase:
    @pytest.mark.parametrize("name", ["proxy", "postgres", "web"])
    def test_come_back(self, platform: Platform, name: str) -> None:
        platform.create(f"with-{name}")
        platform.run(f"with-{name}", HELLO)

        os.kill(pid_of(platform, name), signal.SIGKILL)

        platform.until(lambda: answers(platform, f"with-{name}"))
        platform.run(f"with-{name}", HELLO)


class TestThePlatformsSupervisor:
    def test_killed_is_brought_back_by_up_in_the_foreground_and_apps_run_on(self) -> None:
        platform = Platform(Path(tempfile.mkdtemp(prefix="slf-", dir="/tmp")), {"SLIPWAY_STARTUP_S": "1.5"})
        up = platform.up_in_the_foreground()
        try:
            platform.create("untouched")
            platform.run("untouched", HELLO)
            before = platform.get("untouched").text
            os.kill(supervisor_of(platform), signal.SIGKILL)
            platform.until(lambda: not answers(platform, "untouched"))
            platform.until(lambda: answers(platform, "untouched"), 60)
            assert platform.get("untouched").text == before
        finally:
            up.terminate()

        assert up.wait(40) == 0
        assert not processes_of(platform.home), "what it has brought back ends with it"
        shutil.rmtree(platform.home, ignore_errors=True)


class TestAReboot:
    def test_ends_everything_and_up_restores_every_active_app_and_its_route(self, platform: Platform) -> None:
        platform.create("restored")
        platform.run("restored", HELLO)
        platform.create("stays-stopped")
        platform.run("stays-stopped", HELLO)
        platform.api.post("/apps/stays-stopped/stop").raise_for_status()

        for pid in processes_of(platform.home):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        platform.until(lambda: not processes_of(platform.home))
        platform.up()

        platform.until(lambda: serves(platform, "restored"))
        assert platform.api.get("/apps/stays-stopped").json()["state"] == "stopped"


def supervisor_of(platform: Platform) -> int:
    return int((platform.home / "logs" / "platform" / "supervisord.pid").read_text())


def answers(platform: Platform, name: str) -> bool:
    import httpx

    try:
        return serves(platform, name) and platform.api.get("/apps").status_code == 200
    except httpx.HTTPError:
        return False


def builds(platform: Platform) -> list[str]:
    return [words for words in processes_of(platform.home).values() if "/scratch/" in words]


def groups(home: Path) -> set[int]:
    found = set()
    for pid in processes_of(home):
        try:
            found.add(os.getpgid(pid))
        except ProcessLookupError:
            continue
    return found


def pid_of_or_none(platform: Platform, name: str) -> int | None:
    try:
        return pid_of(platform, name)
    except AssertionError:
        return None
