"""What a workspace decides about its packages."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from packagerepos.indexes import IndexStrategy
from packagerepos.models import Installer, PackagePolicy, ProhibitedAction
from workspaces import audit
from workspaces.errors import Invalid
from workspaces.models import Workspace
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

#: What can be chosen for each setting; an empty text (or None) is "as the site".
CHOICES: Mapping[str, tuple[Any, ...]] = {
    "index_strategy": tuple(IndexStrategy),
    "prohibited_action": ("", *ProhibitedAction),
    "external_version_matching": (None, True, False),
    "installer": ("", *Installer),
}


def of(workspace: Workspace) -> PackagePolicy:
    """The workspace's policy; one that was never changed has no row yet and holds the defaults."""
    return PackagePolicy.objects.in_workspace(workspace).first() or PackagePolicy(workspace=workspace)


def index_strategy(workspace: Workspace) -> IndexStrategy:
    """That part of the policy alone: every build and every start asks for it."""
    chosen = PackagePolicy.objects.in_workspace(workspace).values_list("index_strategy", flat=True).first()
    return IndexStrategy(chosen) if chosen else IndexStrategy.FIRST_MATCH


def see(principal: Principal) -> PackagePolicy:
    """For those who may change it. Raises ``Forbidden``."""
    require(principal, Permission.MANAGE_WORKSPACE)
    return of(principal.workspace)


def change(principal: Principal, **fields: Any) -> PackagePolicy:
    """Decide anew about the named settings. Raises ``Invalid`` for one that is not among ``CHOICES``."""
    require(principal, Permission.MANAGE_WORKSPACE)
    for name, value in fields.items():
        _check(name, value)
    with transaction.atomic():
        # The workspace's row stands for a policy that has none yet.
        Workspace.objects.select_for_update(no_key=True).get(pk=principal.workspace.pk)
        policy = of(principal.workspace)
        changed = {name: value for name, value in fields.items() if getattr(policy, name) != value}
        if changed:
            for name, value in changed.items():
                setattr(policy, name, value)
            policy.save()
            audit.record(principal, "changed", "package policy", principal.workspace.slug, **changed)
    return policy


def _check(name: str, value: Any) -> None:
    if name not in CHOICES:
        raise Invalid(f"The package policy has no setting {name!r}.", f"It has: {', '.join(CHOICES)}.")
    if not any(value is choice or (isinstance(value, str) and value == choice) for choice in CHOICES[name]):
        named = ", ".join(repr(choice) if choice else "empty for the site's" for choice in CHOICES[name])
        raise Invalid(f"{name} cannot be {str(value)[:80]!r}.", f"Choose one of: {named}.")
