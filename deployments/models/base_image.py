"""Base images: a Python with a pinned list of libraries, versioned, of the site or of one workspace."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models

from deployments.querysets import BaseImageQuerySet, BaseImageVersionQuerySet
from deployments.venvs.shipped_images import CLEAN as CLEAN
from workspaces.models import Workspace


class BaseImage(models.Model):
    """A name and its versions. ``workspace`` is null for those that every workspace may use.

    Whether it is clean is decided once: apps of an image that has libraries can rely on there being some.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, blank=True, related_name="base_images")
    name = models.CharField(max_length=63)
    summary = models.CharField(max_length=200, blank=True)
    is_clean = models.BooleanField(default=False)
    # Resolving may run the build code of packages: each image's under a uid and in a folder of its own.
    build_uid = models.PositiveIntegerField(unique=True, editable=False)
    created_by_name = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BaseImageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(workspace=None), name="one_site_image_per_name"
            ),
            models.UniqueConstraint(fields=["workspace", "name"], name="one_base_image_per_name"),
        ]
        verbose_name = "base image"

    def __str__(self) -> str:
        return self.name


class BaseImageVersion(models.Model):
    """A list of requirements, and for each Python what it was resolved to. Nothing of it changes once it is published.

    ``number`` is given when it is published. ``pythons`` are minors ("3.11"); empty means every one.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    image = models.ForeignKey(BaseImage, models.CASCADE, related_name="versions")
    # That of the image, so that the version is found like every other row a workspace owns.
    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, blank=True, related_name="+")
    number = models.PositiveIntegerField(null=True, blank=True)
    requirements = models.TextField(blank=True)
    pythons = models.JSONField(default=list, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_by_name = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # When a worker should make its locks, which is later while one does; null when they are made.
    resolve_at = models.DateTimeField(null=True, blank=True)

    objects = BaseImageVersionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "number"], name="one_base_image_version_per_number")]
        verbose_name = "base image version"

    def __str__(self) -> str:
        return f"{self.image.name} {self.number or 'draft'}"

    def exists_for(self, python: str) -> bool:
        """``python`` is a minor: "3.11"."""
        return not self.pythons or python in self.pythons


class BaseImageLock(models.Model):
    """What a version's list was resolved to for one Python; without ``content``, why it could not be."""

    version = models.ForeignKey(BaseImageVersion, models.CASCADE, related_name="locks")
    python = models.CharField(max_length=10)
    # As ``venvs.lock.Lock.to_json`` writes it.
    content = models.JSONField(null=True, blank=True)
    failure_message = models.TextField(blank=True)
    failure_hint = models.TextField(blank=True)
    resolved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "python"], name="one_base_image_lock_per_python")]

    def __str__(self) -> str:
        return f"{self.version} for Python {self.python}"

    @property
    def packages(self) -> list[dict[str, Any]]:
        return list(self.content["packages"]) if self.content else []
