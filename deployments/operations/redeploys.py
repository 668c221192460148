"""Deploying the source of an earlier deployment once more."""

from deployments.models import App, Cause, Deployment
from deployments.operations import deployments
from deployments.operations.serving import Own
from workspaces.principals import Principal


def again(
    principal: Principal,
    app: App,
    earlier: Deployment,
    *,
    carrying: bool = True,
    draft: bool = False,
    rebuild: bool = False,
    idempotency_key: str | None = None,
) -> Deployment:
    """Ask for the source of ``earlier`` with the app's settings as they are now.

    What was given for ``earlier`` alone goes before them, unless it is not ``carrying`` that over. Raises as
    ``deployments.request``, also for a secret among it that the principal cannot READ.
    """
    return deployments.request(
        principal, app, bundle=earlier.bundle, cause=Cause.REDEPLOY, draft=draft, rebuild=rebuild,
        idempotency_key=idempotency_key, source_path=earlier.source_path, own=Own.of(earlier) if carrying else None,
    )  # fmt: skip
