"""What an installed environment holds, by the distribution that brought it: its modules and programs."""

import csv
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from deployments.venvs.store.skeleton import site_packages

#: The file is a wheel's; the largest honest ones have some tens of thousands of lines.
MAX_RECORD_BYTES = 32 * 1024 * 1024
MODULE_ENDS = (".py", ".so")
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Contents:
    """``modules`` by dotted name ("google.cloud.storage"), ``programs`` by file name ("gunicorn"): to the canonical
    names of all distributions that list such a file. ``versions`` are of those distributions."""

    modules: Mapping[str, frozenset[str]]
    programs: Mapping[str, frozenset[str]]
    versions: Mapping[str, str]

    def bringing(self, dotted: str) -> tuple[str, frozenset[str]]:
        """The longest part of an imported name that is a module here, and the distributions that bring it.

        The last word may be an attribute of the module before it. A shorter part says nothing where several
        distributions share it: then it is a namespace. Both are empty if nothing brings it.
        """
        parts = dotted.split(".")
        for length in range(len(parts), 0, -1):
            name = ".".join(parts[:length])
            found = self.modules.get(name, NOBODY)
            if found and (length >= len(parts) - 1 or len(found) == 1):
                return name, found
        return "", NOBODY

    def modules_of(self, distribution: str) -> tuple[str, ...]:
        """The names that an ``import`` of it begins with: the shortest that it brings."""
        own = [name for name, owners in self.modules.items() if distribution in owners]
        shortest = min((name.count(".") for name in own), default=0)
        return tuple(sorted(name for name in own if name.count(".") == shortest))


def of(environment: Path) -> Contents:
    """Read from what each distribution lists as its own; a list that cannot be read counts as empty."""
    site = site_packages(environment)
    modules, programs, versions = dict[str, set[str]](), dict[str, set[str]](), dict[str, str]()
    for folder in sorted(site.glob("*.dist-info")):
        name, _, version = folder.name.removesuffix(".dist-info").partition("-")
        distribution = canonicalize_name(name)
        versions[distribution] = version
        for path in _listed(folder / "RECORD"):
            if module := _module(path):
                modules.setdefault(module, set()).add(distribution)
            elif program := _program(path):
                programs.setdefault(program, set()).add(distribution)
    return Contents(_frozen(modules), _frozen(programs), versions)


def _listed(record: Path) -> list[str]:
    try:
        if record.stat().st_size > MAX_RECORD_BYTES:
            return []
        return [os.path.normpath(row[0]) for row in csv.reader(record.read_text("utf-8").splitlines()) if row]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def _module(path: str) -> str:
    """``google/cloud/storage/__init__.py`` is "google.cloud.storage"; empty for what is no module."""
    if not path.endswith(MODULE_ENDS):
        return ""
    *folders, file = path.split("/")
    stem = file.partition(".")[0]
    parts = folders if stem == "__init__" else [*folders, stem]
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else ""


def _program(path: str) -> str:
    """``../../../bin/gunicorn`` is "gunicorn"; empty for what is no program."""
    folder, _, name = path.rpartition("/")
    return name if folder == "../../../bin" else ""


def _frozen(found: Mapping[str, set[str]]) -> Mapping[str, frozenset[str]]:
    return {name: frozenset(owners) for name, owners in found.items()}
