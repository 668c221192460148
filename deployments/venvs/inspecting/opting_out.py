"""What an app has only because it is pre-installed, and the lines that would let it do without the base image."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from packaging.utils import canonicalize_name

from deployments.source.adding import HASH
from deployments.source.imports import Import, Imports
from deployments.venvs.diagnosing.import_names import ImportNames, distribution_for
from deployments.venvs.inspecting.contents import Contents
from deployments.venvs.lock import Lock, LockedPackage, Origin

PROGRAM = "program "


@dataclass(frozen=True)
class Missing:
    """``module`` is what the source imports, or "program gunicorn" for what its command starts.

    ``requirement`` pins ``distribution`` to the version now running. ``files`` are relative to the source, and empty
    for what only showed when it was tried. A guarded import is one whose failure the source is prepared for.
    ``needed_by`` is the distribution that needs it, where the source itself does not.
    """

    module: str
    distribution: str
    requirement: str
    files: tuple[str, ...] = ()
    is_guarded: bool = False
    needed_by: str = ""

    @property
    def pin(self) -> str:
        """The line without hashes."""
        return self.requirement.partition(HASH)[0]

    @property
    def has_hashes(self) -> bool:
        return HASH in self.requirement

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        return cls(**{**content, "files": tuple(content["files"])})


@dataclass(frozen=True)
class Unknown:
    """An imported module that the app does not have today either; ``hint`` is what helps."""

    module: str
    files: tuple[str, ...]
    hint: str

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        return cls(**{**content, "files": tuple(content["files"])})


@dataclass(frozen=True)
class Proposal:
    """``imports`` are the dotted names that are worth trying, because something brings them today.

    ``guarded`` are the top-level names of those that the source can do without.
    """

    missing: tuple[Missing, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    notices: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()

    @property
    def requirements(self) -> tuple[str, ...]:
        """The lines to add, each once."""
        return tuple(dict.fromkeys(row.requirement for row in self.missing))

    def is_guarded(self, dotted: str) -> bool:
        return dotted.partition(".")[0] in self.guarded

    def with_missing(self, more: Iterable[Missing]) -> Self:
        """What is proposed already is not proposed twice."""
        known = {row.distribution for row in self.missing}
        return replace(self, missing=(*self.missing, *(row for row in more if row.distribution not in known)))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        return cls(
            tuple(map(Missing.from_json, content["missing"])),
            tuple(map(Unknown.from_json, content["unknown"])),
            tuple(content["notices"]),
            tuple(content["imports"]),
            tuple(content["guarded"]),
        )


@dataclass(frozen=True)
class Running:
    """What the app has now: its ``lock``, and what lies in its environment."""

    lock: Lock
    contents: Contents

    def only_preinstalled(self, distributions: Iterable[str]) -> LockedPackage | None:
        """The image's package that stands for all of ``distributions``; ``None`` if any of them is the app's own.

        Of several that bring the same module one is enough: the shortest name, which is mostly the original.
        """
        by_name = {package.name: package for package in self.lock.packages}
        found = [by_name[name] for name in distributions if name in by_name]
        if not found or any(package.origin is not Origin.BASE_IMAGE for package in found):
            return None
        return min(found, key=lambda package: (len(package.name), package.name))

    def line(self, package: LockedPackage) -> str:
        """``pandas==2.2.2``: the version now running."""
        version = self.contents.versions.get(canonicalize_name(package.name), package.version)
        return f"{package.name}=={version}" if version else package.name

    def hashed_line(self, distribution: str) -> str:
        """``pandas==2.2.2 --hash=sha256:…``: the very file now running. Empty for what is not the image's."""
        package = self.only_preinstalled([distribution])
        return "".join([self.line(package), *(f"{HASH}{value}" for value in package.hashes)]) if package else ""

    def lacking(self, module: str) -> Missing | None:
        """What only showed when it was tried: ``module`` was not found in the clean environment."""
        name, owners = self.contents.bringing(module)
        package = self.only_preinstalled(owners)
        return None if package is None else Missing(name, package.name, self.line(package))

    def moved(self, module: str, versions: Mapping[str, str | None]) -> Missing | None:
        """The same for what brings ``module`` in another version there, though the app never asked for it."""
        name, owners = self.contents.bringing(module)
        by_name = {package.name: package for package in self.lock.packages}
        for owner in sorted(owners):
            package = by_name.get(owner)
            if package is None or package.is_direct or versions.get(owner) in {None, package.version}:
                continue
            return Missing(name, package.name, self.line(package))
        return None

    def lacking_distribution(self, distribution: str) -> Missing | None:
        """The same, told by the name of the distribution."""
        package = self.only_preinstalled([distribution])
        if package is None:
            return None
        module = next(iter(self.contents.modules_of(package.name)), package.name)
        return Missing(module, package.name, self.line(package))


