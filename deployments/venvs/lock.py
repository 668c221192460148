"""What resolving found: every package with its version, hashes and where it came from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit


class ArtefactKind(StrEnum):
    """What an environment is made from. Source distributions, repositories and folders are built, in the sandbox."""

    WHEEL = "wheel"
    SDIST = "sdist"
    VCS = "vcs"
    DIRECTORY = "directory"
    #: Nothing is made: the interpreter's own site has it.
    EXTERNAL = "external"


class Origin(StrEnum):
    """Why a package is in a lock."""

    REQUIREMENTS = "requirements"
    TRANSITIVE = "transitive"
    #: Added because the framework needs it to be served.
    PLATFORM = "platform"
    BASE_IMAGE = "base-image"
    EXTERNAL = "external"


@dataclass(frozen=True)
class LockedPackage:
    """One package. ``url`` is an address (WHEEL, SDIST), a repository (VCS) or a folder inside the source (DIRECTORY).

    ``hashes`` are ``sha256:<hex>``, the artefact's own first; a directory's is of its content. ``index`` is
    ``None`` for what a requirement named directly. ``commit`` and ``subdirectory`` belong to VCS and archives.
    ``version`` is ``None`` where only building tells it.
    """

    name: str
    version: str | None
    kind: ArtefactKind
    url: str
    hashes: tuple[str, ...] = ()
    index: str | None = None
    origin: Origin = Origin.TRANSITIVE
    commit: str | None = None
    subdirectory: str | None = None
    is_public: bool = False
    size_bytes: int | None = None

    @property
    def sha256(self) -> str:
        """The artefact's hash as 64 hex digits; empty for a repository, whose commit says as much."""
        return self.hashes[0].removeprefix("sha256:") if self.hashes else ""

    @property
    def filename(self) -> str:
        """The last part of the address; never one that leads to another folder."""
        name = unquote(self.url.partition("#")[0].partition("?")[0].rstrip("/").rsplit("/", 1)[-1])
        return name.replace("/", "_").lstrip(".") or "file"

    @property
    def public_url(self) -> str:
        """The address without anything that may be a key to it: no login, no query."""
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

    @property
    def is_direct(self) -> bool:
        """Whether the app itself asks for it, not only one of its packages or the platform."""
        return self.origin is Origin.REQUIREMENTS

    @property
    def requirement(self) -> str:
        """As a line of requirements text, without hashes."""
        where = f" @ {self.url}" if self.index is None else f"=={self.version}"
        if self.kind is ArtefactKind.VCS:
            where = f" @ {self.url}@{self.commit}"
            where += f"#subdirectory={self.subdirectory}" if self.subdirectory else ""
        return f"{self.name}{where}"


@dataclass(frozen=True)
class Lock:
    """The packages of one environment, in order of name, and what resolving had to say (``notices``).

    Where ``is_managed`` is false, nothing was resolved: the app sees its interpreter's own site.
    """

    packages: tuple[LockedPackage, ...]
    notices: tuple[str, ...] = field(default=())
    is_managed: bool = True

    @property
    def external(self) -> tuple[LockedPackage, ...]:
        """What the interpreter's own site has to hold."""
        return tuple(package for package in self.packages if package.kind is ArtefactKind.EXTERNAL)

    @property
    def is_public(self) -> bool:
        """Whether the environment may be shared between workspaces: everything is a wheel of the public index."""
        return all(package.is_public and package.kind is ArtefactKind.WHEEL for package in self.packages)

    @property
    def requirements_text(self) -> str:
        """As a requirements file with hashes and, in comments, the index of each package."""
        blocks = [] if self.is_managed else ["# Not managed: the app sees the packages of its interpreter.\n"]
        for package in self.packages:
            if package.kind is ArtefactKind.EXTERNAL:
                line = f"# {package.name}=={package.version} is external: the interpreter has it"
            elif package.kind is ArtefactKind.DIRECTORY:
                line = f"./{package.url}  # {package.name}"
            else:
                hashes = "".join(f" \\\n    --hash={value}" for value in package.hashes)
                line = package.requirement + hashes
            blocks.append(f"{line}\n    # from {package.index}\n" if package.index else f"{line}\n")
        return "".join(blocks)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object, which ``from_json`` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Lock":
        return cls(
            tuple(_package(item) for item in data["packages"]), tuple(data["notices"]), data.get("is_managed", True)
        )


def _package(data: dict[str, Any]) -> LockedPackage:
    return LockedPackage(
        **data | {"kind": ArtefactKind(data["kind"]), "origin": Origin(data["origin"]), "hashes": tuple(data["hashes"])}
    )
