"""Which packages need which, of real builds from a real index."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from django.conf import LazySettings
from django.utils import timezone

from deployments import tasks
from deployments.models import App, Deployment, Lock, State
from deployments.operations import deployments
from deployments.packages import files, locks
from packagerepos.operations import repositories
from packagerepos.operations.repositories import Wanted
from tests.journeys.platform import pack
from tests.private_index import PrivateIndex
from tests.world import World

# Leases are renewed from a thread with a connection of its own.
pytestmark = pytest.mark.django_db(transaction=True)

REQUIREMENTS = "web[fast]\nalone\nold ; python_version < '3'\n"
NEEDS = {"alone": ["parts"], "engine": ["parts"], "parts": [], "speedups": [], "web": ["engine", "speedups"]}


@pytest.fixture
def index(tmp_path: Path, settings: LazySettings) -> Iterator[PrivateIndex]:
    settings.PIP_CONF = (tmp_path / "pip.conf",)
    with PrivateIndex(tmp_path / "index") as index:
        index.add("web", needs=("engine>=1", "speedups; extra == 'fast'", "docs; extra == 'docs'"))
        index.add("engine", needs=("parts", "old; sys_platform == 'win32'"))
        index.add("alone", needs=("parts",))
        for name in ("parts", "speedups", "docs", "old"):
            index.add(name)
        settings.ALLOWED_INTERNAL = [index.place]
        yield index


@pytest.fixture
def app(world: World, index: PrivateIndex) -> App:
    wanted = Wanted(index_url=index.address_with_login, certificates=index.authority.pem)
    repositories.save(world.alice, wanted, now=timezone.now())
    return world.app()


def build(world: World, app: App, line: str = "") -> Deployment:
    source = {"app.py": f"print()  # {line}\n", "app.yaml": "command: [python, app.py]\n"}
    content = pack(source | {"requirements.txt": REQUIREMENTS})
    deployment = deployments.request(world.alice, app, bundle=world.bundle(content))
    tasks.build_next()
    deployment.refresh_from_db()
    assert deployment.state == State.STARTING, deployment.failure_message
    deployment.move(State.CANCELLED)
    return deployment


class TestKeep:
    def test_makes_a_bill_in_which_everything_is_reached_from_the_app(self, world: World, app: App) -> None:
        deployment = build(world, app)

        bill = files.sbom(app, deployment).content.decode()

        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
        told = json.loads(bill)
        needed = {each["ref"]: each.get("dependsOn", []) for each in told["dependencies"]}
        assert needed == {"app": ["alone", "web"], **NEEDS}
        assert told["compositions"][0]["aggregate"] == "complete"

    def test_leaves_lock_and_environment_as_they_are_known(self, world: World, app: App) -> None:
        first = build(world, app)
        before = first.lock.content
        # As one from before they were kept.
        Lock.objects.update(needs=None)

        second = build(world, app, "changed")

        assert (second.lock, second.lock.content, second.environment) == (first.lock, before, first.environment)
        assert locks.needs_of(second).of == NEEDS
        assert set(locks.needs_of(second).asked) == {"alone", "web"}
