import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import MD5

from deployments.models.access import AppAccess
from deployments.models.app import Access, App
from deployments.models.deployment import Deployment
from workspaces.models import Membership


class AppVisitQuerySet(models.QuerySet["AppVisit"]):
    def permitted(self, now: datetime) -> Self:
        """Those whose person may see what they see, and is still signed in, with the password of that time."""
        sessions = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
        members = Membership.objects.filter(
            workspace=OuterRef("app__workspace"), user=OuterRef("user"), deactivated_at=None
        )
        is_chosen = Exists(AppAccess.letting_in(user=OuterRef("user"), app=OuterRef("app")))
        may_see = ~Q(app__access=Access.CHOSEN) | Q(app__owner=F("user")) | Q(preview__isnull=False) | is_chosen
        signed_in = Q(Exists(sessions), user__is_active=True, password_stamp=MD5("user__password"))
        return self.filter(signed_in, Exists(members), may_see, ended_at=None, app__deleted_at=None)


class AppVisit(models.Model):
    """A signed-in person at one app, or at the preview of a draft: what the app's cookie names.

    It ends with the session of the control plane that began it, and never comes back.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    app = models.ForeignKey(App, models.CASCADE, related_name="visits")
    preview = models.ForeignKey(Deployment, models.CASCADE, null=True, blank=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # No foreign key: sessions are deleted without asking anybody, and that is how a visit ends.
    session_key = models.CharField(max_length=40, db_index=True)
    # MD5 of the stored hash of the password: tells that it was changed, and nothing else.
    password_stamp = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    # A cookie that can pass the proxy was signed at most APP_COOKIE_LIFETIME_S before or at this moment.
    renewed_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True, db_index=True)

    objects = AppVisitQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.user} at {self.app}"


class EntryCode(models.Model):
    """A way into an app's origin that works once, for the browser that asked, within some seconds. Only its hash is
    kept."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    visit = models.ForeignKey(AppVisit, models.CASCADE, related_name="+")
    host = models.CharField(max_length=253)
    # SHA-256 of what the browser keeps in a cookie of the app's origin.
    browser_digest = models.CharField(max_length=64)
    path = models.TextField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"to {self.host}"
