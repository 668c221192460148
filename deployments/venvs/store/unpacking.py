"""One wheel unpacked as an interpreter's environment has it: packages, programs and data, nothing of a machine's.

uv does it, each wheel for itself: no other wheel can have put a file among these. Nothing of the wheel is run.
"""

import csv
import io
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deployments import shell
from deployments.failures import Failure, FailureKind
from deployments.venvs import explain, uv
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.store import scripts
from deployments.venvs.store.wheels import StoredWheel
from deployments.venvs.workbench import ShouldStop

#: What uv notes of where a wheel lay and who asked for it: places on this machine, different each time.
NOTES = ("direct_url.json", "uv_cache.json", "REQUESTED")
#: What uv knows of interpreters, whichever cache it is told to use.
KNOWN = "interpreter-v*"


@dataclass(frozen=True)
class Unpacker:
    """``known`` is a folder for what uv finds out of interpreters, ``timeout_s`` holds for each wheel."""

    interpreter: Interpreter
    known: Path
    timeout_s: float
    should_stop: ShouldStop | None = None

    def unpack(self, wheel: StoredWheel, folder: Path) -> None:
        """Make the new ``folder`` (``bin``, ``lib/python3.11/site-packages``, …) with the files of ``wheel``.

        Raises ``Failure``, ``shell.Stopped`` and ``OSError``; what is in the folder then is for the caller to remove.
        """
        work = folder.with_name(f"{folder.name}.work")
        (work / "cache").mkdir(parents=True)
        (folder / "lib").mkdir(parents=True)
        # As in an environment: what a wheel has for the one lies in the other.
        (folder / "lib64").symlink_to("lib")
        try:
            self._lend(work / "cache")
            (work / "pylock.toml").write_text(_pylock_text(wheel))
            self._run(uv.unpack_command(
                work / "pylock.toml", prefix=folder, python=self.interpreter.path, cache_dir=work / "cache",
            ))  # fmt: skip
            self._keep(work / "cache")
        finally:
            shutil.rmtree(work, ignore_errors=True)
        self._clean(folder)

    def _run(self, argv: Sequence[str]) -> None:
        """uv as the platform itself, without network: it only unpacks a file whose hash it checks."""
        env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self.known)} | uv.ENVIRONMENT
        try:
            finished = shell.run(argv, timeout_s=self.timeout_s, env=env, should_stop=self.should_stop)
        except shell.TimedOut:
            raise Failure(
                FailureKind.BUILD_TIMED_OUT, "Installing the packages took too long and was stopped."
            ) from None
        if finished.was_killed:
            raise explain.killed("Unpacking the packages")
        if finished.returncode != 0:
            raise explain.install_failure(finished.output)

    def _lend(self, cache: Path) -> None:
        """uv would start the interpreter to ask what it is, for each wheel."""
        for known in self.known.glob(KNOWN):
            (cache / known.name).symlink_to(known)

    def _keep(self, cache: Path) -> None:
        self.known.mkdir(parents=True, exist_ok=True)
        for found in cache.glob(KNOWN):
            if not found.is_symlink() and not (self.known / found.name).exists():
                # Another thread may be as quick: either will do.
                shutil.copytree(found, self.known / found.name, dirs_exist_ok=True)

    def _clean(self, folder: Path) -> None:
        (folder / ".lock").unlink(missing_ok=True)
        for link in _links(folder):
            os.unlink(link)
        for metadata in folder.glob("lib/*/site-packages/*.dist-info"):
            for name in NOTES:
                (metadata / name).unlink(missing_ok=True)
            self._correct(metadata / "RECORD", folder)

    def _correct(self, record: Path, folder: Path) -> None:
        """Leave out what was removed, and the hashes of programs: those begin with the environment's own place."""
        if not record.is_file():
            return
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\n")
        for row in csv.reader(io.StringIO(record.read_text("utf-8", "surrogateescape"), newline="")):
            if row and not row[0].endswith(tuple(f".dist-info/{name}" for name in NOTES)):
                writer.writerow([row[0], "", ""] if self._is_rewritten(row[0], folder) else row)
        record.unlink()
        record.write_text(lines.getvalue(), "utf-8", "surrogateescape")

    def _is_rewritten(self, path: str, folder: Path) -> bool:
        directory, _, name = path.rpartition("/")
        program = folder / "bin" / name
        return directory == "../../../bin" and program.is_file() and scripts.starts(program, self.interpreter.path)


def _links(folder: Path) -> Iterator[str]:
    """No wheel has links; one that leads out of an environment must not come into it."""
    for root, folders, files in os.walk(folder):
        yield from (path for name in (*folders, *files) if os.path.islink(path := f"{root}/{name}"))


def _pylock_text(wheel: StoredWheel) -> str:
    place, hashes = _quoted(str(wheel.path)), f'{{ sha256 = "{wheel.sha256}" }}'
    return (
        'lock-version = "1.0"\ncreated-by = "slipway"\n\n'
        f"[[packages]]\nname = {_quoted(wheel.name)}\nversion = {_quoted(wheel.version)}\n"
        f"wheels = [{{ path = {place}, hashes = {hashes} }}]\n"
    )


def _quoted(text: str) -> str:
    # JSON strings are TOML strings, unless a letter is written as two halves.
    return json.dumps(text, ensure_ascii=False)
