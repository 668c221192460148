"""The platform's own keys, made once and kept in files that only it may read."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def django_secret_key(folder: Path) -> str:
    """What signs sessions: ``SLIPWAY_DJANGO_SECRET_KEY``, or a file that is made when first needed."""
    return os.environ.get("SLIPWAY_DJANGO_SECRET_KEY") or read_or_create(
        folder / "django.key", lambda: secrets.token_urlsafe(50)
    )


def read_or_create(path: Path, make: Callable[[], str]) -> str:
    """The text in ``path``; made by ``make`` and written with mode 0600 when there is none."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(make() + "\n")
        # link() and not rename(): of two processes that start at once, the first one's key stays.
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        draft.unlink()
    return path.read_text().strip()
