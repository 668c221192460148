"""Run a command with a deadline and stream its lines: the only use of subprocess."""

import errno
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: A line longer than this is cut: a progress bar without line ends must not fill the memory.
MAX_LINE_BYTES = 8 * 1024
#: What ``Finished.tail`` remembers of the output, enough for a traceback or a resolver's explanation.
TAIL_LINES = 400
#: How often a quiet command's deadline and ``should_stop`` are looked at.
TICK_S = 0.2
#: Children die with the thread that started them, so a killed worker leaves no orphan (PR_SET_PDEATHSIG).
#: By its full path: the PATH of ``env`` may begin with a tenant's folder, and this runs before root is given up.
DIE_WITH_PARENT = ("/usr/bin/setpriv", "--pdeathsig", "KILL", "--")


class TimedOut(Exception):
    """The command was still running at its deadline and has been killed with all its children."""


class Stopped(Exception):
    """``should_stop`` became true; the command has been killed with all its children."""


@dataclass(frozen=True)
class Finished:
    """A command that ended by itself. ``returncode`` is negative when a signal ended it."""

    returncode: int
    tail: tuple[str, ...]

    @property
    def was_killed(self) -> bool:
        """By a signal that no program can answer; a sandbox tells its program's end as a shell does."""
        return self.returncode in {-signal.SIGKILL, 128 + signal.SIGKILL}

    @property
    def output(self) -> str:
        """The last lines the command wrote, to standard output and standard error alike."""
        return "\n".join(self.tail)


def run(
    argv: Sequence[str],
    *,
    timeout_s: float,
    env: Mapping[str, str],
    cwd: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    pass_fds: Sequence[int] = (),
) -> Finished:
    """Run ``argv`` to its end, handing each line of its output to ``on_line`` as it appears.

    The environment is exactly ``env``: nothing of the platform's own is inherited. Secrets travel
    by file or descriptor, never in ``argv``.

    Raises ``TimedOut``, ``Stopped``, and ``FileNotFoundError`` when the program does not exist.
    """
    _require(argv[0], cwd, env)
    process = subprocess.Popen(
        [*DIE_WITH_PARENT, *argv],
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=tuple(pass_fds),
        process_group=0,
    )
    tail: deque[str] = deque(maxlen=TAIL_LINES)

    def keep(line: str) -> None:
        tail.append(line)
        if on_line is not None:
            on_line(line)

    try:
        _stream(process, time.monotonic() + timeout_s, keep, should_stop)
        return Finished(process.wait(), tuple(tail))
    finally:
        _kill_group(process)


def start_detached(argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> None:
    """Start a daemon in a session of its own that outlives the caller; its output is appended to ``log``.

    Only its owner may read what it writes. A program that does not exist is told by ``log`` only.
    """
    with log.open("ab") as output:
        subprocess.run(
            ["/usr/bin/setsid", "--fork", *argv],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            umask=0o077,
            timeout=30,
            check=True,
        )


def _require(program: str, cwd: Path | None, env: Mapping[str, str]) -> None:
    """setpriv would turn a missing program into exit code 127, which the program could have given itself."""
    path = os.path.join(cwd or "", program) if "/" in program else program
    if shutil.which(path, path=env.get("PATH", os.defpath)) is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), program)


def _stream(
    process: subprocess.Popen[bytes],
    deadline: float,
    keep: Callable[[str], None],
    should_stop: Callable[[], bool] | None,
) -> None:
    assert process.stdout is not None
    lines = _LineSplitter(keep)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if time.monotonic() > deadline:
                raise TimedOut
            if should_stop is not None and should_stop():
                raise Stopped
            if selector.select(TICK_S):
                data = os.read(process.stdout.fileno(), 65536)
                if not data:
                    break
                lines.feed(data)
            elif process.poll() is not None:
                # A daemon the command left behind may hold the pipe open for ever.
                break
    lines.close()
    try:
        process.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TimedOut from None


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


class _LineSplitter:
    """Bytes in, decoded lines out; an overlong line is cut and the rest of it dropped."""

    def __init__(self, keep: Callable[[str], None]) -> None:
        self._keep = keep
        self._buffer = b""

    def feed(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._emit(line)
        if len(self._buffer) > 2 * MAX_LINE_BYTES:
            self._buffer = self._buffer[: 2 * MAX_LINE_BYTES]

    def close(self) -> None:
        if self._buffer:
            self._emit(self._buffer)

    def _emit(self, line: bytes) -> None:
        text = line[:MAX_LINE_BYTES].decode("utf-8", "replace").rstrip("\r")
        self._keep(text.replace("\x00", "�") + (" … (line cut)" if len(line) > MAX_LINE_BYTES else ""))
