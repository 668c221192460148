"""The platform's supervisord: starting it, asking it, ending it."""

import os
import time
import xmlrpc.client
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from deployments import shell, unix_rpc

START_TIMEOUT_S = 15.0
#: One that was told to end closes its socket a moment before it removes it. Those of a killed one end meanwhile.
END_S = 2.0
ALREADY_STARTED = 60
#: What the platform's processes inherit: nothing of the shell that happened to start them but this.
INHERITED = (
    "HOME", "PATH", "LANG", "TZ", "DATABASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
    "no_proxy", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip


class SupervisorUnavailable(Exception):
    """The platform's supervisord did not start; the text says where its reason is."""


@dataclass(frozen=True)
class ProcessStatus:
    """``state`` is supervisord's word: RUNNING, STARTING, BACKOFF, STOPPED, EXITED, FATAL."""

    name: str
    state: str
    pid: int


class PlatformSupervisor:
    def __init__(self, socket: Path, folder: Path) -> None:
        self._folder = folder
        self._socket = socket
        self._rpc: Any = unix_rpc.connect(socket).supervisor

    def is_running(self) -> bool:
        try:
            self._rpc.getState()
        except (OSError, xmlrpc.client.Error):
            return False
        return True

    def was_killed(self) -> bool:
        """Of one that does not answer: whether it left its socket behind, which it removes when it is told to end."""
        deadline = time.monotonic() + END_S
        while self._socket.exists():
            if time.monotonic() > deadline:
                return True
            time.sleep(0.05)
        return False

    def boot(self, python: str, configuration: str) -> None:
        """Start supervisord in a session of its own, so that no terminal's Ctrl-C reaches it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "supervisord.conf"
        file.write_text(configuration)
        log = self._folder / "supervisord.out"
        shell.start_detached(
            [python, "-m", "supervisor.supervisord", "-c", str(file)], env=_environment(), cwd=self._folder, log=log
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.is_running():
            if time.monotonic() > deadline:
                raise SupervisorUnavailable(f"The platform's supervisord did not start. Its reason is in {log}.")
            time.sleep(0.05)

    def start(self, name: str) -> None:
        try:
            self._rpc.startProcess(name, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != ALREADY_STARTED:
                raise

    def stop(self, name: str) -> None:
        """Return once it has ended; nothing if it does not run."""
        try:
            self._rpc.stopProcess(name, True)
        except xmlrpc.client.Fault:
            return

    def statuses(self) -> list[ProcessStatus]:
        return [ProcessStatus(info["name"], info["statename"], info["pid"]) for info in self._rpc.getAllProcessInfo()]

    def shutdown(self) -> None:
        """End what still runs and supervisord itself; returns when its socket is gone."""
        try:
            # Its own shutdown would stop one program a second.
            self._rpc.stopAllProcesses(True)
            self._rpc.shutdown()
        except (OSError, xmlrpc.client.Error):
            return
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.05)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in INHERITED or name.startswith("SLIPWAY_")}
    # Processes read the keys from their file, and show none in their environment.
    kept.pop("SLIPWAY_SECRET_KEYS", None)
    own = {
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SLIPWAY_HOME": str(settings.HOME.root),
        "SLIPWAY_SECRET_KEYS_FILE": str(settings.SECRET_KEYS_FILE),
    }
    return {"LANG": "C.UTF-8", **kept, **own}
