"""Packages that an app installs while it runs: pip and uv inside it know what the workspace has set.

Nothing here stops a start. Where the settings cannot be read, pip and uv find no index at all: never another one,
which could hold a stranger's package of the same name.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from deployments.engines.base import PrivateFile
from deployments.failures import Failure
from deployments.models import App, Deployment
from deployments.operations import package_access
from deployments.pipeline import platform
from packagerepos import config_files, index_settings, public_roots
from packagerepos.indexes import Indexes, Transport
from packagerepos.operations import policies
from workspaces import principals
from workspaces.encryption import BadKeys
from workspaces.errors import Forbidden, PlatformError

log = logging.getLogger(__name__)

#: Where pip and uv look for what the machine says, so that the user's own files, variables and options win.
PIP_CONF, UV_TOML = "/etc/pip.conf", "/etc/uv/uv.toml"
CERTIFICATES = "/etc/slipway/certificates.pem"
#: A name of RFC 2606 that nobody can ever have: what pip prints when it fails then says where to look.
NOWHERE = Indexes(main="https://see-the-log-of-this-app.invalid/simple", transport=Transport(retries=0))


@dataclass(frozen=True)
class RuntimePackages:
    """``variables`` give way to the app's own. ``problem`` is a sentence for its log, if there is one."""

    files: tuple[PrivateFile, ...]
    hidden: frozenset[str] = field(repr=False)
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    problem: str = ""


def entitle(deployment: Deployment) -> None:
    """Grant the app what it will read at its starts, if who deployed it can. The build itself says if not."""
    scope = index_settings.scope_of(deployment.app.workspace)
    if scope is None or package_access.is_granted(deployment.app, scope):
        return
    person = deployment.created_by
    principal = principals.of_user(person, deployment.workspace.slug) if person is not None else None
    if principal is not None:
        package_access.grant(principal, deployment.app)


def prepare(app: App, deployment: Deployment) -> RuntimePackages:
    """What a start of ``deployment`` gives to pip and uv inside it."""
    try:
        return _files(_indexes(app, deployment))
    except (PlatformError, Failure) as error:
        problem = f"{error.message} {error.hint}".strip()
    except BadKeys as error:
        log.error("The package repositories of %s cannot be opened: %s", app.workspace, error)
        problem = "The platform cannot open its secrets. This one is on us: ask the operator."
    return replace(
        _files(NOWHERE),
        problem=f"While this runs, no packages can be installed from the workspace's repositories: {problem}",
    )


def _indexes(app: App, deployment: Deployment) -> Indexes:
    scope = index_settings.scope_of(app.workspace)
    if scope is not None and not package_access.is_granted(app, scope):
        entitle(deployment)
    settings = index_settings.IndexSettings()
    if scope is not None:
        try:
            settings = index_settings.read_for_app(app.uuid, scope)
        except Forbidden:
            raise Forbidden(
                f"this app may not read the scope {scope.name!r}, which says where packages come from.",
                "Somebody who has READ on it must deploy the app again.",
            ) from None
    return replace(settings.over(platform.site_indexes()), strategy=policies.index_strategy(app.workspace))


def _files(indexes: Indexes) -> RuntimePackages:
    if replace(indexes, strategy=Indexes().strategy, writers={}) == Indexes():
        # As both tools do by themselves; and a start that opens nothing sealed is quicker.
        return RuntimePackages((), frozenset())
    certificates = indexes.transport.certificates
    cert = CERTIFICATES if certificates else None
    files = [
        PrivateFile(PIP_CONF, config_files.pip_conf(indexes, cert), variable="PIP_CONFIG_FILE"),
        PrivateFile(UV_TOML, config_files.uv_toml(indexes), variable="UV_CONFIG_FILE"),
    ]
    if not certificates:
        return RuntimePackages(tuple(files), indexes.secrets())
    files.append(PrivateFile(CERTIFICATES, public_roots.with_added(certificates)))
    variables = {"SSL_CERT_FILE": CERTIFICATES, "UV_SYSTEM_CERTS": "1"}
    return RuntimePackages(tuple(files), indexes.secrets(), variables)
