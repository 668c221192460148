"""An environment put together from trees: a few large folders as places to mount them, everything else by hard link.

A folder that belongs to one tree alone and has others in it stays an empty folder here; a sandbox shows the tree's own
in its place. So an environment costs little disk and little time, and a path in it leads where it always led, also
by way of ``..``, as libraries look for one another. Folders that several wheels fill are made here and their files
linked, and so are the descriptions of packages (``.dist-info``), which the platform itself reads.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deployments.venvs.store import external, scripts
from deployments.venvs.store.census import NO_CONTENT
from deployments.venvs.store.links import link
from deployments.venvs.store.trees import Tree

#: Each costs a sandbox about 0.2 ms at its start, and the more there are, the more each costs.
MOST_MOUNTS = 24
#: A folder with fewer in it is linked: mounting it saves nothing.
LEAST_FOLDERS = 2

#: Places in an environment to the trees that are seen there.
Mounts = Mapping[str, Tree]


def choose_mounts(environment: Path, trees: Sequence[Tree]) -> Mounts:
    """The largest folders that one tree has for itself, by their place in ``environment``, which has no packages yet.

    Byte-code does not count, so that the answer is the same before and after there is any.
    """
    owners = dict[str, list[Tree]]()
    for tree in trees:
        for folder in tree.census.folders:
            owners.setdefault(folder.path, []).append(tree)
    sizes = dict[str, int]()
    for tree in trees:
        tops = dict[str, str]()
        for path in sorted(folder.path for folder in tree.census.folders):
            parent = os.path.dirname(path)
            if _is_external(path):
                continue
            if parent in tops:
                tops[path] = tops[parent]
            elif len(owners[path]) == 1 and _may_be_mounted(environment, path):
                tops[path] = path
            if path in tops:
                sizes[tops[path]] = sizes.get(tops[path], 0) + 1
    large = (path for path, size in sizes.items() if size >= LEAST_FOLDERS)
    chosen = sorted(large, key=lambda path: (-sizes[path], path))[:MOST_MOUNTS]
    return {path: owners[path][0] for path in sorted(chosen)}


def assemble(environment: Path, trees: Sequence[Tree], mounts: Mounts, *, instead_of: Path) -> Mounts:
    """Put ``trees`` into ``environment``; returns those of ``mounts`` that are there. A second call adds what is new.

    ``instead_of`` is the interpreter that the programs of the trees name. Of two wheels that have the same file
    the first one's is taken, and nothing of an environment's own is replaced.
    """
    made = {path: tree for path, tree in mounts.items() if _make_folder(environment / path)}
    for tree in trees:
        _Linking(environment, tree, frozenset(made), instead_of).run()
    return made


def _may_be_mounted(environment: Path, path: str) -> bool:
    """Not what the environment has of itself, what the platform reads, nor what it writes."""
    is_metadata = path.endswith(".dist-info") and os.path.basename(os.path.dirname(path)) == "site-packages"
    return not (is_metadata or os.path.lexists(environment / path))


def _is_external(path: str) -> bool:
    """What the platform puts there is not of any wheel."""
    return path == external.FOLDER or path.startswith(f"{external.FOLDER}/")


def _make_folder(path: Path) -> bool:
    """False where there is something else, which another wheel has there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        return False
    return not path.is_symlink()


@dataclass(frozen=True)
class _Linking:
    """One tree's way into an environment."""

    environment: Path
    tree: Tree
    mounted: Collection[str]
    instead_of: Path

    def run(self) -> None:
        for path, names in self._folders():
            target, source = self.environment / path, self.tree.files / path
            if not _make_folder(target):
                continue
            if path == "bin":
                for name in names:
                    self._add_program(source / name, target / name)
            else:
                ours = frozenset(name for name in names if _link(f"{source}/{name}", f"{target}/{name}"))
                self._add_bytecode(source / NO_CONTENT, target / NO_CONTENT, ours)

    def _folders(self) -> Iterator[tuple[str, Collection[str]]]:
        """Those that are not mounted, each before what is in it."""
        inside = set[str]()
        for folder in sorted(self.tree.census.folders, key=lambda folder: folder.path):
            if folder.path in self.mounted or os.path.dirname(folder.path) in inside:
                inside.add(folder.path)
            elif not _is_external(folder.path):
                yield folder.path, folder.files

    def _add_program(self, source: Path, target: Path) -> None:
        if os.path.lexists(target):
            return
        if scripts.starts(source, self.instead_of):
            scripts.write(source, target, python=self.environment / "bin/python", instead_of=self.instead_of)
        else:
            _link(str(source), str(target))

    def _add_bytecode(self, source: Path, target: Path, ours: Collection[str]) -> None:
        """Only that of modules which are this tree's here: byte-code is not compared with its module again."""
        try:
            names = os.listdir(source)
        except FileNotFoundError:
            return
        if ours and _make_folder(target):
            for name in names:
                if f"{name.partition('.')[0]}.py" in ours:
                    _link(f"{source}/{name}", f"{target}/{name}")


def _link(source: str, target: str) -> bool:
    """Whether ``target`` is now, or was, the same file."""
    try:
        link(source, target)
    except FileExistsError:
        return os.path.samestat(os.lstat(source), os.lstat(target))
    return True
