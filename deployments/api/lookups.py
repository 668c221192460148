"""From the words of an address to the rows that its principal may see."""

from django.db.models import QuerySet

from deployments.models import App, Bundle, Deployment
from workspaces.errors import NotFound
from workspaces.principals import Principal


def app(principal: Principal, name: str) -> App:
    return App.objects.with_state().select_related("owner").find(principal, name=_text(name))


def deleted_app(principal: Principal, name: str) -> App:
    """The app of that name that was deleted last and not purged yet."""
    gone = App.objects.in_workspace(principal.workspace).filter(deleted_at__isnull=False, name=_text(name))
    found = gone.order_by("-deleted_at").first()
    if found is None:
        raise NotFound(
            f"There is no deleted app {name!r} in this workspace.", "It may have been purged, or never deleted."
        )
    return found


def deployments(principal: Principal, app: App) -> QuerySet[Deployment]:
    """With all that an answer tells, in two queries."""
    rows = Deployment.objects.visible_to(principal).filter(app=app)
    return rows.select_related("bundle", "environment", "activates").prefetch_related("events")


def deployment(principal: Principal, app: App, number: int) -> Deployment:
    return _found(deployments(principal, app).filter(number=number).first(), app, number)


def _found(found: Deployment | None, app: App, number: int) -> Deployment:
    if found is None:
        raise NotFound(
            f"The app {app.name!r} has no deployment {number}.", f"Its newest one is {app.last_deployment_number}."
        )
    return found


def deployment_with_lock(principal: Principal, app: App, number: int) -> Deployment:
    """For what is told of its packages: without its timeline."""
    rows = Deployment.objects.visible_to(principal).filter(app=app).select_related("environment", "lock")
    return _found(rows.filter(number=number).first(), app, number)


def bundle(principal: Principal, digest: str) -> Bundle:
    return Bundle.objects.find(principal, digest=_text(digest))


def _text(word: str) -> str:
    """PostgreSQL refuses NUL even in a question; nothing has such a name."""
    return word.replace("\0", "�")
