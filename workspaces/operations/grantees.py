"""From the words that name a principal in a scope's access list to the row that is meant, and back."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from workspaces.errors import Invalid
from workspaces.models import BuiltinGroup, Group, ScopeAcl, User, Workspace


@dataclass(frozen=True)
class Grantee:
    """Exactly one of the four: a person, a group of the workspace, a built-in group, an app."""

    user: User | None = None
    group: Group | None = None
    builtin_group: BuiltinGroup | None = None
    app_uuid: uuid.UUID | None = None

    def columns(self) -> dict[str, Any]:
        """The one column of ``ScopeAcl`` that says who."""
        return {name: value for name, value in vars(self).items() if value is not None}


def find(workspace: Workspace, name: str) -> Grantee:
    """The active member of that e-mail, or the group of that name. Raises ``Invalid`` for everybody else.

    Somebody who has an account in another workspace only is as unknown as somebody without one.
    """
    if name in BuiltinGroup.values:
        return Grantee(builtin_group=BuiltinGroup(name))
    clean = _clean(name)
    if "@" in clean:
        living = Q(memberships__workspace=workspace, memberships__deactivated_at=None)
        if user := User.objects.filter(living, email=clean.lower(), is_active=True).first():
            return Grantee(user=user)
    elif group := Group.objects.in_workspace(workspace).filter(name=clean).first():
        return Grantee(group=group)
    raise unknown(name)


def matching(name: str) -> Q:
    """The rows of an access list that are ``name``'s, also when that person is no longer a member."""
    clean = _clean(name)
    if clean in BuiltinGroup.values:
        return Q(builtin_group=clean)
    if app_uuid := as_uuid(clean):
        return Q(app_uuid=app_uuid)
    return Q(user__email=clean.lower()) if "@" in clean else Q(group__name=clean)


def name_of(acl: ScopeAcl) -> str:
    """What ``find`` and ``matching`` take for the holder of a row, whose user and group are loaded."""
    if acl.user is not None:
        return acl.user.email
    if acl.group is not None:
        return acl.group.name
    return str(acl.builtin_group or acl.app_uuid)


def unknown(name: str) -> Invalid:
    return Invalid(
        f"There is no person or group {name[:128]!r} in this workspace.",
        "Give the e-mail address of a member, the name of a group, or 'admins' or 'users'.",
    )


def as_uuid(name: str) -> uuid.UUID | None:
    """The uuid that ``name`` is the usual form of."""
    try:
        found = uuid.UUID(name)
    except ValueError:
        return None
    return found if str(found) == name.lower() else None


def _clean(name: str) -> str:
    """PostgreSQL refuses NUL even in a question; nobody has such a name."""
    return name.replace("\0", "�").strip()
