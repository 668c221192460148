"""From the name that a program imports to the distribution that brings it."""

import tomllib
from collections.abc import Mapping, Set
from functools import cache
from pathlib import Path

from packaging.utils import canonicalize_name

#: Top-level import name → the distributions that bring it, e.g. {"yaml": {"PyYAML"}}.
ImportNames = Mapping[str, Set[str]]


def distribution_for(module: str, metadata: ImportNames) -> str | None:
    """The distribution that brings ``module`` ("sklearn", "google.cloud.storage"), or ``None`` when nobody knows.

    ``metadata`` comes first, from the wheels that were really seen; it must hold only those that the
    asking workspace may know of. Then the kept public mapping. The import name is never taken for the
    name of the distribution.
    """
    known, namespaces = _kept()
    for name in _prefixes(module):
        candidates = metadata.get(name)
        if candidates and name in namespaces:
            candidates = {each for each in candidates if canonicalize_name(each) == canonicalize_name(module)}
        if candidates:
            return _best(candidates, name, known.get(name))
        if name in known and name not in namespaces:
            return known[name]
    return None


def uncontested(metadata: ImportNames) -> ImportNames:
    """What wheels of a public index claim to bring, less what the kept mapping knows to be another's.

    Anybody may publish a wheel with a module named "sklearn" and install it in a workspace of theirs; it
    must not become the advice that others get.
    """
    known, _ = _kept()
    return {
        name: candidates
        for name, candidates in metadata.items()
        if name not in known or canonicalize_name(known[name]) in map(canonicalize_name, candidates)
    }


def preferring(first: ImportNames, others: ImportNames) -> ImportNames:
    """For each name what ``first`` says, and ``others`` only for what it does not know.

    A shared namespace is brought by many: there both are heard.
    """
    _, namespaces = _kept()
    return {
        name: others.get(name, set()) | first[name]
        if name in namespaces and name in first
        else first.get(name) or others[name]
        for name in first.keys() | others.keys()
    }


def _prefixes(module: str) -> list[str]:
    """A module and its parents, the longest first."""
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _best(candidates: Set[str], name: str, kept: str | None) -> str:
    """Of several distributions with the same module, the best known one; else the closest and shortest name."""

    def rank(candidate: str) -> tuple[bool, bool, int, str]:
        canonical = canonicalize_name(candidate)
        is_kept = kept is not None and canonical == canonicalize_name(kept)
        return not is_kept, canonical != canonicalize_name(name), len(candidate), candidate

    return min(candidates, key=rank)


@cache
def _kept() -> tuple[Mapping[str, str], frozenset[str]]:
    document = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    same = {name: name.replace("_", "-") for name in document["same_names"]}
    return same | document["distributions"], frozenset(document["namespaces"])
