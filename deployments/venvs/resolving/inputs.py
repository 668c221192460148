"""What the resolver is given to read: the source, and its requirements as files of their own."""

import shutil
from pathlib import Path

from deployments.removal import discard_tree
from deployments.source.spec import DependencyKind
from deployments.venvs import uv
from deployments.venvs.resolving.request import NOT_CONTENT, LockRequest
from deployments.venvs.workbench import Workbench


def tree_of(request: LockRequest, workbench: Workbench) -> Path:
    """Where the resolver finds the source: a copy if building its metadata may write beside the files."""
    workbench.prepare()
    if request.dependencies is DependencyKind.REQUIREMENTS and not request.reads_the_tree:
        return request.source
    tree = workbench.scratch / "source"
    discard_tree(tree)
    shutil.copytree(request.source, tree, symlinks=True, ignore=shutil.ignore_patterns(*NOT_CONTENT))
    workbench.give_all(tree)
    return tree


def requirement_inputs(request: LockRequest, workbench: Workbench, tree: Path) -> tuple[list[Path], list[str]]:
    read = request.requirements
    folder = workbench.folder("requirements")
    asked, constraints = folder / "requirements.txt", folder / "constraints.txt"
    kept = request.judged.kept
    texts = [line.at(tree) for line in kept if not line.is_constraint] + list(request.external_texts)
    limits = [line.at(tree) for line in kept if line.is_constraint]
    asked.write_text("".join(f"{text}\n" for text in texts))
    constraints.write_text("".join(f"{text}\n" for text in limits))
    options = uv.format_options(read.no_binary, read.only_binary)
    options += ["--prerelease", "allow"] if read.pre else []
    options += ["--constraints", str(constraints)] if limits else []
    return [asked], options
