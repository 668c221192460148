"""The pages of secret scopes: their list, and one scope with its keys and grants. No page shows a value."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from workspaces.errors import PlatformError
from workspaces.models import ScopePermission, SecretScope
from workspaces.operations import scope_acls, secret_scopes, secrets
from workspaces.pages import for_members, show, told
from workspaces.principals import Principal
from workspaces.views.scope_forms import GrantForm, NewScopeForm, ScopeDeletionForm, SecretForm

PAGE_SIZE = 50


@dataclass(frozen=True)
class ScopeRow:
    scope: SecretScope
    permission: ScopePermission | None


@for_members
def scope_list(request: HttpRequest, principal: Principal) -> HttpResponse:
    """A page of scopes by name, and the form for a new one; ``after`` is the last name of the page before."""
    form = NewScopeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _is_done(form, lambda: _create(principal, form)):
        messages.success(request, f"“{form.cleaned_data['name']}” is ready for its first secret.")
        return redirect("scope", principal.workspace.slug, form.cleaned_data["name"])
    after = _after(request)
    found = list(SecretScope.objects.visible_to(principal).filter(name__gt=after).order_by("name")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    permissions = scope_acls.effective_on(principal, shown)
    context = {
        "form": form,
        "rows": [ScopeRow(scope, permissions.get(scope.pk)) for scope in shown],
        "after": after,
        "next_after": shown[-1].name if len(found) > PAGE_SIZE else None,
    }
    return show(request, principal, "workspaces/scopes.html", context, status=400 if form.errors else 200)


@for_members
def scope(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    return _page(request, principal, secret_scopes.find(principal, name))


@sensitive_post_parameters("value")
@for_members
def put_secret(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    """Write a value. It is in no answer, also not in the one that refuses it."""
    scope = secret_scopes.find(principal, name)
    if request.method != "POST":
        return _back(principal, scope)
    form = SecretForm(request.POST)
    if not _is_done(form, lambda: secrets.put(principal, scope, **form.cleaned_data, now=timezone.now())):
        return _page(request, principal, scope, secret_form=form)
    messages.success(request, f"“{form.cleaned_data['key']}” has its new value.")
    return _back(principal, scope)


@for_members
def delete_secret(request: HttpRequest, principal: Principal, name: str, key: str) -> HttpResponse:
    """Asks first: nothing brings a value back."""
    scope = secret_scopes.find(principal, name)
    if request.method != "POST":
        context = {"scope": scope, "secret": secrets.to_delete(principal, scope, key=key)}
        return show(request, principal, "workspaces/secret_deletion.html", context)
    with told(request, f"“{key}” is deleted."):
        secrets.delete(principal, scope, key=key)
    return _back(principal, scope)


@for_members
def put_grant(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    scope = secret_scopes.find(principal, name)
    if request.method != "POST":
        return _back(principal, scope)
    form = GrantForm(request.POST)
    if not _is_done(form, lambda: scope_acls.put(principal, scope, **form.cleaned_data)):
        return _page(request, principal, scope, grant_form=form)
    permission = form.cleaned_data["permission"].value
    messages.success(request, f"“{form.cleaned_data['grantee']}” has {permission} now.")
    return _back(principal, scope)


@for_members
def delete_grant(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    scope = secret_scopes.find(principal, name)
    if request.method == "POST":
        grantee = request.POST.get("grantee", "")
        with told(request, f"“{grantee}” has nothing on this scope by that name any more."):
            scope_acls.delete(principal, scope, grantee=grantee)
    return _back(principal, scope)


@for_members
def delete_scope(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    scope = secret_scopes.find(principal, name)
    if request.method != "POST":
        return _back(principal, scope)
    form = ScopeDeletionForm(scope, request.POST)
    if not _is_done(form, lambda: secret_scopes.delete(principal, scope)):
        return _page(request, principal, scope, deletion=form)
    messages.success(request, f"“{scope.name}” is deleted with its secrets.")
    return redirect("scopes", principal.workspace.slug)


def _create(principal: Principal, form: NewScopeForm) -> None:
    manager = "users" if form.cleaned_data["is_for_all"] else None
    secret_scopes.create(principal, name=form.cleaned_data["name"], initial_manage_principal=manager)


def _is_done(form: Form, act: Callable[[], object]) -> bool:
    """Whether the form was right and what it asks for was done; else it says what refused it."""
    if not form.is_valid():
        return False
    try:
        act()
    except PlatformError as error:
        form.add_error(None, f"{error.message} {error.hint}".strip())
        return False
    return True


def _page(
    request: HttpRequest,
    principal: Principal,
    scope: SecretScope,
    *,
    secret_form: SecretForm | None = None,
    grant_form: GrantForm | None = None,
    deletion: ScopeDeletionForm | None = None,
) -> HttpResponse:
    """What the person may see of the scope, with an empty form for all they may do or the one that was refused."""
    permission = scope_acls.effective(principal, scope)
    context = {
        "scope": scope,
        "permission": permission,
        "secret_form": secret_form or SecretForm(),
        "grant_form": grant_form or GrantForm(),
        "deletion": deletion or ScopeDeletionForm(scope),
        "can_write": permission in {ScopePermission.WRITE, ScopePermission.MANAGE},
        "grants": scope_acls.all(principal, scope) if permission == ScopePermission.MANAGE else None,
        **(_keys(request, principal, scope) if permission else {}),
    }
    is_refused = any(form is not None for form in (secret_form, grant_form, deletion))
    return show(request, principal, "workspaces/scope.html", context, status=400 if is_refused else 200)


def _keys(request: HttpRequest, principal: Principal, scope: SecretScope) -> dict[str, Any]:
    after = _after(request)
    found = list(secrets.keys(principal, scope).filter(key__gt=after)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return {"secrets": shown, "after": after, "next_after": shown[-1].key if len(found) > PAGE_SIZE else None}


def _after(request: HttpRequest) -> str:
    return request.GET.get("after", "").replace("\0", "")


def _back(principal: Principal, scope: SecretScope) -> HttpResponse:
    return redirect("scope", principal.workspace.slug, scope.name)
