"""Which wheels of the store somebody names: kept locks, and base images for as long as they are there."""

from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.models import QuerySet

from deployments.models import BaseImageLock, Deployment
from deployments.pipeline import image_wheels, platform
from deployments.pipeline.launches import StoredLaunch
from deployments.venvs.lock import ArtefactKind, Lock, Origin
from deployments.venvs.store import building
from deployments.venvs.store.wheels import PUBLIC, SITE
from workspaces.models import Workspace

#: Workspace, whether the file is public, and its hash.
WHEELS = """
SELECT DISTINCT workspace_id, (package->>'is_public')::boolean, package->'hashes'->>0
FROM deployments_lock, jsonb_array_elements(content->'packages') AS package
WHERE package->>'kind' = %s
"""


def wheels() -> frozenset[tuple[str, str]]:
    """Scope and SHA-256 of each wheel that a lock or a base image names."""
    workspaces = list(Workspace.objects.all())
    of_images = (named for lock in _image_locks() for named in image_wheels.files(lock, workspaces))
    return frozenset((*_of_locks(workspaces), *of_images))


def builds() -> frozenset[tuple[str, str]]:
    """Scope and key of each wheel that was built for a lock or for a base image."""
    of_images = (built for lock in _image_locks() for built in image_wheels.builds(lock))
    return frozenset((*_of_deployments(), *of_images))


def _image_locks() -> QuerySet[BaseImageLock]:
    return BaseImageLock.objects.exclude(content=None).select_related("version__image__workspace")


def _of_locks(workspaces: Iterable[Workspace]) -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(WHEELS, [ArtefactKind.WHEEL])
        found = cursor.fetchall()
    scopes = {workspace.pk: platform.scope_of(workspace) for workspace in workspaces}
    for workspace, is_public, digest in found:
        if digest and (is_public or workspace in scopes):
            yield PUBLIC if is_public else scopes[workspace], digest.removeprefix("sha256:")


def _of_deployments() -> Iterator[tuple[str, str]]:
    built = Deployment.objects.exclude(lock=None).exclude(launch=None).select_related("lock", "workspace")
    from_source = built.extra(
        where=["EXISTS (SELECT 1 FROM jsonb_array_elements(content->'packages') p WHERE p->>'kind' <> 'wheel')"]
    )
    for deployment in from_source.order_by("lock", "pk").iterator(chunk_size=200):
        assert deployment.lock is not None
        interpreter = StoredLaunch.from_json(deployment.launch).python
        for package in Lock.from_json(deployment.lock.content).packages:
            if package.kind is ArtefactKind.WHEEL:
                continue
            key = building.key_of(package, interpreter)
            yield platform.scope_of(deployment.workspace), key
            if package.origin is Origin.BASE_IMAGE:
                yield SITE, key
