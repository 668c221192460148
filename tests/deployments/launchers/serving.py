"""Install a source's requirements and run exactly what its launch says, as an engine would."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from deployments.launchers.base import Launch

UV = str(Path(sys.executable).parent / "uv")
STARTS_WITHIN_S = 60
#: An engine kills what has not ended by then.
STOPS_WITHIN_S = 15


def install(source: Path, launch: Launch, environment: Path, python: str = sys.executable) -> None:
    """Make ``environment`` with the app's requirements, and the launch's where the app's own lack them."""
    wanted = source / "requirements.txt"
    options = ["-r", str(wanted)] if wanted.exists() else []
    own = wanted.read_text().split() if wanted.exists() else []
    added = [name for name in launch.requirements if not any(line.startswith(name + "==") for line in own)]
    subprocess.run([UV, "venv", "-q", "--python", python, str(environment)], check=True)
    if options or added:
        into = ["--python", str(environment / "bin" / "python")]
        subprocess.run([UV, "pip", "install", "-q", *into, *options, *added], check=True)


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> int:
        """Ask it to end; the exit code. Raises ``subprocess.TimeoutExpired`` when it would have been killed."""
        self.process.terminate()
        return self.process.wait(STOPS_WITHIN_S)


@contextlib.contextmanager
def running(source: Path, launch: Launch, environment: Path, home: Path) -> Iterator[Running]:
    """The app, answering; whatever is left of it is killed at the end."""
    home.mkdir(exist_ok=True)
    port = _free_port()
    base = {"PATH": f"{environment / 'bin'}:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8", "PORT": str(port)}
    env = base | {name: value.replace("$PORT", str(port)) for name, value in launch.env.items()}
    argv = [word.replace("$PORT", str(port)) for word in launch.argv]
    argv[0] = str(environment / "bin" / argv[0])
    log = home / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv, cwd=source, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    app = Running(process, port, log)
    try:
        _wait_until_it_answers(app)
        yield app
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_it_answers(app: Running) -> None:
    give_up_at = time.monotonic() + STARTS_WITHIN_S
    while app.process.poll() is None and time.monotonic() < give_up_at:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(app.url, timeout=10)
            return
        time.sleep(0.1)
    raise AssertionError(f"The app did not answer:\n{app.log.read_text()}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
