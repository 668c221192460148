"""What holds for the builds of a workspace, put together from the site's word and its own."""

from django.conf import settings

from packagerepos.models import ExternalPackage, ProhibitedPackage
from packagerepos.operations import policies
from packagerepos.policy import Installer, Level, ProhibitedAction, Rule, Rules
from workspaces.models import Workspace


def in_force(workspace: Workspace) -> Rules:
    """Three queries, whatever the lists hold."""
    policy = policies.of(workspace)
    matching = policy.external_version_matching
    return Rules(
        external=_rules(ExternalPackage, workspace),
        prohibited=_rules(ProhibitedPackage, workspace),
        prohibited_action=ProhibitedAction(policy.prohibited_action or settings.PROHIBITED_ACTION),
        matches_versions=settings.EXTERNAL_VERSION_MATCHING if matching is None else matching,
        installer=Installer(policy.installer or Installer.UV),
    )


def site_externals() -> tuple[str, ...]:
    """What every interpreter of the machine is expected to have."""
    return tuple(ExternalPackage.objects.filter(workspace=None).order_by("name").values_list("name", flat=True))


def _rules(kind: type[ExternalPackage] | type[ProhibitedPackage], workspace: Workspace) -> tuple[Rule, ...]:
    rows = kind.objects.in_force(workspace).order_by("name", "pk").values_list("name", "workspace")
    # The site's word is the one that a workspace cannot take back, so it is the one that is named.
    levels = {name: Level.WORKSPACE for name, _ in rows} | {name: Level.SITE for name, own in rows if own is None}
    return tuple(Rule(name, level) for name, level in levels.items())
