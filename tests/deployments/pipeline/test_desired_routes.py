from deployments.models import App, Deployment, DesiredState, HostAlias, Instance, InstanceState, State
from deployments.operations import deployments
from deployments.pipeline import desired_routes
from deployments.routing.routes import Guard, Route, Routes
from tests.world import World


def placed(world: World, app: App, state: State, endpoint: str, **fields: bool) -> Deployment:
    deployment = deployments.request(world.alice, app, bundle=world.bundle(), **fields)
    Deployment.objects.filter(pk=deployment.pk).update(state=state)
    Instance.objects.create(
        workspace=app.workspace, deployment=deployment, state=InstanceState.HEALTHY, endpoint=endpoint
    )
    return Deployment.objects.select_related("app").get(pk=deployment.pk)


def hosts(routes: Routes) -> dict[str, str]:
    return {route.host: route.upstream for route in routes.routes}


class TestOf:
    def test_leads_the_app_and_its_aliases_to_the_active_deployment(self, world: World) -> None:
        app = world.app()
        HostAlias.objects.create(app=app, host_label="old-name")
        active = placed(world, app, State.ACTIVE, "127.0.0.1:1")

        routes = desired_routes.of([active])

        assert hosts(routes) == {
            "hello-acme.apps.localhost": active.upstream,
            "old-name.apps.localhost": active.upstream,
        }

    def test_keeps_a_draining_upstream_without_a_route(self, world: World) -> None:
        draining = placed(world, world.app(), State.DRAINING, "127.0.0.1:1")

        routes = desired_routes.of([draining])

        assert [upstream.name for upstream in routes.upstreams] == [draining.upstream]
        assert routes.routes == ()

    def test_gives_a_starting_deployment_the_route_when_it_is_included(self, world: World) -> None:
        app = world.app()
        old = placed(world, app, State.ACTIVE, "127.0.0.1:1")
        new = placed(world, app, State.STARTING, "127.0.0.1:2")

        assert hosts(desired_routes.of([old, new])) == {app.host: old.upstream}
        assert hosts(desired_routes.of([old, new], including=new)) == {app.host: new.upstream}

    def test_takes_a_stopped_app_from_the_proxy(self, world: World) -> None:
        app = world.app()
        active = placed(world, app, State.ACTIVE, "127.0.0.1:1")
        active.app.desired_state = DesiredState.STOPPED

        assert desired_routes.of([active]).routes == ()

    def test_leaves_out_an_instance_that_is_not_healthy(self, world: World) -> None:
        active = placed(world, world.app(), State.ACTIVE, "127.0.0.1:1")
        active.instances.update(state=InstanceState.CRASHED)

        assert desired_routes.of([active]) == Routes()

    def test_shows_a_ready_draft_at_an_address_of_its_own(self, world: World) -> None:
        draft = placed(world, world.app(), State.READY, "127.0.0.1:1", draft=True)

        guard = Guard(f"p-{draft.uuid.hex}.1")
        assert desired_routes.of([draft]).routes == (Route("hello-acme--d1.apps.localhost", draft.upstream, guard),)

    def test_guards_a_draft_of_an_app_that_is_open_to_everyone(self, world: World) -> None:
        app = world.app(access="everyone")
        active = placed(world, app, State.ACTIVE, "127.0.0.1:1")
        draft = placed(world, app, State.READY, "127.0.0.1:2", draft=True)

        guards = {route.upstream: route.guard for route in desired_routes.of([active, draft]).routes}

        assert guards == {active.upstream: None, draft.upstream: Guard(f"p-{draft.uuid.hex}.1")}

    def test_keeps_out_visits_that_have_ended(self, world: World) -> None:
        active = placed(world, world.app(), State.ACTIVE, "127.0.0.1:1")

        [route] = desired_routes.of([active], ended={active.app.pk: ("gone",)}).routes

        assert route.guard == Guard(f"a-{active.app.uuid.hex}.1", ("gone",))


class TestByToken:
    def test_leads_to_what_serves_and_to_its_bundle(self, world: World) -> None:
        app = world.app()
        active = placed(world, app, State.ACTIVE, "127.0.0.1:1")

        routes = desired_routes.of([active]).token_routes

        content = f"/content/{app.uuid}/"
        assert {route.prefix for route in routes} == {content, f"{content}_bundle{active.bundle_id}/"}
        assert {(route.upstream, route.host) for route in routes} == {(active.upstream, app.host)}

    def test_leads_to_a_draft_by_its_bundle_alone(self, world: World) -> None:
        app = world.app()
        active = placed(world, app, State.ACTIVE, "127.0.0.1:1")
        draft = placed(world, app, State.READY, "127.0.0.1:2", draft=True)
        Deployment.objects.filter(pk=draft.pk).update(preview_label="hello-acme--d2")
        draft.refresh_from_db()

        routes = {route.prefix: route for route in desired_routes.of([active, draft]).token_routes}

        # Of two with the same bundle the newer one is meant.
        content = f"/content/{app.uuid}/"
        assert routes[content].upstream == active.upstream
        assert routes[f"{content}_bundle{draft.bundle_id}/"].upstream == draft.upstream
        assert routes[f"{content}_bundle{draft.bundle_id}/"].host == draft.preview_host

    def test_leads_nowhere_when_the_app_is_stopped(self, world: World) -> None:
        active = placed(world, world.app(), State.ACTIVE, "127.0.0.1:1")
        active.app.desired_state = DesiredState.STOPPED

        assert desired_routes.of([active]).token_routes == ()
