"""Deploying again with what was found to be missing."""

from collections.abc import Sequence

from deployments.models import App, Cause, Deployment
from deployments.models.finding import Finding
from deployments.operations import bundles, deployments
from deployments.operations.serving import Own
from deployments.source.adding import CannotAdd, checked
from workspaces.errors import Conflict, Invalid
from workspaces.permissions import Permission, require
from workspaces.principals import Principal


def missing_requirements(deployment: Deployment) -> tuple[str, ...]:
    """The lines that bring what the deployment was found to lack, each once."""
    found = (finding.requirement for finding in Finding.all_of(deployment.findings))
    return tuple(dict.fromkeys(filter(None, found)))


def fix(
    principal: Principal,
    app: App,
    deployment: Deployment,
    *,
    requirements: Sequence[str] = (),
    idempotency_key: str | None = None,
) -> Deployment:
    """Ask for the deployment's source with ``requirements`` added, or with those it was found to lack.

    It is the same deployment but for these lines: what was given for it alone is carried over.
    Raises ``Conflict`` when there is nothing to add or no file to add it to, ``Invalid`` for what is no requirement.
    """
    require(principal, Permission.DEPLOY)
    wanted = tuple(requirements) or missing_requirements(deployment)
    if not wanted:
        raise Conflict(
            f"Deployment {deployment.number} of {app.name!r} is not known to lack any package.",
            'Name what to add: {"requirements": ["scikit-learn"]}.',
        )
    try:
        wanted = tuple(map(checked, wanted))
    except CannotAdd as error:
        raise Invalid(str(error), error.hint) from None
    bundle = bundles.with_requirements(principal, deployment.bundle, wanted)
    return deployments.request(
        principal, app, bundle=bundle, cause=Cause.FIX, draft=deployment.is_draft,
        idempotency_key=idempotency_key, own=Own.of(deployment),
    )  # fmt: skip
