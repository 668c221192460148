"""A workspace's own groups of people."""

from django.db import transaction
from django.db.models import Exists, OuterRef

from workspaces import audit
from workspaces.errors import Conflict, Invalid, NotFound
from workspaces.models import BuiltinGroup, Group, Membership, ScopeAcl, ScopePermission, SecretScope, User
from workspaces.operations import grantees
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

MAX_NAME = 128


def create(principal: Principal, *, name: str) -> Group:
    """A new, empty group. No name that could be taken for an e-mail, an app or a built-in group."""
    require(principal, Permission.MANAGE_GROUPS)
    name = name.strip()
    if not _is_name(name):
        raise Invalid(
            f"{name[:140]!r} cannot be the name of a group.",
            f"Use up to {MAX_NAME} characters, without @ and /.",
        )
    with transaction.atomic():
        taken = name.lower() in BuiltinGroup.values
        if taken or Group.objects.in_workspace(principal.workspace).filter(name__iexact=name).exists():
            raise Conflict(f"There is a group {name!r} already.", "Choose another name.")
        group = Group.objects.create(workspace=principal.workspace, name=name, created_by_name=str(principal))
        audit.record(principal, "created", "group", name)
    return group


def delete(principal: Principal, group: Group) -> None:
    """End the group and all that was granted to it. Raises ``Conflict`` while it alone manages a scope."""
    with transaction.atomic():
        # Scopes before the group, as whoever grants something to it: no two wait for each other.
        managed = ScopeAcl.objects.filter(group=group, permission=ScopePermission.MANAGE).values("scope")
        list(SecretScope.objects.select_for_update(no_key=True).filter(pk__in=managed).order_by("pk"))
        _hold(principal, group)
        _leave_managers(group)
        audit.record(principal, "deleted", "group", group.name)
        group.delete()


def add_member(principal: Principal, group: Group, user: User) -> None:
    """Only members of the workspace can be in its groups; a second time changes nothing."""
    with transaction.atomic():
        _hold(principal, group)
        membership = Membership.objects.filter(workspace=principal.workspace, user=user, deactivated_at=None)
        if not user.is_active or not membership.exists():
            raise NotFound(
                "This person is not a member of the workspace.", "Invite them first; then they can be in a group."
            )
        if not group.members.filter(pk=user.pk).exists():
            group.members.add(user)
            audit.record(principal, "added to", "group", group.name, member=user.email)


def remove_member(principal: Principal, group: Group, user: User) -> None:
    """A second time changes nothing."""
    with transaction.atomic():
        _hold(principal, group)
        if group.members.filter(pk=user.pk).exists():
            group.members.remove(user)
            audit.record(principal, "removed from", "group", group.name, member=user.email)


def _is_name(text: str) -> bool:
    """Whether it stands in one part of an address, and is no e-mail and no app's uuid in an access list."""
    is_ambiguous = "@" in text or "/" in text or text in {".", ".."} or grantees.as_uuid(text) is not None
    return 0 < len(text) <= MAX_NAME and text.isprintable() and not is_ambiguous


def _leave_managers(group: Group) -> None:
    manages = ScopeAcl.objects.filter(permission=ScopePermission.MANAGE)
    others = manages.exclude(group=group).filter(scope=OuterRef("pk"))
    alone = SecretScope.objects.filter(~Exists(others), pk__in=manages.filter(group=group).values("scope"))
    if scope := alone.order_by("pk").first():
        raise Conflict(
            f"The group {group.name!r} has the last MANAGE on scope {scope.name!r}.",
            "Give MANAGE to somebody else first, for instance to 'admins'.",
        )


def _hold(principal: Principal, group: Group) -> None:
    """The group's row until the transaction ends, for an admin of its workspace."""
    if group.workspace_id != principal.workspace.pk:
        raise NotFound("There is no such group in this workspace.", "The list of groups shows those there are.")
    require(principal, Permission.MANAGE_GROUPS)
    if Group.objects.select_for_update().filter(pk=group.pk).first() is None:
        raise NotFound(f"There is no group {group.name!r} any more.", "Somebody has deleted it.")
