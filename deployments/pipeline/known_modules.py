"""Which distributions bring a module: what the base images say first, then every other wheel that was seen.

After both comes the kept public mapping (``venvs.diagnosing.import_names``).
"""

from deployments.models import BaseImageLock, BaseImageVersion
from deployments.pipeline import image_wheels, platform
from deployments.venvs.diagnosing.import_names import ImportNames, preferring
from workspaces.models import Workspace


def import_names(workspace: Workspace) -> ImportNames:
    """Import name to distributions, for the advice that ``workspace`` gets."""
    return preferring(_of_images(workspace), platform.import_names(workspace))


def _of_images(workspace: Workspace) -> ImportNames:
    """From the metadata of the wheels that the published images of the site and of ``workspace`` are made of.

    An admin chose these, so what they claim to bring needs no second opinion.
    """
    published = BaseImageVersion.objects.in_workspace(workspace).published()
    locks = BaseImageLock.objects.filter(version__in=published).exclude(content=None)
    store = platform.store().wheels
    named, built = set[tuple[str, str]](), set[tuple[str, str]]()
    for lock in locks.select_related("version__image__workspace"):
        named.update(image_wheels.files(lock, [workspace]))
        built.update(image_wheels.builds(lock))
    return store.import_names_of({*named, *(wheel for key in built if (wheel := store.built(*key)) is not None)})
