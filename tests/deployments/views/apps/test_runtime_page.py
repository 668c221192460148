from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from deployments.models import App, BaseImage, Deployment, State
from deployments.operations import deployments
from tests.world import World
from workspaces import unix_users

PAGE = "/w/acme/apps/hello/settings"
SCALE, BACK, CONFIGURE = (f"/w/acme/apps/hello/{path}" for path in ("scaling", "scaling/standard", "configuration"))
CHECKBOX = "Use preinstalled Python libraries"


@pytest.fixture
def app(world: World) -> App:
    image = BaseImage.objects.create(name="tools", build_uid=unix_users.next_uid(), created_by_name="Root")
    image.versions.create(number=1, requirements="six", created_by_name="Root", published_at=timezone.now())
    world.alice.workspace.default_base_image = "tools"
    app = world.app("hello")
    deployment = deployments.request(world.alice, app, bundle=world.bundle())
    Deployment.objects.filter(pk=deployment.pk).update(state=State.ACTIVE)
    App.objects.filter(pk=app.pk).update(active_deployment=deployment)
    return App.objects.get(pk=app.pk)


def said(alice: Client, address: str, **fields: Any) -> str:
    """The page after the form was sent."""
    return alice.post(address, fields, follow=True).content.decode()


class TestScale:
    def test_converts_with_a_number_of_instances(self, alice: Client, app: App) -> None:
        page = said(alice, SCALE, instances=3)

        app.refresh_from_db()
        assert (app.scaling, app.instances, app.was_converted) == ("horizontal", 3, True)
        assert "is horizontally scaled now, with 3 instances and the libraries it had" in page
        assert "Convert back to standard" in page

    def test_changes_the_number_without_a_deployment(self, alice: Client, app: App) -> None:
        said(alice, SCALE, instances=3)

        page = said(alice, SCALE, instances=1)

        app.refresh_from_db()
        assert (app.instances, app.deployments.count()) == (1, 1)
        assert "Saved: 1 instance, without a new deployment." in page

    @pytest.mark.parametrize("number", ["0", "6", "", "x", "-1", "1" * 5000])
    def test_refuses_another_number(self, alice: Client, app: App, number: str) -> None:
        page = said(alice, SCALE, instances=number)

        app.refresh_from_db()
        assert app.scaling == "standard"
        assert 'class="message error"' in page


class TestConvertBack:
    def test_says_what_serves_meanwhile(self, alice: Client, app: App) -> None:
        said(alice, SCALE, instances=3)

        page = said(alice, BACK)

        assert "It is being deployed on the standard image; deployment 1 serves until that has passed" in page
        assert app.deployments.order_by("-number")[0].cause == "settings"


class TestConfigure:
    def test_has_the_checkbox_for_a_converted_app_alone(self, alice: Client, app: App) -> None:
        before = alice.get(PAGE).content.decode()
        said(alice, SCALE, instances=2)
        converted = alice.get(PAGE).content.decode()
        App.objects.filter(pk=app.pk).update(was_converted=False)
        never_standard = alice.get(PAGE).content.decode()

        assert [CHECKBOX in page for page in (before, converted, never_standard)] == [False, True, False]

    def test_opts_out_and_leaves_what_runs_alone(self, alice: Client, app: App) -> None:
        said(alice, SCALE, instances=2)

        page = said(alice, CONFIGURE, base_image="tools")

        app.refresh_from_db()
        assert not app.use_preinstalled_libraries
        assert "The running deployment is not affected: deploy again to build with it." in page
        assert app.deployments.count() == 1

    def test_opts_in_again(self, alice: Client, app: App) -> None:
        said(alice, SCALE, instances=2)
        said(alice, CONFIGURE, base_image="tools")

        said(alice, CONFIGURE, base_image="tools", use_preinstalled_libraries="on")

        app.refresh_from_db()
        assert app.use_preinstalled_libraries

    def test_ignores_a_checkbox_that_was_not_offered(self, alice: Client, app: App) -> None:
        said(alice, CONFIGURE, base_image="clean", use_preinstalled_libraries="on")

        app.refresh_from_db()
        assert (app.base_image, app.use_preinstalled_libraries) == ("clean", False)

    def test_refuses_an_image_that_is_not_there(self, alice: Client, app: App) -> None:
        page = said(alice, CONFIGURE, base_image="other")

        assert "Choose one of the list." in page
