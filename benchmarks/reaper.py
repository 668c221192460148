"""How long the reaper takes to decide among 1,000 environments and 10,000 deployments: ``python -m benchmarks.reaper``.

Counted is every question of a round to the database: which environments, uploads, locks and wheels may go.
"""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from benchmarks.reference import timed, verdict

ENVIRONMENTS, APPS, DEPLOYMENTS_OF_EACH, PACKAGES = 1_000, 100, 100, 18
ROUNDS = 5
TARGET_S = 2.0


def main() -> bool:
    with _database():
        _fill()
        environments_s, all_s = _decide()
    kept = all_s < TARGET_S
    print(f"The reaper's decision, {ENVIRONMENTS:,} environments and {APPS * DEPLOYMENTS_OF_EACH:,} deployments")
    print(
        f"  environments {environments_s:.2f} s   with uploads, locks and wheels {all_s:.2f} s   "
        f"limit {TARGET_S:.0f} s: {verdict(kept)}"
    )
    return kept


@contextmanager
def _database() -> Iterator[None]:
    """A home and a PostgreSQL of the benchmark's own; Django reads its settings only now."""
    home = Path(tempfile.mkdtemp(prefix="slb-", dir="/tmp"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ |= {"SLIPWAY_HOME": str(home), "DJANGO_SETTINGS_MODULE": "config.settings"}
    os.environ.pop("DATABASE_URL", None)
    import django

    from config import keys
    from config.home import Home
    from config.postgres import Postgres
    from workspaces.encryption import generate_key

    Home(home).create()
    keys.read_or_create(home / "keys" / "secrets.keys", generate_key)
    server = Postgres(home / "postgres", home / "run" / "pg")
    server.create()
    process = subprocess.Popen(server.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server.wait()
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _fill() -> None:
    """Half of the environments are named by kept deployments of their app, half only by old ones."""
    from django.utils import timezone

    from deployments.models import App, Bundle, Deployment, Environment, Instance, InstanceState, Lock, State
    from tests.world import create

    alice, ago = create().alice, timezone.now() - timedelta(days=90)
    workspace, owner = alice.workspace, alice.user
    apps = App.objects.bulk_create(
        App(workspace=workspace, name=f"app-{n}", owner=owner, host_label=f"app-{n}", unix_uid=200_000 + n)
        for n in range(APPS)
    )
    environments = Environment.objects.bulk_create(
        Environment(
            key=uuid.uuid4().hex[:16], fingerprint=uuid.uuid4().hex[:16], python_version="3.11.9",
            built_at=ago, last_used_at=ago,
        )
        for _ in range(ENVIRONMENTS)
    )  # fmt: skip
    locks = Lock.objects.bulk_create(
        Lock(workspace=workspace, request_key=f"{n:064x}", content=_content(n)) for n in range(ENVIRONMENTS)
    )
    bundles = Bundle.objects.bulk_create(
        Bundle(workspace=workspace, digest=f"sha256:{n:064x}", size_bytes=1, created_by_name="Alice")
        for n in range(APPS * DEPLOYMENTS_OF_EACH)
    )
    wanted = (
        Deployment(
            workspace=workspace, app=app, number=number, bundle=bundles[index * DEPLOYMENTS_OF_EACH + number - 1],
            state=State.ACTIVE if number == DEPLOYMENTS_OF_EACH else State.RETIRED, created_by_name="Alice",
            environment=environments[(index * 10 + number // 10) % ENVIRONMENTS],
            lock=locks[(index * 10 + number // 10) % ENVIRONMENTS], launch={"python": "cpython-3.11.9"},
        )
        for index, app in enumerate(apps)
        for number in range(1, DEPLOYMENTS_OF_EACH + 1)
    )  # fmt: skip
    Deployment.objects.bulk_create(wanted, batch_size=1_000)
    for model in (Lock, Bundle):
        model.objects.update(created_at=ago)
    Instance.objects.bulk_create(
        Instance(workspace=workspace, deployment=active, environment=active.environment, state=InstanceState.HEALTHY)
        for active in Deployment.objects.filter(state=State.ACTIVE)
    )


def _content(number: int) -> dict[str, object]:
    packages = [
        {
            "name": f"package-{n}", "version": "1.0", "kind": "wheel", "is_public": True, "origin": "transitive",
            "url": f"https://files.example/package-{n}.whl", "hashes": [f"sha256:{number * PACKAGES + n:064x}"],
            "index": "https://pypi.org/simple",
        }
        for n in range(PACKAGES)
    ]  # fmt: skip
    return {"packages": packages, "notices": [], "is_managed": True}


def _decide() -> tuple[float, float]:
    """The longest of some rounds: deciding about environments alone, and about all."""
    from django.db import connection
    from django.utils import timezone

    from deployments.reaping import named, needs
    from deployments.reaping.round import plan

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    now, environments_s, all_s = timezone.now(), list[float](), list[float]()
    for _ in range(ROUNDS):
        alone_s = timed(lambda: plan(now))
        others = (needs.bundles_to_remove, needs.bundles_to_pack_up, needs.unneeded_locks)
        rest_s = sum(timed(lambda ask=ask: list(ask(now))) for ask in others)  # type: ignore[misc]
        environments_s.append(alone_s)
        all_s.append(alone_s + rest_s + timed(named.wheels) + timed(named.builds))
    return max(environments_s), max(all_s)


if __name__ == "__main__":
    raise SystemExit(not main())
