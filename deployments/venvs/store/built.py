"""What is noted of a whole environment, in one file that is written last: its being there says that it is whole."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deployments import durability
from deployments.venvs.store.census import Census, load


@dataclass(frozen=True)
class Built:
    """A ready environment. ``size_bytes`` is ``own_bytes`` with ``shared_bytes``.

    ``own_bytes`` were written for this environment alone; ``shared_bytes`` are those of the unpacked wheels in it,
    ``trees`` by their ids. A sandbox that shows ``path`` must show ``mounts`` in it: places there to folders outside.
    ``reused`` says that it was there already; ``uncompiled`` how many modules have no byte-code yet.
    """

    key: str
    path: Path
    packages: tuple[str, ...]
    trees: tuple[str, ...] = ()
    mounts: Mapping[Path, Path] = field(default_factory=dict)
    uncompiled: int = 0
    reused: bool = False
    own_bytes: int = 0
    shared_bytes: int = 0

    @property
    def size_bytes(self) -> int:
        return self.own_bytes + self.shared_bytes


@dataclass(frozen=True)
class Note:
    """``mounts`` are places in the environment to ids of trees, ``census`` is of what is in its own folder."""

    packages: tuple[str, ...]
    trees: tuple[str, ...]
    mounts: Mapping[str, str]
    uncompiled: int
    shared_bytes: int
    census: Census

    def write(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        durability.write_text(file, json.dumps(asdict(self)))


def read(file: Path) -> Note:
    """Raises ``FileNotFoundError``, also for one that is damaged, or of a release that noted something else."""
    try:
        data = json.loads(file.read_text())
        packages, trees, census = tuple(data["packages"]), tuple(data["trees"]), load(data["census"])
        return Note(**data | {"packages": packages, "trees": trees, "census": census})
    except (ValueError, KeyError, TypeError) as error:
        raise FileNotFoundError(file) from error
