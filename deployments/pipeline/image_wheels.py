"""Which wheels of the store base images consist of: files of indexes, and what was built for the image."""

from collections.abc import Iterable, Iterator

from deployments.models import BaseImageLock
from deployments.pipeline import base_images, platform
from deployments.venvs.lock import ArtefactKind, Lock, LockedPackage
from deployments.venvs.store import building, wheels
from workspaces.models import Workspace


def files(lock: BaseImageLock, workspaces: Iterable[Workspace]) -> Iterator[tuple[str, str]]:
    """Scope and SHA-256 of what comes as a wheel.

    What a site's image has from an index that is not public, each of the ``workspaces`` keeps for itself.
    """
    own = lock.version.image.workspace
    scopes = [platform.scope_of(workspace) for workspace in (workspaces if own is None else [own])]
    for package in _packages(lock):
        if package.kind is ArtefactKind.WHEEL and package.sha256:
            for scope in [wheels.PUBLIC] if package.is_public else scopes:
                yield scope, package.sha256


def builds(lock: BaseImageLock) -> Iterator[tuple[str, str]]:
    """Scope and key of what was built, for the Pythons that are here now: no other can be of use to a build."""
    sources = [package for package in _packages(lock) if package.kind is not ArtefactKind.WHEEL]
    for interpreter in platform.interpreters() if sources else ():
        if interpreter.minor == lock.python:
            for package in sources:
                yield base_images.scope_of(lock.version.image), building.key_of(package, interpreter.identity)


def _packages(lock: BaseImageLock) -> tuple[LockedPackage, ...]:
    return Lock.from_json(lock.content).packages if lock.content else ()
