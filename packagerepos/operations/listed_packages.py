"""The lists of external and of prohibited packages: the site's, which hold everywhere, and each workspace's own."""

import re
from dataclasses import dataclass

from django.db import transaction
from packaging.utils import canonicalize_name

from packagerepos.models import ExternalPackage, ProhibitedPackage
from workspaces import audit
from workspaces.errors import Conflict, Forbidden, Invalid, LimitExceeded, NotFound
from workspaces.models import AuditEvent, User, Workspace
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

#: PEP 508.
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,198}[A-Za-z0-9])?")
MAX_NOTE = 300
MAX_ROWS = 500

Row = ExternalPackage | ProhibitedPackage
Kind = type[ExternalPackage] | type[ProhibitedPackage]


@dataclass(frozen=True)
class SiteAdmin:
    """A superuser who changes what holds for all workspaces; ``address`` is for the audit."""

    user: User
    address: str | None = None

    def __str__(self) -> str:
        return str(self.user)


Actor = Principal | SiteAdmin


def add(actor: Actor, kind: Kind, *, name: str, note: str = "") -> Row:
    """Put a package on the workspace's list, or on the site's. Raises ``Invalid``, ``Conflict``, ``LimitExceeded``."""
    workspace = _list_of(actor)
    canonical = _canonical(name)
    if len(note) > MAX_NOTE or not note.isprintable():
        raise Invalid(f"The note is not one line of at most {MAX_NOTE} characters.")
    noun = kind._meta.verbose_name
    with transaction.atomic():
        # Of two who add at once the second waits, and counts the first.
        Workspace.objects.select_for_update(no_key=True).filter(**({"pk": workspace.pk} if workspace else {})).first()
        rows = kind._default_manager.filter(workspace=workspace)
        if rows.filter(name=canonical).exists():
            raise Conflict(f"{canonical} is on this list already.", "Nothing has to be done.")
        if rows.count() >= MAX_ROWS:
            raise LimitExceeded(f"A list holds at most {MAX_ROWS} packages.", "Take one off that is not needed.")
        row = kind._default_manager.create(
            workspace=workspace, name=canonical, note=note.strip(), created_by=actor.user, created_by_name=str(actor)
        )
        _record(actor, "added", str(noun), canonical)
    return row


def remove(actor: Actor, row: Row) -> None:
    """Take a package off its list; builds that are requested from now on know nothing of it."""
    workspace = _list_of(actor)
    if row.workspace_id is None and isinstance(actor, Principal):
        raise Forbidden(f"{row.name} is on the site's list, which holds for all workspaces.", "Ask a site admin.")
    if row.workspace_id != (workspace.pk if workspace else None):
        raise NotFound(f"There is no {row._meta.verbose_name} {row.name!r} on this list.")
    with transaction.atomic():
        deleted, _ = type(row)._default_manager.filter(pk=row.pk).delete()
        if deleted:
            _record(actor, "removed", str(row._meta.verbose_name), row.name)


def find(principal: Principal, kind: Kind, name: str) -> Row:
    """The row that holds in the workspace: its own before the site's. Raises ``NotFound``."""
    canonical = canonicalize_name(name[:200])
    # PostgreSQL puts NULL, the site, last.
    row = kind.objects.visible_to(principal).filter(name=canonical).order_by("workspace_id").first()
    if row is None:
        raise NotFound(f"There is no {kind._meta.verbose_name} {canonical!r} here.", "The list shows those there are.")
    return row


def _list_of(actor: Actor) -> Workspace | None:
    if isinstance(actor, Principal):
        require(actor, Permission.MANAGE_WORKSPACE)
        return actor.workspace
    if not (actor.user.is_active and actor.user.is_superuser):
        raise Forbidden("Only site admins change the site's lists.", "Ask one of them.")
    return None


def _canonical(name: str) -> str:
    if not isinstance(name, str) or not NAME.fullmatch(name.strip()):
        raise Invalid(
            f"{str(name)[:80]!r} is not the name of a package.", "Write the name alone, without versions: numpy"
        )
    return str(canonicalize_name(name.strip()))


def _record(actor: Actor, verb: str, object_type: str, name: str) -> None:
    if isinstance(actor, Principal):
        audit.record(actor, verb, object_type, name, level="workspace")
        return
    # It changes the builds of every workspace, so the audit of each says so.
    AuditEvent.objects.bulk_create(
        AuditEvent(
            workspace=workspace, actor=actor.user, actor_name=str(actor), verb=verb, object_type=object_type,
            object_name=name, address=actor.address, details={"level": "site"},
        )
        for workspace in Workspace.objects.all()
    )  # fmt: skip
