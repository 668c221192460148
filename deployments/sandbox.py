"""The bubblewrap command that runs one program away from everything it was not given."""

import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from deployments import shell

#: The parts of /etc a Python program needs to resolve names, verify certificates and tell the time.
ETC = (
    "resolv.conf", "hosts", "nsswitch.conf", "ssl", "ca-certificates", "localtime",
    "ld.so.cache", "alternatives", "mime.types",
)  # fmt: skip
USR_LINKS = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")

#: What runs inside before the program, by its full path: it may still be root, and the program's PATH begins with
#: a folder of the tenant's choosing.
ENV, SETPRIV, SH = "/usr/bin/env", "/usr/bin/setpriv", "/bin/sh"
#: The environment of bubblewrap itself. The program could read it in /proc/1/environ, and what is
#: in it (LD_PRELOAD, say) acts on programs that are still root, so nothing of a tenant's belongs here.
BARE_ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


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
    """What one command may see and write. Every path appears inside at the same place as outside, but for ``mounts``.

    ``uid`` is the unprivileged user to become (root mode), or ``None`` to stay the ordinary user
    that runs the platform. ``home`` must exist and belong to that user; it is writable, as is a
    fresh /tmp that vanishes with the command. Whatever is not listed does not exist inside.
    """

    home: Path
    uid: int | None
    readonly: tuple[Path, ...] = ()
    #: Read-only folders that appear elsewhere inside, by that place, which must be there: in one of ``readonly``, say.
    mounts: Mapping[Path, Path] = field(default_factory=dict)
    #: Files that exist inside alone, by their place: numbers of open descriptors with the content.
    files: Mapping[Path, int] = field(default_factory=dict)
    writable: tuple[Path, ...] = ()
    cwd: Path | None = None
    #: A folder with the files made by ``write_identity``.
    identity: Path | None = None
    limits: Limits = field(default_factory=Limits)
    network: bool = True
    #: The size of /tmp and of /dev/shm, which are memory; ``None`` is the kernel's half of the machine's.
    tmp_bytes: int | None = None


def command(
    sandbox: Sandbox, argv: Sequence[str], *, env_fd: int | None = None, status_fd: int | None = None
) -> list[str]:
    """The argv that runs ``argv`` inside ``sandbox``.

    A SIGTERM sent to the whole process group reaches the program and not bubblewrap, so the program can
    drain (bubblewrap forwards no signal and dies of its own).

    The program's environment is what bubblewrap is given, or better, ``env_fd``: an open descriptor of a
    memfd holding what ``env_script`` made. That keeps secrets out of every argv and of /proc/1/environ, and is read
    only after root was given up. Where a tenant chooses a variable, it must come this way.
    ``status_fd`` receives bubblewrap's JSON documents, the last of them ``{"exit-code": 3}`` (128 + n for a signal).
    Both numbers are at most 9, the highest that a POSIX shell can name.
    """
    bwrap = [
        _tool("bwrap"), "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent",
        *([] if sandbox.network else ["--unshare-net"]),
        *([] if status_fd is None else ["--json-status-fd", str(status_fd)]),
        *_filesystem(sandbox),
        "--chdir", str(sandbox.cwd or sandbox.home),
        "--",
    ]  # fmt: skip
    return [
        *_limits(sandbox.limits),
        ENV, "--ignore-signal=TERM",
        *bwrap,
        *_become(sandbox.uid),
        *_program(argv, env_fd),
    ]  # fmt: skip


def bare_command(
    sandbox: Sandbox, argv: Sequence[str], *, env_fd: int | None = None, status_fd: int | None = None
) -> list[str]:
    """Like ``command``, where the operator allowed to run without bubblewrap: the uid and the limits hold,
    the file system is the machine's. The caller sets the working folder."""
    program = [*_become(sandbox.uid, "--pdeathsig", "KILL"), *_program(argv, env_fd)]
    if status_fd is not None:
        program = [SH, "-c", _REPORTING.format(fd=status_fd), "status", *program]
    return [*_limits(sandbox.limits), *program]


