"""Deployments with packages, as if they had been built."""

from typing import Any

from deployments.models import App, Deployment, State
from deployments.operations import deployments, environments
from deployments.venvs.lock import ArtefactKind, Lock, LockedPackage, Origin
from tests.world import World
from workspaces.principals import Principal

PYPI = "https://pypi.org/simple"
INTERNAL = "https://packages.acme.test/simple"


def package(name: str, version: str | None = "1.0", **fields: Any) -> LockedPackage:
    """A wheel of PyPI that the app asks for, unless ``fields`` say otherwise."""
    wheel = {
        "kind": ArtefactKind.WHEEL,
        "url": f"https://files.pythonhosted.org/packages/{name}-{version}-py3-none-any.whl",
        "hashes": (f"sha256:{abs(hash((name, version))):064x}",),
        "index": PYPI,
        "origin": Origin.REQUIREMENTS,
    }
    return LockedPackage(name, version, **(wheel | fields))


def deployed(
    world: World, app: App, *packages: LockedPackage, state: State = State.ACTIVE, by: Principal | None = None
) -> Deployment:
    """A deployment of ``packages`` in ``state``; the same packages are the same lock."""
    principal = by or world.alice
    deployment = deployments.request(principal, app, bundle=world.bundle(by=principal))
    content = Lock(packages, ("A notice.",)).to_json()
    key = f"{hash(packages):064x}"[-64:]
    found = environments.hold_lock(deployment, key)
    deployment.lock = found or environments.keep_lock(app.workspace, key, content)
    deployment.launch = {"argv": ["python"]}
    deployment.state = state
    if state == State.ACTIVE:
        app.deployments.filter(state=State.ACTIVE).update(state=State.RETIRED)
    deployment.save()
    if state == State.ACTIVE:
        App.objects.filter(pk=app.pk).update(active_deployment=deployment)
    return deployment
