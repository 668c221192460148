"""From the ids of an address to the rows that its principal may see."""

from uuid import UUID

from django.db.models import QuerySet

from deployments.models import App, Bundle, Deployment
from deployments.operations import uploads
from workspaces.errors import NotFound
from workspaces.principals import Principal

#: PostgreSQL's largest; what is longer is nobody's id.
MAX_ID = 2**63 - 1


def contents(principal: Principal) -> QuerySet[App]:
    """Apps with all that a content object tells, in one query."""
    rows = App.objects.visible_to(principal).select_related("workspace", "owner", "active_deployment")
    return rows.defer("active_deployment__settings", "active_deployment__findings")


def content(principal: Principal, guid: UUID) -> App:
    found = contents(principal).filter(uuid=guid).first()
    if found is None:
        raise NotFound(f"There is no content {str(guid)!r} in this workspace.", "It may have been deleted.")
    return found


def bundle(principal: Principal, app: App, bundle_id: object) -> Bundle:
    """``bundle_id`` as it came: the text "102", or a number."""
    text = str(bundle_id)
    is_id = text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= MAX_ID
    found = uploads.of(principal, app).filter(pk=int(text)).first() if is_id else None
    if found is None:
        raise NotFound(f"The content {app.name!r} has no bundle {text[:40]!r}.", "The list of its bundles shows each.")
    return found


def task(principal: Principal, task_id: str) -> Deployment:
    try:
        uuid = UUID(hex=task_id)
    except ValueError:
        uuid = None
    found = Deployment.objects.visible_to(principal).filter(uuid=uuid, app__deleted_at=None).first() if uuid else None
    if found is None:
        raise NotFound(f"There is no task {task_id[:40]!r} in this workspace.")
    return found
