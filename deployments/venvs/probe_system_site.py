"""Runs in an interpreter (3.8 or newer): writes what its own site has of some distributions, as JSON.

Arguments: the file to write, then canonical names, or ``*`` for all.
Written: ``{name: {"version", "requires", "scripts", "site", "links"}}``, where ``links`` are places relative to
``site``: the least that shows exactly this distribution. They are told for asked names only, since they take long.
"""

from __future__ import annotations

import csv
import json
import os
import re
import site
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Any


def main(answer: str, wanted: list[str]) -> None:
    folders = [path for path in site.getsitepackages() if os.path.isdir(path)]
    found = {}
    for distribution in metadata.distributions(path=folders):
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"] or "").lower()
        if name and name not in found and ("*" in wanted or name in wanted):
            found[name] = describe(distribution, with_links=name in wanted)
    with open(answer, "w") as file:
        json.dump(found, file)


def describe(distribution: metadata.Distribution, *, with_links: bool) -> dict[str, Any]:
    root = str(distribution.locate_file(""))
    scripts = [[each.name, each.value] for each in distribution.entry_points if each.group == "console_scripts"]
    return {
        "version": distribution.version,
        "requires": list(distribution.requires or []),
        "scripts": scripts,
        "site": os.path.abspath(root),
        "links": sorted(set(links(distribution, root))) if with_links else [],
    }


def links(distribution: metadata.Distribution, root: str) -> list[str]:
    about = os.path.basename(str(distribution._path))  # type: ignore[attr-defined]
    recorded = distribution.read_text("RECORD")
    if recorded is None:
        # Distributions of the operating system have no list of files.
        return [about, *unlisted(distribution, root)]
    rows = (os.path.normpath(row[0]) for row in csv.reader(recorded.splitlines()) if row)
    files = {path for path in rows if not path.startswith(("..", os.sep)) and os.path.exists(os.path.join(root, path))}
    tops = {path.split(os.sep)[0] for path in files}
    return [place for top in sorted(tops) for place in least(root, top, files)]


def unlisted(distribution: metadata.Distribution, root: str) -> list[str]:
    written = distribution.read_text("top_level.txt")
    guess = re.sub(r"[-.]+", "_", distribution.metadata["Name"])
    names = set((written or guess).split())
    return [entry for entry in os.listdir(root) if entry.split(".")[0] in names and "-info" not in entry]


def least(root: str, place: str, files: set[str]) -> list[str]:
    """The folder as one link if nobody else has a file in it, else what is in it."""
    path = os.path.join(root, place)
    if not os.path.isdir(path):
        return [place] if place in files else []
    if place != "__pycache__" and all(inside in files for inside in content(root, path)):
        return [place]
    return [found for entry in sorted(os.listdir(path)) for found in least(root, os.path.join(place, entry), files)]


def content(root: str, folder: str) -> Iterator[str]:
    for where, _, names in os.walk(folder):
        if os.path.basename(where) != "__pycache__":
            yield from (os.path.relpath(os.path.join(where, name), root) for name in names)


main(sys.argv[1], sys.argv[2:])
