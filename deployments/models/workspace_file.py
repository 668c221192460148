import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from workspaces.models import Workspace
from workspaces.querysets import WorkspaceQuerySet


class FileKind(models.TextChoices):
    FOLDER = "folder", "Folder"
    FILE = "file", "File"
    # Source with a language instead of an extension; otherwise a file.
    NOTEBOOK = "notebook", "Notebook"


class WorkspaceFile(models.Model):
    """A file or folder that somebody put into the workspace, to deploy from it.

    It lies in the folder of ``owner``, or in the shared one if there is none. ``path`` is relative to that:
    "app/main.py", in the folder ``parent`` "app". Contents lie on the disk, by ``digest`` ("sha256:…"); folders have
    none.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    parent = models.CharField(max_length=600, blank=True)
    path = models.CharField(max_length=600)
    kind = models.CharField(max_length=10, choices=FileKind)
    # PYTHON, SQL, SCALA or R, of a notebook.
    language = models.CharField(max_length=10, blank=True)
    digest = models.CharField(max_length=71, blank=True)
    size_bytes = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    modified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = WorkspaceQuerySet["WorkspaceFile"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "owner", "path"], name="one_file_per_path"),
            models.UniqueConstraint(
                fields=["workspace", "path"], condition=Q(owner=None), name="one_shared_file_per_path"
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "owner", "parent"], name="files_by_folder"),
            models.Index(fields=["workspace", "digest"], condition=~Q(digest=""), name="files_by_digest"),
            # For all that lies below a folder, whatever the database's collation.
            models.Index(
                fields=["workspace", "path"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="files_by_prefix",
            ),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class FileUsage(models.Model):
    """What the files of a workspace amount to. Whoever changes some of them holds this row meanwhile."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    entries = models.PositiveIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.entries} entries, {self.size_bytes} bytes"
