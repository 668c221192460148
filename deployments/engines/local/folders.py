"""The folder of one instance: everything that a restart of it needs."""

import contextlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NotRequired, TypedDict

from deployments.engines.local.sealed import Sealed
from deployments.removal import remove_tree
from workspaces.encryption import KeyRing

INSTANCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


class Plan(TypedDict):
    """launch.json: what launch.py runs. Neither ``command`` nor ``env`` holds a secret.

    ``descriptors`` says under which number ``command`` expects each private file, by its place; those in
    ``clear`` have no such number and are written to the folder ``files`` for ``clear_uid``.
    """

    command: list[str]
    env: dict[str, str]
    bare_env: dict[str, str]
    cwd: str
    port: int
    log_dir: str
    pipe_bytes: int
    key_file: str
    packages: str
    descriptors: NotRequired[dict[str, int]]
    clear: NotRequired[dict[str, str]]
    clear_uid: NotRequired[int | None]


class Folder:
    """``<instances>/<id>/``. Raises ``ValueError`` for an id that could lead elsewhere."""

    def __init__(self, instances: Path, instance_id: str) -> None:
        if not INSTANCE_ID.fullmatch(instance_id):
            raise ValueError(f"{instance_id!r} is not an instance id. Use up to 63 letters, digits, _ and -.")
        self.instance_id = instance_id
        self.path = instances / instance_id
        self.home = self.path / "home"
        self.tmp = self.path / "tmp"
        self.identity = self.path / "identity"
        self.log = self.path / "log"
        self.starts = self.path / "starts"
        self.plan = self.path / "launch.json"
        self.secrets = Sealed(self.path / "env.sealed", f"instance:{instance_id}")
        #: ``{"files": {place: content}, "hidden": [what the log hides]}``
        self.private = Sealed(self.path / "private.sealed", f"instance:{instance_id}:private")
        #: Where private files lie in clear, for want of a sandbox.
        self.files = self.path / "files"
        self.program = self.path / "program.conf"

    def read_plan(self) -> Plan | None:
        try:
            plan: Plan = json.loads(self.plan.read_text())
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        return plan

    def reseal(self, keys: KeyRing) -> bool:
        """Seal with the first key whatever another one sealed; whether there was anything."""
        resealed = [sealed.reseal(keys) for sealed in (self.secrets, self.private)]
        return any(resealed)

    def make(self, uid: int | None) -> None:
        """The folders and the FIFO, belonging to ``uid`` where the program writes."""
        self.path.mkdir(mode=0o711, exist_ok=True)
        # Without a sandbox the program passes through here to its home, but lists nothing.
        self.path.chmod(0o711)
        for folder in (self.home, self.tmp):
            folder.mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkfifo(self.log, 0o600)
        if uid is not None:
            for path in (self.home, self.tmp, self.log):
                os.chown(path, uid, uid, follow_symlinks=False)

    def remove_clear(self) -> None:
        """Nothing that was sealed stays in clear while the program does not run."""
        remove_tree(self.files)

    def remove(self) -> None:
        """Forget the instance. Renamed first, so that a half-removed one is no instance any more."""
        condemned = self.path.with_name(f".{self.instance_id}.discarded")
        remove_tree(condemned)
        with contextlib.suppress(FileNotFoundError):
            self.path.rename(condemned)
        remove_tree(condemned)


def known(instances: Path) -> Iterator[Folder]:
    """Every instance that has a folder, whole or begun."""
    try:
        names = sorted(entry.name for entry in os.scandir(instances) if entry.is_dir(follow_symlinks=False))
    except FileNotFoundError:
        return
    yield from (Folder(instances, name) for name in names if INSTANCE_ID.fullmatch(name))


def dump(plan: Plan) -> bytes:
    return json.dumps(plan, indent=1).encode()
