"""Where strangers' code runs while an environment is made: a scratch folder, a uid, a sandbox."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deployments import sandbox, shell
from deployments.failures import Failure, FailureKind
from deployments.removal import discard_tree
from deployments.venvs import uv
from packagerepos import public_roots
from packagerepos.indexes import Indexes, Transport

OnLine = Callable[[str], None]
ShouldStop = Callable[[], bool]


@dataclass(frozen=True)
class Workbench:
    """One workspace's place to resolve and build. ``scratch`` is this build's own and is thrown away after it.

    ``cache`` is the workspace's: downloads and half-built packages, written by strangers' code and therefore
    never installed from. ``scope`` is the workspace's name in the store (letters, digits, dashes). ``uid`` is the
    user to become (root mode) or ``None``. ``timeout_s`` holds for each command.
    """

    scratch: Path
    cache: Path
    scope: str
    uid: int | None = None
    sandboxed: bool = True
    timeout_s: float = 900.0
    limits: sandbox.Limits = field(default_factory=sandbox.Limits)

    @property
    def home(self) -> Path:
        return self.scratch / "home"

    def folder(self, name: str) -> Path:
        """A new empty folder of this build that the sandboxed user may write."""
        self.prepare()
        path = self.scratch / name
        discard_tree(path)
        self.give(path)
        return path

    def prepare(self) -> None:
        """Make what every command needs. A second call changes nothing."""
        # Only the folders in it are the stranger's: nobody can put a link where the platform will write.
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.scratch.chmod(0o711)
        for path in (self.cache, self.home, self.scratch / "tmp"):
            self.give(path)
        self._gitconfig.write_text("[safe]\n\tdirectory = *\n")

    @property
    def _gitconfig(self) -> Path:
        return self.scratch / "gitconfig"

    def give_all(self, folder: Path) -> None:
        """Make everything in ``folder`` the sandboxed user's own."""
        if self.uid is None or os.geteuid() != 0:
            return
        for root, folders, files in os.walk(folder):
            for name in (".", *folders, *files):
                os.chown(Path(root) / name, self.uid, self.uid, follow_symlinks=False)

    def reach(self, indexes: Indexes) -> dict[str, str]:
        """The variables by which uv and git reach ``indexes``: logins, certificates, proxy, patience."""
        transport = indexes.transport
        env = uv.login_variables(indexes)
        if text := indexes.netrc():
            env["NETRC"] = str(self.private_file("netrc", text))
        if transport.certificates:
            bundle = self.private_file("ca.pem", public_roots.with_added(transport.certificates))
            env |= {"SSL_CERT_FILE": str(bundle), "UV_SYSTEM_CERTS": "1", "GIT_SSL_CAINFO": str(bundle)}
        if transport.timeout_s:
            env["UV_HTTP_TIMEOUT"] = str(max(1, round(transport.timeout_s)))
        if transport.retries is not None:
            env["UV_HTTP_RETRIES"] = str(transport.retries)
        return env | _proxies(transport)

    def private_file(self, name: str, text: str) -> Path:
        """A file that only the sandboxed user reads, gone with the build."""
        self.prepare()
        path = self.scratch / name
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
            file.write(text)
        if self.uid is not None and os.geteuid() == 0:
            os.chown(path, self.uid, self.uid)
        return path

    def clear(self) -> None:
        discard_tree(self.scratch)

    def run(
        self,
        argv: Sequence[str],
        *,
        readonly: Sequence[Path] = (),
        mounts: Mapping[Path, Path] | None = None,
        writable: Sequence[Path] = (),
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        network: bool = True,
        with_cache: bool = True,
        shown_as: Mapping[Path, str] | None = None,
        on_line: OnLine | None = None,
        should_stop: ShouldStop | None = None,
    ) -> shell.Finished:
        """Run ``argv`` as the stranger it is; paths in its output are replaced as ``shown_as`` says.

        Raises ``Failure`` when it takes too long, ``shell.Stopped`` when ``should_stop`` says so.
        """
        self.prepare()
        clean = _cleaner({self.cache: "(cache)", self.scratch: "(build)", **(shown_as or {})})
        folders = [path for path in self.scratch.iterdir() if path.is_dir() and not path.is_symlink()]
        writes = (*writable, *folders, *([self.cache] if with_cache else []))
        try:
            finished = shell.run(
                self._command(argv, (*readonly, self.scratch), mounts or {}, writes, cwd, network),
                timeout_s=self.timeout_s,
                env=self._environment() | dict(env or {}),
                on_line=(lambda line: on_line(clean(line))) if on_line else None,
                should_stop=should_stop,
            )
        except shell.TimedOut:
            raise Failure(
                FailureKind.BUILD_TIMED_OUT,
                f"Preparing the packages took longer than {self.timeout_s:.0f} seconds and was stopped.",
                "Pin versions, prefer packages that come as wheels, or ask for a longer build time.",
            ) from None
        return shell.Finished(finished.returncode, tuple(clean(line) for line in finished.tail))

    def _command(
        self,
        argv: Sequence[str],
        readonly: tuple[Path, ...],
        mounts: Mapping[Path, Path],
        writable: tuple[Path, ...],
        cwd: Path | None,
        network: bool,
    ) -> list[str]:
        if not self.sandboxed:
            # Without bubblewrap there is still the other user.
            return [*_become(self.uid), "env", f"--chdir={cwd or self.home}", *argv]
        box = sandbox.Sandbox(
            home=self.home,
            uid=self.uid,
            readonly=readonly,
            mounts=mounts,
            writable=writable,
            cwd=cwd,
            limits=self.limits,
            network=network,
        )
        return sandbox.command(box, argv)

    def _environment(self) -> dict[str, str]:
        # The sandbox's /tmp is memory; a compiler's temporary files belong on disk.
        env = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": str(self.scratch / "tmp")}
        return env | {"GIT_CONFIG_GLOBAL": str(self._gitconfig)} | certificates_env()

    def give(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        if self.uid is not None and os.geteuid() == 0:
            os.chown(path, self.uid, self.uid)
        path.chmod(0o700)


def read_text(path: Path) -> str:
    """A file that strangers' code may have replaced: a link or a pipe is not read."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), encoding="utf-8") as file:
        return file.read()


def certificates_env() -> dict[str, str]:
    """The variables that make uv, git and OpenSSL trust what this machine trusts."""
    bundle = public_roots.of_machine()
    if bundle is None:
        return {}
    return {"SSL_CERT_FILE": str(bundle), "UV_SYSTEM_CERTS": "1", "GIT_SSL_CAINFO": str(bundle)}


def _proxies(transport: Transport) -> dict[str, str]:
    """In both spellings: some programs read the one, some the other."""
    named = {
        "HTTPS_PROXY": transport.proxy,
        "HTTP_PROXY": transport.http_proxy,
        "NO_PROXY": transport.no_proxy,
    }
    given = {name: value for name, value in named.items() if value}
    return given | {name.lower(): value for name, value in given.items()}


def platform_paths() -> tuple[Path, ...]:
    """The folders that the platform's own interpreter needs to run inside a sandbox."""
    return tuple(dict.fromkeys(Path(prefix) for prefix in (sys.prefix, sys.base_prefix, sys.base_exec_prefix)))


def _become(uid: int | None) -> list[str]:
    if uid is None or os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups", "--no-new-privs", "--"]


def _cleaner(shown_as: Mapping[Path, str]) -> Callable[[str], str]:
    longest_first = sorted(((str(path), name) for path, name in shown_as.items()), key=lambda pair: -len(pair[0]))

    def clean(line: str) -> str:
        for path, name in longest_first:
            line = line.replace(path, name)
        return line

    return clean
