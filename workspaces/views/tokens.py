"""A person's tokens in the workspace they are in."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from workspaces.forms import TokenForm
from workspaces.models import AccessToken
from workspaces.operations import access_tokens
from workspaces.pages import for_signed_in, show
from workspaces.principals import Principal


@for_signed_in
def tokens(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The person's tokens in this workspace. A new one is in the answer to its POST and nowhere else, so this is
    the one write that does not redirect."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    created = None
    if request.method == "POST" and form.is_valid():
        expires_at = form.expires_at(timezone.now())
        created, text = access_tokens.create(principal, label=form.cleaned_data["label"], expires_at=expires_at)
        context = {"form": TokenForm(), "created": created, "text": text}
    else:
        context = {"form": form}
    page = context | {"tokens": _tokens_of(principal), "now": timezone.now(), "server": settings.URL}
    return show(request, principal, "workspaces/tokens.html", page, status=400 if form.errors else 200)


@for_signed_in
def revoke_token(request: HttpRequest, principal: Principal, token: uuid.UUID) -> HttpResponse:
    if request.method == "POST":
        row = access_tokens.living(principal).filter(uuid=token).first()
        if row is None:
            raise Http404
        access_tokens.revoke(principal, row, now=timezone.now())
        messages.success(request, f"The token “{row.label}” no longer works.")
    return redirect("tokens")


def _tokens_of(principal: Principal) -> list[AccessToken]:
    return list(access_tokens.living(principal).order_by("-created_at", "-id")[:200])
