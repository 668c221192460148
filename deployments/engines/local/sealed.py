"""What of an instance lies sealed beside it, and is in clear only for the program itself."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deployments.engines.local.writing import write_file
from workspaces.encryption import KeyRing


class Sealed:
    """One JSON object in a sealed file. ``place`` ties it to where it lies; launch.py makes the same."""

    def __init__(self, path: Path, place: str) -> None:
        self.path = path
        self._associated_data = place.encode()

    def replace(self, document: Mapping[str, Any], key_file: Path) -> None:
        """Keep ``document`` instead of the former one; an empty one is no file."""
        if document:
            self._write(document, KeyRing.from_file(key_file))
        else:
            self.path.unlink(missing_ok=True)

    def read(self, keys: KeyRing) -> dict[str, Any]:
        """What was kept last. Raises ``CannotOpen``, and ``FileNotFoundError`` if there is nothing."""
        document: dict[str, Any] = json.loads(keys.open(self.path.read_bytes(), self._associated_data))
        return document

    def reseal(self, keys: KeyRing) -> bool:
        """Seal it anew with the first key, if another one did; a restart reads the old or the new file whole."""
        try:
            sealed = self.path.read_bytes()
        except FileNotFoundError:
            return False
        if keys.is_current(sealed) or not keys.has_key_of(sealed):
            return False
        self._write(self.read(keys), keys)
        return True

    def version(self) -> tuple[int, int] | None:
        """Another one after each ``replace``; ``None`` if there is nothing."""
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns

    def _write(self, document: Mapping[str, Any], keys: KeyRing) -> None:
        write_file(self.path, keys.seal(json.dumps(dict(document)).encode(), self._associated_data))
