"""The page behind an invitation's link.

It looks the same whether or not the address has an account: the link may be in the hands of whoever made it.
"""

from typing import cast

from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from workspaces import sessions
from workspaces.forms import JoinForm
from workspaces.models import Invitation, User
from workspaces.operations import invitations, join_requests
from workspaces.pages import METHODS

NEITHER = (
    "This did not work. If you have an account here, enter its password. If not, choose one of at least 10 characters "
    "that few people use."
)


@require_http_methods(METHODS)
@never_cache
@sensitive_post_parameters("password")
def invitation(request: HttpRequest, text: str) -> HttpResponse:
    """Somebody signed in joins with one button; everybody else with a password, their own or a new one."""
    found = invitations.find(text, now=timezone.now())
    if request.user.is_authenticated:
        return _as_signed_in(request, found)
    form = JoinForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and (answer := _with_password(request, found, form)):
        return answer
    return _show(request, found, form)


def _as_signed_in(request: HttpRequest, found: Invitation) -> HttpResponse:
    user = cast(User, request.user)
    if user.email != found.email or request.method != "POST":
        return _show(request, found)
    principal = invitations.accept(found, user, now=timezone.now(), address=sessions.address(request))
    return redirect("apps", principal.workspace.slug)


def _with_password(request: HttpRequest, found: Invitation, form: JoinForm) -> HttpResponse | None:
    """Sign in, also over the second step, and come back here to join; or join as somebody new, or ask to."""
    password = form.cleaned_data["password"]
    try:
        # Counts wrong ones, whoever it is.
        user = get_adapter().authenticate(request, email=found.email, password=password)
        if user is not None:
            return cast(HttpResponse, perform_login(request, user, redirect_url=request.path))
        if found.begins_account and User.objects.filter(email=found.email).exists():
            raise ValidationError(NEITHER)
        get_adapter().clean_password(password, user=User(email=found.email, name=form.cleaned_data["name"]))
    except ValidationError as error:
        too_often = getattr(error, "code", "") == "too_many_login_attempts"
        form.add_error("password", error if too_often else NEITHER)
        return None
    return _as_new(request, found, form) if found.begins_account else _ask(request, found, form)


def _as_new(request: HttpRequest, found: Invitation, form: JoinForm) -> HttpResponse:
    principal = invitations.accept_as_new(
        found, **form.cleaned_data, now=timezone.now(), address=sessions.address(request)
    )
    return cast(
        HttpResponse, perform_login(request, principal.user, redirect_url=f"/w/{principal.workspace.slug}/apps")
    )


def _ask(request: HttpRequest, found: Invitation, form: JoinForm) -> HttpResponse:
    """What happens here must not depend on whether the address has an account."""
    join_requests.note(found, **form.cleaned_data, now=timezone.now(), address=sessions.address(request))
    return _show(request, found, is_noted=True)


def _show(
    request: HttpRequest, found: Invitation, form: JoinForm | None = None, *, is_noted: bool = False
) -> HttpResponse:
    status = 400 if form is not None and form.errors else 200
    context = {"invitation": found, "form": form, "is_noted": is_noted}
    # Not with "no-referrer": browsers then send the form with "Origin: null", which is refused. The platform's own
    # policy, "same-origin", keeps the link from everybody else as well.
    return render(request, "workspaces/invitation.html", context, status=status)
