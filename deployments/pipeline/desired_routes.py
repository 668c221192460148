"""The routes that the rows ask for."""

from collections.abc import Iterable, Iterator, Mapping

from deployments.doors import Door
from deployments.models import Deployment, DesiredState, Instance, InstanceState, State
from deployments.models.app import App
from deployments.routing.routes import Guard, Route, Routes, TokenRoute, Upstream

#: Instances that may still answer something of a deployment in this state.
ANSWERING = {
    State.ACTIVE: (InstanceState.HEALTHY,),
    State.READY: (InstanceState.HEALTHY,),
    State.STARTING: (InstanceState.HEALTHY,),
    State.DRAINING: (InstanceState.HEALTHY, InstanceState.DRAINING),
}


def of(
    deployments: Iterable[Deployment],
    *,
    including: Deployment | None = None,
    ended: Mapping[int, tuple[str, ...]] | None = None,
) -> Routes:
    """Upstreams for whatever still answers requests; routes for ACTIVE and READY ones, and for ``including``.

    ``deployments`` come with app, aliases and instances. ``including`` takes its app's route from the active one.
    ``ended``: the visits, by app, that the proxy must not let pass any more.
    """
    upstreams: list[Upstream] = []
    routes: dict[str, Route] = {}
    by_token: dict[str, TokenRoute] = {}
    for deployment in sorted(deployments, key=lambda one: (one == including, one.pk)):
        endpoints = _endpoints(deployment)
        if not endpoints:
            continue
        upstreams.append(Upstream(deployment.upstream, endpoints))
        if deployment.state in {State.ACTIVE, State.READY} or deployment == including:
            guard = _guard(deployment, ended or {})
            routes |= {host: Route(host, deployment.upstream, guard) for host in _hosts(deployment)}
            by_token |= {route.prefix: route for route in _by_token(deployment)}
    return Routes(
        tuple(sorted(upstreams)), tuple(routes[host] for host in sorted(routes)), tuple(sorted(by_token.values()))
    )


def _by_token(deployment: Deployment) -> Iterator[TokenRoute]:
    """As the clients of Posit Connect ask: for what serves, and for a bundle, be it only a draft yet."""
    hosts = _hosts(deployment)
    if hosts:
        yield from (TokenRoute(prefix, deployment.upstream, hosts[0]) for prefix in _prefixes(deployment))


def _prefixes(deployment: Deployment) -> tuple[str, ...]:
    """``/content/<guid>/_bundle<id>/``, and ``/content/<guid>/`` too for what is no draft."""
    content = f"/content/{deployment.app.uuid}/"
    of_bundle = f"{content}_bundle{deployment.bundle_id}/"
    return (of_bundle,) if deployment.is_draft else (content, of_bundle)


def _guard(deployment: Deployment, ended: Mapping[int, tuple[str, ...]]) -> Guard | None:
    door = Door(deployment.app, deployment if deployment.is_draft else None)
    return None if door.is_open else Guard(door.key, ended.get(deployment.app_id, ()))


def _endpoints(deployment: Deployment) -> tuple[str, ...]:
    wanted = ANSWERING.get(State(deployment.state), ())
    instances: Iterable[Instance] = deployment.instances.all()
    return tuple(sorted(instance.endpoint for instance in instances if instance.state in wanted and instance.endpoint))


def _hosts(deployment: Deployment) -> list[str]:
    app: App = deployment.app
    if app.deleted_at is not None:
        return []
    if deployment.is_draft:
        return [deployment.preview_host] if deployment.preview_host else []
    if app.desired_state == DesiredState.STOPPED:
        return []
    return [app.host, *(alias.host for alias in app.host_aliases.all())]
