"""Writing down who did what."""

from workspaces.models import AuditEvent, Workspace
from workspaces.principals import Principal

#: The actor of what nobody proved to be.
SOMEBODY = "Somebody"


def record(principal: Principal, verb: str, object_type: str, object_name: str, **details: object) -> None:
    """Add the row, inside the caller's transaction: no change without it, no row without the change."""
    AuditEvent.objects.create(
        workspace=principal.workspace,
        actor=principal.user,
        actor_name=str(principal),
        verb=verb,
        object_type=object_type,
        object_name=object_name,
        address=principal.address,
        details=details,
    )


def record_by_platform(workspace: Workspace, verb: str, object_type: str, object_name: str, **details: object) -> None:
    """The same for what nobody asked for: a deployment that failed, an instance that came back."""
    AuditEvent.objects.create(
        workspace=workspace,
        actor_name="Slipway",
        verb=verb,
        object_type=object_type,
        object_name=object_name,
        details=details,
    )


def record_by_somebody(
    workspace: Workspace, verb: str, object_type: str, object_name: str, *, address: str | None, **details: object
) -> None:
    """The same for whoever holds a link: who that is nobody knows."""
    AuditEvent.objects.create(
        workspace=workspace,
        actor_name=SOMEBODY,
        verb=verb,
        object_type=object_type,
        object_name=object_name,
        address=address,
        details=details,
    )
