"""Where the keys that seal secrets come from, and whether they open what was sealed."""

import os
from pathlib import Path

from django.conf import settings

from config import keys
from workspaces.encryption import BadKeys, KeyRing, generate_key
from workspaces.operations import secret_keys

LOST_HINT = (
    "Bring that key back; it may stand after the first. If it is gone for ever, start with "
    "SLIPWAY_ALLOW_LOST_SECRETS=1: these secrets stay closed until somebody writes them anew."
)


def provide() -> None:
    """Have the key file that every process reads, made at the very first start. The database must answer.

    Raises ``BadKeys``, and changes nothing, when the keys are missing, readable by others, not keys,
    or not those of what is sealed.
    """
    path = settings.SECRET_KEYS_FILE
    if settings.SECRET_KEYS:
        _check(KeyRing.from_text(settings.SECRET_KEYS, "SLIPWAY_SECRET_KEYS"), "SLIPWAY_SECRET_KEYS")
        _write(path, settings.SECRET_KEYS)
        return
    if not path.exists():
        _check_nothing_is_sealed(path)
        keys.read_or_create(path, generate_key)
    _check(KeyRing.from_file(path), f"The key file {path}")


def forget() -> None:
    """Keys that came by the environment rest in no file while the platform is down."""
    keys.handed_over(settings.HOME.run).unlink(missing_ok=True)


def _check(ring: KeyRing, origin: str) -> None:
    lost = secret_keys.lost(ring)
    if lost.count and not settings.ALLOW_LOST_SECRETS:
        raise BadKeys(f"{origin} does not hold the key that sealed {lost}. {LOST_HINT}")


def _check_nothing_is_sealed(path: Path) -> None:
    sealed = secret_keys.everything()
    if sealed.count and not settings.ALLOW_LOST_SECRETS:
        raise BadKeys(f"The key file {path} does not exist, and nothing else opens {sealed}. {LOST_HINT}")


def _write(path: Path, text: str) -> None:
    """Replace the file whole: others read it at any moment."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        file.write(text.replace(",", "\n") + "\n")
    draft.replace(path)
