"""Packages of a lock as rows of a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from deployments.models import Deployment
from deployments.venvs.inspecting.needs import Needs
from deployments.venvs.lock import ArtefactKind, Lock, LockedPackage, Origin

ORIGINS = {
    Origin.REQUIREMENTS: ("Direct", "The app asks for it"),
    Origin.TRANSITIVE: ("Transitive", "Another package needs it"),
    Origin.PLATFORM: ("Platform", "Added so that the framework can be served"),
    Origin.BASE_IMAGE: ("Base image", "Pre-installed in the base image"),
    Origin.EXTERNAL: ("External", "Of the machine's own Python, not installed for the app"),
}
#: Of the packages that need one.
SHOWN_NEEDING = 3
PLACES = {
    ArtefactKind.WHEEL: "named directly",
    ArtefactKind.SDIST: "named directly",
    ArtefactKind.VCS: "repository",
    ArtefactKind.DIRECTORY: "the source",
    ArtefactKind.EXTERNAL: "the machine’s Python",
}


@dataclass(frozen=True)
class PackageRow:
    """``place`` is where it came from, in short; ``address`` the whole of it, without a login.

    Rows that a search does not mean are there as well, so that another search needs no other page.
    """

    name: str
    version: str
    origin: str
    why: str
    place: str
    address: str
    sha256: str
    #: The first packages that need it, and how many more do. Both say nothing where that was not kept.
    needed_by: tuple[str, ...] = ()
    more: int = 0

    @property
    def words(self) -> str:
        """What a search looks at."""
        return f"{self.name} {self.version} {self.origin} {self.address}".lower()


@dataclass(frozen=True)
class PackageTable:
    """``matching`` are the names of the rows that ``search`` means; ``origins`` counts rows by their title."""

    rows: tuple[PackageRow, ...]
    matching: frozenset[str]
    search: str
    origins: tuple[tuple[str, int], ...]
    notices: tuple[str, ...]
    #: Otherwise nothing was resolved or installed for the app.
    is_managed: bool = True


def table_of(lock: Lock, search: str = "", needs: Needs | None = None) -> PackageTable:
    rows = tuple(row_of(package, needs.needing(package.name) if needs else ()) for package in lock.packages)
    wanted = search.strip().lower()
    matching = frozenset(row.name for row in rows if wanted in row.words)
    return PackageTable(rows, matching, search.strip(), tuple(_counted(rows)), lock.notices, lock.is_managed)


def row_of(package: LockedPackage, needed_by: Sequence[str] = ()) -> PackageRow:
    origin, why = ORIGINS[package.origin]
    address = package.index or package.public_url
    if package.commit:
        address += f"@{package.commit}"
    return PackageRow(
        package.name, version_of(package), origin, why, place_of(package), address, package.sha256,
        tuple(needed_by[:SHOWN_NEEDING]), max(0, len(needed_by) - SHOWN_NEEDING),
    )  # fmt: skip


def version_of(package: LockedPackage) -> str:
    return package.version or (package.commit or "")[:12] or "built from source"


def place_of(package: LockedPackage) -> str:
    """The host of an index or address; for what has none, in words."""
    host = urlsplit(package.index or package.public_url).hostname
    if package.index:
        return host or package.index
    return f"{host} ({PLACES[package.kind]})" if host else PLACES[package.kind]


def origin_of(use: Deployment) -> str:
    """Why one of the deployments of ``inventory.uses`` has the package, in a word or two."""
    return ORIGINS[Origin(use.entry_origin)][0]  # type: ignore[attr-defined]


def _counted(rows: Iterable[PackageRow]) -> Iterable[tuple[str, int]]:
    found = [row.origin for row in rows]
    return ((title, found.count(title)) for title, _ in ORIGINS.values() if title in found)
