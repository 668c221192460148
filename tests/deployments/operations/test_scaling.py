"""Every path between standard and horizontally scaled apps, walked with rows, deployments and image versions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import timezone

from deployments.models import App, BaseImage, Cause, Deployment, State
from deployments.operations import apps, deployments
from deployments.operations.serving import Own
from tests.world import World
from workspaces import unix_users
from workspaces.errors import Conflict, Invalid, NotFound

Step = Callable[["Walk"], object]


@dataclass
class Walk:
    """One app, on the image ``tools`` that has libraries and, to begin with, one version."""

    world: World
    image: BaseImage
    app: App
    refused: list[str] = field(default_factory=list)

    def settings(self) -> tuple[Any, ...]:
        """Scaling, converted, uses the libraries, pinned version."""
        app = App.objects.get(pk=self.app.pk)
        return (app.scaling, app.was_converted, app.use_preinstalled_libraries, app.base_image_version)

    def change(self, **fields: Any) -> None:
        apps.update(self.world.alice, App.objects.get(pk=self.app.pk), **fields)

    def serve(self) -> None:
        """Deploy, and let it pass."""
        newest = deployments.request(self.world.alice, self.app, bundle=self.world.bundle())
        self.let_pass(newest)

    def let_pass(self, deployment: Deployment) -> None:
        for state in (State.BUILDING, State.STARTING):
            assert deployment.move(state)
        old = App.objects.get(pk=self.app.pk).active_deployment
        if old is not None:
            assert old.move(State.DRAINING)
        assert deployment.move(State.ACTIVE)
        App.objects.filter(pk=self.app.pk).update(active_deployment=deployment)

    def newest(self) -> Deployment:
        return Deployment.objects.filter(app=self.app).order_by("-number")[0]

    def built_on(self) -> tuple[str, int]:
        """Image and version of the newest deployment."""
        settings = self.newest().settings
        return settings["base_image"], settings["base_image_version"]


@pytest.fixture
def image(world: World) -> BaseImage:
    image = BaseImage.objects.create(name="tools", build_uid=unix_users.next_uid(), created_by_name="Slipway")
    publish(image)
    return image


@pytest.fixture
def walk(world: World, image: BaseImage) -> Walk:
    return Walk(world, image, apps.create(world.alice, name="hello", base_image="tools"))


def publish(image: BaseImage) -> None:
    number = image.versions.count() + 1
    image.versions.create(
        number=number, requirements=f"requests=={number}", created_by_name="Root", published_at=timezone.now()
    )


def convert(walk: Walk) -> None:
    walk.change(scaling="horizontal")


def back(walk: Walk) -> None:
    """And the deployment that this asks for passes, if there is one."""
    walk.change(scaling="standard")
    waiting = walk.newest() if walk.app.deployments.exists() else None
    if waiting is not None and waiting.state == State.QUEUED:
        walk.let_pass(waiting)


def opt_out(walk: Walk) -> None:
    walk.change(use_preinstalled_libraries=False)


def opt_in(walk: Walk) -> None:
    walk.change(use_preinstalled_libraries=True)


def deploy(walk: Walk) -> None:
    walk.serve()


def new_version(walk: Walk) -> None:
    publish(walk.image)


def settle_for_clean(walk: Walk) -> None:
    walk.change(base_image="clean")


def take_tools(walk: Walk) -> None:
    walk.change(base_image="tools")


STANDARD = ("standard", False, True, None)
PINNED_1, PINNED_2 = ("horizontal", True, True, 1), ("horizontal", True, True, 2)
OPTED_OUT_1 = ("horizontal", True, False, 1)
CLEAN = ("clean", 1)

#: Steps, what the app then is, and what a deployment after them is built on.
PATHS: list[tuple[list[Step], tuple[Any, ...], tuple[str, int]]] = [
    ([], STANDARD, ("tools", 1)),
    # A standard app takes the newest version at each deployment.
    ([deploy, new_version], STANDARD, ("tools", 2)),
    # Conversion pins to the version it had, not to the newest; one that never ran has the newest.
    ([convert], PINNED_1, ("tools", 1)),
    ([new_version, convert], PINNED_2, ("tools", 2)),
    ([deploy, convert], PINNED_1, ("tools", 1)),
    ([deploy, new_version, convert], PINNED_1, ("tools", 1)),
    ([deploy, convert, deploy, new_version], PINNED_1, ("tools", 1)),
    ([deploy, new_version, deploy, convert], PINNED_2, ("tools", 2)),
    # Opting out, and back in: the version is still the one it had.
    ([deploy, convert, opt_out], OPTED_OUT_1, CLEAN),
    ([deploy, convert, opt_out, deploy], OPTED_OUT_1, CLEAN),
    ([deploy, convert, opt_out, opt_in], PINNED_1, ("tools", 1)),
    ([deploy, convert, opt_out, deploy, opt_in], PINNED_1, ("tools", 1)),
    ([deploy, convert, opt_out, deploy, new_version, opt_in], PINNED_1, ("tools", 1)),
    ([deploy, convert, opt_out, opt_out], OPTED_OUT_1, CLEAN),
    # Converting back restores the libraries, whether or not it had opted out, at their newest version.
    ([deploy, convert, back], STANDARD, ("tools", 1)),
    ([deploy, convert, opt_out, deploy, back], STANDARD, ("tools", 1)),
    ([deploy, convert, opt_out, deploy, new_version, back], STANDARD, ("tools", 2)),
    ([convert, back], STANDARD, ("tools", 1)),
    # Converting again starts pinned, until opted out again.
    ([deploy, convert, opt_out, deploy, back, convert], PINNED_1, ("tools", 1)),
    ([deploy, convert, opt_out, deploy, back, convert, opt_out], OPTED_OUT_1, CLEAN),
    ([deploy, convert, new_version, back, new_version, convert], PINNED_2, ("tools", 2)),
    # Another image: its newest version; an app that opted out stays so.
    ([deploy, settle_for_clean], ("standard", False, False, None), CLEAN),
    ([settle_for_clean, convert], ("horizontal", True, False, 1), CLEAN),
    ([settle_for_clean, convert, new_version, take_tools], PINNED_2, ("tools", 2)),
    ([deploy, convert, settle_for_clean], ("horizontal", True, False, 1), CLEAN),
    ([settle_for_clean, deploy, take_tools], STANDARD, ("tools", 1)),
    ([convert, take_tools], PINNED_1, ("tools", 1)),
]


class TestAnAppThatWasStandard:
    @pytest.mark.parametrize(
        ("steps", "then", "built_on"), PATHS, ids=lambda value: " ".join(step.__name__ for step in value) or "new"
        if isinstance(value, list) else ""
    )  # fmt: skip
    def test_is_after_these_steps(
        self, walk: Walk, steps: list[Step], then: tuple[Any, ...], built_on: tuple[str, int]
    ) -> None:
        for step in steps:
            step(walk)

        assert walk.settings() == then
        deploy(walk)
        assert walk.built_on() == built_on
        assert walk.newest().settings["use_preinstalled_libraries"] is (built_on[0] == "tools")


class TestAnAppThatIsHorizontalFromTheStart:
    @pytest.fixture
    def walk(self, world: World, image: BaseImage) -> Walk:
        app = apps.create(world.alice, name="hello", base_image="tools", scaling="horizontal", instances=2)
        return Walk(world, image, app)

    @pytest.mark.parametrize(
        ("steps", "then", "built_on"),
        [
            ([], ("horizontal", False, False, None), CLEAN),
            ([take_tools], ("horizontal", False, False, None), CLEAN),
            ([deploy, new_version], ("horizontal", False, False, None), CLEAN),
            ([deploy, back], STANDARD, ("tools", 1)),
            ([deploy, back, convert], PINNED_1, ("tools", 1)),
            ([deploy, back, convert, opt_out], OPTED_OUT_1, CLEAN),
        ],
    )
    def test_starts_clean(
        self, walk: Walk, steps: list[Step], then: tuple[Any, ...], built_on: tuple[str, int]
    ) -> None:
        for step in steps:
            step(walk)

        assert walk.settings() == then
        deploy(walk)
        assert walk.built_on() == built_on

    def test_has_no_choice_about_libraries(self, walk: Walk) -> None:
        with pytest.raises(Conflict, match="horizontally scaled from the start"):
            opt_in(walk)

        opt_out(walk)


class TestTheChoice:
    @pytest.mark.parametrize(("image_name", "wanted"), [("tools", False), ("clean", True)])
    def test_is_not_a_standard_apps(self, walk: Walk, image_name: str, wanted: bool) -> None:
        walk.change(base_image=image_name)

        with pytest.raises(Conflict, match="A standard app has the libraries of its base image"):
            walk.change(use_preinstalled_libraries=wanted)

        walk.change(use_preinstalled_libraries=not wanted)

    def test_may_come_with_the_conversion(self, walk: Walk) -> None:
        walk.change(scaling="horizontal", use_preinstalled_libraries=False)

        assert walk.settings() == OPTED_OUT_1

    def test_is_gone_with_the_conversion_back(self, walk: Walk) -> None:
        convert(walk)

        with pytest.raises(Conflict):
            walk.change(scaling="standard", use_preinstalled_libraries=False)

        assert walk.settings() == PINNED_1

    def test_needs_an_image_that_has_libraries(self, walk: Walk) -> None:
        settle_for_clean(walk)
        convert(walk)

        with pytest.raises(Conflict, match="'clean' has no pre-installed libraries"):
            opt_in(walk)

    def test_leaves_the_running_deployment_alone(self, walk: Walk) -> None:
        deploy(walk)
        convert(walk)
        before = walk.newest()

        opt_out(walk)

        assert walk.newest() == before
        before.refresh_from_db()
        assert (before.state, before.settings["use_preinstalled_libraries"]) == (State.ACTIVE, True)


class TestConvertingBack:
    def test_deploys_what_serves_while_that_goes_on(self, walk: Walk) -> None:
        deploy(walk)
        walk.change(scaling="horizontal", instances=3)
        serving = walk.newest()

        walk.change(scaling="standard")

        newest = walk.newest()
        assert (newest.cause, newest.state, newest.bundle) == (Cause.SETTINGS, State.QUEUED, serving.bundle)
        assert newest.settings["scaling"] == "standard"
        app = App.objects.get(pk=walk.app.pk)
        assert (app.active_deployment, app.instances) == (serving, 3), "the old one serves on, with all its instances"

    def test_deploys_an_upload_that_is_on_its_way(self, walk: Walk) -> None:
        deploy(walk)
        convert(walk)
        uploaded = walk.world.bundle(b"newer source")
        deployments.request(walk.world.alice, walk.app, bundle=uploaded)

        walk.change(scaling="standard")

        assert walk.newest().bundle == uploaded

    def test_carries_over_what_was_given_for_that_deployment_alone(self, walk: Walk) -> None:
        own = Own(command=["python", "own.py"], variables={"MODE": "own"})
        walk.let_pass(deployments.request(walk.world.alice, walk.app, bundle=walk.world.bundle(), own=own))
        convert(walk)

        walk.change(scaling="standard")

        newest = walk.newest().settings
        assert (newest["command"], newest["env"], newest["own_from"]) == (["python", "own.py"], {"MODE": "own"}, 1)

    def test_deploys_nothing_where_nothing_ran(self, walk: Walk) -> None:
        walk.change(scaling="horizontal", instances=3)

        walk.change(scaling="standard")

        assert not walk.app.deployments.exists()
        assert App.objects.get(pk=walk.app.pk).instances == 1

    def test_starts_no_stopped_app(self, walk: Walk) -> None:
        deploy(walk)
        convert(walk)
        apps.stop(walk.world.alice, walk.app)

        walk.change(scaling="standard")

        assert walk.newest().cause == Cause.SETTINGS
        assert App.objects.get(pk=walk.app.pk).desired_state == "stopped"


class TestInstances:
    def test_are_one_of_a_standard_app(self, walk: Walk) -> None:
        walk.change(instances=1)

        with pytest.raises(Conflict, match="A standard app runs one instance"):
            walk.change(instances=2)

    def test_may_come_with_the_conversion(self, walk: Walk) -> None:
        walk.change(scaling="horizontal", instances=5)

        assert App.objects.get(pk=walk.app.pk).instances == 5

    @pytest.mark.parametrize("number", [0, 6, -1, True, 2.0, "2", None])
    def test_are_from_one_to_the_ceiling(self, walk: Walk, number: Any) -> None:
        with pytest.raises(Invalid, match="whole number from 1 to 5"):
            walk.change(scaling="horizontal", instances=number)

        assert walk.settings() == STANDARD

    def test_have_a_ceiling_that_the_operator_sets(self, walk: Walk, settings: Any) -> None:
        settings.MAX_INSTANCES = 8

        walk.change(scaling="horizontal", instances=8)


class TestFields:
    @pytest.mark.parametrize(
        "fields",
        [{"scaling": "vertical"}, {"scaling": None}, {"scaling": []}, {"use_preinstalled_libraries": "no"},
         {"base_image": ""}, {"base_image": 1}, {"base_image": "a" * 64}, {"base_image": "a\0"}],
    )  # fmt: skip
    def test_of_another_kind_are_refused(self, walk: Walk, fields: dict[str, Any]) -> None:
        with pytest.raises(Invalid):
            walk.change(**fields)

    def test_name_an_image_that_is_there(self, walk: Walk) -> None:
        with pytest.raises(NotFound, match="no base image 'nothing'") as refused:
            walk.change(base_image="nothing")

        assert "clean, inference, tools" in refused.value.hint

    def test_name_no_image_of_another_workspace(self, walk: Walk, world: World) -> None:
        BaseImage.objects.create(
            name="theirs", workspace=world.charlie.workspace, build_uid=unix_users.next_uid(), created_by_name="Charlie"
        )
        publish(BaseImage.objects.get(name="theirs"))

        with pytest.raises(NotFound) as refused:
            walk.change(base_image="theirs")

        assert "theirs" not in refused.value.hint


class TestANewApp:
    def test_has_the_workspaces_default_image(self, world: World, image: BaseImage) -> None:
        world.alice.workspace.default_base_image = "tools"

        app = world.app("other")

        assert (app.base_image, app.use_preinstalled_libraries) == ("tools", True)

    def test_is_clean_on_a_new_installation(self, world: World) -> None:
        app = world.app("other")

        assert (app.base_image, app.scaling, app.instances, app.use_preinstalled_libraries) == (
            "clean", "standard", 1, False,
        )  # fmt: skip
