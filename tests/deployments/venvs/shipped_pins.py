"""Makes ``deployments/venvs/shipped/*.txt`` anew: what the libraries of the shipped images lead to on PyPI today.

    .venv/bin/python -m tests.deployments.venvs.shipped_pins

One line for each package and version, with the Pythons it is for where it is not for all, and the hashes of the wheels
that x86-64 and Arm take there with glibc 2.31; of the source distribution only where one of them has no wheel.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

from deployments.venvs import uv
from deployments.venvs.shipped_images import FOLDER, ShippedImage, shipped

MACHINES = ("x86_64", "aarch64")
#: The oldest that Slipway wants, as the README says.
GLIBC_MINOR = 31
HEAD = "# Made by tests/deployments/venvs/shipped_pins.py; not to be edited.\n"


@dataclass
class Pinned:
    """One version of one package: for which Pythons, and with which hashes."""

    pythons: list[str] = field(default_factory=list)
    hashes: set[str] = field(default_factory=set)


def text_of(image: ShippedImage, preferences: str = "") -> str:
    """The pinned list of ``image``; versions that stand in ``preferences`` stay where they can."""
    found: dict[tuple[str, str], Pinned] = defaultdict(Pinned)
    for python in image.pythons:
        for machine in MACHINES:
            for package in resolved(image, python, machine, preferences):
                pinned = found[package["name"], package["version"]]
                if python not in pinned.pythons:
                    pinned.pythons.append(python)
                pinned.hashes.update(hashes_of(package, python, machine))
    written = {canonicalize_name(asked.name): asked for asked in map(Requirement, image.libraries)}
    lines = {name: list(_lines(name, found, image, written)) for name, _ in sorted(found)}
    own = "".join(line for name in written for line in lines.pop(name))
    return f"{HEAD}{own}# What these need themselves.\n{''.join(line for each in lines.values() for line in each)}"


def resolved(image: ShippedImage, python: str, machine: str, preferences: str = "") -> list[dict[str, Any]]:
    """The ``packages`` of the lock file (PEP 751) that ``uv`` makes of the image's libraries."""
    with tempfile.TemporaryDirectory() as folder:
        asked, output = Path(folder, "asked.txt"), Path(folder, "pylock.toml")
        asked.write_text("\n".join(image.libraries))
        constraints = Path(folder, "constraints.txt")
        constraints.write_text(re.sub(r" \\\n    --hash=\S+", "", preferences))
        subprocess.run(
            [uv.binary(), "pip", "compile", "--quiet", "--no-config", "--format", "pylock.toml", str(asked),
             "--constraints", str(constraints), "--python-version", python,
             "--python-platform", f"{machine}-manylinux_2_{GLIBC_MINOR}", "--output-file", str(output)],
            check=True, stdout=subprocess.DEVNULL, env=os.environ,
        )  # fmt: skip
        packages: list[dict[str, Any]] = tomllib.loads(output.read_text())["packages"]
        return packages


def _lines(
    name: str, found: Mapping[tuple[str, str], Pinned], image: ShippedImage, written: Mapping[str, Requirement]
) -> Iterator[str]:
    extras = f"[{','.join(sorted(written[name].extras))}]" if name in written and written[name].extras else ""
    for (each, version), pinned in sorted(found.items()):
        if each == name:
            these = " or ".join(f"python_version == '{python}'" for python in pinned.pythons)
            marker = "" if len(pinned.pythons) == len(image.pythons) else f" ; {these}"
            hashes = "".join(f" \\\n    --hash={value}" for value in sorted(pinned.hashes))
            yield f"{name}{extras}=={version}{marker}{hashes}\n"


def hashes_of(package: Mapping[str, Any], python: str, machine: str) -> Iterator[str]:
    """Of the wheels that fit, or of the source where none does."""
    wheels = [wheel for wheel in package.get("wheels", ()) if _tags_of(wheel) & _tags(python, machine)]
    for artefact in wheels or [package["sdist"]]:
        yield f"sha256:{artefact['hashes']['sha256']}"


def has_wheel(package: Mapping[str, Any], python: str, machine: str) -> bool:
    return any(_tags_of(wheel) & _tags(python, machine) for wheel in package.get("wheels", ()))


def _tags_of(wheel: Mapping[str, Any]) -> frozenset[Tag]:
    return parse_wheel_filename(wheel.get("name") or wheel["url"].rsplit("/", 1)[-1])[3]


@cache
def _tags(python: str, machine: str) -> frozenset[Tag]:
    version = tuple(int(part) for part in python.split("."))
    kinds = {(2, minor) for minor in range(5, GLIBC_MINOR + 1)}
    platforms = [f"manylinux_{major}_{minor}_{machine}" for major, minor in kinds]
    platforms += [f"manylinux{year}_{machine}" for year in ("1", "2010", "2014")]
    return frozenset((*cpython_tags(version, platforms=platforms), *compatible_tags(version, "cp", platforms)))


if __name__ == "__main__":
    for image in shipped():
        if image.libraries:
            print(f"{image.name}: {', '.join(image.pythons)}", file=sys.stderr)
            (FOLDER / f"{image.name}.txt").write_text(text_of(image))
