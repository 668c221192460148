"""A workspace's default package repositories, for its admins: seen without logins, changed, tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from packagerepos import index_settings, pip_conf, site_indexes
from packagerepos.addresses import MASK, BadAddress, masked, with_stored_logins
from packagerepos.certificates import BadCertificates, read_certificates
from packagerepos.index_settings import CERTIFICATES, EXTRA_INDEX_URLS, INDEX_URL, IndexSettings
from packagerepos.indexes import Indexes, IndexStrategy
from packagerepos.operations import policies
from workspaces.errors import Conflict, Invalid, PlatformError
from workspaces.models import BuiltinGroup, ScopePermission, Secret, SecretScope, Workspace
from workspaces.operations import scope_acls, secret_scopes
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

#: More are a mistake; each is asked for every package.
MAX_INDEXES = 20
STRATEGY = "strategy"


@dataclass(frozen=True)
class Change:
    """Who wrote one of the three secrets last, and when."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Place:
    """One index in order of standing: its address without a login, and who wrote it, in words after "from"."""

    address: str
    has_login: bool
    writer: str
    is_public: bool


@dataclass(frozen=True)
class Repositories:
    """What a workspace has set; each login is masked. ``problem`` says why builds cannot use it, if they cannot."""

    scope: str
    exists: bool
    index_url: str
    extra_index_urls: list[str]
    certificates: str
    strategy: IndexStrategy
    changes: Mapping[str, Change]
    standing: list[Place]
    problem: str = ""


@dataclass(frozen=True)
class Wanted:
    """What somebody typed; ``None`` leaves a part as it is, empty removes it. A masked login stands for the stored.

    ``typed_before`` are addresses that the person typed on the page before this one, whose logins are masked as well.
    """

    index_url: str | None = field(default=None, repr=False)
    extra_index_urls: list[str] | None = field(default=None, repr=False)
    certificates: str | None = field(default=None, repr=False)
    strategy: str | None = None
    typed_before: list[str] = field(default_factory=list, repr=False)


def see(principal: Principal) -> Repositories:
    """What is set, without a login. For admins of the workspace."""
    require(principal, Permission.MANAGE_WORKSPACE)
    workspace = principal.workspace
    texts = index_settings.stored(workspace)
    scope = index_settings.scope_of(workspace)
    strategy = IndexStrategy(policies.of(workspace).index_strategy)
    standing, problem = _standing(texts, strategy)
    return Repositories(
        scope=scope.name if scope else settings.PACKAGE_SCOPE,
        exists=scope is not None,
        index_url=masked(texts[INDEX_URL].strip()) if INDEX_URL in texts else "",
        extra_index_urls=[masked(word) for word in texts.get(EXTRA_INDEX_URLS, "").split()],
        certificates=_shown_certificates(texts.get(CERTIFICATES, "")),
        strategy=strategy,
        changes=_changes(scope),
        standing=standing,
        problem=problem,
    )


def candidate(principal: Principal, wanted: Wanted) -> Indexes:
    """Where packages would come from with what is ``wanted``; nothing is saved. Raises ``Invalid`` and ``Conflict``."""
    return indexes_of(candidate_texts(principal, wanted))


def candidate_texts(principal: Principal, wanted: Wanted) -> dict[str, str]:
    """The same as the texts that would be stored, and ``STRATEGY``; they hold logins. Raises ``Invalid``."""
    require(principal, Permission.MANAGE_WORKSPACE)
    texts = _merged(wanted, index_settings.stored(principal.workspace))
    strategy = policies.of(principal.workspace).index_strategy if wanted.strategy is None else wanted.strategy
    index_settings.parse(texts)
    return {**texts, STRATEGY: str(_strategy(strategy))}


def indexes_of(texts: Mapping[str, str]) -> Indexes:
    """Where packages come from with such texts. Raises ``Invalid`` and ``Conflict``."""
    return _indexes(index_settings.parse(dict(texts)), _strategy(texts[STRATEGY]))


