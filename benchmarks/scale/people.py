"""Workspaces with their people, and what those share."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from benchmarks.scale.copying import Table
from benchmarks.scale.sizes import Sizes
from workspaces.models import (
    AccessToken,
    AuditEvent,
    Group,
    Invitation,
    Membership,
    Role,
    ScopeAcl,
    Secret,
    SecretScope,
    User,
    Workspace,
)
from workspaces.operations import access_tokens, secrets, workspaces
from workspaces.principals import Principal

#: Of all rows, what lies in the first workspace.
SHARE = 0.4
VERBS = (("requested", "deployment"), ("changed", "app"), ("created", "secret scope"), ("put", "secret"))


@dataclass(frozen=True)
class Tenant:
    """A workspace, an admin of it, and the ids of its people. ``part`` is its share of what is loaded."""

    admin: Principal
    people: tuple[int, ...]
    part: float

    @property
    def workspace(self) -> Workspace:
        return self.admin.workspace

    def of(self, number: int) -> int:
        """The tenant's part of so many rows, at least one."""
        return max(1, round(number * self.part))


def fill(slug: str, sizes: Sizes) -> list[Tenant]:
    """The workspaces ``slug``, ``slug-2``, …; the first is the largest."""
    rest = (1 - SHARE) / max(1, sizes.workspaces - 1)
    parts = [SHARE] + [rest] * (sizes.workspaces - 1)
    return [_tenant(slug if n == 0 else f"{slug}-{n + 1}", part, sizes) for n, part in enumerate(parts)]


def _tenant(slug: str, part: float, sizes: Sizes) -> Tenant:
    boss = User.objects.create_user(f"admin@{slug}.example", name=f"Admin of {slug}")
    admin = workspaces.create(slug=slug, name=slug.replace("-", " ").title(), admin=boss)
    tenant = Tenant(admin, (boss.pk,), part)
    people = tuple(_people(tenant, tenant.of(sizes.people)))
    tenant = Tenant(admin, (boss.pk, *people), part)
    groups = _groups(tenant, tenant.of(sizes.groups))
    _scopes(tenant, groups, sizes)
    _tokens(tenant, tenant.of(sizes.tokens))
    _audit(tenant, tenant.of(sizes.deployments))
    return tenant


def invitation(slug: str, number: int) -> str:
    """The secret of an invitation's link, which only its holder would know."""
    return f"{slug}-invitation-{number}"


def _people(tenant: Tenant, number: int) -> list[int]:
    slug = tenant.workspace.slug
    with Table(User, password="!") as users, Table(Membership, workspace_id=tenant.workspace.pk) as members:  # noqa: S106
        ids = [users.add(email=f"person-{n}@{slug}.example", name=f"Person {n}") for n in range(number)]
        for pk in ids:
            members.add(user_id=pk, role=Role.MEMBER)
    ends_at = timezone.now() + timedelta(days=7)
    with Table(Invitation, workspace_id=tenant.workspace.pk, expires_at=ends_at, created_by_name="Admin") as invited:
        for n in range(number // 10 + 1):
            invited.add(email=f"guest-{n}@{slug}.example", digest=access_tokens.digest(invitation(slug, n)))
    return ids


def _groups(tenant: Tenant, number: int) -> list[int]:
    with Table(Group, workspace_id=tenant.workspace.pk, created_by_name="Admin") as groups:
        ids = [groups.add(name=f"group-{n}") for n in range(number)]
    with Table(Group.members.through) as members:
        for n, group in enumerate(ids):
            for person in tenant.people[n :: max(1, number // 10)]:
                members.add(group_id=group, user_id=person)
    return ids


def _scopes(tenant: Tenant, groups: list[int], sizes: Sizes) -> None:
    own = {"workspace_id": tenant.workspace.pk}
    with Table(SecretScope, **own, created_by_name="Admin") as scopes, Table(ScopeAcl, **own) as acls:
        ids = [
            scopes.add(name=f"scope-{n}", created_by_id=tenant.admin.user.pk) for n in range(tenant.of(sizes.scopes))
        ]
        for n, scope in enumerate(ids):
            acls.add(scope_id=scope, user_id=tenant.admin.user.pk, permission="MANAGE")
            acls.add(scope_id=scope, builtin_group="users", permission="READ")
            # The first has as many grants as there are groups.
            for group in groups if n == 0 else groups[n % len(groups) : n % len(groups) + 1]:
                acls.add(scope_id=scope, group_id=group, permission="WRITE")
    now, number = timezone.now(), tenant.of(sizes.secrets)
    with Table(Secret, **own, sealed=b"no value", updated_at=now, updated_by_name="Admin") as keys:
        # And a half of all keys.
        for n in range(number):
            keys.add(scope_id=ids[0] if n < number // 2 else ids[n % len(ids)], key=f"key-{n}")
    # One that opens, for those who read it.
    secrets.put(tenant.admin, SecretScope.objects.get(pk=ids[0]), key="key-0", value=b"a value", now=now)


def _tokens(tenant: Tenant, number: int) -> None:
    slug = tenant.workspace.slug
    with Table(AccessToken, workspace_id=tenant.workspace.pk) as tokens:
        for n in range(number):
            # Every tenth is the admin's.
            owner = tenant.people[0 if n % 10 == 0 else n % len(tenant.people)]
            tokens.add(user_id=owner, label=f"Program {n}", digest=access_tokens.digest(f"token {slug} {n}"))


def _audit(tenant: Tenant, number: int) -> None:
    now = timezone.now()
    with Table(AuditEvent, workspace_id=tenant.workspace.pk, actor_id=tenant.admin.user.pk) as events:
        for n in range(number):
            verb, kind = VERBS[n % len(VERBS)]
            actor = f"Person {n % len(tenant.people)}"
            at = now - timedelta(minutes=number - n)
            events.add(at=at, actor_name=actor, verb=verb, object_type=kind, object_name=f"app-{n % 997}")
