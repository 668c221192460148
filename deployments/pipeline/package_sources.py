"""Where the packages of one build come from: what the site, the workspace and the app's own variables say.

What the source itself writes wins over all of them; the resolver's request reads that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from deployments.failures import Failure, FailureKind
from deployments.models import App, BaseImageVersion, Deployment, SecretReference
from deployments.pipeline import platform, secret_values
from packagerepos import index_settings
from packagerepos.indexes import Indexes, IndexStrategy
from packagerepos.operations import policies
from workspaces import principals
from workspaces.errors import PlatformError
from workspaces.models import User, Workspace


def defaults(deployment: Deployment) -> Indexes:
    """The site's indexes as the workspace changes them, read as the person who deploys. Raises ``Failure``.

    Without READ on the workspace's settings a build ends: elsewhere it would find other packages of the same names.
    """
    return _of(deployment.workspace, deployment.created_by, deployment.created_by_name)


def of_image(version: BaseImageVersion) -> Indexes:
    """Those of a base image: the site's, or as its workspace changes them, read as who wrote the list."""
    if version.workspace is None:
        return platform.site_indexes()
    return _of(version.workspace, version.created_by, version.created_by_name)


def _of(workspace: Workspace, person: User | None, name: str) -> Indexes:
    try:
        indexes = _settings(workspace, person, name).over(platform.site_indexes())
    except PlatformError as error:
        raise Failure(FailureKind.PACKAGE_SETTINGS, error.message, error.hint) from error
    return replace(indexes, strategy=policies.index_strategy(workspace))


def described(indexes: Indexes) -> Iterator[str]:
    """The lines of a build log that say where packages are looked for, and who wrote each address."""
    if not indexes.addresses:
        yield "No package index is asked."
    for number, address in enumerate(indexes.addresses, 1):
        login = " with a login" if indexes.login_for(address) else ""
        place = "Packages come from" if len(indexes.addresses) == 1 else f"Package index {number}:"
        yield f"{place} {address}{login} (from {indexes.writer_of(address)})."
    for link in indexes.find_links:
        yield f"Files are also looked for at {link} (from {indexes.writer_of(link)})."
    if len(indexes.addresses) > 1:
        yield STRATEGIES[indexes.strategy]
    if indexes.transport.certificates:
        yield "Certificates of the workspace or the site are trusted besides the public ones."


STRATEGIES = {
    IndexStrategy.FIRST_MATCH: "First match: a package that a higher index knows is never taken from a lower one.",
    IndexStrategy.BEST_MATCH: "Best match: the best version of all indexes is taken, as pip does.",
}


class BuildVariables(Mapping[str, str]):
    """The app's variables as its build reads them: a secret one is read, and audited, only if something asks for it."""

    def __init__(self, app: App, plain: Mapping[str, str], references: Mapping[str, SecretReference]) -> None:
        self._app = app
        self._plain = plain
        self._references = references
        self._read: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name in self._plain:
            return self._plain[name]
        if name not in self._read:
            self._read |= secret_values.read(self._app, {name: self._references[name]})
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._plain or name in self._references

    def __iter__(self) -> Iterator[str]:
        yield from self._plain
        yield from self._references

    def __len__(self) -> int:
        return len(self._plain) + len(self._references)

    @property
    def secrets(self) -> frozenset[str]:
        """The values that were read, which no log may show."""
        return frozenset(self._read.values())


def _settings(workspace: Workspace, person: User | None, name: str) -> index_settings.IndexSettings:
    scope = index_settings.scope_of(workspace)
    if scope is None:
        return index_settings.IndexSettings()
    principal = principals.of_user(person, workspace.slug) if person is not None else None
    if principal is None:
        raise Failure(
            FailureKind.PACKAGE_SETTINGS,
            f"{name}, who deployed this, is no member any more and may not read where packages come from.",
            "Somebody who is must deploy it again.",
        )
    return index_settings.read_in(scope, principal)