def save(principal: Principal, wanted: Wanted, *, now: datetime) -> None:
    """Write what is ``wanted`` and differs; what is empty is deleted. Raises ``Invalid``, and then nothing is saved.

    The scope is made if there is none: admins manage it, everybody reads it.
    """
    require(principal, Permission.MANAGE_WORKSPACE)
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=principal.workspace.pk)
        stored = index_settings.stored(principal.workspace)
        texts = _merged(wanted, stored)
        index_settings.parse(texts)
        if wanted.strategy is not None:
            policies.change(principal, index_strategy=_strategy(wanted.strategy))
        changed = {key: text for key, text in texts.items() if text.strip() != stored.get(key, "").strip()}
        if not changed:
            return
        scope = index_settings.scope_of(principal.workspace) or _make_scope(principal)
        for key, text in changed.items():
            index_settings.write(principal, scope, key, text, now=now)


def _make_scope(principal: Principal) -> SecretScope:
    """As the documented commands make it."""
    scope = secret_scopes.create(principal, name=settings.PACKAGE_SCOPE)
    scope_acls.put(principal, scope, grantee=BuiltinGroup.ADMINS, permission=ScopePermission.MANAGE)
    scope_acls.put(principal, scope, grantee=BuiltinGroup.USERS, permission=ScopePermission.READ)
    scope_acls.delete(principal, scope, grantee=principal.user.email)
    return scope


def _merged(wanted: Wanted, stored: Mapping[str, str]) -> dict[str, str]:
    """The texts by key as they would be stored. Raises ``Invalid``."""
    main, extra = stored.get(INDEX_URL, "").strip(), stored.get(EXTRA_INDEX_URLS, "").split()
    pool = [*wanted.typed_before, *([main] if main else []), *extra]
    typed_main = None if wanted.index_url is None else wanted.index_url.split()
    typed_extra = (
        None if wanted.extra_index_urls is None else [word for line in wanted.extra_index_urls for word in line.split()]
    )
    if typed_main is not None and len(typed_main) > 1:
        raise Invalid(f"{INDEX_URL}: It is more than one address.", "The others belong among the extra indexes.")
    # One pool for both: an address may move from the one field to the other.
    typed = [*(typed_main or []), *(typed_extra or [])]
    try:
        kept = with_stored_logins(typed, pool)
    except BadAddress as error:
        raise Invalid(str(error), error.hint) from None
    count = len(typed_main or [])
    main_text = main if typed_main is None else " ".join(kept[:count])
    extra_text = extra if typed_extra is None else kept[count:]
    if len(extra_text) + bool(main_text) > MAX_INDEXES:
        raise Invalid(f"There are more than {MAX_INDEXES} indexes.", "Every package would be asked of each of them.")
    keeps = wanted.certificates is None or wanted.certificates.strip() == MASK
    certificates = stored.get(CERTIFICATES, "") if keeps else wanted.certificates or ""
    return {
        INDEX_URL: main_text,
        EXTRA_INDEX_URLS: "\n".join(extra_text),
        CERTIFICATES: certificates.replace("\r\n", "\n"),
    }


def _shown_certificates(text: str) -> str:
    """They are no secret, but what is none may be one: a key that somebody pasted."""
    try:
        return read_certificates(text, check_dates=False).pem if text.strip() else ""
    except BadCertificates:
        return MASK


def _strategy(word: Any) -> IndexStrategy:
    if word not in list(IndexStrategy):
        raise Invalid(f"There is no strategy {str(word)[:40]!r}.", f"Choose one of: {', '.join(IndexStrategy)}.")
    return IndexStrategy(word)


def _indexes(chosen: IndexSettings, strategy: IndexStrategy) -> Indexes:
    try:
        defaults = site_indexes.read()
    except pip_conf.BadPipConf as error:
        raise Conflict(str(error), "Ask the operator of this site to correct it.") from None
    return replace(chosen.over(defaults), strategy=strategy)


def _standing(texts: dict[str, str], strategy: IndexStrategy) -> tuple[list[Place], str]:
    try:
        indexes = _indexes(index_settings.parse(texts), strategy)
    except PlatformError as error:
        return [], f"{error.message} {error.hint}".strip()
    return places(indexes), ""


def places(indexes: Indexes) -> list[Place]:
    """The indexes in order of standing."""
    return [
        Place(
            address,
            has_login=indexes.login_for(address) is not None,
            writer=indexes.writer_of(address),
            is_public=indexes.is_public_index(address),
        )
        for address in indexes.addresses
    ]


def _changes(scope: SecretScope | None) -> dict[str, Change]:
    rows = Secret.objects.filter(scope=scope, key__in=index_settings.KEYS).order_by("-key")
    return {key: Change(by, at) for key, by, at in rows.values_list("key", "updated_by_name", "updated_at")}
