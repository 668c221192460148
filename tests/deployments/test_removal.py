import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.removal import discard_tree, remove_tree

#: Root passes every mode, so that this could not fail for it.
ORDINARY_UID = 70_124


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder of an ordinary user, which the test is meanwhile; nothing above it is closed, as in pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="slr-", dir="/tmp"))
    is_root = os.geteuid() == 0
    if is_root:
        os.chown(folder, ORDINARY_UID, ORDINARY_UID)
        os.seteuid(ORDINARY_UID)
    try:
        yield folder
    finally:
        if is_root:
            os.seteuid(0)
        subprocess.run(["chmod", "-R", "u+rwx", str(folder)], check=True)
        shutil.rmtree(folder)


def filled(folder: Path, mode: int) -> Path:
    """``folder`` with a file two levels down, all its folders with ``mode``."""
    deep = folder / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "file").write_text("x")
    for path in (deep, deep.parent, folder):
        path.chmod(mode)
    return folder


class TestRemoveTree:
    @pytest.mark.parametrize("mode", [0o755, 0o555, 0o311, 0o000])
    def test_removes_folders_of_any_mode(self, place: Path, mode: int) -> None:
        remove_tree(filled(place / "tree", mode))

        assert not (place / "tree").exists()

    def test_leaves_what_links_lead_to(self, place: Path) -> None:
        kept = filled(place / "kept", 0o555)
        tree = place / "tree"
        tree.mkdir()
        (tree / "link").symlink_to(kept)
        tree.chmod(0o555)

        remove_tree(tree)

        assert (kept / "a" / "b" / "file").is_file()
        assert kept.stat().st_mode & 0o777 == 0o555

    def test_is_content_when_nothing_is_there(self, place: Path) -> None:
        remove_tree(place / "nothing")

    def test_says_what_cannot_be_removed(self, place: Path) -> None:
        parent = place / "parent"
        filled(parent / "tree", 0o755)
        parent.chmod(0o555)

        with pytest.raises(PermissionError):
            remove_tree(parent / "tree")

        parent.chmod(0o755)


class TestDiscardTree:
    def test_leaves_to_the_next_time_what_cannot_be_removed(self, place: Path) -> None:
        parent = place / "parent"
        filled(parent / "tree", 0o755)
        parent.chmod(0o555)

        discard_tree(parent / "tree")

        assert (parent / "tree").exists()
        parent.chmod(0o755)
