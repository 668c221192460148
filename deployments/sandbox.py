"""The bubblewrap command that runs one program away from everything it was not given."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

#: The parts of /etc a Python program needs to resolve names, verify certificates and tell the time.
ETC = (
    "resolv.conf", "hosts", "nsswitch.conf", "ssl", "ca-certificates", "localtime",
    "ld.so.cache", "alternatives", "mime.types",
)  # fmt: skip
USR_LINKS = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")


class Unavailable(Exception):
    """bubblewrap is missing or not permitted here; the text says which and what helps."""


@dataclass(frozen=True)
class Limits:
    """Ceilings for one sandboxed process tree. ``None`` leaves the machine's own."""

    address_space_bytes: int | None = None
    open_files: int | None = 4096
    #: Counted per uid by the kernel, so exact only where each app has its own uid.
    processes: int | None = None


@dataclass(frozen=True)
class Sandbox:
    """What one command may see and write. Every path appears inside at the same place as outside.

    ``uid`` is the unprivileged user to become (root mode), or ``None`` to stay the ordinary user
    that runs the platform. ``home`` must exist and belong to that user; it is writable, as is a
    fresh /tmp that vanishes with the command. Whatever is not listed does not exist inside.
    """

    home: Path
    uid: int | None
    readonly: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    cwd: Path | None = None
    #: A folder with the files made by ``write_identity``.
    identity: Path | None = None
    limits: Limits = field(default_factory=Limits)
    network: bool = True


def command(sandbox: Sandbox, argv: Sequence[str], *, args_fd: int | None = None) -> list[str]:
    """The argv that runs ``argv`` inside ``sandbox``.

    The environment is the caller's to give (``env`` of ``shell.run``); for secrets, see ``setenv_args`` and
    ``args_fd``: an open descriptor with further NUL-separated bubblewrap options, because argv can
    be read by every process of the machine. A SIGTERM sent to the whole process group reaches the program and not
    bubblewrap, so the program can drain (PARTS: bubblewrap forwards no signal and dies of its own).
    """
    bwrap = [
        "bwrap", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent",
        *([] if sandbox.network else ["--unshare-net"]),
        *_filesystem(sandbox),
        "--chdir", str(sandbox.cwd or sandbox.home),
        *(["--args", str(args_fd)] if args_fd is not None else []),
        "--",
    ]  # fmt: skip
    return [
        *_limits(sandbox.limits),
        "env", "--ignore-signal=TERM",
        *bwrap,
        *_become(sandbox.uid),
        "env", "--default-signal=TERM",
        *argv,
    ]  # fmt: skip


def write_identity(folder: Path, *, uid: int, home: Path) -> None:
    """Write the passwd and group files that name ``uid`` "app": without them getpass.getuser() raises inside."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "passwd").write_text(f"root:x:0:0::/:/usr/sbin/nologin\napp:x:{uid}:{uid}::{home}:/bin/sh\n")
    (folder / "group").write_text(f"root:x:0:\napp:x:{uid}:\n")


def setenv_args(env: Mapping[str, str]) -> bytes:
    """``env`` as the NUL-separated options that ``--args FD`` reads. Raises ``ValueError`` for a NUL in it."""
    words = [word for name, value in env.items() for word in ("--setenv", name, value)]
    if any("\0" in word for word in words):
        raise ValueError("An environment variable holds a NUL character.")
    return b"".join(word.encode() + b"\0" for word in words)


def _become(uid: int | None) -> list[str]:
    if uid is None:
        return []
    return [
        "setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups",
        "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--",
    ]  # fmt: skip


def _limits(limits: Limits) -> list[str]:
    options = {
        "--as": limits.address_space_bytes,
        "--nofile": limits.open_files,
        "--nproc": limits.processes,
    }
    given = [f"{option}={value}" for option, value in options.items() if value is not None]
    return ["prlimit", *given, "--core=0", "--"]


def _filesystem(sandbox: Sandbox) -> list[str]:
    binds: dict[Path, str] = {Path("/usr"): "--ro-bind"}
    binds |= {path: "--ro-bind" for path in sandbox.readonly}
    binds |= {path: "--bind" for path in (*sandbox.writable, sandbox.home)}
    options = ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/dev/shm", "--perms", "1777", "--tmpfs", "/tmp"]
    for name in USR_LINKS:
        options += _same_link_or_bind(Path("/") / name)
    options += ["--perms", "0755", "--dir", "/etc"]
    for name in ETC:
        options += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    if sandbox.identity is not None:
        for name in ("passwd", "group"):
            options += ["--ro-bind", str(sandbox.identity / name), f"/etc/{name}"]
    for directory in _missing_parents(binds):
        options += ["--perms", "0755", "--dir", str(directory)]
    # Shallow before deep, so that a writable folder may lie inside a read-only one.
    for path in sorted(binds, key=lambda path: len(path.parts)):
        options += [binds[path], str(path), str(path)]
    return options


def _same_link_or_bind(path: Path) -> list[str]:
    if path.is_symlink():
        return ["--symlink", os.readlink(path), str(path)]
    return ["--ro-bind", str(path), str(path)] if path.is_dir() else []


def _missing_parents(paths: Mapping[Path, str]) -> list[Path]:
    """bubblewrap makes missing parents of a bind target 0700 and root's: the app could not pass through them."""
    parents = {parent for path in paths for parent in path.parents if len(parent.parts) > 1}
    return sorted(parents - paths.keys() - {Path("/tmp"), Path("/dev"), Path("/usr")}, key=lambda path: len(path.parts))


@cache
def check() -> None:
    """Raise ``Unavailable`` with what helps unless a sandbox can be made on this machine now."""
    if shutil.which("bwrap") is None:
        raise Unavailable("bubblewrap is not installed. Install it, for instance with: apt-get install bubblewrap")
    trial = subprocess.run(
        ["bwrap", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"],
        capture_output=True, text=True, timeout=10,
    )  # fmt: skip
    if trial.returncode != 0:
        reason = trial.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise Unavailable(
            f"bubblewrap is installed but may not make a sandbox here ({reason[0]}). Allow unprivileged user namespaces "
            "(in a container: the SYS_ADMIN capability), or set SLIPWAY_ALLOW_UNSANDBOXED=1 to run apps without one."
        )
