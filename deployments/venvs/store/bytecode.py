"""Byte-code compiled once per source file and interpreter, hard-linked into every unpacked wheel that has the file.

It is kept under the hash of the source, as the wheel's RECORD states it: the same file in two versions of a
package is compiled once, and byte-code can never meet a source that it was not made from.
"""

import base64
import csv
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from deployments import durability
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.store.links import link
from deployments.venvs.store.skeleton import site_packages
from deployments.venvs.workbench import ShouldStop, Workbench

SCRIPT = Path(__file__).with_name("compile_bytecode.py")


@dataclass(frozen=True)
class BytecodeStore:
    """``<root>/<cache tag and version>/<2 hex digits>/<sha256 of the source>.pyc``; only the platform writes it."""

    root: Path

    def link(self, tree: Path, interpreter: Interpreter) -> int:
        """Link what is known into the unpacked wheel ``tree``; returns how many source files still have none."""
        folder, missing, made = self._folder(interpreter), 0, set[str]()
        for source, digest in sources(site_packages(tree)).items():
            directory, _, name = source.rpartition("/")
            cached = f"{directory}/__pycache__"
            if cached not in made:
                os.makedirs(cached, exist_ok=True)
                made.add(cached)
            known = f"{folder}/{digest[:2]}/{digest}"
            try:
                link(f"{known}.pyc", f"{cached}/{name[:-3]}.{interpreter.cache_tag}.pyc")
            except FileExistsError:
                continue
            except FileNotFoundError:
                missing += not os.path.exists(f"{known}.bad")
        return missing

    def compile(
        self,
        trees: Sequence[Path],
        interpreter: Interpreter,
        workbench: Workbench,
        should_stop: ShouldStop | None = None,
    ) -> int:
        """Compile what ``trees`` have and this store lacks, in the sandbox; returns how many files were added."""
        folder = self._folder(interpreter)
        output = workbench.folder("bytecode")
        jobs = {
            digest: [source, digest, str(output / digest)]
            for tree in trees
            for source, digest in sources(site_packages(tree)).items()
            if not (folder / digest[:2] / f"{digest}.pyc").exists()
        }
        if not jobs:
            return 0
        listed = workbench.folder("bytecode-list") / "jobs.json"
        listed.write_text(json.dumps(list(jobs.values())))
        workbench.run(
            [str(interpreter.path), "-I", "-S", str(SCRIPT), str(listed)],
            readonly=(SCRIPT, *trees, *interpreter.readonly_paths),
            network=False,
            with_cache=False,
            should_stop=should_stop,
        )
        durability.settle(output)
        return sum(
            self._adopt(output / f"{digest}{end}", folder / digest[:2]) for digest in jobs for end in (".pyc", ".bad")
        )

    def prune(self, *, idle_s: float) -> int:
        """Remove what no unpacked wheel links and is older than that; returns how many.

        A wheel that is unpacked at the same moment counts such a module as one to compile.
        """
        removed = 0
        for path in self.root.glob("*/*/*"):
            status = path.lstat()
            if status.st_nlink == 1 and time.time() - status.st_mtime > idle_s:
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def _folder(self, interpreter: Interpreter) -> Path:
        # A patch release may change what the compiler makes of a file without changing the magic number.
        return self.root / f"{interpreter.cache_tag}-{interpreter.version}"

    def _adopt(self, made: Path, folder: Path) -> bool:
        if not made.is_file() or made.is_symlink():
            return False
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(made, 0, 0)
        made.chmod(0o644)
        made.replace(folder / made.name)
        return True


def sources(site: Path) -> Mapping[str, str]:
    """Each ``.py`` file of a wheel with the SHA-256 that the wheel states for it, once and not twice differently."""
    found: dict[str, str] = {}
    disputed: set[str] = set()
    for record in site.glob("*.dist-info/RECORD"):
        for path, digest in _recorded(record):
            if found.setdefault(path, digest) != digest:
                disputed.add(path)
    return {f"{site}/{path}": digest for path, digest in found.items() if path not in disputed}


def _recorded(record: Path) -> Iterator[tuple[str, str]]:
    with record.open(newline="", encoding="utf-8", errors="replace") as file:
        for row in csv.reader(file):
            if len(row) < 2 or not row[0].endswith(".py") or not row[1].startswith("sha256="):
                continue
            place = PurePosixPath(row[0])
            if place.is_absolute() or ".." in place.parts:
                continue
            try:
                digest = base64.urlsafe_b64decode(row[1].removeprefix("sha256=") + "=").hex()
            except ValueError:
                continue
            if len(digest) == 64:
                yield str(place), digest
