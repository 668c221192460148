from datetime import timedelta

from django.utils import timezone

from deployments import layout
from deployments.controller import housekeeping
from deployments.logs.lines import Line
from deployments.logs.segments import Writer
from deployments.models import App, Bundle, Instance, State
from deployments.operations import apps, deployments
from tests.world import World
from workspaces.models import ScopeAcl
from workspaces.operations import scope_acls, secret_scopes

LATER = timedelta(days=8)


class TestClean:
    def test_purges_a_deleted_app_with_its_log_and_source(self, world: World) -> None:
        app, bundle = world.app(), world.bundle()
        deployments.request(world.alice, app, bundle=bundle)
        Writer(layout.app_log(app)).append([Line(0.0, "i", "hello")])
        folders = layout.app_log(app), layout.bundle_folder(bundle)
        apps.delete(world.alice, app, now=timezone.now())

        housekeeping.clean(timezone.now() + LATER)

        assert not App.objects.exists()
        assert not Bundle.objects.exists()
        assert not any(folder.exists() for folder in folders)

    def test_revokes_the_grants_of_a_purged_app(self, world: World) -> None:
        app = world.app()
        scope = secret_scopes.create(world.alice, name="prod")
        scope_acls.grant_app(world.alice, scope, app_uuid=app.uuid)
        apps.delete(world.alice, app, now=timezone.now())

        housekeeping.clean(timezone.now() + LATER)

        assert not ScopeAcl.objects.filter(app_uuid=app.uuid).exists()

    def test_leaves_what_can_still_be_restored(self, world: World) -> None:
        app = world.app()
        apps.delete(world.alice, app, now=timezone.now())

        housekeeping.clean(timezone.now())

        assert App.objects.filter(pk=app.pk).exists()

    def test_waits_for_the_last_instance(self, world: World) -> None:
        app = world.app()
        deployment = deployments.request(world.alice, app, bundle=world.bundle())
        deployment.move(State.CANCELLED)
        Instance.objects.create(workspace=app.workspace, deployment=deployment)
        apps.delete(world.alice, app, now=timezone.now())

        housekeeping.clean(timezone.now() + LATER)

        assert App.objects.filter(pk=app.pk).exists()

    def test_keeps_a_bundle_that_a_deployment_needs(self, world: World) -> None:
        bundle = world.bundle()
        deployments.request(world.alice, world.app(), bundle=bundle)

        housekeeping.clean(timezone.now() + LATER)

        assert Bundle.objects.filter(pk=bundle.pk).exists()
        assert layout.archive(bundle).is_file()


class TestDelete:
    def test_ends_what_waits(self, world: World) -> None:
        app = world.app()
        waiting = deployments.request(world.alice, app, bundle=world.bundle())

        apps.delete(world.alice, app, now=timezone.now())

        waiting.refresh_from_db()
        assert waiting.state == State.CANCELLED
