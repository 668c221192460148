from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from deployments.models.app import App
from workspaces.models import BuiltinGroup, Group, Role


class AppAccess(models.Model):
    """One who may see an app whose access is "chosen": a person, a group, or a built-in group of its workspace.

    The rows stay when the access is another, so that going back to "chosen" brings the list back.
    """

    app = models.ForeignKey(App, models.CASCADE, related_name="access_list")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    group = models.ForeignKey(Group, models.CASCADE, null=True, blank=True, related_name="+")
    builtin_group = models.CharField(max_length=10, choices=BuiltinGroup, null=True, blank=True)

    class Meta:
        verbose_name = "app access"
        constraints = [
            models.UniqueConstraint(fields=["app", "user"], name="one_access_per_user"),
            models.UniqueConstraint(fields=["app", "group"], name="one_access_per_group"),
            models.UniqueConstraint(fields=["app", "builtin_group"], name="one_access_per_builtin_group"),
        ]

    def __str__(self) -> str:
        return str(self.user or self.group or self.builtin_group)

    @classmethod
    def letting_in(cls, *, user: Any, app: Any) -> "models.QuerySet[AppAccess]":
        """The rows that let ``user``, who is a member, see ``app``. Either may be a reference to an outer query."""
        is_admin = Q(
            builtin_group=BuiltinGroup.ADMINS,
            app__workspace__memberships__user=user,
            app__workspace__memberships__role=Role.ADMIN,
        )
        by_name = Q(user=user) | Q(group__members=user) | Q(builtin_group=BuiltinGroup.USERS)
        return cls.objects.filter(by_name | is_admin, app=app)
