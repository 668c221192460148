"""Apps to begin with: the folders of ``examples/``, each deployed as if it had been uploaded."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from deployments.models import Deployment
from deployments.operations import apps, bundles, deployments
from deployments.source.packing import pack
from workspaces.errors import NotFound
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class Example:
    name: str
    #: The first sentence of its README.
    sentence: str


def catalogue() -> tuple[Example, ...]:
    """By name. Empty where the platform came without them."""
    readmes = sorted(_folder().glob("*/README.md"))
    return tuple(Example(readme.parent.name, first_sentence(readme.read_text())) for readme in readmes)


def first_sentence(readme: str) -> str:
    """Of the text below the heading, without its marks: "# hello\\n\\nThe `best` app. It …" gives "The best app."."""
    paragraph = readme.partition("\n\n")[2].partition("\n\n")[0]
    words = " ".join(paragraph.replace("`", "").split())
    return re.split(r"(?<=[.!?]) ", words, maxsplit=1)[0]


def create_app(principal: Principal, *, name: str, example: str) -> Deployment:
    """A new app called ``name``, and the request to deploy that example to it: both, or neither.

    Raises ``NotFound`` for an example that there is not, and what ``apps.create`` raises.
    """
    require(principal, Permission.DEPLOY)
    # Looked up among those there are: what was sent never becomes a path.
    if example not in {known.name for known in catalogue()}:
        raise NotFound("There is no such example.", "Choose one of those shown, or bring your own source.")
    with transaction.atomic():
        app = apps.create(principal, name=name)
        bundle = bundles.receive(principal, _packed(_folder() / example))
        return deployments.request(principal, app, bundle=bundle)


def _packed(folder: Path) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory(dir=settings.HOME.uploads) as scratch:
        archive = Path(scratch) / "source.tar.gz"
        pack(folder, archive)
        with archive.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


def _folder() -> Path:
    return Path(settings.BASE_DIR) / "examples"
