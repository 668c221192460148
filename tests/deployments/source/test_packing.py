import os
import shutil
import stat
import tarfile

import pytest

from deployments.source.packing import pack
from deployments.source.unpacking import UnpackLimits, unpack


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "my-app"
    (folder / "templates").mkdir(parents=True)
    (folder / "templates" / "index.html").write_text("<h1>hello</h1>")
    (folder / "app.py").write_text("print(1)")
    (folder / "run.sh").write_text("true")
    (folder / "run.sh").chmod(0o700)
    (folder / "link.py").symlink_to("app.py")
    return folder


class TestPack:
    def test_gives_back_what_unpack_takes(self, folder, tmp_path):
        pack(folder, tmp_path / "app.tar.gz")
        unpack(tmp_path / "app.tar.gz", tmp_path / "source", UnpackLimits())

        paths = {str(path.relative_to(folder)) for path in folder.rglob("*")}
        assert {str(path.relative_to(tmp_path / "source")) for path in (tmp_path / "source").rglob("*")} == paths
        assert (tmp_path / "source" / "app.py").read_text() == "print(1)"
        assert stat.S_IMODE((tmp_path / "source" / "run.sh").stat().st_mode) == 0o755
        assert os.readlink(tmp_path / "source" / "link.py") == "app.py"

    def test_gives_equal_bytes_for_equal_folders(self, folder, tmp_path):
        shutil.copytree(folder, tmp_path / "copy", symlinks=True)
        os.utime(tmp_path / "copy" / "app.py", (1e9, 1e9))

        pack(folder, tmp_path / "one.tar.gz")
        pack(tmp_path / "copy", tmp_path / "two.tar.gz")

        assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()

    def test_gives_other_bytes_for_other_content(self, folder, tmp_path):
        pack(folder, tmp_path / "one.tar.gz")
        (folder / "app.py").write_text("print(2)")
        pack(folder, tmp_path / "two.tar.gz")

        assert (tmp_path / "one.tar.gz").read_bytes() != (tmp_path / "two.tar.gz").read_bytes()

    def test_leaves_out_what_unpack_leaves_out(self, folder, tmp_path):
        for junk in (".git", "__pycache__", ".venv", "templates/__pycache__"):
            (folder / junk).mkdir()
            (folder / junk / "x").write_text("x")
        os.mkfifo(folder / "pipe")

        pack(folder, tmp_path / "app.tar.gz")

        with tarfile.open(tmp_path / "app.tar.gz") as tar:
            assert tar.getnames() == ["app.py", "link.py", "run.sh", "templates", "templates/index.html"]
        assert {path.name for path in tmp_path.iterdir()} == {"my-app", "app.tar.gz"}
