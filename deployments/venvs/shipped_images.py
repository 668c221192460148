"""The base images that come with the platform, one file for each in ``shipped/``."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("shipped")
#: The image without any library. Every installation has it.
CLEAN = "clean"


@dataclass(frozen=True)
class ShippedImage:
    """``pythons`` are minors ("3.11") that the pins have wheels for; empty means every one.

    ``version`` is raised with any change of the others: what was published under a number stays as it was.
    """

    name: str
    version: int
    summary: str
    pythons: tuple[str, ...]
    requirements: str


def shipped() -> Iterator[ShippedImage]:
    for file in sorted(FOLDER.glob("*.toml")):
        content = tomllib.loads(file.read_text("utf-8"))
        yield ShippedImage(
            name=file.stem,
            version=content["version"],
            summary=content["summary"],
            pythons=tuple(content["pythons"]),
            requirements=content["requirements"].strip(),
        )
