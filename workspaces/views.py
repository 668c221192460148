"""Signing in and out, and a person's tokens."""

import time
import uuid
from math import ceil

from django.conf import settings
from django.contrib import auth, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from workspaces import sessions
from workspaces.forms import SignInForm, TokenForm
from workspaces.models import AccessToken
from workspaces.operations import access_tokens
from workspaces.pages import for_signed_in, show
from workspaces.principals import Principal
from workspaces.sign_in_attempts import SignInAttempts

attempts = SignInAttempts()


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, then on to ``next``. Somebody signed in who is sent here anyway may become somebody else."""
    if request.user.is_authenticated and request.method == "GET" and "next" not in request.GET:
        return redirect("home")
    form = SignInForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _signs_in(request, form):
        return redirect(_next(request))
    status = 400 if form.errors else 200
    return render(request, "workspaces/sign_in.html", {"form": form, "next": _next(request)}, status=status)


@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session by POST only: no foreign page may sign anybody out with a link."""
    if request.method == "POST":
        auth.logout(request)
        messages.success(request, "You are signed out.")
    return redirect("sign-in")


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
        row = AccessToken.objects.filter(workspace=principal.workspace, user=principal.user, uuid=token).first()
        if row is None:
            raise Http404
        access_tokens.revoke(principal, row, now=timezone.now())
        messages.success(request, f"The token “{row.label}” no longer works.")
    return redirect("tokens")


def _tokens_of(principal: Principal) -> list[AccessToken]:
    mine = AccessToken.objects.filter(workspace=principal.workspace, user=principal.user, revoked_at=None)
    return list(mine.order_by("-created_at", "-id")[:200])


def _signs_in(request: HttpRequest, form: SignInForm) -> bool:
    """Whether e-mail and password are right; else the form says what is wrong, never which of the two."""
    email, address, now = form.cleaned_data["email"], sessions.address(request), time.monotonic()
    if wait_s := attempts.wait_s(email, address, now=now):
        minutes = ceil(wait_s / 60)
        form.add_error(None, f"Too many wrong passwords. Try again in {minutes} minute{'s' if minutes != 1 else ''}.")
        return False
    user = auth.authenticate(request, username=email, password=form.cleaned_data["password"])
    if user is None:
        attempts.note_failure(email, address, now=now)
        form.add_error(None, "This e-mail and password do not belong together. Check both, or ask your admin for help.")
        return False
    attempts.forget(email, address)
    auth.login(request, user)
    return True


def _next(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is a place of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else reverse("home")
