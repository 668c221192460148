"""Who may call what, in one table. An address that the table does not name fails."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import URLResolver
from django.utils import timezone

from deployments.operations import deployments
from packagerepos.models import ExternalPackage, ProhibitedPackage
from packagerepos.operations import listed_packages
from tests.deployments.api.clients import Client
from tests.world import World
from workspaces.models import ScopePermission
from workspaces.operations import access_tokens, groups, invitations, scope_acls, secret_scopes, secrets

MOUNT = "api/v1"
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Row:
    """What each principal is answered. ``nobody`` sends no token, ``bad_token`` a wrong one."""

    method: str
    address: str
    nobody: int
    bad_token: int
    alice: int
    bob: int
    charlie: int
    body: object = None


APP = "/apps/<str:name>"
DEPLOYMENT = f"{APP}/deployments/<int:number>"
SCOPE = "/scopes/<str:name>"
SECRET = f"{SCOPE}/secrets/<str:key>"
GRANT = f"{SCOPE}/acls/<str:grantee>"
MEMBER = "/members/<uuid:member>"
GROUP = "/groups/<uuid:group>"
REPOSITORIES = "/workspace/package-repositories"

TABLE = [
    #                                 nobody  bad  Alice  Bob  Charlie
    Row("get", "", 401, 401, 200, 200, 200),
    Row("get", "/schema", 200, 401, 200, 200, 200),
    Row("get", "/base-images", 401, 401, 200, 200, 200),
    Row("get", "/apps", 401, 401, 200, 200, 200),
    Row("post", "/apps", 401, 401, 201, 201, 201, {"name": "fresh"}),
    Row("get", APP, 401, 401, 200, 200, 404),
    Row("patch", APP, 401, 401, 200, 200, 404, {"title": "x"}),
    Row("delete", APP, 401, 401, 204, 204, 404),
    # Nothing is deleted in this world; test_apps.py asks for what is.
    Row("post", f"{APP}/restore", 401, 401, 404, 404, 404),
    Row("post", f"{APP}/start", 401, 401, 202, 202, 404),
    Row("post", f"{APP}/stop", 401, 401, 202, 202, 404),
    Row("get", f"{APP}/access", 401, 401, 200, 200, 404),
    Row("put", f"{APP}/access", 401, 401, 200, 200, 404, {"access": "chosen", "users": ["bob@example.org"]}),
    Row("get", f"{APP}/env", 401, 401, 200, 200, 404),
    Row("put", f"{APP}/env", 401, 401, 200, 200, 404, {"env": [{"name": "A", "value": "1"}]}),
    Row("patch", f"{APP}/env", 401, 401, 200, 200, 404, {"env": [{"name": "A", "value": "1"}]}),
    Row("get", f"{APP}/metrics?range=24h", 401, 401, 200, 200, 404),
    Row("get", f"{APP}/log", 401, 401, 200, 200, 404),
    # It is a standard app, and no preview was made: a stranger must learn neither.
    Row("get", f"{APP}/opt-out-preview", 401, 401, 404, 404, 404),
    Row("post", f"{APP}/opt-out-preview", 401, 401, 409, 409, 404),
    Row("delete", f"{APP}/opt-out-preview", 401, 401, 404, 404, 404),
    Row("post", f"{APP}/opt-out-preview/accept", 401, 401, 404, 404, 404, {}),
    Row("get", f"{APP}/deployments", 401, 401, 200, 200, 404),
    # There is no active deployment, which a stranger must not learn.
    Row("post", f"{APP}/deployments", 401, 401, 409, 409, 404, {"bundle": "active"}),
    Row("get", DEPLOYMENT, 401, 401, 200, 200, 404),
    Row("get", f"{DEPLOYMENT}/log", 401, 401, 200, 200, 404),
    Row("post", f"{DEPLOYMENT}/activate", 401, 401, 409, 409, 404),
    Row("post", f"{DEPLOYMENT}/cancel", 401, 401, 202, 202, 404),
    # Nothing is known to be missing, which a stranger must not learn either.
    Row("post", f"{DEPLOYMENT}/fix", 401, 401, 409, 409, 404, {}),
    # Its packages are not resolved yet, which a stranger must not learn either.
    Row("get", f"{DEPLOYMENT}/packages", 401, 401, 409, 409, 404),
    Row("get", f"{DEPLOYMENT}/packages/difference", 401, 401, 400, 400, 404),
    Row("get", f"{DEPLOYMENT}/requirements.lock", 401, 401, 409, 409, 404),
    Row("get", f"{DEPLOYMENT}/sbom.json", 401, 401, 409, 409, 404),
    Row("get", "/packages?name=requests", 401, 401, 200, 200, 200),
    Row("get", "/environments", 401, 401, 200, 200, 200),
    Row("delete", "/environments", 401, 401, 200, 403, 200),
    # None is built in this world; test_environments.py clears one.
    Row("delete", "/environments/<str:key>", 401, 401, 404, 403, 404),
    Row("get", "/external-packages", 401, 401, 200, 200, 200),
    Row("post", "/external-packages", 401, 401, 201, 403, 201, {"name": "numpy"}),
    # Acme's list has it; for Charlie it does not exist.
    Row("delete", "/external-packages/<str:name>", 401, 401, 204, 403, 404),
    Row("get", "/prohibited-packages", 401, 401, 200, 200, 200),
    Row("post", "/prohibited-packages", 401, 401, 201, 403, 201, {"name": "numpy"}),
    Row("delete", "/prohibited-packages/<str:name>", 401, 401, 204, 403, 404),
    Row("get", "/audit", 401, 401, 200, 403, 200),
    Row("get", "/scopes", 401, 401, 200, 200, 200),
    Row("post", "/scopes", 401, 401, 201, 201, 201, {"name": "new"}),
    # Alice made the scope and gave Bob, as one of the users, READ.
    Row("get", SCOPE, 401, 401, 200, 200, 404),
    Row("delete", SCOPE, 401, 401, 204, 403, 404),
    Row("get", f"{SCOPE}/secrets", 401, 401, 200, 200, 404),
    Row("get", SECRET, 401, 401, 200, 200, 404),
    Row("put", SECRET, 401, 401, 200, 403, 404, {"string_value": "x"}),
    Row("delete", SECRET, 401, 401, 204, 403, 404),
    Row("get", f"{SCOPE}/acls", 401, 401, 200, 403, 404),
    Row("get", GRANT, 401, 401, 200, 403, 404),
    Row("put", GRANT, 401, 401, 200, 403, 404, {"permission": "WRITE"}),
    Row("delete", GRANT, 401, 401, 204, 403, 404),
    Row("get", "/tokens", 401, 401, 200, 200, 200),
    Row("post", "/tokens", 401, 401, 201, 201, 201, {"label": "CI"}),
    # Alice's own.
    Row("delete", "/tokens/<uuid:token>", 401, 401, 204, 404, 404),
    # Bob is the member, Charlie the admin of another workspace.
    Row("get", "/members", 401, 401, 200, 403, 200),
    Row("get", MEMBER, 401, 401, 200, 403, 404),
    Row("patch", MEMBER, 401, 401, 200, 403, 404, {"role": "admin"}),
    Row("delete", MEMBER, 401, 401, 204, 403, 404),
    Row("get", "/invitations", 401, 401, 200, 403, 200),
    Row("post", "/invitations", 401, 401, 201, 403, 201, {"email": "dora@example.org"}),
    Row("delete", "/invitations/<uuid:invitation>", 401, 401, 204, 403, 404),
    Row("get", "/groups", 401, 401, 200, 403, 200),
    Row("post", "/groups", 401, 401, 201, 403, 201, {"name": "analysts"}),
    Row("get", GROUP, 401, 401, 200, 403, 404),
    Row("delete", GROUP, 401, 401, 204, 403, 404),
    Row("put", f"{GROUP}/members/<uuid:member>", 401, 401, 204, 403, 404),
    Row("delete", f"{GROUP}/members/<uuid:member>", 401, 401, 204, 403, 404),
    # Nothing is set: each has the site's defaults.
    Row("get", REPOSITORIES, 401, 401, 200, 403, 200),
    Row("put", REPOSITORIES, 401, 401, 200, 403, 200, {"index_url": "https://packages.example.com/simple"}),
    Row("post", f"{REPOSITORIES}/test", 401, 401, 200, 403, 200, {"index_url": "https://nowhere.invalid/simple"}),
    Row("get", f"{REPOSITORIES}/preview", 401, 401, 404, 403, 404),
    Row("post", f"{REPOSITORIES}/preview", 401, 401, 202, 403, 202, {"index_url": "https://packages.example.com/"}),
    Row("get", "/workspace/package-policy", 401, 401, 200, 403, 200),
    Row("patch", "/workspace/package-policy", 401, 401, 200, 403, 200, {"installer": "pip"}),
    Row("get", "/workspace/pip.conf", 401, 401, 200, 200, 200),
    Row("get", "/workspace/uv.toml", 401, 401, 200, 200, 200),
    Row("get", "/workspace/ca.pem", 401, 401, 200, 200, 200),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.address or '/'}")
@pytest.mark.parametrize("principal", ["nobody", "bad_token", "alice", "bob", "charlie"])
def test_answers(row: Row, principal: str, world: World) -> None:
    deployments.request(world.alice, world.app("hello"), bundle=world.bundle())
    scope = secret_scopes.create(world.alice, name="hello")
    secrets.put(world.alice, scope, key="password", value=b"horse", now=timezone.now())
    scope_acls.put(world.alice, scope, grantee="users", permission=ScopePermission.READ)
    for kind in (ExternalPackage, ProhibitedPackage):
        listed_packages.add(world.alice, kind, name="hello")
    tokens = {"nobody": None, "bad_token": "slw_wrong"}
    client = Client(tokens[principal] if principal in tokens else world.token(getattr(world, principal)))

    response = client.ask(row.method, f"/{MOUNT}{_filled(row.address, _people(world))}", row.body)

    assert response.status_code == getattr(row, principal), response.content
    if response.status_code == 401:
        assert response["WWW-Authenticate"].startswith("Bearer ")
        assert response.json()["code"] == "unauthenticated"


def test_names_every_address_and_method() -> None:
    assert {(row.method, row.address.partition("?")[0]) for row in TABLE} == set(_addresses())


def _people(world: World) -> dict[str, str]:
    invitation, _ = invitations.create(world.alice, email="emil@example.org", role="member", now=timezone.now())
    token, _ = access_tokens.create(world.alice, label="to be revoked")
    return {
        "<uuid:token>": str(token.uuid),
        "<uuid:member>": str(world.bob.user.uuid),
        "<uuid:invitation>": str(invitation.uuid),
        "<uuid:group>": str(groups.create(world.alice, name="writers").uuid),
    }


def _filled(address: str, people: dict[str, str]) -> str:
    known = {"<str:name>": "hello", "<int:number>": "1", "<str:key>": "password", "<str:grantee>": "users"}
    for placeholder, word in (known | people).items():
        address = address.replace(placeholder, word)
    return address


def _addresses() -> Iterator[tuple[str, str]]:
    for prefix, pattern in _patterns(get_resolver(), ""):
        if not prefix.startswith(MOUNT) or pattern.name == "unknown":
            continue
        view = pattern.callback.view_class
        yield from ((method, prefix.removeprefix(MOUNT)) for method in METHODS if hasattr(view, method))


def _patterns(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, path)
        else:
            yield path, pattern
