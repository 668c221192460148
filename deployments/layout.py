"""Where the things of this app lie under the platform's home folder."""

from pathlib import Path

from django.conf import settings

from deployments.models import App, BaseImage, Bundle, Deployment
from workspaces.models import Workspace


def bundle_folder(bundle: Bundle) -> Path:
    """A workspace's own copy, so that no workspace can tell what another has uploaded."""
    return Path(settings.HOME.bundles / bundle.workspace.uuid.hex / bundle.digest.removeprefix("sha256:"))


def archive(bundle: Bundle) -> Path:
    return bundle_folder(bundle) / "archive"


def source(bundle: Bundle) -> Path:
    """The unpacked source: read-only for everything that runs, shared by all deployments of the bundle."""
    return bundle_folder(bundle) / "source"


def file_content(workspace: Workspace, digest: str) -> Path:
    """What a workspace file holds. A workspace's own copy, for the same reason."""
    number = digest.removeprefix("sha256:")
    return Path(settings.HOME.files / workspace.uuid.hex / number[:2] / number)


def build_log(deployment: Deployment) -> Path:
    return Path(settings.HOME.logs / "deployments" / deployment.uuid.hex)


def app_log(app: App) -> Path:
    return Path(settings.HOME.logs / "apps" / app.uuid.hex)


def scratch(workspace: Workspace) -> Path:
    """Where a workspace's builds may write: strangers' code runs there, so nothing in it is ever trusted."""
    return Path(settings.HOME.scratch / workspace.uuid.hex)


def image_scratch(image: BaseImage) -> Path:
    """The same for the libraries of a base image."""
    return Path(settings.HOME.scratch / f"image-{image.uuid.hex}")
