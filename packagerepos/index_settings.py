"""The workspace's default package repositories: three secrets of a predefined scope.

The scope and its keys have the names that Databricks documents, so that its clients set them up as they do there.
The scope exists only once somebody has created it; without it the site's defaults hold.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from packagerepos.addresses import BadAddress, check_index_address
from packagerepos.certificates import BadCertificates, read_certificates
from packagerepos.indexes import Indexes
from workspaces import sealing
from workspaces.encryption import CannotOpen
from workspaces.errors import Forbidden, Invalid, NotFound
from workspaces.models import ScopePermission, Secret, SecretScope, Workspace
from workspaces.operations import scope_acls, secret_scopes, secrets
from workspaces.principals import Principal

INDEX_URL = "pip-index-url"
EXTRA_INDEX_URLS = "pip-extra-index-urls"
CERTIFICATES = "pip-cert"
KEYS = (INDEX_URL, EXTRA_INDEX_URLS, CERTIFICATES)
#: Completes "from …" in logs and on pages.
WRITER = "the workspace's default package repositories"


@dataclass(frozen=True)
class IndexSettings:
    """What a workspace has set; addresses hold their logins. Empty is a scope without keys: the site's defaults."""

    index_url: str | None = field(default=None, repr=False)
    extra_index_urls: tuple[str, ...] = field(default=(), repr=False)
    certificates: str = field(default="", repr=False)

    def over(self, defaults: Indexes) -> Indexes:
        """The site's ``defaults`` as the workspace changes them."""
        changed = defaults.configured_by(WRITER, main=self.index_url, extra=self.extra_index_urls or None)
        trusted = "\n".join(part for part in (defaults.transport.certificates, self.certificates) if part)
        return changed.trusting(trusted)


def scope_of(workspace: Workspace) -> SecretScope | None:
    """The predefined scope, if somebody has created it."""
    return secret_scopes.named(workspace, settings.PACKAGE_SCOPE)


def read(principal: Principal) -> IndexSettings:
    """What holds for whoever deploys. Raises ``Forbidden``, naming the permission that is missing, and ``Invalid``.

    Never the site's defaults instead of settings that may not be read: packages would come from elsewhere.
    """
    scope = scope_of(principal.workspace)
    if scope is None:
        return IndexSettings()
    try:
        scope_acls.require(principal, scope, ScopePermission.READ)
    except Forbidden as error:
        raise Forbidden(
            f"{principal} may not read the scope {scope.name!r}, which says where packages come from.",
            f"Whoever manages the scope must grant READ to the group users: put-acl {scope.name} users READ.",
        ) from error
    return _read(scope, lambda key: secrets.read(principal, scope, key=key))


def read_for_app(app_uuid: uuid.UUID, workspace: Workspace) -> IndexSettings:
    """What holds for an app that starts, by its own grant. Raises ``Forbidden`` and ``Invalid``."""
    scope = scope_of(workspace)
    if scope is None:
        return IndexSettings()
    return _read(scope, lambda key: secrets.read_for_app(app_uuid, workspace, scope.name, key))


def stored(workspace: Workspace) -> dict[str, str]:
    """The texts by key as they lie there, for a workspace's admin to change without seeing them: nobody reads a value.

    What cannot be opened or is no text is left out.
    """
    scope = scope_of(workspace)
    found: dict[str, str] = {}
    for secret in Secret.objects.select_related("scope__workspace").filter(scope=scope, key__in=KEYS):
        try:
            found[secret.key] = sealing.unseal(secret).decode()
        except (CannotOpen, UnicodeDecodeError):
            continue
    return found


def write(principal: Principal, scope: SecretScope, key: str, value: str, *, now: datetime) -> None:
    """Set one of ``KEYS``, after a look at it; an empty value deletes the secret. Raises ``Invalid``."""
    if not value.strip():
        if Secret.objects.filter(scope=scope, key=key).exists():
            secrets.delete(principal, scope, key=key)
        return
    parse({key: value})
    secrets.put(principal, scope, key=key, value=value.strip().encode(), now=now)


def parse(values: dict[str, str]) -> IndexSettings:
    """The texts by key as settings. Raises ``Invalid``, naming the key."""
    return IndexSettings(
        index_url=_address(INDEX_URL, values.get(INDEX_URL, "").strip()),
        extra_index_urls=tuple(
            _address(EXTRA_INDEX_URLS, word) or "" for word in values.get(EXTRA_INDEX_URLS, "").split()
        ),
        certificates=_certificates(values.get(CERTIFICATES, "")),
    )


def _read(scope: SecretScope, value_of: Callable[[str], bytes]) -> IndexSettings:
    there = set(Secret.objects.filter(scope=scope, key__in=KEYS).values_list("key", flat=True))
    found: dict[str, str] = {}
    for key in KEYS:
        if key not in there:
            continue
        try:
            found[key] = value_of(key).decode()
        except UnicodeDecodeError:
            raise Invalid(f"The secret {key} of scope {scope.name!r} is no text.", "Write it again as text.") from None
        except NotFound:
            continue  # Deleted in between.
    return parse(found)


def _address(key: str, text: str) -> str | None:
    if not text:
        return None
    try:
        return check_index_address(text)
    except BadAddress as error:
        raise Invalid(f"{key}: {error}", error.hint) from None


def _certificates(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return read_certificates(text).pem
    except BadCertificates as error:
        raise Invalid(f"{CERTIFICATES}: {error}", error.hint) from None
