"""Files of packages that no lock names and no environment shares: wheels, what was unpacked of them, byte-code.

Wheels of kept locks stay, so that an environment can be made again when no index has them any more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from deployments.models import Deployment
from deployments.pipeline import platform
from deployments.pipeline.launches import StoredLaunch
from deployments.venvs import building, unpacked
from deployments.venvs.lock import ArtefactKind, Lock
from deployments.venvs.wheels import PUBLIC
from workspaces.models import Workspace

#: Unpacking again costs a second, so what no environment shares goes sooner than a wheel.
UNPACKED_S = 86_400.0
NAMED = """
SELECT DISTINCT workspace_id, (package->>'is_public')::boolean, package->'hashes'->>0
FROM deployments_lock, jsonb_array_elements(content->'packages') AS package
WHERE package->>'kind' = %s
"""


@dataclass(frozen=True)
class Freed:
    wheels: int
    unpacked: int
    bytecode: int


def remove(now: datetime) -> Freed:
    """Remove what is unneeded and has not been used for ``SLIPWAY_ENVIRONMENT_KEEP_S``."""
    store, keep_s = platform.store(), settings.ENVIRONMENT_KEEP_S
    wheels = store.wheels.remove_except(_named_wheels(), _named_builds(), idle_s=keep_s)
    return Freed(wheels, unpacked.prune(store.uv_cache, idle_s=UNPACKED_S), store.bytecode.prune(idle_s=keep_s))


def _named_wheels() -> frozenset[tuple[str, str]]:
    """Scope and SHA-256 of each wheel that a lock names."""
    with connection.cursor() as cursor:
        cursor.execute(NAMED, [ArtefactKind.WHEEL])
        found = cursor.fetchall()
    scopes = {workspace.pk: platform.scope_of(workspace) for workspace in Workspace.objects.all()}
    return frozenset(
        (PUBLIC if is_public else scopes[workspace], digest.removeprefix("sha256:"))
        for workspace, is_public, digest in found
        if digest and (is_public or workspace in scopes)
    )


def _named_builds() -> frozenset[tuple[str, str]]:
    """Scope and key of each wheel that was built for a lock."""
    return frozenset(_builds())


def _builds() -> Iterator[tuple[str, str]]:
    built = Deployment.objects.exclude(lock=None).exclude(launch=None).select_related("lock", "workspace")
    from_source = built.extra(
        where=["EXISTS (SELECT 1 FROM jsonb_array_elements(content->'packages') p WHERE p->>'kind' <> 'wheel')"]
    )
    for deployment in from_source.order_by("lock", "pk").iterator(chunk_size=200):
        assert deployment.lock is not None
        interpreter = StoredLaunch.from_json(deployment.launch).python
        for package in Lock.from_json(deployment.lock.content).packages:
            if package.kind is not ArtefactKind.WHEEL:
                yield platform.scope_of(deployment.workspace), building.key_of(package, interpreter)
