"""What people may ask of a preview, and what becomes of trials."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from deployments.models import App, Cause, Deployment, OptOutPreview, State
from deployments.operations import apps, deployments, opt_out_work, opt_outs
from deployments.venvs.lock import Lock, Origin
from tests.deployments import opted
from tests.deployments.locked import deployed, package
from tests.world import World
from workspaces.errors import Conflict, Forbidden, NotFound
from workspaces.models import AuditEvent
from workspaces.operations import secret_scopes, secrets


@pytest.fixture
def now():
    return timezone.now()


class TestRequest:
    def test_is_for_what_serves_and_changes_nothing_of_the_app(self, world: World, now):
        app = opted.converted(world)

        preview = opt_outs.request(world.bob, app, now=now)

        app.refresh_from_db()
        assert (preview.deployment, preview.created_by) == (app.active_deployment, world.bob.user)
        assert app.use_preinstalled_libraries
        assert AuditEvent.objects.filter(verb="previewed opting out", object_name="hello").exists()

    def test_is_answered_with_the_one_under_way(self, world: World, now):
        app = opted.converted(world)

        assert opt_outs.request(world.alice, app, now=now) == opt_outs.request(world.bob, app, now=now)

    def test_begins_anew_when_the_last_one_ended_or_is_outdated(self, world: World, now):
        app = opted.converted(world)
        first = opted.failed(world, app)
        second = opt_outs.request(world.alice, app, now=now)
        deployed(world, app, package("pandas", origin=Origin.BASE_IMAGE))
        third = opt_outs.request(world.alice, app, now=now)

        assert len({first.pk, second.pk, third.pk}) == 3
        assert list(OptOutPreview.objects.all()) == [third]

    def test_is_refused_where_there_is_nothing_to_opt_out_of(self, world: World, now):
        opted.image()
        standard = apps.create(world.alice, name="standard", base_image="tools")
        horizontal = apps.create(world.alice, name="horizontal", scaling="horizontal")
        empty = apps.update(
            world.alice, apps.create(world.alice, name="empty", base_image="tools"), scaling="horizontal"
        )
        clean = opted.converted(world, "clean")
        Deployment.objects.filter(pk=clean.active_deployment_id).update(
            settings=clean.active_deployment.settings | {"use_preinstalled_libraries": False}
        )
        unmanaged = opted.converted(world, "unmanaged")
        lock = unmanaged.active_deployment.lock
        lock.content = Lock((), is_managed=False).to_json()
        lock.save()

        def refused(app: App) -> str:
            with pytest.raises(Conflict) as caught:
                opt_outs.request(world.alice, App.objects.get(pk=app.pk), now=now)
            return caught.value.message

        assert refused(standard).startswith("A standard app has the libraries of its base image")
        assert refused(horizontal).startswith("This app was horizontally scaled from the start")
        assert refused(empty) == "'empty' has no active deployment whose imports could be looked at."
        assert refused(clean) == "Deployment 1 of 'clean' runs on the clean image already."
        assert refused(unmanaged).startswith("No packages are installed for 'unmanaged'")
        assert not OptOutPreview.objects.exists()

    def test_is_not_there_for_strangers(self, world: World, now):
        opt_outs.request(world.alice, opted.converted(world), now=now)

        with pytest.raises(NotFound):
            App.objects.find(world.charlie, name="hello")
        assert not OptOutPreview.objects.visible_to(world.charlie).exists()


class TestAccept:
    def test_opts_out_and_leaves_what_runs_alone(self, world: World, now):
        app = opted.converted(world)
        opted.ready(world, app)
        before = app.active_deployment

        assert opt_outs.accept(world.bob, app, deploy=False, now=now) is None

        app.refresh_from_db()
        assert (app.use_preinstalled_libraries, app.active_deployment) == (False, before)
        assert not Deployment.objects.filter(app=app, cause=Cause.FIX).exists()

    def test_deploys_the_source_with_the_lines_when_it_is_told_to(self, world: World, now):
        app = opted.converted(world)
        preview = opted.ready(world, app)

        deployment = opt_outs.accept(world.alice, app, deploy=True, now=now)

        assert (deployment.bundle, deployment.is_draft, deployment.cause) == (preview.bundle, False, Cause.FIX)
        assert not deployment.settings["use_preinstalled_libraries"]

    def test_carries_over_what_was_given_for_the_active_one_alone(self, world: World, now):
        app = opted.converted(world)
        own = app.active_deployment
        own.settings |= {"command": ["python", "own.py"], "own": ["command"], "env": {"MODE": "own"}, "given": ["MODE"]}
        own.save()
        opted.ready(world, app)

        deployment = opt_outs.accept(world.bob, app, deploy=True, now=now)

        assert (deployment.settings["command"], deployment.settings["env"]) == (("python", "own.py"), {"MODE": "own"})
        assert deployment.settings["own_from"] == own.number

    def test_does_nothing_for_those_who_cannot_read_what_would_be_carried(self, world: World, now):
        app = opted.converted(world)
        scope = secret_scopes.create(world.alice, name="prod")
        secrets.put(world.alice, scope, key="token", value=b"correct horse", now=now)
        own = app.active_deployment
        own.settings |= {"secrets": {"TOKEN": {"scope": "prod", "key": "token"}}, "given": ["TOKEN"]}
        own.save()
        opted.ready(world, app)

        with pytest.raises(Forbidden, match=f"TOKEN, carried over from deployment {own.number}, refers to a secret"):
            opt_outs.accept(world.bob, app, deploy=True, now=now)

        app.refresh_from_db()
        assert app.use_preinstalled_libraries

    def test_is_refused_until_it_is_ready_and_when_it_is_outdated(self, world: World, now):
        app = opted.converted(world)

        def refused() -> str:
            with pytest.raises(Conflict) as caught:
                opt_outs.accept(world.alice, app, deploy=False, now=now)
            return caught.value.message

        opted.tried(world, app)
        assert refused() == "The preview is still under way."
        OptOutPreview.objects.all().delete()
        opted.failed(world, app)
        assert refused().startswith("The preview failed: On the clean image")
        opted.ready(world, app)
        newest = deployed(world, app, package("pandas", origin=Origin.BASE_IMAGE))
        assert refused() == (
            f"The preview is outdated. It was made for deployment 1, and deployment {newest.number} is active now."
        )
        app.refresh_from_db()
        assert app.use_preinstalled_libraries

    def test_of_none_is_not_found(self, world: World, now):
        with pytest.raises(NotFound):
            opt_outs.accept(world.alice, opted.converted(world), deploy=False, now=now)


class TestTrials:
    def state(self, preview: OptOutPreview) -> str:
        return Deployment.objects.get(pk=preview.trial_id).state

    def test_go_on_while_their_preview_is_current_and_young(self, world: World, now):
        preview = opted.ready(world, opted.converted(world))

        opt_out_work.end_unneeded_trials(now)

        assert self.state(preview) == State.READY
        opt_out_work.end_unneeded_trials(now + timedelta(seconds=settings.TRIAL_KEEP_S + 60))
        assert self.state(preview) == State.DRAINING

    @pytest.mark.parametrize("end", ["accept", "discard", "again", "moved on"])
    def test_end_with_their_preview(self, end: str, world: World, now):
        app = opted.converted(world)
        preview = opted.ready(world, app)
        if end == "accept":
            opt_outs.accept(world.alice, app, deploy=False, now=now)
        elif end == "discard":
            opt_outs.discard(world.alice, app)
        elif end == "again":
            opt_outs.request(world.alice, app, now=now)
        else:
            deployed(world, app, package("pandas", origin=Origin.BASE_IMAGE))

        opt_out_work.end_unneeded_trials(now)

        assert self.state(preview) == State.DRAINING

    @pytest.mark.parametrize(("state", "then"), [(State.QUEUED, State.CANCELLED), (State.BUILDING, State.BUILDING)])
    def test_that_are_not_there_yet_are_cancelled(self, state: State, then: State, world: World, now):
        app = opted.converted(world)
        preview = opted.tried(world, app)
        Deployment.objects.filter(pk=preview.trial_id).update(state=state)
        opt_outs.discard(world.alice, app)

        opt_out_work.end_unneeded_trials(now)

        assert self.state(preview) == then
        asked = Deployment.objects.get(pk=preview.trial_id).cancel_requested_at
        assert (asked is not None) == (state == State.BUILDING)

    def test_leave_the_drafts_of_people_alone(self, world: World, now):
        app = opted.converted(world)
        draft = deployments.request(world.alice, app, bundle=world.bundle(), draft=True)

        opt_out_work.end_unneeded_trials(now)

        draft.refresh_from_db()
        assert draft.state == State.QUEUED


def test_old_previews_are_forgotten(world: World, now):
    opted.ready(world, opted.converted(world))

    opt_out_work.purge(now + timedelta(days=opt_out_work.KEPT_DAYS - 1))
    assert OptOutPreview.objects.exists()
    opt_out_work.purge(now + timedelta(days=opt_out_work.KEPT_DAYS + 1))

    assert not OptOutPreview.objects.exists()
