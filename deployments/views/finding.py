"""The app or deployment an address names, or a sentence that there is none."""

from deployments.models import App, Deployment
from workspaces.errors import NotFound
from workspaces.principals import Principal


def find_app(principal: Principal, name: str) -> App:
    """The app with what ``App.state`` reads. Raises ``NotFound``."""
    try:
        return App.objects.with_state().find(principal, name=name)
    except NotFound:
        raise NotFound(
            f"There is no app “{name}” in {principal.workspace}.",
            "It may have been deleted. The list of apps shows what there is.",
        ) from None


def find_deployment(principal: Principal, app: App, number: int) -> Deployment:
    """The deployment with its bundle and environment. Raises ``NotFound``."""
    related = Deployment.objects.select_related("bundle", "environment", "lock", "activates")
    try:
        deployment = related.find(principal, app=app, number=number)
    except NotFound:
        raise NotFound(
            f"The app “{app.name}” has no deployment {number}.",
            f"Its page lists those it has; the newest is {app.last_deployment_number}.",
        ) from None
    deployment.app = app
    return deployment
