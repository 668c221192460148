"""The one folder that holds all state (``SLIPWAY_HOME``)."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

#: The form of the data on disk; another number in VERSION means the data are of another release.
DATA_VERSION = 1
#: Sockets may have 107 characters at most, PostgreSQL's folder 93 and supervisord adds its pid: see ``Home.run``.
LONGEST_RUN_FOLDER = 70


class UnusableHome(Exception):
    """The folder cannot be used; the text says why and what helps."""


@dataclass(frozen=True)
class Home:
    """Where everything lies. Only the platform's own user may enter (mode 0700)."""

    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def environments(self) -> Path:
        """One file system with ``trees`` and ``wheels``, because they share inodes."""
        return self.root / "environments"

    @property
    def trees(self) -> Path:
        """Wheels as they are unpacked: sandboxes show single folders of it."""
        return self.root / "trees"

    @property
    def wheels(self) -> Path:
        return self.root / "wheels"

    @property
    def bundles(self) -> Path:
        return self.root / "bundles"

    @property
    def uploads(self) -> Path:
        return self.root / "uploads"

    @property
    def files(self) -> Path:
        """What people put into their workspaces to deploy from. One file system with ``uploads``."""
        return self.root / "files"

    @property
    def scratch(self) -> Path:
        return self.root / "scratch"

    @property
    def instances(self) -> Path:
        return self.root / "instances"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def proxy(self) -> Path:
        return self.root / "proxy"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def credentials(self) -> Path:
        return self.root / "initial-credentials.json"

    @property
    def version(self) -> Path:
        return self.root / "VERSION"

    @property
    def run(self) -> Path:
        """Sockets and pid files: inside the home, or in a short folder when its path is too long for a socket."""
        inside = self.root / "run"
        if len(str(inside)) <= LONGEST_RUN_FOLDER:
            return inside
        name = hashlib.sha256(str(self.root).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"slipway-{os.geteuid()}-{name}"

    def create(self, *, passable: bool = False) -> None:
        """Make the folders, closed to everybody else. Raises ``UnusableHome``.

        ``passable``: other users may pass through (not list) those that lead to what apps and builds use.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for folder in self._folders():
                folder.mkdir(mode=0o700, exist_ok=True)
            for folder in self._way_to_apps():
                folder.chmod(0o711 if passable else 0o700)
        except OSError as error:
            raise UnusableHome(
                f"The state folder {self.root} cannot be written ({error.strerror}). Set SLIPWAY_HOME to one that can."
            ) from error
        self._refuse_a_strangers_run_folder()
        self._check_version()

    def _folders(self) -> tuple[Path, ...]:
        return (
            self.environments, self.trees, self.wheels, self.bundles, self.uploads, self.files, self.scratch,
            self.instances, self.logs, self.proxy, self.keys, self.run, self.run / "web",
        )  # fmt: skip

    def _way_to_apps(self) -> tuple[Path, ...]:
        return (
            self.root, self.run, self.environments, self.trees, self.wheels, self.bundles, self.scratch, self.instances,
        )  # fmt: skip

    def _refuse_a_strangers_run_folder(self) -> None:
        # In the shared temporary folder anybody could have made it first, to own our sockets.
        status = self.run.lstat()
        if status.st_uid != os.geteuid() or status.st_mode & 0o066 or self.run.is_symlink():
            raise UnusableHome(
                f"{self.run} exists but is not this user's own closed folder. "
                "Remove it, or set SLIPWAY_HOME to a shorter path."
            )

    def _check_version(self) -> None:
        if not self.version.exists():
            self.version.write_text(f"{DATA_VERSION}\n")
            return
        found = self.version.read_text().strip()
        if found != str(DATA_VERSION):
            raise UnusableHome(
                f"{self.root} holds data of form {found}, but this release of Slipway reads form {DATA_VERSION}. "
                "Start the release that wrote it, or set SLIPWAY_HOME to another folder."
            )
