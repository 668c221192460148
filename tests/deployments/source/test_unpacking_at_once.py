"""Two builds unpack one bundle at the same time."""

import pytest

from deployments import durability
from deployments.source.limits import UnpackLimits
from deployments.source.unpacking import unpack
from tests.journeys.platform import pack

LIMITS = UnpackLimits(total_bytes=1_000_000, files=10, file_bytes=1_000_000, ratio=200)


def test_the_second_finds_the_folder_of_the_first_whole(tmp_path, monkeypatch):
    archive, into = tmp_path / "source.tar.gz", tmp_path / "source"
    archive.write_bytes(pack({"app.py": "print()"}))
    settle = durability.settle

    def be_overtaken(folder):
        monkeypatch.setattr(durability, "settle", settle)
        unpack(archive, into, LIMITS)
        settle(folder)

    monkeypatch.setattr(durability, "settle", be_overtaken)

    with pytest.raises(FileExistsError):
        unpack(archive, into, LIMITS)

    assert (into / "app.py").read_text() == "print()"
