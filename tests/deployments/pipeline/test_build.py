"""What a build asks of the database when its lock and its environment are there."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deployments import tasks
from deployments.models import App, BaseImage, Deployment, EventKind, State
from deployments.operations import apps, base_image_rows, deployments
from deployments.pipeline import build as build_story
from deployments.pipeline import platform
from deployments.pipeline.steps import Story
from deployments.source.spec import AppSpec, DependencyKind
from deployments.venvs.lock import Lock
from packagerepos.operations import repositories
from packagerepos.operations.repositories import Wanted
from tests.deployments import locked
from tests.journeys.platform import pack
from tests.private_index import PrivateIndex
from tests.world import World
from workspaces import unix_users
from workspaces.operations import secret_scopes, secrets

# Leases are renewed from a thread with a connection of its own.
pytestmark = pytest.mark.django_db(transaction=True)

#: From the claim to the bell for the controller, with BEGIN and COMMIT. Add one only for what no build can do without.
STATEMENTS = 30
NAMES = ("one", "two", "three", "four")


@pytest.fixture
def index(tmp_path: Path, settings: LazySettings) -> Iterator[PrivateIndex]:
    settings.PIP_CONF = (tmp_path / "pip.conf",)
    with PrivateIndex(tmp_path / "index") as index:
        for name in NAMES:
            index.add(name)
        settings.ALLOWED_INTERNAL = [index.place]
        yield index


@pytest.fixture
def further(tmp_path: Path, settings: LazySettings, index: PrivateIndex) -> Iterator[PrivateIndex]:
    with PrivateIndex(tmp_path / "further", authority=index.authority) as further:
        settings.ALLOWED_INTERNAL = [index.place, further.place]
        yield further


def use(world: World, index: PrivateIndex, *more: PrivateIndex) -> None:
    wanted = Wanted(
        index_url=index.address_with_login, certificates=index.authority.pem,
        extra_index_urls=[each.address_with_login for each in more],
    )  # fmt: skip
    repositories.save(world.alice, wanted, now=timezone.now())


def keep_secrets(world: World) -> None:
    scope = secret_scopes.create(world.alice, name="own")
    for name in NAMES:
        secrets.put(world.alice, scope, key=name, value=b"word-word", now=timezone.now())


def build(world: World, app: App, names: tuple[str, ...] = ()) -> tuple[Deployment, list[str]]:
    """A deployment that needs the packages and the secrets of these ``names``, and the statements of its build."""
    variables = "".join(f"  - {{name: {name.upper()}, valueFrom: own/{name}}}\n" for name in names)
    files = {
        "app.py": f"print({uuid4().hex!r})\n",
        "app.yaml": f"command: [python, app.py]\n{'env:' if names else ''}\n{variables}",
        "requirements.txt": "\n".join(names) or "--no-index",
    }
    deployment = deployments.request(world.alice, app, bundle=world.bundle(pack(files)))
    with CaptureQueriesContext(connection) as captured:
        tasks.build_next()
    deployment.refresh_from_db()
    assert deployment.state == State.STARTING, deployment.failure_message
    return deployment, [query["sql"] for query in captured]


def build_again(world: World, app: App, names: tuple[str, ...] = ()) -> tuple[Deployment, list[str]]:
    """The same twice: the second one finds its lock and its environment."""
    build(world, app, names)[0].move(State.CANCELLED)
    deployment, statements = build(world, app, names)
    deployment.move(State.CANCELLED)
    return deployment, statements


class TestBuildingWhatIsThere:
    def test_takes_few_statements(self, world: World, settings: LazySettings, tmp_path: Path) -> None:
        settings.PIP_CONF = (tmp_path / "pip.conf",)

        _, statements = build_again(world, world.app())

        assert len(statements) == STATEMENTS, "\n".join(statements)

    def test_takes_no_more_for_more_packages_repositories_and_secrets(
        self, world: World, index: PrivateIndex, further: PrivateIndex
    ) -> None:
        keep_secrets(world)
        use(world, index)
        _, for_one = build_again(world, world.app("one"), NAMES[:1])
        use(world, index, further)
        _, for_many = build_again(world, world.app("many"), NAMES)

        assert len(for_many) == len(for_one), "\n".join([*for_one, "", *for_many])

    def test_tells_every_step_in_its_order(self, world: World, settings: LazySettings, tmp_path: Path) -> None:
        settings.PIP_CONF = (tmp_path / "pip.conf",)

        deployment, _ = build_again(world, world.app())

        names = list(deployment.events.order_by("at", "id").values_list("name", flat=True))
        steps = [name for step in ("unpack", "spec", "lock", "environment") for name in (step, step)]
        assert names == [State.QUEUED, State.BUILDING, *steps, State.STARTING, State.CANCELLED]

    def test_leaves_the_connection_as_it_was(self, world: World, settings: LazySettings, tmp_path: Path) -> None:
        settings.PIP_CONF = (tmp_path / "pip.conf",)

        build(world, world.app())

        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)


class TestLibraries:
    @pytest.mark.parametrize(("is_managed", "names"), [(True, []), (False, ["six"])])
    def test_stay_out_of_a_uv_lock_unless_nothing_of_it_is_installed(
        self, world: World, is_managed: bool, names: list[str]
    ) -> None:
        image = BaseImage.objects.create(name="tools", build_uid=unix_users.next_uid(), created_by_name="Root")
        version = image.versions.create(
            number=1, requirements="six", created_by_name="Root", published_at=timezone.now()
        )
        six, interpreter = locked.package("six"), platform.interpreters()[0]
        base_image_rows.keep_lock(version, interpreter.minor, Lock((six,)).to_json())
        app = apps.create(world.alice, name="hello", base_image="tools")
        deployment = deployments.request(world.alice, app, bundle=world.bundle())
        spec = AppSpec(dependencies=DependencyKind.UV_LOCK, environment_management=is_managed)
        story = Story(deployment)

        content = build_story._libraries(deployment, spec, version, interpreter, story)
        story.close()

        assert [package.name for package in content.packages] == names


class TestStory:
    def test_shows_its_steps_when_told_and_at_the_end(self, world: World) -> None:
        deployment = deployments.request(world.alice, world.app(), bundle=world.bundle())
        told = deployment.events.exclude(kind=EventKind.STATE)
        story = Story(deployment)

        with story.step("lock", "Resolving packages"):
            assert not told.exists()
            story.show()
            assert told.get().name == "lock"
        story.close()

        assert [event.kind for event in told.order_by("id")] == [EventKind.STEP_STARTED, EventKind.STEP_FINISHED]
