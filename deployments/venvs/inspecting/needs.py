"""What the distributions of an environment need, by their own metadata."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any, Self

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from deployments.venvs.store.skeleton import site_packages

#: The file is a wheel's; with a long description it has some hundred KB.
MAX_METADATA_BYTES = 8 * 1024 * 1024
#: Of all packages, each as often as another extra of it is wanted: some thousands in honest environments, some seconds.
MOST_REQUIREMENTS = 100_000


class TooMuch(Exception):
    """The packages list more requirements than anybody would read."""


@dataclass(frozen=True)
class Needs:
    """Which packages of a lock need which, by their canonical names.

    ``asked`` are those that requirements ask for, the app's and the platform's. ``of`` says what each one needs that
    is there; of a package that it does not name, nothing is known.
    """

    asked: Sequence[str]
    of: Mapping[str, Sequence[str]]

    def needing(self, name: str) -> list[str]:
        """Those that need ``name``."""
        return sorted(each for each, needed in self.of.items() if name in needed)

    def reached(self, names: Iterable[str]) -> set[str]:
        """``names`` and all that they need, themselves and through others."""
        found = set(names)
        waiting = list(found)
        while waiting:
            more = set(self.of.get(waiting.pop(), ())) - found
            found |= more
            waiting += more
        return found

    def to_json(self) -> dict[str, Any]:
        return {"asked": list(self.asked), "of": {name: list(needed) for name, needed in self.of.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["asked"], data["of"])


def read(
    environment: Path,
    names: Iterable[str],
    asked: Iterable[str],
    markers: Mapping[str, str],
    external: Mapping[str, Sequence[str]],
) -> Needs:
    """Who needs whom among ``names``, which are installed there or ``external``: with what those say that they need.

    ``asked`` are requirements as texts: they tell which extras are wanted. ``markers`` is the interpreter's.
    Raises ``TooMuch``.
    """
    there, folders = dict.fromkeys(names), _folders(environment)
    known = external.keys() | folders.keys()
    wanted = list(_applying(asked, markers))
    start = [(name, "") for name in there] + [
        (canonicalize_name(each.name), extra) for each in wanted for extra in each.extras
    ]
    found: dict[str, set[str]] = {name: set() for name in there if name in known}

    def listed(name: str) -> Sequence[str]:
        return external[name] if name in external else _listed(folders.get(name))

    for name, needed in _walk(start, listed, markers):
        if name in found and needed in there and needed != name:
            found[name].add(needed)
    names_asked = {canonicalize_name(each.name) for each in wanted}
    return Needs(sorted(names_asked.intersection(there)), {name: sorted(found[name]) for name in sorted(found)})


def closure(environment: Path, names: Iterable[str], markers: Mapping[str, str]) -> dict[str, str]:
    """Everything that ``names`` need there, itself and through others: canonical names, each with one that needs it.

    ``markers`` is the interpreter's. What is not installed is left out, like ``names`` themselves.
    """
    folders, start = _folders(environment), list(names)
    found: dict[str, str] = {}
    walked = _walk([(name, "") for name in start], lambda name: _listed(folders.get(name)), markers)
    with suppress(TooMuch):
        for name, needed in walked:
            if needed in folders and needed not in start:
                found.setdefault(needed, name)
    return found


def _walk(
    start: Iterable[tuple[str, str]], listed: Callable[[str], Sequence[str]], markers: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Each package that is met with each that it needs, from ``start``: names, each with an extra of it or without."""
    listed = cache(listed)
    waiting = deque(dict.fromkeys(start))
    seen, left = set(waiting), MOST_REQUIREMENTS
    while waiting:
        name, extra = waiting.popleft()
        left -= len(listed(name))
        if left < 0:
            raise TooMuch
        for requirement in _applying(listed(name), {**markers, "extra": extra}):
            needed = canonicalize_name(requirement.name)
            yield name, needed
            more = {(needed, each) for each in ("", *requirement.extras)} - seen
            seen |= more
            waiting.extend(sorted(more))


def _applying(texts: Iterable[str], markers: Mapping[str, str]) -> Iterator[Requirement]:
    for text in texts:
        try:
            requirement = Requirement(text)
            applies = requirement.marker is None or requirement.marker.evaluate({"extra": "", **markers})
        except (InvalidRequirement, UndefinedComparison, UndefinedEnvironmentName):
            continue
        if applies:
            yield requirement


def _folders(environment: Path) -> dict[str, Path]:
    return {_name(folder): folder for folder in site_packages(environment).glob("*.dist-info")}


def _listed(folder: Path | None) -> Sequence[str]:
    if folder is None:
        return ()
    try:
        is_honest = (folder / "METADATA").stat().st_size <= MAX_METADATA_BYTES
        return (PathDistribution(folder).requires or []) if is_honest else []
    except (OSError, UnicodeDecodeError):
        return []


def _name(folder: Path) -> str:
    return canonicalize_name(folder.name.removesuffix(".dist-info").partition("-")[0])
