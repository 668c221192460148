import uuid

from django.db import models


class Workspace(models.Model):
    """The tenant: owns everything. Its numeric id is what the Databricks clients want to see."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)
    # Builds run strangers' code: each workspace's under a uid of its own, from the range of the apps'.
    build_uid = models.PositiveIntegerField(unique=True, editable=False)
    # The base image that new apps of the workspace begin with, by its name.
    default_base_image = models.CharField(max_length=63, default="clean")

    def __str__(self) -> str:
        return self.name
