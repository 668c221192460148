"""Base images as people make them: created, given further lists, published, chosen for new apps."""

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from deployments import queue
from deployments.models import BaseImage, BaseImageVersion
from deployments.operations import base_image_rows
from workspaces import audit, slugs, unix_users
from workspaces.errors import Conflict, Forbidden, Invalid, NotFound
from workspaces.models import Workspace
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

MAX_LIST = 100_000
MINOR = re.compile(r"3\.\d{1,2}", re.ASCII)


def create(
    principal: Principal,
    *,
    name: str,
    summary: str = "",
    requirements: str,
    pythons: Sequence[str],
    for_everybody: bool = False,
) -> BaseImage:
    """A new image with a first draft. Apps can have it once a version is published.

    Raises ``Forbidden``, ``Invalid`` and, for a name that the site or the workspace uses already, ``Conflict``.
    """
    require(principal, Permission.MANAGE_WORKSPACE)
    _may_act_for_site(principal, for_everybody)
    workspace = None if for_everybody else principal.workspace
    if not slugs.is_label(name):
        raise Invalid(f"{name!r} cannot be the name of a base image.", "Use lower-case letters, digits and hyphens.")
    if len(summary) > 200 or "\0" in summary:
        raise Invalid("The summary is not a text of at most 200 characters.")
    lines, minors = _list(requirements), _minors(pythons)
    try:
        with transaction.atomic():
            if BaseImage.objects.filter(name=name).filter(_seen_with(workspace)).exists():
                raise IntegrityError
            image = BaseImage.objects.create(
                workspace=workspace,
                name=name,
                summary=summary,
                build_uid=unix_users.next_uid(),
                created_by_name=str(principal),
            )
            audit.record(principal, "created", "base image", name, for_everybody=for_everybody)
            _add_draft(principal, image, lines, minors)
    except IntegrityError:
        raise Conflict(
            f"There is a base image {name!r} already.", "Choose another name, or give it a version."
        ) from None
    return image


def _seen_with(workspace: Workspace | None) -> Q:
    """Names that some app could take for this one's."""
    return Q() if workspace is None else Q(workspace=workspace) | Q(workspace=None)


def of_name(principal: Principal, name: str) -> BaseImage:
    """The image, published or not. Raises ``NotFound``."""
    return BaseImage.objects.find(principal, name=name)


def draft(principal: Principal, image: BaseImage, *, requirements: str, pythons: Sequence[str]) -> BaseImageVersion:
    """What may become the next version; the platform resolves it in the background. Raises as ``create``."""
    _may_change(principal, image)
    if image.is_clean:
        raise Conflict(f"The base image {image.name!r} has no libraries and stays so.", "Create another image.")
    with transaction.atomic():
        return _add_draft(principal, image, _list(requirements), _minors(pythons))


def publish(principal: Principal, version: BaseImageVersion, *, now: datetime) -> BaseImageVersion:
    """Make a draft the image's next version: standard apps take it at their next deployment.

    Raises ``Conflict`` until it is resolved for each of its Pythons that is installed.
    """
    _may_change(principal, version.image)
    with transaction.atomic():
        image = BaseImage.objects.select_for_update().get(pk=version.image_id)
        version.refresh_from_db()
        if version.published_at is not None:
            raise Conflict(f"{version} is published already.", "What is published does not change.")
        _is_resolved(version)
        version.number, version.published_at = base_image_rows.next_number(image), now
        version.save(update_fields=["number", "published_at"])
        audit.record(principal, "published", "base image version", str(version))
    return version


def _is_resolved(version: BaseImageVersion) -> None:
    locks = list(version.locks.order_by("python"))
    failed = next((lock for lock in locks if lock.content is None), None)
    if failed is not None:
        raise Conflict(
            f"The list cannot be resolved for Python {failed.python}: {failed.failure_message}",
            failed.failure_hint or "Add a version with another list, or for other Pythons.",
        )
    if version.resolve_at is not None:
        raise Conflict("The list is still being resolved.", "Try again in a minute.")
    if not locks:
        raise Conflict(
            f"None of its Pythons ({', '.join(version.pythons)}) is installed here.",
            "Ask the operator to install one, or add a version for those that are.",
        )


def make_default(principal: Principal, image: BaseImage) -> None:
    """New apps of the workspace begin with it. Apps that are there keep theirs."""
    require(principal, Permission.MANAGE_WORKSPACE)
    base_image_rows.find(principal.workspace, image.name)
    with transaction.atomic():
        Workspace.objects.filter(pk=principal.workspace.pk).update(default_base_image=image.name)
        audit.record(principal, "made default", "base image", image.name)


def _add_draft(principal: Principal, image: BaseImage, requirements: str, pythons: list[str]) -> BaseImageVersion:
    version = image.versions.create(
        workspace=image.workspace,
        requirements=requirements,
        pythons=pythons,
        created_by=principal.user,
        created_by_name=str(principal),
        resolve_at=timezone.now(),
    )
    audit.record(principal, "drafted", "base image version", image.name, pythons=pythons)
    queue.ring_image_resolver()
    return version


def _may_change(principal: Principal, image: BaseImage) -> None:
    require(principal, Permission.MANAGE_WORKSPACE)
    _may_act_for_site(principal, image.workspace_id is None)
    if image.workspace_id not in {None, principal.workspace.pk}:
        raise NotFound(f"There is no base image {image.name!r} in this workspace.")


def _may_act_for_site(principal: Principal, wants: bool) -> None:
    if wants and not principal.user.is_superuser:
        raise Forbidden(
            "Only a site admin may change a base image that every workspace has.", "Create one of your own."
        )


def _list(requirements: str) -> str:
    text = requirements.replace("\r\n", "\n").strip()
    if "\0" in text or len(text) > MAX_LIST:
        raise Invalid(f"The list of libraries is not a text of at most {MAX_LIST:,} characters.")
    if not any(line.strip() and not line.strip().startswith("#") for line in text.splitlines()):
        raise Invalid("The list of libraries is empty.", "For an app without any there is the image 'clean'.")
    return text


def _minors(pythons: Sequence[str]) -> list[str]:
    for python in pythons:
        if not MINOR.fullmatch(python):
            raise Invalid(f"{python!r} is no version of Python as it is wanted here.", 'Write it as "3.12".')
    if not pythons:
        raise Invalid("A base image needs the Pythons that it is for.", 'Write them as "3.11 3.12".')
    return sorted(set(pythons), key=lambda python: [int(part) for part in python.split(".")])
