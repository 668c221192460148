"""Where an instance's private files go: inside its sandbox alone or, without one, into its folder."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deployments.engines.base import InstanceSpec
from deployments.engines.local import descriptors
from deployments.engines.local.folders import Folder


@dataclass(frozen=True)
class Placed:
    """``contents`` by place as asked for; each is in one of ``descriptors`` (a number for the sandbox) and ``clear``
    (the path it gets). ``variables`` are those that had to be changed."""

    contents: Mapping[str, str] = field(repr=False)
    descriptors: Mapping[str, int]
    clear: Mapping[str, str]
    variables: Mapping[str, str]

    def sealed(self, hidden: Iterable[str]) -> dict[str, Any]:
        """What launch.py and the logger read, empty if there is nothing for them."""
        document = {"files": dict(self.contents), "hidden": sorted(hidden)}
        return document if any(document.values()) else {}


def placed(spec: InstanceSpec, folder: Folder, *, in_place: bool) -> Placed:
    contents = {file.path: file.content for file in spec.files}
    if in_place:
        numbers = {path: descriptors.FIRST_FILE + index for index, path in enumerate(contents)}
        return Placed(contents, numbers, {}, {})
    clear = {path: f"{folder.files}{path}" for path in contents}
    own = {name: clear[value] for name, value in spec.env.items() if value in clear}
    pointing = {file.variable: clear[file.path] for file in spec.files if file.variable}
    given = spec.env.keys() | spec.secrets.keys()
    return Placed(
        {path: _moved(content, clear) for path, content in contents.items()},
        {},
        clear,
        own | {name: place for name, place in pointing.items() if name not in given},
    )


def _moved(content: str, clear: Mapping[str, str]) -> str:
    for path, place in clear.items():
        content = content.replace(path, place)
    return content
