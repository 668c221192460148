"""Codes that only the addresses of files have."""

from collections.abc import Iterator
from contextlib import contextmanager

from deployments.models import FileKind
from deployments.operations.workspace_files import Exists, NotEmpty
from workspaces.api.databricks.errors import AlreadyExists, Refused


@contextmanager
def refusals(exists: int = 400) -> Iterator[None]:
    """``exists`` is the status for a file that is there already; of a notebook it is always 400."""
    try:
        yield
    except NotEmpty as error:
        raise Refused(error, 400, "DIRECTORY_NOT_EMPTY") from error
    except Exists as error:
        raise AlreadyExists(error, 400 if error.found is FileKind.NOTEBOOK else exists) from error