def write_identity(folder: Path, *, uid: int, home: Path) -> None:
    """Write the passwd and group files that name ``uid`` "app": without them getpass.getuser() raises inside."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "passwd").write_text(f"root:x:0:0::/:/usr/sbin/nologin\napp:x:{uid}:{uid}::{home}:/bin/sh\n")
    (folder / "group").write_text(f"root:x:0:\napp:x:{uid}:\n")


#: Reads the environment, then becomes the program. Runs as the app's own user.
_ENTERING = """\
. /dev/fd/{fd}
exec {fd}<&-
command -v -- "$1" >/dev/null || {{
  echo "The command '$1' was not found, neither in the environment nor on the PATH." >&2
  exit 127
}}
exec "$@"
"""
#: Survives the SIGTERM to its group, to tell how the program ended.
_REPORTING = """\
trap '' TERM
echo "{{ \\"child-pid\\": $$ }}" >&{fd}
"$@" {fd}>&-
code=$?
echo "{{ \\"exit-code\\": $code }}" >&{fd}
exit $code
"""


def _program(argv: Sequence[str], env_fd: int | None) -> list[str]:
    entering = [] if env_fd is None else [SH, "-c", _ENTERING.format(fd=env_fd), "start"]
    return [ENV, "--default-signal=TERM", *entering, *argv]


def _tool(name: str) -> str:
    """Found on the platform's own PATH, never on the one that the command will be given."""
    return shutil.which(name) or f"/usr/bin/{name}"


def _become(uid: int | None, *options: str) -> list[str]:
    if uid is None:
        return [SETPRIV, *options, "--"] if options else []
    return [
        SETPRIV, "--reuid", str(uid), "--regid", str(uid), "--clear-groups",
        "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", *options, "--",
    ]  # fmt: skip


def _limits(limits: Limits) -> list[str]:
    options = {
        "--as": limits.address_space_bytes,
        "--nofile": limits.open_files,
        "--nproc": limits.processes,
    }
    given = [f"{option}={value}" for option, value in options.items() if value is not None]
    return [_tool("prlimit"), *given, "--core=0", "--"]


def _filesystem(sandbox: Sandbox) -> list[str]:
    binds: dict[Path, str] = {Path("/usr"): "--ro-bind"}
    binds |= dict.fromkeys(sandbox.readonly, "--ro-bind")
    binds |= dict.fromkeys((*sandbox.writable, sandbox.home), "--bind")
    options = ["--proc", "/proc", "--dev", "/dev"]
    size = [] if sandbox.tmp_bytes is None else ["--size", str(sandbox.tmp_bytes)]
    for folder in ("/dev/shm", "/tmp"):  # noqa: S108
        options += ["--perms", "1777", *size, "--tmpfs", folder]
    for name in USR_LINKS:
        options += _same_link_or_bind(Path("/") / name)
    options += ["--perms", "0755", "--dir", "/etc"]
    for name in ETC:
        options += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    if sandbox.identity is not None:
        for name in ("passwd", "group"):
            options += ["--ro-bind", str(sandbox.identity / name), f"/etc/{name}"]
    for directory in _missing_parents((*binds, *sandbox.files)):
        options += ["--perms", "0755", "--dir", str(directory)]
    # Shallow before deep, so that a writable folder may lie inside a read-only one.
    for path in sorted(binds, key=lambda path: len(path.parts)):
        options += [binds[path], str(path), str(path)]
    for path in sorted(sandbox.mounts, key=lambda path: len(path.parts)):
        options += ["--ro-bind", str(sandbox.mounts[path]), str(path)]
    for path, descriptor in sandbox.files.items():
        options += ["--perms", "0444", "--ro-bind-data", str(descriptor), str(path)]
    # Last: an ordinary user owns what was made on the way, "/" and /etc among it.
    return [*options, "--remount-ro", "/"]


def _same_link_or_bind(path: Path) -> list[str]:
    if path.is_symlink():
        return ["--symlink", os.readlink(path), str(path)]
    return ["--ro-bind", str(path), str(path)] if path.is_dir() else []


def _missing_parents(paths: Collection[Path]) -> list[Path]:
    """bubblewrap makes missing parents of a bind target 0700 and root's: the app could not pass through them."""
    parents = {parent for path in paths for parent in path.parents if len(parent.parts) > 1}
    made_already = {Path("/tmp"), Path("/dev"), Path("/usr")}  # noqa: S108
    return sorted(parents - set(paths) - made_already, key=lambda path: len(path.parts))


def is_available() -> bool:
    """Whether a sandbox can be made on this machine now."""
    try:
        check()
    except Unavailable:
        return False
    return True


@cache
def check() -> None:
    """Raise ``Unavailable`` with what helps unless a sandbox can be made on this machine now."""
    if shutil.which("bwrap") is None:
        raise Unavailable("bubblewrap is not installed. Install it, for instance with: apt-get install bubblewrap")
    trial = shell.run(
        ["bwrap", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"],
        timeout_s=10, env=BARE_ENV,
    )  # fmt: skip
    if trial.returncode != 0:
        reason = trial.tail[-1] if trial.tail else "no reason given"
        raise Unavailable(
            f"bubblewrap is installed but may not make a sandbox here ({reason}). Allow unprivileged user namespaces "
            "(in a container: the SYS_ADMIN capability), or set SLIPWAY_ALLOW_UNSANDBOXED=1 to run apps without one."
        )
