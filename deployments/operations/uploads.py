"""Bundles of an app: uploaded for it, and deployed later or never."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import QuerySet

from deployments.models import App, Bundle, Deployment, Upload
from deployments.operations import bundles
from workspaces import audit
from workspaces.errors import Invalid
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

MAX_METADATA = 20
MAX_NAME = 100
MAX_VALUE = 1000


def receive(principal: Principal, app: App, chunks: Iterable[bytes], metadata: Mapping[str, str]) -> Bundle:
    """Take source in for ``app``; nothing is deployed. The same bytes a second time are the same bundle.

    ``metadata`` says where the source is from. Raises what ``bundles.receive`` does, and ``Invalid``.
    """
    _check(metadata)
    bundle = bundles.receive(principal, chunks)
    with transaction.atomic():
        _, is_new = Upload.objects.update_or_create(
            app=app, bundle=bundle, defaults={"workspace": app.workspace, "metadata": dict(metadata)}
        )
        if is_new:
            audit.record(principal, "uploaded", "bundle", bundle.digest, app=app.name)
    return bundle


def of(principal: Principal, app: App) -> QuerySet[Bundle]:
    """The bundles that were uploaded for the app or deployed to it, the newest first."""
    require(principal, Permission.VIEW_APPS)
    deployed = Deployment.objects.filter(app=app).values("bundle")
    uploaded = Upload.objects.filter(app=app).values("bundle")
    found = Bundle.objects.visible_to(principal)
    return (found.filter(pk__in=deployed) | found.filter(pk__in=uploaded)).order_by("-pk")


def _check(metadata: Mapping[str, str]) -> None:
    if len(metadata) > MAX_METADATA:
        raise Invalid(f"The metadata of a bundle has at most {MAX_METADATA} entries.")
    for name, value in metadata.items():
        is_text = isinstance(name, str) and isinstance(value, str) and "\0" not in name + value
        if not is_text or len(name) > MAX_NAME or len(value) > MAX_VALUE:
            raise Invalid(f"The metadata of a bundle is texts by name, of at most {MAX_VALUE} characters.")
