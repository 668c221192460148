"""Who may call what, at every address of the platform. An address that no table names fails.

``/api/v1`` has a table of its own, beside its tests (tests/deployments/api/test_permission_matrix.py), which fails
for what it does not know; here stands the rest.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import URLResolver
from django.utils import timezone

from deployments.models import Environment
from deployments.models.env_var import EnvVar
from deployments.operations import apps, base_images, deployments, workspace_files
from packagerepos.models import ExternalPackage, ProhibitedPackage
from packagerepos.operations import listed_packages
from tests.world import World
from workspaces.admin.forms import OperationAdmin
from workspaces.admin.site import site
from workspaces.admin.tenant import SiteAdminsOnly
from workspaces.models import AccessToken, ScopePermission, User
from workspaces.operations import groups, invitations, scope_acls, secret_scopes, secrets

#: Root is a site admin who is in no workspace; a bad token is one that nobody was given.
PRINCIPALS = ("nobody", "bad token", "alice", "bob", "charlie", "root")
#: Addresses for programs, which show a token there.
APIS = ("api/", "__api__", ".well-known", "content/")
#: It has a complete table elsewhere.
ELSEWHERE = "api/v1"
HOME, FILE = "/Users/alice@example.org", "/Users/alice@example.org/main.py"
#: The rows are asked about in so many tests, since all in one would come near the limit of time of a test.
PARTS = 6
Row = tuple[str, str, tuple[int, ...]]


def table(text: str) -> list[Row]:
    """Rows from lines of method, address and the status for each of ``PRINCIPALS``."""
    rows = (line.split() for line in text.strip().splitlines() if not line.startswith("#"))
    return [
        (method, "" if address == "(root)" else address, tuple(map(int, statuses)))
        for method, address, *statuses in rows
    ]


# No service of the platform runs here, which /healthz says.
TABLE = table(r"""
# method address                 nobody  bad token  alice  bob  charlie  root
get healthz 503 503 503 503 503 503
post healthz 503 503 503 503 503 503
get admin/package-repositories/ 302 302 200 403 200 200
# Bound to no workspace, so that a site admin changes none by accident.
post admin/package-repositories/ 302 302 400 403 400 404
get admin/package-repositories/preview/ 302 302 200 403 200 200
post admin/package-repositories/preview/ 302 302 400 403 400 404
get admin/package-policy/ 302 302 200 403 200 200
post admin/package-policy/ 302 302 302 403 302 404
get admin/packages/ 302 302 200 403 200 200
post admin/packages/ 302 302 405 403 405 405
get admin/search/ 302 302 200 403 200 200
post admin/search/ 302 302 200 403 200 200
get admin/ 302 302 200 403 200 200
post admin/ 302 302 200 403 200 200
get admin/login/ 302 302 302 302 302 302
post admin/login/ 302 302 302 302 302 302
get admin/logout/ 302 302 302 403 302 302
post admin/logout/ 302 302 302 403 302 302
get admin/password_change/ 302 302 302 403 302 302
get admin/switch/<slug:workspace>/ 302 302 302 403 404 404
post admin/switch/<slug:workspace>/ 302 302 302 403 404 404
post admin/password_change/ 302 302 302 403 302 302
get admin/autocomplete/ 302 302 403 403 403 403
post admin/autocomplete/ 302 302 405 403 405 405
get admin/jsi18n/ 302 302 200 403 200 200
post admin/jsi18n/ 302 302 405 403 405 405
get admin/^(?P<app_label>workspaces|deployments|packagerepos)/$ 302 302 200 403 200 200
post admin/^(?P<app_label>workspaces|deployments|packagerepos)/$ 302 302 200 403 200 200
get admin/(?P<url>.*)$ 302 302 404 403 404 404
post admin/(?P<url>.*)$ 302 302 404 403 404 404
# The folder is Alice's own. Bob may write to his and to the shared one, Charlie has a workspace of his own.
post api/2.0/workspace/mkdirs 401 401 200 403 403 401
get api/2.0/workspace/list 401 401 200 404 404 401
get api/2.0/workspace/get-status 401 401 200 404 404 401
post api/2.0/workspace/import 401 401 200 403 403 401
get api/2.0/workspace/export 401 401 200 404 404 401
post api/2.0/workspace/delete 401 401 200 404 404 401
post api/2.0/workspace-files/import-file/<path:file> 401 401 200 403 403 401
get api/2.0/apps 401 401 200 200 200 401
post api/2.0/apps 401 401 200 200 200 401
get api/2.0/apps/<str:name> 401 401 200 200 404 401
patch api/2.0/apps/<str:name> 401 401 200 200 404 401
delete api/2.0/apps/<str:name> 401 401 200 200 404 401
get api/2.0/apps/<str:name>/update 401 401 200 200 404 401
post api/2.0/apps/<str:name>/update 401 401 200 200 404 401
post api/2.0/apps/<str:name>/start 401 401 200 200 404 401
post api/2.0/apps/<str:name>/stop 401 401 200 200 404 401
get api/2.0/apps/<str:name>/deployments 401 401 200 200 404 401
post api/2.0/apps/<str:name>/deployments 401 401 200 404 404 401
get api/2.0/apps/<str:name>/deployments/<str:deployment_id> 401 401 200 200 404 401
get api/2.0/permissions/apps/<str:name> 401 401 200 200 404 401
put api/2.0/permissions/apps/<str:name> 401 401 200 200 404 401
patch api/2.0/permissions/apps/<str:name> 401 401 200 200 404 401
get api/2.0/permissions/apps/<str:name>/permissionLevels 401 401 200 200 404 401
get .well-known/databricks-config 200 200 200 200 200 200
post api/2.0/secrets/scopes/create 401 401 200 200 200 401
get api/2.0/secrets/scopes/list 401 401 200 200 200 401
post api/2.0/secrets/scopes/delete 401 401 200 403 404 401
post api/2.0/secrets/put 401 401 200 403 404 401
get api/2.0/secrets/get 401 401 200 200 404 401
get api/2.0/secrets/list 401 401 200 200 404 401
post api/2.0/secrets/delete 401 401 200 403 404 401
post api/2.0/secrets/acls/put 401 401 200 403 404 401
get api/2.0/secrets/acls/get 401 401 200 403 404 401
get api/2.0/secrets/acls/list 401 401 200 403 404 401
post api/2.0/secrets/acls/delete 401 401 200 403 404 401
get api/2.0/preview/scim/v2/Me 401 401 200 200 200 401
get api/2.0/preview/scim/v2/Users 401 401 200 200 200 401
get api/2.0/preview/scim/v2/Users/<str:number> 401 401 200 200 404 401
get api/2.0/preview/scim/v2/Groups 401 401 200 200 200 401
get api/2.0/preview/scim/v2/Groups/<str:number> 401 401 200 200 404 401
post api/2.0/groups/create 401 401 200 403 200 401
get api/2.0/groups/list 401 401 200 200 200 401
post api/2.0/groups/delete 401 401 200 403 404 401
post api/2.0/groups/add-member 401 401 200 403 404 401
post api/2.0/groups/remove-member 401 401 200 403 404 401
get api/2.0/groups/list-members 401 401 200 200 404 401
get api/2.0/groups/list-parents 401 401 200 200 404 401
post api/2.0/token/create 401 401 200 200 200 401
get api/2.0/token/list 401 401 200 200 200 401
post api/2.0/token/delete 401 401 200 404 404 401
get ^oidc/ 404 404 404 404 404 404
post ^oidc/ 404 404 404 404 404 404
get ^api/(?:1\.2|2\.\d)(?:/.*)?$ 404 404 404 404 404 404
post ^api/(?:1\.2|2\.\d)(?:/.*)?$ 404 404 404 404 404 404
get __api__/server_settings 200 200 200 200 200 200
get __api__/v1/server_settings/python 401 401 200 200 200 401
get __api__/v1/server_settings/r 401 401 200 200 200 401
get __api__/v1/server_settings/quarto 401 401 200 200 200 401
get __api__/v1/server_settings/nodejs 401 401 200 200 200 401
get __api__/v1/user 401 401 200 200 200 401
get __api__/v1/content 401 401 200 200 200 401
post __api__/v1/content 401 401 200 200 200 401
get __api__/v1/content/<uuid:guid> 401 401 200 200 404 401
patch __api__/v1/content/<uuid:guid> 401 401 200 200 404 401
delete __api__/v1/content/<uuid:guid> 401 401 204 204 404 401
get __api__/v1/content/<uuid:guid>/environment 401 401 200 200 404 401
patch __api__/v1/content/<uuid:guid>/environment 401 401 200 200 404 401
put __api__/v1/content/<uuid:guid>/environment 401 401 200 200 404 401
get __api__/v1/content/<uuid:guid>/bundles 401 401 200 200 404 401
post __api__/v1/content/<uuid:guid>/bundles 401 401 200 200 404 401
get __api__/v1/content/<uuid:guid>/bundles/<str:bundle_id> 401 401 200 200 404 401
get __api__/v1/content/<uuid:guid>/bundles/<str:bundle_id>/download 401 401 200 200 404 401
post __api__/v1/content/<uuid:guid>/deploy 401 401 202 202 404 401
get __api__/v1/content/<uuid:guid>/packages 401 401 200 200 404 401
# Nothing serves, which a stranger must not learn.
get __api__/v1/content/<uuid:guid>/lockfile 401 401 409 409 404 401
get __api__/v1/tasks/<str:task_id> 401 401 200 200 404 401
get ^__api__(?:/.*)?$ 404 404 404 404 404 404
post ^__api__(?:/.*)?$ 404 404 404 404 404 404
# Its one instance does not answer yet. Browsers, and whoever shows no token, are sent to the app's own address.
get content/<uuid:guid> 302 401 503 503 404 302
post content/<uuid:guid> 302 401 503 503 404 302
get content/<uuid:guid>/ 302 401 503 503 404 302
post content/<uuid:guid>/ 302 401 503 503 404 302
get content/<uuid:guid>/_bundle<int:bundle>/ 302 401 503 503 404 302
post content/<uuid:guid>/_bundle<int:bundle>/ 302 401 503 503 404 302
get content/<uuid:guid>/_bundle<int:bundle>/<path:path> 302 401 503 503 404 302
post content/<uuid:guid>/_bundle<int:bundle>/<path:path> 302 401 503 503 404 302
get content/<uuid:guid>/<path:path> 302 401 503 503 404 302
post content/<uuid:guid>/<path:path> 302 401 503 503 404 302
get w/<slug:workspace>/apps/<slug:name>/draft/<int:bundle> 302 302 302 302 404 404
post w/<slug:workspace>/apps/<slug:name>/draft/<int:bundle> 302 302 302 302 404 404
get sign-in 200 200 200 200 200 200
post sign-in 200 200 200 200 200 200
get sign-in/second-step 302 302 302 302 302 302
post sign-in/second-step 302 302 302 302 302 302
get sign-in/with/<str:provider_id>/login 404 404 404 404 404 404
post sign-in/with/<str:provider_id>/login 404 404 404 404 404 404
get sign-in/with/<str:provider_id>/callback 404 404 404 404 404 404
post sign-in/with/<str:provider_id>/callback 404 404 404 404 404 404
get sign-in/unknown 302 302 302 302 302 302
post sign-in/unknown 302 302 302 302 302 302
get sign-in/cancelled 200 200 200 200 200 200
get sign-out 302 302 200 200 200 200
post sign-out 302 302 302 302 302 302
get password 200 200 200 200 200 200
post password 200 200 200 200 200 200
get password/sent 200 200 200 200 200 200
get password/done 200 200 200 200 200 200
get ^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$ 200 200 200 200 200 200
post ^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$ 200 200 200 200 200 200
get account/password 302 302 200 200 200 302
post account/password 302 302 200 200 200 302
get account/password/first 302 302 302 302 302 200
post account/password/first 302 302 302 302 302 200
get account/confirm 302 302 200 200 200 403
post account/confirm 302 302 200 200 200 403
get account/confirm/second-step 302 302 302 302 302 403
post account/confirm/second-step 302 302 302 302 302 403
get account/connections 302 302 200 200 200 200
post account/connections 302 302 200 200 200 200
get account/inactive 200 200 200 200 200 200
get account/security 302 302 200 200 200 200
get account/security/app 302 302 302 302 302 200
post account/security/app 302 302 302 302 302 200
get account/security/app/remove 302 302 404 404 404 404
post account/security/app/remove 302 302 404 404 404 404
get account/security/recovery-codes 302 302 404 404 404 404
get account/security/recovery-codes/new 302 302 302 302 302 200
post account/security/recovery-codes/new 302 302 302 302 302 200
get account/security/recovery-codes/file 302 302 404 404 404 404
get account/tokens 302 302 200 200 200 403
post account/tokens 302 302 400 400 400 403
get invitations/<str:text> 200 200 200 200 200 200
post invitations/<str:text> 400 400 200 200 200 200
get w/<slug:workspace>/people 302 302 200 403 404 404
post w/<slug:workspace>/people 302 302 400 403 404 404
get w/<slug:workspace>/people/<uuid:member>/role 302 302 302 403 404 404
post w/<slug:workspace>/people/<uuid:member>/role 302 302 302 403 404 404
get w/<slug:workspace>/people/<uuid:member>/deactivate 302 302 302 403 404 404
post w/<slug:workspace>/people/<uuid:member>/deactivate 302 302 302 403 404 404
get w/<slug:workspace>/people/<uuid:member>/reactivate 302 302 302 403 404 404
post w/<slug:workspace>/people/<uuid:member>/reactivate 302 302 302 403 404 404
get w/<slug:workspace>/people/<uuid:member>/password-link 302 302 302 403 404 404
post w/<slug:workspace>/people/<uuid:member>/password-link 302 302 403 403 404 404
get w/<slug:workspace>/people/invitations/<uuid:invitation>/revoke 302 302 302 403 404 404
post w/<slug:workspace>/people/invitations/<uuid:invitation>/revoke 302 302 302 403 404 404
get w/<slug:workspace>/people/groups 302 302 302 302 404 404
post w/<slug:workspace>/people/groups 302 302 302 302 404 404
get w/<slug:workspace>/people/groups/<uuid:group> 302 302 200 403 404 404
post w/<slug:workspace>/people/groups/<uuid:group> 302 302 400 403 404 404
get w/<slug:workspace>/people/groups/<uuid:group>/delete 302 302 302 403 404 404
post w/<slug:workspace>/people/groups/<uuid:group>/delete 302 302 302 403 404 404
get w/<slug:workspace>/people/groups/<uuid:group>/members/<uuid:member>/remove 302 302 302 403 404 404
post w/<slug:workspace>/people/groups/<uuid:group>/members/<uuid:member>/remove 302 302 302 403 404 404
get account/tokens/<uuid:token>/revoke 302 302 302 302 302 403
post account/tokens/<uuid:token>/revoke 302 302 302 404 404 403
get w/<slug:workspace>/scopes 302 302 200 200 404 404
post w/<slug:workspace>/scopes 302 302 400 400 404 404
get w/<slug:workspace>/scopes/<str:name> 302 302 200 200 404 404
post w/<slug:workspace>/scopes/<str:name> 302 302 200 200 404 404
get w/<slug:workspace>/scopes/<str:name>/secrets 302 302 302 302 404 404
post w/<slug:workspace>/scopes/<str:name>/secrets 302 302 400 400 404 404
get w/<slug:workspace>/scopes/<str:name>/secrets/<str:key>/delete 302 302 200 403 404 404
post w/<slug:workspace>/scopes/<str:name>/secrets/<str:key>/delete 302 302 302 302 404 404
get w/<slug:workspace>/scopes/<str:name>/grants 302 302 302 302 404 404
post w/<slug:workspace>/scopes/<str:name>/grants 302 302 400 400 404 404
get w/<slug:workspace>/scopes/<str:name>/grants/delete 302 302 302 302 404 404
post w/<slug:workspace>/scopes/<str:name>/grants/delete 302 302 302 302 404 404
get w/<slug:workspace>/scopes/<str:name>/delete 302 302 302 302 404 404
post w/<slug:workspace>/scopes/<str:name>/delete 302 302 400 400 404 404
get (root) 302 302 302 302 302 403
post (root) 302 302 302 302 302 403
# To the app that a visitor wants; test_app_entrance.py asks for one that there is.
get manage 302 302 403 403 403 403
post manage 302 302 403 403 403 403
get open 302 302 403 403 403 403
post open 302 302 403 403 403 403
get w/<slug:workspace>/apps 302 302 200 200 404 404
post w/<slug:workspace>/apps 302 302 200 200 404 404
get w/<slug:workspace>/apps/new 302 302 200 200 404 404
post w/<slug:workspace>/apps/new 302 302 400 400 404 404
get w/<slug:workspace>/app-name 302 302 200 200 404 404
post w/<slug:workspace>/app-name 302 302 200 200 404 404
get w/<slug:workspace>/deleted-apps/<uuid:app>/restore 302 302 302 302 404 404
post w/<slug:workspace>/deleted-apps/<uuid:app>/restore 302 302 302 302 404 404
get w/<slug:workspace>/apps/<slug:name> 302 302 200 200 404 404
post w/<slug:workspace>/apps/<slug:name> 302 302 200 200 404 404
get w/<slug:workspace>/apps/<slug:name>/deployments 302 302 200 200 404 404
post w/<slug:workspace>/apps/<slug:name>/deployments 302 302 200 200 404 404
get w/<slug:workspace>/apps/<slug:name>/logs 302 302 200 200 404 404
post w/<slug:workspace>/apps/<slug:name>/logs 302 302 200 200 404 404
get w/<slug:workspace>/apps/<slug:name>/start 302 302 302 302 404 404
post w/<slug:workspace>/apps/<slug:name>/start 302 302 302 302 404 404
get w/<slug:workspace>/apps/<slug:name>/stop 302 302 302 302 404 404
post w/<slug:workspace>/apps/<slug:name>/stop 302 302 302 302 404 404
get w/<slug:workspace>/apps/<slug:name>/environment 302 302 200 200 404 404
post w/<slug:workspace>/apps/<slug:name>/environment 302 302 400 400 404 404
get w/<slug:workspace>/apps/<slug:name>/environment/remove 302 302 302 302 404 404
post w/<slug:workspace>/apps/<slug:name>/environment/remove 302 302 302 302 404 404
get w/<slug:workspace>/apps/<slug:name>/environment/paste 302 302 302 302 404 404
post w/<slug:workspace>/apps/<slug:name>/environment/paste 302 302 400 400 404 404
get w/<slug:workspace>/apps/<slug:name>/access 302 302 200 200 404 404
post w/<slug:workspace>/apps/<slug:name>/access 302 302 400 400 404 404
get w/<slug:workspace>/apps/<slug:name>/settings 302 302 200 200 404 404
post w/<slug:workspace>/apps/<slug:name>/settings 302 302 400 400 404 404
get w/<slug:workspace>/apps/<slug:name>/configuration 302 302 302 302 404 404
post w/<slug:workspace>/apps/<slug:name>/configuration 302 302 302 302 404 404
get w/<slug:workspace>/apps/<slug:name>/opt-out 302 302 200 200 404 404
post w/<slug:workspace>/apps/<slug:name>/opt-out 302 302 302 302 404 404
get w/<slug:workspace>/apps/<slug:name>/opt-out/accept 302 302 302 302 404 404
post w/<slug:workspace>/apps/<slug:name>/opt-out/accept 302 302 302 302 404 404
get w/<slug:workspace>/apps/<slug:name>/opt-out/discard 302 302 302 302 404 404
post w/<slug:workspace>/apps/<slug:name>/opt-out/discard 302 302 302 302 404 404
get w/<slug:workspace>/apps/<slug:name>/scaling 302 302 302 302 404 404
post w/<slug:workspace>/apps/<slug:name>/scaling 302 302 302 302 404 404
get w/<slug:workspace>/apps/<slug:name>/scaling/standard 302 302 302 302 404 404
post w/<slug:workspace>/apps/<slug:name>/scaling/standard 302 302 302 302 404 404
get w/<slug:workspace>/apps/<slug:name>/owner 302 302 302 302 404 404
post w/<slug:workspace>/apps/<slug:name>/owner 302 302 302 302 404 404
get w/<slug:workspace>/apps/<slug:name>/delete 302 302 302 302 404 404
post w/<slug:workspace>/apps/<slug:name>/delete 302 302 400 400 404 404
get w/<slug:workspace>/apps/<slug:name>/deploy 302 302 200 200 404 404
post w/<slug:workspace>/apps/<slug:name>/deploy 302 302 302 302 404 404
get w/<slug:workspace>/apps/<slug:name>/deployments/<int:number> 302 302 200 200 404 404
post w/<slug:workspace>/apps/<slug:name>/deployments/<int:number> 302 302 200 200 404 404
get w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/log 302 302 200 200 404 404
post w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/log 302 302 200 200 404 404
get w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/timeline 302 302 200 200 404 404
post w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/timeline 302 302 200 200 404 404
get w/<slug:workspace>/apps/<slug:name>/packages 302 302 200 200 404 404
post w/<slug:workspace>/apps/<slug:name>/packages 302 302 200 200 404 404
get w/<slug:workspace>/packages 302 302 200 200 404 404
post w/<slug:workspace>/packages 302 302 200 200 404 404
get w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/packages 302 302 200 200 404 404
post w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/packages 302 302 200 200 404 404
get w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/requirements.lock 302 302 409 409 404 404
post w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/requirements.lock 302 302 409 409 404 404
get w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/sbom.json 302 302 409 409 404 404
post w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/sbom.json 302 302 409 409 404 404
get w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/fix 302 302 302 302 404 404
post w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/fix 302 302 302 302 404 404
get w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/again 302 302 200 200 404 404
post w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/again 302 302 302 302 404 404
get w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/activate 302 302 409 409 404 404
post w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/activate 302 302 302 302 404 404
get w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/cancel 302 302 302 302 404 404
post w/<slug:workspace>/apps/<slug:name>/deployments/<int:number>/cancel 302 302 302 302 404 404
""")

#: The same five addresses for every table of the admin.
ADMIN_PAGES = {
    "": (302, 302, 200, 403, 200, 200),
    "add/": (302, 302, 403, 403, 403, 403),
    "<path:object_id>/history/": (302, 302, 302, 403, 404, 302),
    "<path:object_id>/delete/": (302, 302, 403, 403, 403, 403),
    "<path:object_id>/change/": (302, 302, 200, 403, 404, 200),
    # Leads to change/, where the question is decided.
    "<path:object_id>/": (302, 302, 302, 403, 302, 302),
}
ADD_BY_OPERATION = {"add/": (302, 302, 200, 403, 200, 200)}
FOR_SITE_ADMINS = {
    "": (302, 302, 403, 403, 403, 200),
    "<path:object_id>/history/": (302, 302, 404, 403, 404, 302),
    "<path:object_id>/change/": (302, 302, 403, 403, 403, 200),
}


def admin_table() -> Iterator[Row]:
    for model, admin in site._registry.items():
        pages = dict(ADMIN_PAGES)
        if isinstance(admin, OperationAdmin):
            pages |= ADD_BY_OPERATION
        if isinstance(admin, SiteAdminsOnly):
            pages |= FOR_SITE_ADMINS
        prefix = f"admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield from (("get", prefix + page, statuses) for page, statuses in pages.items())


class Door:
    """A world in which every address leads to something of Acme's, and everybody's client to knock with."""

    def __init__(self, world: World) -> None:
        self.world = world
        now = timezone.now()
        alice = world.alice
        app = world.app("hello")
        deployment = deployments.request(alice, app, bundle=world.bundle())
        deployment.environment = Environment.objects.create(key="0123456789abcdef", python_version="3.11.9")
        deployment.save()
        deployment.instances.create(workspace=alice.workspace)
        EnvVar.objects.create(workspace=alice.workspace, app=app, name="WORD", value="x")
        base_images.create(alice, name="tools", requirements="six", pythons=["3.11"])
        deleted = world.app("gone")
        apps.delete(alice, deleted, now=now)
        scope = secret_scopes.create(alice, name="hello")
        secrets.put(alice, scope, key="password", value=b"horse", now=now)
        scope_acls.put(alice, scope, grantee="users", permission=ScopePermission.READ)
        for kind in (ExternalPackage, ProhibitedPackage):
            listed_packages.add(alice, kind, name="hello")
        group = groups.create(alice, name="data")
        groups.add_member(alice, group, world.bob.user)
        invitation, link = invitations.create(alice, email="dave@example.org", role="member", now=now)
        workspace_files.write(alice, FILE, [b"x"], now=now)
        tokens = {name: world.token(getattr(world, name)) for name in ("alice", "bob", "charlie")}
        token = AccessToken.objects.filter(user=alice.user).latest("pk")
        root = User.objects.create_superuser("root@example.org", name="Root")
        self.fill = {
            "<slug:workspace>": "acme", "<slug:name>": "hello", "<str:name>": "hello", "<str:key>": "password",
            "<int:number>": "1", "<str:number>": str(world.bob.user.pk), "<uuid:app>": str(deleted.uuid),
            "<uuid:token>": str(token.uuid), "<uuid:invitation>": str(invitation.uuid), "<uuid:group>": str(group.uuid),
            "<uuid:member>": str(world.bob.user.uuid), "<str:text>": link, "<str:provider_id>": "none",
            "<str:deployment_id>": deployment.uuid.hex, "<path:file>": FILE.replace("main", "other")[1:],
            "(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)": "1-x",
            "(?P<app_label>workspaces|deployments|packagerepos)": "workspaces",
            "(?P<url>.*)": "nothing",
            "<uuid:guid>": str(app.uuid), "<str:bundle_id>": str(deployment.bundle.pk),
            "<int:bundle>": str(deployment.bundle.pk),
            "<str:task_id>": deployment.uuid.hex, "<path:path>": "docs", "(?:/.*)?": "/nothing",
            "(?:1\\.2|2\\.\\d)(?:/.*)?": "2.1/nothing",
        }  # fmt: skip
        self.group = group
        people = {"alice": alice.user, "bob": world.bob.user, "charlie": world.charlie.user, "root": root}
        self.session = {name: signed_in(person) for name, person in people.items()}
        self.tokens: dict[str, str] = {"bad token": "slw_wrong", **tokens}

    def knock(self, principal: str, method: str, address: str) -> int:
        client, headers = Client(raise_request_exception=False), {}
        is_api = address.startswith(APIS)
        if is_api or principal == "bad token":
            headers = {"Authorization": f"Bearer {self.tokens[principal]}"} if principal in self.tokens else {}
        if principal in self.session and (not is_api or principal == "root"):
            client.cookies[settings.SESSION_COOKIE_NAME] = self.session[principal]
        with transaction.atomic():
            status = self._ask(client, headers, method, address)
            transaction.set_rollback(True)
        return status

    def _ask(self, client: Client, headers: dict[str, str], method: str, address: str) -> int:
        body = self.body(address)
        path = self.path(address)
        if method == "get":
            return int(client.get(path, body, headers=headers).status_code)
        if address.startswith(APIS):
            answer = client.generic(method.upper(), path, json.dumps(body), "application/json", headers=headers)
        else:
            answer = client.generic(method.upper(), path, "", "application/x-www-form-urlencoded", headers=headers)
        return int(answer.status_code)

    def path(self, address: str) -> str:
        address = address.replace("Groups/<str:number>", f"Groups/{self.group.pk}")
        for placeholder, word in self.fill.items():
            address = address.replace(placeholder, word)
        if "<path:object_id>" in address:
            address = address.replace("<path:object_id>", str(self._row(address)))
        return "/" + re.sub(r"[\^$]", "", address)

    def _row(self, address: str) -> int:
        model = next(
            model for model in site._registry if f"/{model._meta.app_label}/{model._meta.model_name}/" in address
        )
        rows: Any = model._default_manager.order_by("pk")
        if isinstance(site._registry[model], SiteAdminsOnly) or model is Environment:
            return int(rows[0].pk)
        return int(rows.filter(workspace=self.world.alice.workspace)[0].pk)

    def body(self, address: str) -> Any:
        scope, group = {"scope": "hello"}, {"group_name": "data"}
        token = AccessToken.objects.filter(user=self.world.alice.user).latest("pk")
        bodies: dict[str, dict[str, Any]] = {
            "scopes/create": {"scope": "fresh"}, "scopes/delete": scope, "secrets/list": scope, "acls/list": scope,
            "secrets/put": scope | {"key": "k", "string_value": "v"}, "secrets/get": scope | {"key": "password"},
            "secrets/delete": scope | {"key": "password"}, "acls/get": scope | {"principal": "users"},
            "acls/put": scope | {"principal": "users", "permission": "WRITE"},
            "acls/delete": scope | {"principal": "users"},
            "groups/create": {"group_name": "fresh"}, "groups/delete": group, "groups/list-members": group,
            "groups/add-member": {"parent_name": "data", "user_name": "alice@example.org"},
            "groups/remove-member": {"parent_name": "data", "user_name": "bob@example.org"},
            "groups/list-parents": {"user_name": "bob@example.org"},
            "workspace/mkdirs": {"path": f"{HOME}/new"}, "workspace/list": {"path": HOME},
            "workspace/get-status": {"path": FILE}, "workspace/export": {"path": FILE},
            "workspace/delete": {"path": FILE},
            "workspace/import": {"path": FILE, "format": "RAW", "overwrite": True, "content": ""},
            "2.0/apps": {"name": "fresh"}, "/update": {"app": {}, "update_mask": "*"},
            "/deployments": {"source_code_path": HOME},
            "token/create": {"comment": "x", "lifetime_seconds": 60}, "token/delete": {"token_id": str(token.uuid)},
            "/deploy": {"bundle_id": self.fill["<str:bundle_id>"]},
        }  # fmt: skip
        if address.endswith("/environment") and address.startswith("__api__"):
            return [{"name": "WORD", "value": "y"}]
        if not address.startswith(("api/2.0/", "__api__")):
            return {}
        return next((body for end, body in bodies.items() if address.endswith(end)), {})


def signed_in(person: User) -> str:
    """The session of a new sign-in."""
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def door(world: World) -> Iterator[Door]:
    yield Door(world)
    # Counts of attempts to sign in lie there, and are not rolled back.
    cache.clear()


# Many rows in one world, since each knock is rolled back: minutes become seconds.
@pytest.mark.parametrize("part", range(PARTS))
def test_answers(part: int, door: Door) -> None:
    wrong = {}
    for method, address, statuses in [*TABLE, *admin_table()][part::PARTS]:
        answers = {principal: door.knock(principal, method, address) for principal in PRINCIPALS}
        wanted = dict(zip(PRINCIPALS, statuses, strict=True))
        if answers != wanted:
            wrong[method, address] = {who: (wanted[who], got) for who, got in answers.items() if got != wanted[who]}

    assert wrong == {}


def test_answers_to_no_method_that_no_table_names(door: Door) -> None:
    """Such a method is refused, or reads like a GET; a form of Django's own takes a PUT for the POST it knows."""
    known = {(method, address): statuses for method, address, statuses in TABLE}
    alice = PRINCIPALS.index("alice")
    wrong = {}
    for address in dict.fromkeys(address for _, address, _ in TABLE):
        read, written = known.get(("get", address)), known.get(("post", address))
        for method in ("put", "patch", "delete"):
            # 429: so many knocks at one door are refused before anybody asks what they want.
            harmless = {
                405,
                429,
                *([read[alice]] if read else []),
                *([written[alice]] if written and method == "put" else []),
            }
            if (method, address) not in known and (got := door.knock("alice", method, address)) not in harmless:
                wrong[method, address] = got

    assert wrong == {}


@pytest.mark.parametrize("address", ["w/acme/apps", "w/acme/scopes/hello", "account/tokens", "invitations/some-link"])
def test_pages_refuse_what_browsers_do_not_send(address: str, world: World) -> None:
    client = Client()
    client.force_login(world.alice.user)

    assert {client.generic(method, f"/{address}").status_code for method in ("PUT", "PATCH", "DELETE")} == {405}


def test_knows_every_address() -> None:
    known = {address for _, address, _ in [*TABLE, *admin_table()]}

    assert {address for address in addresses() if not address.startswith(ELSEWHERE)} == known


def addresses(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield address
        else:
            yield from addresses(pattern, address)