def propose(
    running: Running,
    imports: Imports,
    *,
    programs: Iterable[str],
    modules: Iterable[str],
    added: Iterable[str],
    metadata: ImportNames,
) -> Proposal:
    """Compare what a source imports and starts with what is the app's own.

    ``programs`` and ``modules`` are what its command starts, by file name and as ``python -m`` would; the canonical
    names in ``added`` are of what the platform adds by itself to serve it. ``metadata`` is only for advice about
    modules that are not there today.
    """
    started = [*_started(running, programs, frozenset(added)), *_run(running, modules, frozenset(added))]
    missing, unknown, tried = list[Missing](), list[Unknown](), list[str]()
    for each in imports.modules.values():
        for dotted in each.dotted:
            if running.contents.bringing(dotted)[1]:
                tried.append(dotted)
        missing += _imported(running, each)
        unknown += _not_there(running, each, metadata)
    rows = _merged([*missing, *started])
    guarded = tuple(each.name for each in imports.modules.values() if each.is_guarded)
    notices = (*imports.notices, *_notices(rows))
    return Proposal(rows, tuple(unknown), notices, tuple(dict.fromkeys(tried)), guarded)


def with_hashes(proposal: Proposal, running: Running, needed: Mapping[str, str]) -> Proposal:
    """The same for requirements that check hashes: there each line needs one, and all that is needed needs a line.

    ``needed`` is what the proposed distributions need, each with one that needs it.
    """
    known = {row.distribution for row in proposal.missing}
    lacking = ((running.lacking_distribution(name), by) for name, by in needed.items() if name not in known)
    more = [replace(row, needed_by=by) for row, by in lacking if row is not None]
    rows = (
        replace(row, requirement=running.hashed_line(row.distribution) or row.requirement)
        for row in (*proposal.missing, *more)
    )
    return replace(proposal, missing=tuple(rows))


def _imported(running: Running, found: Import) -> Iterator[Missing]:
    is_namespace = found.name not in running.contents.modules
    for dotted in found.dotted:
        name, owners = running.contents.bringing(dotted)
        package = running.only_preinstalled(owners)
        if package is not None:
            module = name if is_namespace else found.name
            yield Missing(module, package.name, running.line(package), found.files, found.is_guarded)


def _not_there(running: Running, found: Import, metadata: ImportNames) -> Iterator[Unknown]:
    if found.is_guarded or any(running.contents.bringing(dotted)[1] for dotted in found.dotted):
        return
    brings = next(filter(None, (distribution_for(dotted, metadata) for dotted in found.dotted)), None)
    advice = (
        f"If the app needs it, add “{brings}” to its requirements."
        if brings
        else "No package is known to bring it: if the app needs it, look it up on your package index."
    )
    yield Unknown(found.name, found.files, f"The app does not have it today either, so nothing is proposed. {advice}")


def _started(running: Running, programs: Iterable[str], added: frozenset[str]) -> Iterator[Missing]:
    for name in programs:
        package = running.only_preinstalled(running.contents.programs.get(name, ()))
        if package is not None and package.name not in added:
            yield Missing(f"{PROGRAM}{name}", package.name, running.line(package))


def _run(running: Running, modules: Iterable[str], added: frozenset[str]) -> Iterator[Missing]:
    for name in modules:
        package = running.only_preinstalled(running.contents.bringing(name)[1])
        if package is not None and package.name not in added:
            yield Missing(name, package.name, running.line(package))


def _merged(rows: Iterable[Missing]) -> tuple[Missing, ...]:
    """One row for each module and distribution; a program is told only where no import tells of its package."""
    by_place: dict[tuple[str, str], Missing] = {}
    for row in rows:
        by_place.setdefault((row.module, row.distribution), row)
    imported = {row.distribution for row in by_place.values() if not row.module.startswith(PROGRAM)}
    kept = [row for row in by_place.values() if row.distribution not in imported or not row.module.startswith(PROGRAM)]
    return tuple(sorted(kept, key=lambda row: (row.module.startswith(PROGRAM), row.module.lower())))


def _notices(rows: Iterable[Missing]) -> Iterator[str]:
    for row in rows:
        if row.is_guarded:
            yield (
                f"The source can do without {row.module}, but has it today: "
                f"leave “{row.requirement}” out if the app does not need it."
            )
