"""What the distributions of an environment need, by their own metadata."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PathDistribution
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from deployments.venvs.store.skeleton import site_packages

#: The file is a wheel's; with a long description it has some hundred KB.
MAX_METADATA_BYTES = 8 * 1024 * 1024


def closure(environment: Path, names: Iterable[str], markers: Mapping[str, str]) -> dict[str, str]:
    """Everything that ``names`` need there, itself and through others: canonical names, each with one that needs it.

    ``markers`` is the interpreter's. What is not installed is left out, like ``names`` themselves.
    """
    folders = {_name(folder): folder for folder in site_packages(environment).glob("*.dist-info")}
    found = dict.fromkeys(names, "")
    waiting = [(name, "") for name in found]
    seen = set(waiting)
    while waiting:
        name, extra = waiting.pop(0)
        for requirement in _requirements(folders.get(name), {**markers, "extra": extra}):
            needed = canonicalize_name(requirement.name)
            if needed in folders:
                found.setdefault(needed, name)
            more = {(needed, each) for each in ("", *requirement.extras)} - seen
            seen |= more
            waiting += sorted(more)
    return {name: by for name, by in found.items() if by}


def _requirements(folder: Path | None, markers: Mapping[str, str]) -> Iterator[Requirement]:
    if folder is None:
        return
    for text in _listed(folder):
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate(dict(markers)):
            yield requirement


def _listed(folder: Path) -> list[str]:
    try:
        is_honest = (folder / "METADATA").stat().st_size <= MAX_METADATA_BYTES
        return (PathDistribution(folder).requires or []) if is_honest else []
    except (OSError, UnicodeDecodeError):
        return []


def _name(folder: Path) -> str:
    return canonicalize_name(folder.name.removesuffix(".dist-info").partition("-")[0])
