"""Taking uploaded source in."""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from django.conf import settings
from django.db import transaction

from deployments import layout
from deployments.failures import Failure, FailureKind
from deployments.models import Bundle
from deployments.operations import receiving
from deployments.source.adding import CannotAdd
from deployments.source.adding import with_requirements as with_requirements_in
from deployments.source.limits import UnpackLimits
from deployments.source.packing import pack
from deployments.source.unpacking import unpack
from workspaces.disk_room import no_room_for, room_for
from workspaces.errors import Conflict, Invalid
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

#: As a sentence about a full disk names it.
SOURCE = "the source"


def receive(principal: Principal, chunks: Iterable[bytes]) -> Bundle:
    """Store an uploaded archive under its digest; the same bytes a second time are the same bundle.

    What is in it is looked at by the build, not here. The file is whole and in place before anybody sees its row.
    """
    require(principal, Permission.DEPLOY)
    with receiving.received(chunks, SOURCE) as upload:
        if not upload.size_bytes:
            raise Invalid(
                "The upload is empty.", "Send a tar.gz, tar or zip of the source folder as the part 'source'."
            )
        return _keep(principal, upload.path, upload.digest, upload.size_bytes)


def of_folder(principal: Principal, folder: Path, replaced: Mapping[str, bytes] | None = None) -> Bundle:
    """The source that lies in ``folder``, packed: an equal folder is the same bundle. ``replaced`` as in ``pack``.

    Raises ``LimitExceeded`` and ``DiskFull``.
    """
    require(principal, Permission.DEPLOY)
    archive = receiving.new_path()
    with room_for(SOURCE):
        try:
            pack(folder, archive, replaced)
            size_bytes = archive.stat().st_size
            receiving.check_size(size_bytes)
            with archive.open("rb") as file:
                digest = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
                os.fsync(file.fileno())
            return _keep(principal, archive, digest, size_bytes)
        finally:
            archive.unlink(missing_ok=True)


def with_requirements(principal: Principal, bundle: Bundle, requirements: Sequence[str]) -> Bundle:
    """The same source with ``requirements`` added to the file that declares its packages: the same addition twice is
    the same bundle.

    Raises ``Conflict`` with what is in the way, such as a uv.lock, and ``DiskFull``.
    """
    require(principal, Permission.DEPLOY)
    source = unpacked(bundle)
    try:
        name, content = with_requirements_in(source, requirements)
    except CannotAdd as error:
        raise Conflict(str(error), error.hint) from None
    return of_folder(principal, source, {name: content})


def unpack_limits() -> UnpackLimits:
    return UnpackLimits(
        total_bytes=settings.SOURCE_MAX_BYTES,
        files=settings.SOURCE_MAX_FILES,
        file_bytes=settings.SOURCE_MAX_BYTES,
        ratio=settings.SOURCE_MAX_RATIO,
    )


def unpacked(bundle: Bundle) -> Path:
    """The folder of its source, unpacked again where it was put away meanwhile. Raises ``Conflict``, ``DiskFull``."""
    source = layout.source(bundle)
    try:
        with room_for(SOURCE):
            if not source.is_dir():
                unpack(layout.archive(bundle), source, unpack_limits())
    except FileExistsError:
        pass  # A build was quicker; it appeared whole.
    except FileNotFoundError:
        raise Conflict("The source of this deployment is not kept any more.", "Upload it with what it needs.") from None
    except Failure as failure:
        if failure.kind is FailureKind.DISK_FULL:
            raise no_room_for(SOURCE) from None
        raise Conflict(failure.message, failure.hint) from None
    return source


def _keep(principal: Principal, upload: Path, digest: str, size_bytes: int) -> Bundle:
    bundle = Bundle(
        workspace=principal.workspace, digest=digest, size_bytes=size_bytes,
        created_by=principal.user, created_by_name=str(principal),
    )  # fmt: skip
    with transaction.atomic():
        kept = _row(principal, bundle)
        folder = layout.bundle_folder(bundle)
        folder.mkdir(parents=True, exist_ok=True)
        upload.replace(layout.archive(bundle))
        if kept.removed_at is not None:
            kept.removed_at = None
            kept.save(update_fields=["removed_at"])
    return kept


def _row(principal: Principal, bundle: Bundle) -> Bundle:
    """That of the same bytes, locked: who removes an old bundle's files has done so, or waits until they are back."""
    while True:
        found, _ = Bundle.objects.get_or_create(
            workspace=principal.workspace,
            digest=bundle.digest,
            defaults={
                "size_bytes": bundle.size_bytes, "created_by": principal.user, "created_by_name": str(principal)
            },
        )  # fmt: skip
        locked = Bundle.objects.select_for_update().filter(pk=found.pk).first()
        if locked is not None:
            return locked


def hold(bundle: Bundle) -> Bundle:
    """Inside a transaction: the bundle, which keeps its files until the end. Raises ``Conflict`` if they are gone."""
    held = Bundle.objects.select_for_update(no_key=True).get(pk=bundle.pk)
    if held.removed_at is not None:
        raise Conflict(
            "The source of that deployment is not kept any more.",
            f"Upload it again. The last {settings.KEPT_BUNDLES} deployments of an app keep theirs.",
        )
    return held
