"""What is needed, by metadata that the tests write."""

from pathlib import Path

import pytest

from deployments.venvs.inspecting import needs
from deployments.venvs.store.skeleton import site_packages

MARKERS = {"python_version": "3.11", "python_full_version": "3.11.4", "sys_platform": "linux"}


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    (tmp_path / "lib/python3.11/site-packages").mkdir(parents=True)
    return tmp_path


def install(environment: Path, name: str, *requires: str) -> None:
    folder = site_packages(environment) / f"{name}-1.0.dist-info"
    folder.mkdir()
    lines = [f"Requires-Dist: {text}\n" for text in requires]
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{''.join(lines)}\nText\n")


class TestClosure:
    def test_follows_what_holds_for_the_interpreter(self, environment: Path) -> None:
        install(environment, "web", "Engine_X[fast]>=1", "old ; python_version < '3'", "absent", "not a requirement")
        install(environment, "engine_x", "parts", "speedups ; extra == 'fast'", "docs ; extra == 'docs'", "web")
        for name in ("old", "parts", "speedups", "docs", "other"):
            install(environment, name)

        assert needs.closure(environment, ["web"], MARKERS) == {
            "engine-x": "web", "parts": "engine-x", "speedups": "engine-x",
        }  # fmt: skip

    def test_of_what_is_not_there_is_nothing(self, environment: Path) -> None:
        assert needs.closure(environment, ["web"], MARKERS) == {}

    def test_goes_on_where_metadata_cannot_be_read(self, environment: Path) -> None:
        install(environment, "web", "engine", "broken")
        install(environment, "engine")
        install(environment, "broken")
        (site_packages(environment) / "broken-1.0.dist-info/METADATA").write_bytes(b"\xff\xfe\x00")

        assert needs.closure(environment, ["web"], MARKERS) == {"engine": "web", "broken": "web"}
