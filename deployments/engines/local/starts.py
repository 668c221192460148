"""How often an instance was started and how it ended: the record that launch.py begins and the sandbox completes.

Light to import, for launch.py. The file is written anew at each start, so it stays a few hundred bytes::

    {"starts": 2, "started_at": 1763710530.1, "previous_exit": 1, "was_lost": false}
    { "child-pid": 1234 }
    { "exit-code": 137 }
"""

import json
import os

#: A run cut off before anyone could write its exit code died of SIGKILL: its grace was over, or supervisord was gone.
KILLED = -9
#: sysexits.h EX_SOFTWARE: the platform could not make the sandbox; launch.py says the same of itself.
NEVER_BEGAN = 70


class Run:
    """The newest run of an instance. ``exit_code`` is its own, or ``None`` while it may still be running."""

    __slots__ = ("child_pid", "exit_code", "number", "previous_exit", "previous_was_lost", "started_at")

    def __init__(
        self,
        number: int = 0,
        started_at: float | None = None,
        previous_exit: int | None = None,
        exit_code: int | None = None,
        previous_was_lost: bool = False,
    ) -> None:
        self.number = number
        self.started_at = started_at
        self.previous_exit = previous_exit
        self.previous_was_lost = previous_was_lost
        self.exit_code = exit_code
        self.child_pid: int | None = None

    def newest_exit(self, is_running: bool) -> int | None:
        """The exit code of the newest end, given whether the program is running now."""
        if self.exit_code is not None or self.number == 0:
            return self.exit_code
        if is_running:
            return self.previous_exit
        return NEVER_BEGAN if self.child_pid is None else KILLED

    def newest_was_lost(self, is_running: bool) -> bool:
        """Whether the newest end came from outside, with whoever would have written an exit code."""
        if self.exit_code is not None or self.number == 0:
            return False
        return self.previous_was_lost if is_running else self.child_pid is not None


def read(path: str | os.PathLike[str]) -> Run:
    """The newest run; one numbered 0 before the first start."""
    run = Run()
    try:
        with open(path, encoding="utf-8") as file:
            documents = [_parse(line) for line in file]
    except FileNotFoundError:
        return run
    for document in documents:
        run.number = document.get("starts", run.number)
        run.started_at = document.get("started_at", run.started_at)
        run.previous_exit = document.get("previous_exit", run.previous_exit)
        run.previous_was_lost = bool(document.get("was_lost", run.previous_was_lost))
        run.child_pid = document.get("child-pid", run.child_pid)
        run.exit_code = _signed(document.get("exit-code", run.exit_code))
    return run


def begin(path: str, now: float) -> tuple[Run, int]:
    """Record a new start; returns it with the descriptor to which its exit code is to be appended."""
    previous = read(path)
    run = Run(
        previous.number + 1, now, previous.newest_exit(is_running=False),
        previous_was_lost=previous.newest_was_lost(is_running=False),
    )  # fmt: skip
    record = {
        "starts": run.number, "started_at": run.started_at,
        "previous_exit": run.previous_exit, "was_lost": run.previous_was_lost,
    }  # fmt: skip
    new = path + ".new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
    os.write(descriptor, json.dumps(record).encode() + b"\n")
    os.replace(new, path)
    return run, descriptor


def _parse(line: str) -> dict[str, int]:
    try:
        document = json.loads(line)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _signed(code: int | None) -> int | None:
    """Shells and bubblewrap write 128 + n for signal n."""
    return code if code is None or not 128 < code <= 128 + 64 else 128 - code
