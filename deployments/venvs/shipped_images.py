"""The base images that come with the platform: in ``shipped/`` a file for each, and its list, pinned with hashes."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("shipped")
#: The image without any library. Every installation has it.
CLEAN = "clean"


@dataclass(frozen=True)
class ShippedImage:
    """``libraries`` are what the image is for; ``requirements`` are they and all they need, pinned with hashes.

    ``pythons`` are minors ("3.11") that the pins have wheels for; empty means every one.
    """

    name: str
    summary: str
    pythons: tuple[str, ...]
    libraries: tuple[str, ...]
    requirements: str


def shipped() -> Iterator[ShippedImage]:
    for file in sorted(FOLDER.glob("*.toml")):
        content = tomllib.loads(file.read_text("utf-8"))
        yield ShippedImage(
            name=file.stem,
            summary=content["summary"],
            pythons=tuple(content["pythons"]),
            libraries=tuple(content["libraries"]),
            requirements=pins.read_text("utf-8").strip() if (pins := file.with_suffix(".txt")).exists() else "",
        )
