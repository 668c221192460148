"""The supervisord that keeps the instances: start it, ask it, end it."""

import fcntl
import os
import resource
import time
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

from deployments import shell, unix_rpc
from deployments.engines.base import EngineUnavailable
from deployments.engines.local import folders
from deployments.engines.local.configuration import main_text, program_text
from deployments.engines.local.settings import LocalSettings
from deployments.engines.local.writing import write_file

PROJECT = Path(__file__).parents[3]
#: supervisord answers in milliseconds; this is for a machine that swaps.
RPC_TIMEOUT_S = 10.0
START_TIMEOUT_S = 15.0
#: supervisord looks at its children once a second; twice that, and the machine may be busy.
STOP_MARGIN_S = 5.0
#: Two pipes and a log per instance, with room for the 300 that the engine is made for.
OPEN_FILES = 4096

#: Faults of supervisord's RPC (supervisor.xmlrpc.Faults).
BAD_NAME, ALREADY_STARTED, ALREADY_ADDED, STILL_RUNNING, CANT_REREAD = 10, 60, 90, 91, 92


class Supervisor:
    """``ensure_running`` first; each method raises ``EngineUnavailable`` when supervisord does not answer."""

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._folder = settings.instances
        self._client = unix_rpc.connect(settings.socket, RPC_TIMEOUT_S)

    def states(self) -> dict[str, str]:
        """The state of every program, by name; one call."""
        return {info["name"]: info["statename"] for info in self._call("supervisor.getAllProcessInfo")}

    def pids(self) -> dict[str, int]:
        """The first process of every program that runs, by the program's name; one call."""
        return {info["name"]: info["pid"] for info in self._call("supervisor.getAllProcessInfo") if info["pid"]}

    def start(self, folder: folders.Folder) -> None:
        """Start the program of ``folder`` if it does not run, after adding it if supervisord does not have it."""
        name = folder.instance_id
        if name not in self.states():
            write_file(folder.program, program_text(self._settings, folder).encode())
            # Reads the files of all programs, so not for those that it read when it started.
            self._reload()
            self._call("supervisor.addProcessGroup", name, ignore=(ALREADY_ADDED,))
        self._call("supervisor.startProcess", name, False, ignore=(ALREADY_STARTED,))

    def stop(self, name: str, grace_s: float) -> None:
        self._call("instances.stop", name, grace_s)

    def remove(self, name: str) -> bool:
        """Forget a stopped program; False while it is still running."""
        return (
            self._call("supervisor.removeProcessGroup", name, ignore=(BAD_NAME,), refused=(STILL_RUNNING,)) is not False
        )

    def shutdown(self, grace_s: float) -> None:
        """SIGTERM to all instances, SIGKILL after ``grace_s``, then the end of supervisord itself."""
        if not self.is_running():
            return
        # Its own shutdown would stop one program a second.
        self._call("instances.stop_all", grace_s)
        _wait_until(lambda: "STOPPING" not in self.states().values(), grace_s + STOP_MARGIN_S)
        self._call("supervisor.shutdown")
        _wait_until(self._is_gone, STOP_MARGIN_S)

    def is_running(self) -> bool:
        try:
            self._client.supervisor.getState()
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except (OSError, HTTPException, xmlrpc.client.Error) as error:
            raise EngineUnavailable(f"The supervisor of the instances does not answer ({error}).") from error
        return True

    def _is_gone(self) -> bool:
        try:
            return not self.is_running()
        except EngineUnavailable:
            return False  # It closed the connection on its way out.

    def ensure_running(self) -> None:
        if self.is_running():
            return
        with self.lock():
            if not self.is_running():
                self._boot()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One at a time over all processes of the platform; freed when its holder dies."""
        # Without a sandbox, programs pass through the one to their homes; nobody else has business in the other.
        self._folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._settings.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / "engine.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _boot(self) -> None:
        # Made anew: after a crash of the machine no half-written file may keep the others down.
        self._write_programs()
        configuration = self._folder / "supervisord.conf"
        hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        open_files = OPEN_FILES if hard_limit == resource.RLIM_INFINITY else min(OPEN_FILES, hard_limit)
        write_file(configuration, main_text(self._settings, open_files).encode())
        # The instances inherit this environment, up to launch.py.
        env = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8", "PYTHONPATH": str(PROJECT)}
        argv = [str(self._settings.python), "-P", "-m", "supervisor.supervisord", "-c", str(configuration)]
        shell.start_detached(argv, env=env, cwd=self._folder, log=self._folder / "engine.out")
        if not _wait_until(self.is_running, START_TIMEOUT_S):
            raise EngineUnavailable(
                "The supervisor of the instances did not start. Its reason is in instances/engine.out."
            )

    def _reload(self) -> None:
        try:
            self._call("supervisor.reloadConfig")
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != CANT_REREAD:
                raise
            self._write_programs()
            self._call("supervisor.reloadConfig")

    def _write_programs(self) -> None:
        """One bad file would block all: write those of instances anew, and take the others away."""
        wanted = {folder.program: folder for folder in folders.known(self._folder) if folder.plan.exists()}
        for path in self._folder.glob("*/program.conf"):
            if path not in wanted:
                path.unlink()
        for path, folder in wanted.items():
            write_file(path, program_text(self._settings, folder).encode())

    def _call(self, method: str, *arguments: Any, ignore: tuple[int, ...] = (), refused: tuple[int, ...] = ()) -> Any:
        """``True`` for a fault to ``ignore``, ``False`` for one of ``refused``."""
        try:
            return getattr(self._client, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode in ignore:
                return True
            if fault.faultCode in refused:
                return False
            if fault.faultCode == CANT_REREAD:
                raise
            raise EngineUnavailable(f"The supervisor of the instances refused {method}: {fault.faultString}") from fault
        except (OSError, HTTPException, xmlrpc.client.Error) as error:
            raise EngineUnavailable(f"The supervisor of the instances does not answer ({error}).") from error


def _wait_until(is_true: Any, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
