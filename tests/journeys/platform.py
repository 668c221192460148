"""A whole platform of the tests' own, used from outside as its users use it."""

import json
import os
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

PROJECT = Path(__file__).resolve().parents[2]
#: A deployment of an example downloads its packages; two cores share all the tests.
DEPLOY_TIMEOUT_S = 240.0
FINAL = frozenset({"active", "ready", "failed", "cancelled", "retired"})


@dataclass
class Platform:
    """``settings`` are further environment variables of the platform's start."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: free_port())

    def up(self) -> None:
        self.manage("up", "--detach", "--no-example")
        self._sign_in()

    def up_in_the_foreground(self) -> "subprocess.Popen[bytes]":
        """As a service manager runs it: it stays, and ends everything when it is terminated."""
        argv = [sys.executable, str(PROJECT / "manage.py"), "up", "--no-example"]
        process = subprocess.Popen(argv, env=self.environment(), stdout=subprocess.DEVNULL, cwd=PROJECT)
        self.until((self.home / "initial-credentials.json").exists, 90)
        self._sign_in()
        return process

    def _sign_in(self) -> None:
        credentials = json.loads((self.home / "initial-credentials.json").read_text())
        self.credentials: dict[str, str] = credentials
        self.api = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/api/v1",
            headers={"Authorization": f"Bearer {credentials['token']}"},
            timeout=60,
        )

    def down(self) -> None:
        self.manage("down")

    def manage(self, *arguments: str) -> str:
        """Run ``manage.py`` as an operator would; its output. Fails with that output."""
        done = subprocess.run(
            [sys.executable, str(PROJECT / "manage.py"), *arguments],
            env=self.environment(), capture_output=True, text=True, timeout=180, cwd=PROJECT,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        first = 30_000 + (self.port * 16) % 2_000
        ports = {"SLIPWAY_FIRST_INSTANCE_PORT": str(first), "SLIPWAY_LAST_INSTANCE_PORT": str(first + 60)}
        # Most journeys are about other things than who may see an app.
        kept["SLIPWAY_DEFAULT_ACCESS"] = "everyone"
        return {**kept, "SLIPWAY_HOME": str(self.home), "SLIPWAY_PORT": str(self.port), **ports, **self.settings}

    def create(self, name: str, **fields: Any) -> None:
        answer = self.api.post("/apps", json={"name": name, **fields})
        assert answer.status_code == 201, answer.text

    def deploy(self, name: str, source: "bytes | Path | Mapping[str, str | bytes]", **fields: str) -> int:
        """Upload ``source`` (an archive, a folder, or files by name); the number of the deployment."""
        archive = source if isinstance(source, bytes) else pack(source)
        answer = self.api.post(f"/apps/{name}/deployments", files={"source": ("source.tar.gz", archive)}, data=fields)
        assert answer.status_code == 202, answer.text
        return int(answer.json()["number"])

    def wait(self, name: str, number: int, timeout_s: float = DEPLOY_TIMEOUT_S) -> dict[str, Any]:
        """The deployment once its fate is decided."""
        deadline = time.monotonic() + timeout_s
        while True:
            found: dict[str, Any] = self.api.get(f"/apps/{name}/deployments/{number}").raise_for_status().json()
            if found["state"] in FINAL:
                return found
            assert time.monotonic() < deadline, (found, self.log(name, number))
            time.sleep(0.2)

    def wait_all(self, numbers: Mapping[str, int]) -> dict[str, dict[str, Any]]:
        """The decided deployments by app, of ``numbers`` by app."""
        return {name: self.wait(name, number) for name, number in numbers.items()}

    def run(self, name: str, source: "bytes | Path | Mapping[str, str | bytes]", **fields: str) -> dict[str, Any]:
        """Deploy and wait; the app must become active."""
        number = self.deploy(name, source, **fields)
        found = self.wait(name, number)
        assert found["state"] == "active", (found["failure"], self.log(name, number))
        return found

    def remove(self, names: Iterable[str]) -> None:
        """Delete apps, so that nothing of them runs on while others are tested."""
        for name in names:
            answer = self.api.delete(f"/apps/{name}")
            assert answer.status_code in {204, 404}, answer.text

    @staticmethod
    def until(is_true: Callable[[], bool], timeout_s: float = 30.0) -> None:
        """Wait for something that takes a moment."""
        deadline = time.monotonic() + timeout_s
        while not is_true():
            assert time.monotonic() < deadline, "It did not happen in time."
            time.sleep(0.1)

    def log(self, name: str, number: int) -> str:
        page = self.api.get(f"/apps/{name}/deployments/{number}/log", params={"limit": 1000}).raise_for_status().json()
        return "\n".join(line["text"] for line in page["lines"])

    def locks(self, names: Iterable[str]) -> dict[str, dict[str, dict[str, Any]]]:
        """The packages by name of the newest deployment of each app."""
        return {name: {package["name"]: package for package in self._packages(name)} for name in names}

    def _packages(self, name: str) -> list[dict[str, Any]]:
        newest = self.api.get(f"/apps/{name}/deployments", params={"limit": 1}).raise_for_status().json()["results"][0]
        answer = self.api.get(f"/apps/{name}/deployments/{newest['number']}/packages").raise_for_status()
        found: list[dict[str, Any]] = answer.json()["results"]
        return found

    def connect(self, name: str, path: str) -> ClientConnection:
        """A WebSocket of the app, through the proxy at its own address."""
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        return connect(f"ws://{self.host(name)}{path}", sock=raw, origin=Origin(f"http://{self.host(name)}"))

    def get(self, name: str, path: str = "/", **options: Any) -> httpx.Response:
        """Ask the app at its own address, through the proxy."""
        return self.ask("GET", name, path, **options)

    def ask(self, method: str, name: str, path: str, **options: Any) -> httpx.Response:
        return httpx.request(
            method, f"http://127.0.0.1:{self.port}{path}", timeout=options.pop("timeout", 30),
            headers={"Host": self.host(name), **options.pop("headers", {})}, **options,
        )  # fmt: skip

    def at(self, host: str) -> str:
        """The page at any host of the platform, through the proxy, as a member's program sees it."""
        headers = {"Host": host, "Authorization": f"Bearer {self.credentials['token']}"}
        return httpx.get(f"http://127.0.0.1:{self.port}/", headers=headers, timeout=30).text

    def host(self, name: str) -> str:
        return f"{name}-demo.apps.localhost:{self.port}"


def pack(source: "Path | Mapping[str, str | bytes]") -> bytes:
    """A tar.gz of a folder or of files given by name."""
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        if isinstance(source, Path):
            archive.add(source, arcname=".")
        else:
            for name, content in source.items():
                data = content.encode() if isinstance(content, str) else content
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(data), 0o644
                archive.addfile(member, BytesIO(data))
    return buffer.getvalue()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
