"""The local engine: instances are sandboxed processes kept by a supervisord of their own."""

import os
import re
import time
from collections.abc import Collection, Mapping
from pathlib import Path

import cryptography

from deployments import sandbox
from deployments.engines.base import Condition, EngineUnavailable, InstanceSpec, Status, Usage
from deployments.engines.local import descriptors, folders, leftovers, ports, private_files, processes, starts
from deployments.engines.local.env_script import env_script
from deployments.engines.local.folders import Folder, Plan
from deployments.engines.local.settings import LocalSettings
from deployments.engines.local.supervisor import Supervisor
from deployments.engines.local.writing import write_file
from workspaces.encryption import KeyRing

#: What supervisord's words mean here. STARTING is its doubt about the first seconds, not ours.
CONDITIONS = {
    "STARTING": Condition.RUNNING,
    "RUNNING": Condition.RUNNING,
    "BACKOFF": Condition.EXITED,
    "EXITED": Condition.EXITED,
    "FATAL": Condition.EXITED,
    "STOPPING": Condition.STOPPING,
}
PORT = re.compile(r"\$(?:(?:PORT|DATABRICKS_APP_PORT)(?![A-Za-z0-9_])|\{(?:PORT|DATABRICKS_APP_PORT)\})")
#: SIGKILL takes effect within milliseconds, supervisord looks once a second.
DISCARD_TIMEOUT_S = 10.0
PACKAGES = str(Path(cryptography.__file__).parents[1])


