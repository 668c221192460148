import pytest
from django.utils import timezone

from deployments import layout
from deployments.logs.complaints import Complaints
from deployments.logs.lines import Line
from deployments.models import App, Deployment, Instance, InstanceState, State
from deployments.operations import deployments
from deployments.pipeline import complaints
from deployments.pipeline.world import Memory, World
from tests.world import World as People


def controllers_view() -> World:
    return World(None, {}, timezone.now(), Memory(), lambda **_: None)


@pytest.fixture
def app(world: People) -> App:
    return world.app()


@pytest.fixture
def active(world: People, app: App) -> Deployment:
    return _deployed(world, app)


def _deployed(world: People, app: App) -> Deployment:
    deployment = deployments.request(world.alice, app, bundle=world.bundle())
    for state in (State.BUILDING, State.STARTING):
        deployment.move(state)
    Instance.objects.create(workspace=app.workspace, deployment=deployment, state=InstanceState.HEALTHY)
    return deployment


def write(deployment: Deployment, *texts: str) -> None:
    source = deployment.instances.get().engine_id
    Complaints(layout.app_log(deployment.app)).hear([Line(1.0, source, text) for text in texts])


class TestHear:
    def test_finds_the_package_of_a_module_that_a_running_app_misses(self, active: Deployment) -> None:
        write(
            active, "Traceback (most recent call last):", '  File "/srv/app.py", line 5, in index',
            "    from google.cloud import storage", "ModuleNotFoundError: No module named 'google.cloud'",
        )  # fmt: skip

        complaints.hear(active, controllers_view())

        active.refresh_from_db()
        (found,) = active.findings
        assert found["kind"] == "missing_module"
        assert found["requirement"] == "google-cloud-storage"
        assert "'google.cloud'" in found["message"]

    def test_names_the_debian_package_of_a_library(self, active: Deployment) -> None:
        write(active, "ImportError: libGL.so.1: cannot open shared object file: No such file or directory")

        complaints.hear(active, controllers_view())

        (found,) = active.findings
        assert (found["kind"], found["requirement"]) == ("missing_library", "")
        assert "libgl1" in found["hint"]
        assert "Apps cannot install system packages" in found["hint"]

    def test_hears_what_comes_later_and_nothing_twice(self, active: Deployment) -> None:
        view = controllers_view()
        write(active, "ModuleNotFoundError: No module named 'yaml'")
        complaints.hear(active, view)
        write(active, "ModuleNotFoundError: No module named 'yaml'", "ModuleNotFoundError: No module named 'bs4'")
        for each in (view, view, controllers_view()):
            complaints.hear(active, each)

        active.refresh_from_db()
        assert [found["requirement"] for found in active.findings] == ["PyYAML", "beautifulsoup4"]

    def test_listens_to_its_own_instances_only(self, world: People, app: App, active: Deployment) -> None:
        write(active, "ModuleNotFoundError: No module named 'yaml'")
        active.move(State.FAILED)
        newer = _deployed(world, app)

        complaints.hear(newer, controllers_view())

        newer.refresh_from_db()
        assert newer.findings == []

    @pytest.mark.parametrize("text", ["I fell back: no yaml", "x ModuleNotFoundError: No module named 'yaml'"])
    def test_takes_no_talk_for_a_complaint(self, active: Deployment, text: str) -> None:
        write(active, text)

        complaints.hear(active, controllers_view())

        active.refresh_from_db()
        assert active.findings == []
