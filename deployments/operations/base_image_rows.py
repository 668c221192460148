"""The rows of base images: which an app is built on, and what their lists were resolved to."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from deployments.models import App, BaseImage, BaseImageVersion, Deployment
from deployments.models.deployment import IN_FLIGHT, State
from deployments.operations import scaling
from deployments.venvs.shipped_images import CLEAN, ShippedImage, shipped
from workspaces import unix_users
from workspaces.errors import NotFound
from workspaces.models import Workspace

#: Who published what came with the platform.
PLATFORM = "Slipway"
READY = "ready to be published"


def usable(workspace: Workspace) -> list[BaseImage]:
    """Those with a published version, by name; of two with one name the workspace's own."""
    rows = BaseImage.objects.in_workspace(workspace).filter(versions__published_at__isnull=False).distinct()
    found = {image.name: image for image in rows.order_by("name", F("workspace").asc(nulls_first=True))}
    return list(found.values())


def find(workspace: Workspace, name: str) -> BaseImage:
    """The image of that name that has a published version. Raises ``NotFound`` with those there are."""
    images = {image.name: image for image in usable(workspace)}
    if name not in images:
        raise NotFound(f"There is no base image {name!r} in this workspace.", f"There are: {', '.join(images)}.")
    return images[name]


def newest(image: BaseImage) -> BaseImageVersion:
    return image.versions.published().order_by("-number")[:1].get()


def newest_of(images: Iterable[BaseImage]) -> dict[int, BaseImageVersion]:
    """The newest published version of each, by the image's id, in one query."""
    published = BaseImageVersion.objects.published().filter(image__in=list(images)).order_by("number")
    return {found.image_id: found for found in published}


def version(workspace: Workspace, name: str, number: int) -> BaseImageVersion:
    """A published version. Raises ``NotFound``."""
    wanted = Q(number=number) | Q(workspace=workspace)
    published = BaseImageVersion.objects.in_workspace(workspace).published().select_related("image")
    found = list(published.filter(wanted, image__name=name))
    # Any version of the workspace's own image hides the site's image of that name, as in ``usable``.
    own = [each for each in found if each.workspace_id is not None]
    chosen = next((each for each in own or found if each.number == number), None)
    if chosen is None:
        find(workspace, name)
        raise NotFound(f"The base image {name!r} has no version {number}.", "Choose a base image for the app anew.")
    return chosen


def of_app(app: App) -> BaseImageVersion:
    """What a deployment of ``app`` that is requested now is built on. Raises ``NotFound``.

    A standard app takes the newest version of its image, a converted one the version it had; without pre-installed
    libraries it is the clean image.
    """
    name = app.base_image if app.use_preinstalled_libraries else CLEAN
    if name == app.base_image and app.base_image_version is not None:
        return version(app.workspace, name, app.base_image_version)
    return newest(find(app.workspace, name))


def for_rules(workspace: Workspace, name: str, app: App | None = None) -> scaling.Image:
    """What ``operations.scaling`` asks of an image. Raises ``NotFound``."""
    image = find(workspace, name)
    return scaling.Image(name, image.is_clean, newest(image).number or 0, _had(app, name) if app else None)


def _had(app: App, name: str) -> int | None:
    """The version of what serves, or of what was requested since."""
    wanted = [*IN_FLIGHT, State.ACTIVE]
    latest = Deployment.objects.filter(app=app, state__in=wanted, is_draft=False).order_by("-number").first()
    if latest is None or latest.settings.get("base_image") != name:
        return None
    number = latest.settings.get("base_image_version")
    return int(number) if number else None


def unresolved(now: datetime) -> QuerySet[BaseImageVersion]:
    """What a worker should resolve, the oldest first."""
    due = BaseImageVersion.objects.filter(resolve_at__lte=now)
    return due.select_related("image__workspace", "workspace", "created_by").order_by("resolve_at")


def claim_unresolved(now: datetime) -> BaseImageVersion | None:
    """Take the next one; if its worker dies, it is due again after a while."""
    version = unresolved(now).first()
    if version is None:
        return None
    again = now + timedelta(seconds=settings.BUILD_TIMEOUT_S)
    taken = BaseImageVersion.objects.filter(pk=version.pk, resolve_at=version.resolve_at).update(resolve_at=again)
    return version if taken else None


def note_resolved(version: BaseImageVersion) -> None:
    BaseImageVersion.objects.filter(pk=version.pk).update(resolve_at=None)


def adopt_shipped() -> None:
    """Let the images that come with this release be there. A second call changes nothing."""
    for image in shipped():
        _adopt(image)


@transaction.atomic
def _adopt(image: ShippedImage) -> None:
    row = BaseImage.objects.filter(workspace=None, name=image.name).first() or BaseImage.objects.create(
        name=image.name,
        summary=image.summary,
        is_clean=not image.requirements,
        build_uid=unix_users.next_uid(),
        created_by_name=PLATFORM,
    )
    content = {"requirements": image.requirements, "pythons": list(image.pythons)}
    if not row.versions.filter(created_by_name=PLATFORM, **content).exists():
        row.versions.create(
            **content, number=next_number(row), created_by_name=PLATFORM, published_at=timezone.now()
        )  # fmt: skip


def state_of(version: BaseImageVersion) -> str:
    """How far it is, in words; reads ``locks``."""
    if version.published_at is not None:
        return "published"
    locks = list(version.locks.all())
    if version.resolve_at is not None:
        done = ", ".join(sorted((lock.python for lock in locks), key=_by_number))
        return f"being resolved; done for Python {done}" if done else "being resolved"
    if not locks:
        return "none of its Pythons is installed here"
    failed = [lock for lock in locks if lock.content is None]
    return f"cannot be resolved: {failed[0].failure_message}" if failed else READY


def _by_number(python: str) -> list[int]:
    return [int(part) for part in python.split(".")]


def next_number(image: BaseImage) -> int:
    numbers = image.versions.exclude(number=None).order_by("-number").values_list("number", flat=True)
    return (numbers.first() or 0) + 1


def kept_lock(version: BaseImageVersion, python: str) -> dict[str, Any] | None:
    """What the version was resolved to for that Python before."""
    kept = version.locks.filter(python=python).exclude(content=None).first()
    return kept.content if kept is not None else None


def keep_lock(version: BaseImageVersion, python: str, content: dict[str, Any]) -> dict[str, Any]:
    """Remember what it was resolved to, once for all: of two who resolved it at once the first one's stands."""
    with transaction.atomic():
        BaseImageVersion.objects.select_for_update().get(pk=version.pk)
        kept = kept_lock(version, python)
        if kept is None:
            version.locks.update_or_create(
                python=python, defaults={"content": content, "failure_message": "", "failure_hint": ""}
            )
    return kept or content


def note_failure(version: BaseImageVersion, python: str, message: str, hint: str) -> None:
    with transaction.atomic():
        BaseImageVersion.objects.select_for_update().get(pk=version.pk)
        if kept_lock(version, python) is None:
            failure = {"failure_message": message, "failure_hint": hint}
            version.locks.update_or_create(python=python, defaults=failure)
