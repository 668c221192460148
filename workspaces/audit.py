"""Writing down who did what."""

import json
from collections.abc import Iterable, Mapping

from django.db import connection, transaction

from workspaces.models import AuditEvent, Membership, User, Workspace
from workspaces.principals import Principal

#: The actor of what nobody proved to be.
SOMEBODY = "Somebody"


def record(principal: Principal, verb: str, object_type: str, object_name: str, **details: object) -> None:
    """Add the row, inside the caller's transaction: no change without it, no row without the change."""
    record_each(principal, verb, object_type, [(object_name, details)])


def record_each(
    principal: Principal, verb: str, object_type: str, objects: Iterable[tuple[str, Mapping[str, object]]]
) -> None:
    """A row for each of ``objects``, which are names with details, in one statement."""
    AuditEvent.objects.bulk_create(
        AuditEvent(
            workspace=principal.workspace,
            actor=principal.user,
            actor_name=str(principal),
            verb=verb,
            object_type=object_type,
            object_name=name,
            address=principal.address,
            details=details,
        )
        for name, details in objects
    )


def record_by_platform(workspace: Workspace, verb: str, object_type: str, object_name: str, **details: object) -> None:
    """The same for what nobody asked for: a deployment that failed, an instance that came back."""
    record_each_by_platform(workspace, verb, object_type, [(object_name, details)])


def record_each_by_platform(
    workspace: Workspace, verb: str, object_type: str, objects: Iterable[tuple[str, Mapping[str, object]]]
) -> None:
    """A row for each of ``objects``, which are names with details, in one statement."""
    AuditEvent.objects.bulk_create(
        AuditEvent(
            workspace=workspace,
            actor_name="Slipway",
            verb=verb,
            object_type=object_type,
            object_name=name,
            details=details,
        )
        for name, details in objects
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


def record_everywhere(
    email: str,
    actor: User | None,
    verb: str,
    *,
    address: str | None,
    details: dict[str, object] | None = None,
    is_awaited: bool = True,
) -> None:
    """The same about an account, in each workspace that its person is a living member of; for others nothing.

    One statement whoever it is, so that its time does not tell whether there is an account. Nor does that of a commit
    that waits for the disk, unless ``is_awaited``: after a power cut the last half second of those may be missing.
    """
    values = [
        actor.pk if actor else None,
        str(actor or SOMEBODY),
        verb,
        address,
        json.dumps(details or {}),
        email.lower(),
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        if not is_awaited:
            cursor.execute("SET LOCAL synchronous_commit TO off")
        cursor.execute(INTO_EACH_WORKSPACE, values)


INTO_EACH_WORKSPACE = f"""
INSERT INTO {AuditEvent._meta.db_table}
    (uuid, workspace_id, at, actor_id, actor_name, verb, object_type, object_name, address, details)
SELECT gen_random_uuid(), member.workspace_id, now(), %s, %s, %s, 'account', account.email, %s::inet, %s::jsonb
FROM {User._meta.db_table} account JOIN {Membership._meta.db_table} member ON member.user_id = account.id
WHERE account.email = %s AND account.is_active AND member.deactivated_at IS NULL
"""  # noqa: S608
