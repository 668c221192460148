"""Which versions of a base image an app that is resolved by pip keeps: those that suit everybody who asks.

pip itself would do so in such an image, but it is asked outside of one. uv is told by ``overlay.preferences``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from deployments.venvs.lock import ArtefactKind, Lock
from deployments.venvs.resolving.pip import Chosen
from packagerepos.requirements import RequirementLine


def kept(
    image: Lock, chosen: Sequence[Chosen], lines: Iterable[RequirementLine], markers: Mapping[str, str]
) -> tuple[str, ...]:
    """Constraints (``six==1.16.0``) that keep to ``image``; none where ``chosen`` does so already.

    ``lines`` are the app's own. The libraries of an image suit each other: only what is not its own can object.
    """
    by_name = {one.name: one for one in chosen if not one.is_direct}
    versions = {
        package.name: package.version
        for package in image.packages
        if package.name in by_name and package.version and package.kind is not ArtefactKind.EXTERNAL
    }
    limits = list(_parsed((line.text for line in lines), markers))
    while misfits := {
        name
        for need in (*limits, *_needs_of(chosen, versions, markers))
        if (name := canonicalize_name(need.name)) in versions
        and not need.specifier.contains(versions[name], prereleases=True)
    }:
        versions = {name: version for name, version in versions.items() if name not in misfits}
    if all(by_name[name].version == version for name, version in versions.items()):
        return ()
    return tuple(f"{name}=={version}" for name, version in versions.items())


def _needs_of(chosen: Sequence[Chosen], kept: Mapping[str, str], markers: Mapping[str, str]) -> Iterator[Requirement]:
    for one in chosen:
        if one.name not in kept:
            yield from _parsed(one.requires, markers)


def _parsed(texts: Iterable[str], markers: Mapping[str, str]) -> Iterator[Requirement]:
    for text in texts:
        try:
            need = Requirement(text)
        except InvalidRequirement:
            continue
        if need.marker is None or need.marker.evaluate({**markers, "extra": ""}):
            yield need
