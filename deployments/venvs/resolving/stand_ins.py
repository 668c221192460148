"""Wheels of nothing but metadata, which a resolver takes for what it must not look for on any index."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

WHEEL = "Wheel-Version: 1.0\nGenerator: slipway\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def write(folder: Path, name: str, version: str = "0", requires: Sequence[str] = ()) -> Path:
    """A wheel of ``name`` that needs what ``requires`` says, and brings no file."""
    stem = f"{name.replace('-', '_')}-{version}"
    needs = "".join(f"Requires-Dist: {' '.join(text.split())}\n" for text in requires)
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}"
        )
        archive.writestr(f"{stem}.dist-info/WHEEL", WHEEL)
        archive.writestr(f"{stem}.dist-info/RECORD", "")
    path.chmod(0o644)
    return path
