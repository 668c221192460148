"""What a deployment is made of, and which one to compare it with."""

from deployments.models import App, Deployment, State
from deployments.models.deployment import IN_FLIGHT
from deployments.venvs.inspecting.needs import Needs
from deployments.venvs.lock import Lock
from workspaces.errors import Conflict

#: What has served visitors, or does.
SERVED = (State.ACTIVE, State.DRAINING, State.RETIRED)


def of(app: App, deployment: Deployment) -> Lock:
    """Raises ``Conflict`` for a deployment whose packages were never resolved."""
    if deployment.lock is not None:
        return Lock.from_json(deployment.lock.content)
    what = f"Deployment {deployment.number} of {app.name!r}"
    if deployment.state in IN_FLIGHT:
        raise Conflict(f"{what} is {deployment.state}; its packages are not resolved yet.", "Ask again in a moment.")
    raise Conflict(
        f"{what} ended before its packages were resolved, so it has none.", "Its failure and its log say why."
    )


def needs_of(deployment: Deployment) -> Needs | None:
    """Which of its packages need which; ``None`` where that was not kept."""
    kept = deployment.lock.needs if deployment.lock is not None else None
    return Needs.from_json(kept) if kept is not None else None


def served_before(deployment: Deployment) -> Deployment | None:
    """The deployment that visitors had, or have, before this one: with its lock, in one query."""
    older = Deployment.objects.filter(app_id=deployment.app_id, number__lt=deployment.number, is_draft=False)
    return older.filter(state__in=SERVED).select_related("lock").order_by("-number").first()
