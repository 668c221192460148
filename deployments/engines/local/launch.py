"""Start one instance: run by supervisord as root or the platform's user, at each start and restart of it.

Stands alone and imports little, because it is the time between a crash and its cure. It prepares three
descriptors, the log, the environment and the record of the exit, and becomes the command of launch.json.
"""

import errno
import fcntl
import json
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(HERE))))

from deployments.engines.local import descriptors, starts  # noqa: E402
from deployments.engines.local.env_script import env_script  # noqa: E402

#: A new FIFO is found by the logger within milliseconds. Without a reader, the last words of a
#: program that dies at once would be lost with it, so they are worth a wait.
LOGGER_WAIT_S = 2.0


def main(folder: str) -> None:
    os.chdir(folder)
    run, status = begin()
    try:
        with open("launch.json", encoding="utf-8") as file:
            plan = json.load(file)
        log = open_log("log", plan["pipe_bytes"])
        if run.number > 1:
            os.write(log, f"Start {run.number}: the previous run {ending(run.previous_exit)}.\n".encode())
        environment = memory_file(env_script(plan["env"] | secrets(folder, plan)))
        files = private_files(folder, plan)
        os.chdir(plan["cwd"])
        hand_over({1: log, 2: log, descriptors.ENVIRONMENT: environment, descriptors.STATUS: status, **files})
        os.execvpe(plan["command"][0], plan["command"], plan["bare_env"])  # noqa: S606
    except Exception as error:
        fail(folder, error)


def begin() -> tuple[starts.Run, int]:
    try:
        return starts.begin("starts", time.time())
    except OSError:
        # A full disk loses the count, but keeps no app down.
        return starts.Run(1), os.open(os.devnull, os.O_WRONLY)


def ending(code: int | None) -> str:
    if code is None:
        return "left no exit code"
    return f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"


def open_log(path: str, pipe_bytes: int) -> int:
    """Both ends of the FIFO, so that writing to it never fails while the logger is being restarted."""
    wait_for_reader(path)
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, pipe_bytes)
    except OSError:
        pass  # The user's total of pipe memory is spent; the default size works too.
    return descriptor


def wait_for_reader(path: str) -> None:
    deadline = time.monotonic() + LOGGER_WAIT_S
    while True:
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
            return
        except OSError as error:
            if error.errno != errno.ENXIO or time.monotonic() > deadline:
                return
            time.sleep(0.01)


def secrets(folder: str, plan: "dict[str, Any]") -> dict[str, str]:
    """The sealed part of the environment, opened."""
    return opened("env.sealed", f"instance:{os.path.basename(folder)}", plan)


def private_files(folder: str, plan: "dict[str, Any]") -> dict[int, int]:
    """The private files opened: memory for the sandbox by the number it knows, the others written where it has none."""
    contents = opened("private.sealed", f"instance:{os.path.basename(folder)}:private", plan).get("files", {})
    for path, place in plan.get("clear", {}).items():
        write_clear(place, contents[path].encode(), plan["clear_uid"])
    return {number: memory_file(contents[path].encode()) for path, number in plan.get("descriptors", {}).items()}


def opened(name: str, place: str, plan: "dict[str, Any]") -> "dict[str, Any]":
    """The JSON object of a sealed file, empty where there is none."""
    try:
        with open(name, "rb") as file:
            sealed = file.read()
    except FileNotFoundError:
        return {}
    if plan["packages"] not in sys.path:
        sys.path.append(plan["packages"])
    from workspaces.encryption import KeyRing

    document: dict[str, Any] = json.loads(KeyRing.from_file(plan["key_file"]).open(sealed, place.encode()))
    return document


def write_clear(path: str, data: bytes, uid: "int | None") -> None:
    """For the eyes of the program's user alone."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    new = path + ".new"
    if os.path.lexists(new):
        os.unlink(new)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
    with open(descriptor, "wb") as file:
        file.write(data)
        if uid is not None:
            os.fchown(descriptor, uid, uid)
    os.replace(new, path)


def memory_file(data: bytes) -> int:
    descriptor = os.memfd_create("environment")
    while data:
        data = data[os.write(descriptor, data) :]
    # bubblewrap reads on from where this ended, a shell opens it anew.
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def hand_over(files: dict[int, int]) -> None:
    """Give each number its open file, and standard input nothing."""
    targets = {0: os.open(os.devnull, os.O_RDONLY), **files}
    # First away from the low numbers, so that no target overwrites a source.
    above = max(targets) + 1
    sources = {target: fcntl.fcntl(source, fcntl.F_DUPFD_CLOEXEC, above) for target, source in targets.items()}
    for target, source in sources.items():
        os.dup2(source, target)


def fail(folder: str, error: Exception) -> None:
    """Say it to the user without the details, and the details to the operator."""
    os.chdir(folder)
    with open("launch.err", "w", encoding="utf-8") as file:
        file.write(f"{type(error).__name__}: {error}\n")
    try:
        log = os.open("log", os.O_RDWR | os.O_NONBLOCK)
        os.write(log, b"Slipway could not start this program, and tries again. This one is on us: ask your operator.\n")
    except OSError:
        pass
    sys.exit(starts.NEVER_BEGAN)


if __name__ == "__main__":
    main(sys.argv[1])
