"""Locks, with their entries and environments."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.utils import timezone

from benchmarks.scale.copying import Table
from benchmarks.scale.people import Tenant
from benchmarks.scale.sizes import Sizes
from deployments.models import Environment, Lock, LockEntry
from deployments.venvs import lock
from deployments.venvs.lock import ArtefactKind, LockedPackage, Origin
from packagerepos.indexes import PYPI
from packagerepos.models import ExternalPackage, ProhibitedPackage


@dataclass(frozen=True)
class Resolved:
    """A lock and the environment made of it."""

    lock: int
    environment: int


def fill(tenant: Tenant, sizes: Sizes) -> list[Resolved]:
    number, own = tenant.of(sizes.locks), {"workspace_id": tenant.workspace.pk}
    now = timezone.now()
    used = {"built_at": now, "compiled_at": now, "last_used_at": now, "python_version": "3.12.9"}
    sizes_of = {
        "packages": sizes.packages_of_a_lock,
        "size_bytes": 2 * 10**8,
        "own_bytes": 10**7,
        "shared_bytes": 19 * 10**7,
    }
    made = []
    with (
        Table(Lock, **own) as locks,
        Table(LockEntry, **own) as entries,
        Table(Environment, **own, **used, **sizes_of) as environments,
    ):
        for n in range(number):
            key = sha256(f"{tenant.workspace.slug} {n}".encode()).hexdigest()
            packages = tuple(_package(n, m) for m in range(sizes.packages_of_a_lock))
            at = now - timedelta(minutes=number - n)
            made_lock = locks.add(request_key=key, content=lock.Lock(packages).to_json(), created_at=at)
            for package in packages:
                entries.add(
                    lock_id=made_lock, name=package.name, version=package.version, index=package.index,
                    origin=package.origin,
                )  # fmt: skip
            made.append(Resolved(made_lock, environments.add(key=key[:16], fingerprint=key[:16])))
    _list(tenant, sizes)
    return made


def _package(lock_number: int, number: int) -> LockedPackage:
    name, version = f"package-{number + lock_number % 200}", f"1.{lock_number % 7}.0"
    return LockedPackage(
        name, version, ArtefactKind.WHEEL, f"https://files.pythonhosted.org/packages/{name}-{version}-py3-none-any.whl",
        (f"sha256:{sha256(f'{name}{version}'.encode()).hexdigest()}",), PYPI,
        Origin.REQUIREMENTS if number < 5 else Origin.TRANSITIVE,
    )  # fmt: skip


def _list(tenant: Tenant, sizes: Sizes) -> None:
    for kind in (ExternalPackage, ProhibitedPackage):
        with Table(kind, workspace_id=tenant.workspace.pk, created_by_name="Admin") as listed:
            for n in range(tenant.of(sizes.scopes)):
                listed.add(name=f"{kind.__name__.lower()}-{n}")