class LocalEngine:
    """Fulfils ``engines.base.Engine`` on one machine. Keeps nothing in memory: any process may have one."""

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._supervisor = Supervisor(settings)

    def ensure_running(self) -> None:
        """Have a supervisord that answers. Every other call does this too."""
        self._supervisor.ensure_running()

    def shutdown(self, grace_s: float = 15) -> None:
        """End all instances, after ``grace_s`` by force, and the supervisord. Their folders stay; ``start`` brings
        each back."""
        self._supervisor.shutdown(grace_s)
        for folder in folders.known(self._settings.instances):
            folder.remove_clear()

    def start(self, spec: InstanceSpec) -> str:
        """See the contract. Raises ``ValueError`` for a variable that cannot be given to a program."""
        folder = self._folder(spec.instance_id)
        env_script({**spec.env, **spec.secrets})
        self._supervisor.ensure_running()
        with self._supervisor.lock():
            condition, plan = self._condition(spec.instance_id), folder.read_plan()
            if condition is Condition.STOPPING:
                raise EngineUnavailable(f"Instance {spec.instance_id} is still stopping. Start it when it has ended.")
            if condition is Condition.ABSENT or plan is None:
                plan = self._prepare(folder, spec)
                self._supervisor.start(folder)
        return f"127.0.0.1:{plan['port']}"

    def stop(self, instance_id: str, grace_s: float) -> None:
        folder = self._folder(instance_id)
        self._supervisor.ensure_running()
        self._supervisor.stop(folder.instance_id, grace_s)

    def poll(self, instance_ids: Collection[str]) -> Mapping[str, Status]:
        if not instance_ids:
            return {}
        self._supervisor.ensure_running()
        states = self._supervisor.states()
        return {instance_id: self._status(instance_id, states.get(instance_id)) for instance_id in instance_ids}

    def usage(self, instance_ids: Collection[str]) -> Mapping[str, Usage]:
        if not instance_ids:
            return {}
        # A client of its own: the other one's connection may be in use by another thread.
        roots = Supervisor(self._settings).pids()
        return processes.usage({name: pid for name, pid in roots.items() if name in set(instance_ids)})

    def instances(self) -> Collection[str]:
        return [folder.instance_id for folder in folders.known(self._settings.instances)]

    def discard(self, instance_id: str) -> None:
        folder = self._folder(instance_id)
        self._supervisor.ensure_running()
        self._supervisor.stop(instance_id, 0)
        deadline = time.monotonic() + DISCARD_TIMEOUT_S
        while not self._supervisor.remove(instance_id):
            if time.monotonic() > deadline:
                raise EngineUnavailable(f"Instance {instance_id} has not ended yet. Discard it again later.")
            time.sleep(0.02)
        leftovers.kill(folder.log)
        folder.remove()
        self._ring()

    def reseal(self, keys: KeyRing) -> int:
        """Seal the instances' secrets with the first key, so that older keys can go; how many it were."""
        with self._supervisor.lock():
            return sum(folder.reseal(keys) for folder in folders.known(self._settings.instances))

    def _folder(self, instance_id: str) -> Folder:
        return Folder(self._settings.instances, instance_id)

    def _condition(self, instance_id: str) -> Condition:
        return CONDITIONS.get(self._supervisor.states().get(instance_id, ""), Condition.ABSENT)

    def _status(self, instance_id: str, state: str | None) -> Status:
        condition = CONDITIONS.get(state or "", Condition.ABSENT)
        run = starts.read(self._folder(instance_id).starts)
        is_running = condition in (Condition.RUNNING, Condition.STOPPING)
        return Status(
            condition, run.number, run.newest_exit(is_running), run.started_at, run.newest_was_lost(is_running)
        )

    def _prepare(self, folder: Folder, spec: InstanceSpec) -> Plan:
        """Write down everything a start needs, the plan last."""
        uid = spec.uid if self._settings.as_root else None
        leftovers.kill(folder.log)
        folder.make(uid)
        sandbox.write_identity(folder.identity, uid=os.getuid() if uid is None else uid, home=folder.home)
        files = private_files.placed(spec, folder, in_place=self._settings.sandboxed)
        folder.secrets.replace(spec.secrets, self._settings.key_file)
        folder.private.replace(files.sealed(spec.hidden), self._settings.key_file)
        plan = self._plan(folder, spec, uid, self._choose_port(folder), files)
        write_file(folder.plan, folders.dump(plan))
        self._ring()
        return plan

    def _plan(
        self, folder: Folder, spec: InstanceSpec, uid: int | None, port: int, files: private_files.Placed
    ) -> Plan:
        box = sandbox.Sandbox(
            home=folder.home,
            uid=uid,
            readonly=(spec.source, spec.environment, *spec.readonly),
            mounts=spec.mounts,
            files={Path(path): descriptor for path, descriptor in files.descriptors.items()},
            cwd=spec.source,
            identity=folder.identity,
            limits=spec.limits,
            tmp_bytes=self._settings.tmp_bytes,
        )
        make_command = sandbox.command if self._settings.sandboxed else sandbox.bare_command
        argv = [with_port(word, port) for word in spec.argv]
        command = make_command(box, argv, env_fd=descriptors.ENVIRONMENT, status_fd=descriptors.STATUS)
        return Plan(
            command=command,
            env={**self._environment(folder, spec, port), **files.variables},
            bare_env=dict(sandbox.BARE_ENV),
            cwd="/" if self._settings.sandboxed else str(spec.source),
            port=port,
            log_dir=str(spec.log_dir),
            pipe_bytes=self._settings.pipe_bytes,
            key_file=str(self._settings.key_file),
            packages=PACKAGES,
            descriptors=dict(files.descriptors),
            clear=dict(files.clear),
            clear_uid=uid,
        )

    def _environment(self, folder: Folder, spec: InstanceSpec, port: int) -> dict[str, str]:
        return {
            "PATH": os.pathsep.join(map(str, self._path(folder, spec))),
            "VIRTUAL_ENV": str(spec.environment),
            "HOME": str(folder.home),
            "TMPDIR": "/tmp" if self._settings.sandboxed else str(folder.tmp),  # noqa: S108
            "LANG": "C.UTF-8",
            **{name: with_port(value, port) for name, value in spec.env.items()},
            "PORT": str(port),
            "DATABRICKS_APP_PORT": str(port),
            "SLIPWAY_APP_HOME": str(folder.home),
        }

    def _path(self, folder: Folder, spec: InstanceSpec) -> list[Path]:
        own = [folder.home / program for program in spec.programs]
        return [spec.environment / "bin", *own, Path("/usr/local/bin"), Path("/usr/bin"), Path("/bin")]

    def _choose_port(self, folder: Folder) -> int:
        plans = {other.instance_id: other.read_plan() for other in folders.known(self._settings.instances)}
        own = plans.pop(folder.instance_id, None)
        taken = {plan["port"] for plan in plans.values() if plan is not None}
        return ports.choose(self._settings.ports, taken, [own["port"]] if own else [])

    def _ring(self) -> None:
        """Tell the logger that instances came or went; it looks by itself too, only later."""
        try:
            bell = os.open(self._settings.bell, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return
        os.write(bell, b"!")
        os.close(bell)


def with_port(text: str, port: int) -> str:
    """``text`` with ``$PORT``, ``${PORT}`` and the same of ``DATABRICKS_APP_PORT`` filled in."""
    return PORT.sub(str(port), text)
