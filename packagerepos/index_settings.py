"""The workspace's default package repositories: three secrets of a predefined scope.

The scope and its keys have the names that Databricks documents, so that its clients set them up as they do there.
The scope exists only once somebody has created it; without it the site's defaults hold.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction

from packagerepos.addresses import BadAddress, check_index_address
from packagerepos.certificates import BadCertificates, read_certificates
from packagerepos.indexes import Indexes
from workspaces import sealing
from workspaces.encryption import CannotOpen
from workspaces.errors import Forbidden, Invalid
from workspaces.models import Secret, SecretScope, Workspace
from workspaces.operations import secret_scopes, secrets
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
    return IndexSettings() if scope is None else read_in(scope, principal)


def read_in(scope: SecretScope, principal: Principal) -> IndexSettings:
    """The same, of the predefined ``scope`` that was found before."""
    try:
        values = secrets.read_those_there(principal, scope, keys=KEYS)
    except Forbidden as error:
        raise Forbidden(
            f"{principal} may not read the scope {scope.name!r}, which says where packages come from.",
            f"Whoever manages the scope must grant READ to the group users: put-acl {scope.name} users READ.",
        ) from error
    return _parsed(scope, values)


def read_for_app(app_uuid: uuid.UUID, scope: SecretScope) -> IndexSettings:
    """What holds for an app that starts, by its own grant on the scope. Raises ``Forbidden`` and ``Invalid``."""
    # Without a row in the audit for what cannot be used in the end.
    with transaction.atomic():
        return _parsed(scope, secrets.read_those_there_for_app(app_uuid, scope, keys=KEYS))


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


def _parsed(scope: SecretScope, values: Mapping[str, bytes]) -> IndexSettings:
    found: dict[str, str] = {}
    for key, value in values.items():
        try:
            found[key] = value.decode()
        except UnicodeDecodeError:
            raise Invalid(f"The secret {key} of scope {scope.name!r} is no text.", "Write it again as text.") from None
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
