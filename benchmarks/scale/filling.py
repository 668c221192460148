"""The whole load, as one story."""

from dataclasses import dataclass

from django.db import connection, transaction
from django.test import Client

from benchmarks.scale import apps, logs, packages, people
from benchmarks.scale.apps import Loaded
from benchmarks.scale.people import Tenant
from benchmarks.scale.sizes import Sizes
from deployments.models import App
from workspaces.models import Role, User, Workspace
from workspaces.principals import Principal


@dataclass(frozen=True)
class Site:
    """The first workspace, with some of what it has, and who may look at all of them."""

    tenant: Tenant
    loaded: Loaded
    root: User

    def client(self, *, as_root: bool = False) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(self.root if as_root else self.tenant.admin.user)
        return client


def fill(slug: str, sizes: Sizes) -> Site:
    """Workspaces ``slug``, ``slug-2``, … with all that ``sizes`` says, in one transaction."""
    with transaction.atomic():
        root = User.objects.create_superuser(f"root@{slug}.example", name="Root")
        tenants = people.fill(slug, sizes)
        loaded = [_fill(tenant, sizes) for tenant in tenants]
    logs.fill(tenants[0], loaded[0].app, sizes)
    return Site(tenants[0], loaded[0], root)


def find(slug: str) -> Site:
    """What an earlier ``fill`` loaded."""
    workspace = Workspace.objects.get(slug=slug)
    boss = User.objects.get(email=f"admin@{slug}.example")
    own = App.objects.in_workspace(workspace).order_by("pk")
    loaded = Loaded(own[0].pk, own[0].last_deployment_number, own.exclude(deleted_at=None)[0].pk)
    return Site(
        Tenant(Principal(boss, workspace, Role.ADMIN), (boss.pk,), 1),
        loaded,
        User.objects.get(email=f"root@{slug}.example"),
    )


def settle() -> None:
    """What the database does by itself within minutes: count its rows, mark what all may see."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _fill(tenant: Tenant, sizes: Sizes) -> Loaded:
    loaded = apps.fill(tenant, packages.fill(tenant, sizes), sizes)
    apps.join(tenant)
    return loaded
